"""The process that compiles evaluates networks of the tensor order that it is asked for."""

import sys

import pytest

from thermalcg.models.hipnn_ts import compile_kernel
from thermalcg.models.hipnn_ts.model import HipnnTS

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("order", [1, 2])
def test_forces_on_few_and_many_beads_are_computed(monkeypatch, order):
    made = []

    class Noted(HipnnTS):
        def force_field(self, weights, box, device="cpu"):
            field = super().force_field(weights, box, device)

            def noted(positions):
                energy, force = field(positions)
                made.append((self.settings.tensor_order, force.shape))
                return energy, force

            return noted

    monkeypatch.setattr(compile_kernel, "HipnnTS", Noted)
    monkeypatch.setattr(sys, "argv", ["compile_kernel", str(order)])
    compile_kernel.main()
    assert made == [(order, (1, 8, 3)), (order, (1, 216, 3))]
