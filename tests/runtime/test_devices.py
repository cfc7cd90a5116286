"""The device of networks is chosen or refused with a reason, and needs no OpenMM."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from thermalcg.runtime.devices import choose_device

ROOT = Path(__file__).resolve().parents[2]


def test_an_absent_gpu_is_refused_with_key_value_and_offer(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"compute\.device is 'cuda'; this machine offers: cpu"):
        choose_device("cuda")
    assert choose_device("auto") == "cpu"
    assert choose_device("cpu") == "cpu"


def test_a_gpu_is_used_unless_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto") == "cuda"
    assert choose_device("cuda") == "cuda"
    assert choose_device("cpu") == "cpu"


def test_networks_need_no_openmm():
    """A machine with a graphics card may have torch alone."""
    program = "import sys; sys.modules['openmm'] = None; import thermalcg.benchmark.network_speed"
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": "workflow"}, cwd=ROOT)
