"""Which of hippynn's kernels a network uses, and what its import costs."""

import os
import subprocess
import sys
from pathlib import Path

import hippynn
import numpy as np
import pytest
import torch

from support.random_potential import BOX, liquid, make
from thermalcg.models.hipnn_ts import network

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.physics
def test_message_passing_by_plain_torch_equals_that_of_hippynns_own_kernels(monkeypatch):
    forces = {}
    for kernels in ("_pytorch_raw", "numba"):
        monkeypatch.setattr(network, "message_passing", lambda layers, kernels=kernels: kernels)
        forces[kernels] = make("hipnn_ts").mean_force(liquid(), BOX, 500.0)
        assert kernels == hippynn.custom_kernels.CUSTOM_KERNELS_ACTIVE
    plain, own = forces.values()
    np.testing.assert_allclose(plain, own, atol=1e-9 * np.abs(own).max())
    assert np.abs(own).max() > 1


def test_networks_start_without_a_compiler_where_there_is_no_gpu(monkeypatch):
    """What torch.compile and numba take to start is more than a short job's work."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert network.message_passing(1) == "_pytorch_raw"
    assert network.message_passing(2) == "auto"  # there, compiled kernels are several times as fast
    program = (
        "import sys, torch; from thermalcg.models.hipnn_ts import network;"
        "assert 'torch._dynamo' not in sys.modules; assert torch.compile.__module__ == 'torch'"
    )
    environment = {**os.environ, "PYTHONPATH": "workflow", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=ROOT)
