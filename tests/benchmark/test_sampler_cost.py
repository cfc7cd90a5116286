"""The contexts whose steps are timed."""

import numpy as np
import pytest

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark import sampler_cost
from thermalcg.benchmark.sampler_cost import STEP_KINDS, Liquid, compare_throughput, context_of
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.openmm_arrays import positions, velocities
from thermalcg.runtime.platforms import Compute


@pytest.fixture(scope="module")
def liquid():
    return Liquid.relaxed(WaterBox.of("spce", 27, 0.997, 0.45), 300.0)


@pytest.mark.parametrize(
    ("kind", "particles"),
    list(zip(STEP_KINDS, (3, 4, 3, 4), strict=True)),
    ids=[kind.replace(" ", "_") for kind in STEP_KINDS],
)
def test_a_context_is_at_the_configuration_of_the_liquid(liquid, kind, particles):
    context = context_of(kind, liquid, Compute("CPU"))
    state = context.getState(positions=True, velocities=True)
    position, velocity = positions(state), velocities(state)
    assert len(position) == 27 * particles
    assert velocity.any()
    if kind.startswith("anchored"):
        assert not velocity.reshape(27, particles, 3)[:, 0].any()
        hydrogens = position.reshape(27, particles, 3)[:, 1:3]
    else:
        hydrogens = position[: 27 * 3].reshape(27, 3, 3)[:, 1:]
    np.testing.assert_allclose(hydrogens, liquid.atoms[:, 1:], atol=1e-5)


def test_a_liquid_needs_a_temperature():
    with pytest.raises(InputError, match="temperature is 0 K"):
        Liquid.relaxed(WaterBox.of("spce", 27, 0.997, 0.45), 0)


def test_throughput_is_compared_with_the_first_case_of_the_same_round(liquid, monkeypatch):
    """A machine that is twice as fast in every round changes the speeds and not their ratio."""
    calls = []

    def measured(liquid, compute, processes, *, kind, seconds):
        calls.append((processes, kind, seconds))
        return 100.0 * 2 ** ((len(calls) - 1) // 2) * (3 if processes == 4 else 1)

    monkeypatch.setattr(sampler_cost, "steps_per_second", measured)
    cases = {"one": (Compute("CPU"), 1), "four": (Compute("CPU"), 4)}
    table = compare_throughput(liquid, cases, 3, kind="ordinary", seconds=0.5).set_index("what")
    assert calls == [(1, "ordinary", 0.5), (4, "ordinary", 0.5)] * 3
    assert table["steps_per_s"].to_dict() == {"one": 200, "four": 600}
    np.testing.assert_allclose(table.loc["four", ["ratio", "low", "high"]].astype(float), 3)
    assert (table.loc["one", ["ratio", "low", "high"]] == 1).all()
