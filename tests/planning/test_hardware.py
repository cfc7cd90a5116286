"""Hardware that a configuration names and this machine lacks."""

import pytest

from support.configurations import changed
from thermalcg.config.files import load_config
from thermalcg.planning.hardware import check_hardware
from thermalcg.runtime import platforms


def test_hardware_of_any_machine_passes():
    check_hardware(load_config({}))
    check_hardware(load_config(changed({"compute.platform": "Reference", "compute.device": "cpu"})))


def test_absent_hardware_is_named_with_what_is_there(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU"])
    config = load_config(changed({"compute.platform": "HIP", "compute.device": "cuda"}))
    with pytest.raises(ValueError, match="this machine offers") as caught:
        check_hardware(config)
    assert str(caught.value).splitlines() == [
        "compute.platform is 'HIP'; this machine offers: Reference, CPU",
        "compute.device is 'cuda'; this machine offers: cpu",
    ]
