"""Processes that share a device: the table, what each precision costs in accuracy, and what is refused."""

import re
from dataclasses import replace

import numpy as np
import pytest

from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark import sharing
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime import platforms
from thermalcg.runtime.platforms import Compute

LABELS = sharing.LabelSampling(sample_interval_ps=0.04, chains=2, response_ps=0.8, mean_force_ps=0.4)


def case_on(platform: str) -> sharing.FrameSampling:
    """A box of 32 molecules."""
    return sharing.FrameSampling(WaterBox.of("spce", 32, 0.997, 0.48), 395.0, "com", platform, LABELS)


@pytest.fixture(scope="module")
def case() -> sharing.FrameSampling:
    return case_on("CPU")


def test_throughput_is_measured_beside_one_process_and_accuracy_beside_the_labels(case):
    table = sharing.measure_sharing(case, [2], seconds=0.3, rounds=2)
    assert list(table.columns) == [
        "platform", "device", "mps", "molecules", "precision", "contexts", "steps_per_s", "ratio", "low",
        "high", "force_deviation_kJ_per_mol_nm", "relative_deviation", "label_stderr_kJ_per_mol_nm",
    ]  # fmt: skip
    # the reference of the documentation explains each of them
    assert set(table.columns) <= set(re.findall(r"\w+", sharing.measure_sharing.__doc__))
    assert list(table["contexts"]) == [1, 2]
    assert list(table["precision"]) == ["single", "single"]
    numbers = table.select_dtypes("number").drop(columns="mps")
    assert (numbers > 0).all(axis=None)
    assert np.isfinite(numbers).all(axis=None)
    assert table["ratio"][0] == 1
    assert (table["low"] <= table["ratio"]).all()
    assert (table["ratio"] <= table["high"]).all()
    # a few numbers of single precision, on forces of hundreds of kJ/mol/nm
    assert (table["force_deviation_kJ_per_mol_nm"] < 0.1).all()
    # forces scatter by hundreds of kJ/mol/nm, and the frame has 40 samples
    assert table["label_stderr_kJ_per_mol_nm"].between(5, 200).all()
    text = sharing.as_text(table)
    assert "32 molecules" in text
    assert "ratio" in text


def test_labels_count_the_samples_of_all_chains_at_the_temperature_that_has_most():
    assert LABELS.samples == pytest.approx(2 * 20)
    longer = replace(LABELS, chains=4, mean_force_ps=2.0)
    assert longer.samples == pytest.approx(4 * 50)


def test_the_reference_platform_deviates_from_itself_by_nothing():
    case = case_on("Reference")
    assert case.offered == ["double"]
    assert case.force_deviation("double")[0] < 1e-6


def test_an_absent_platform_is_refused_with_key_value_and_offer():
    absent = next(name for name in ("HIP", "OpenCL", "CUDA") if not platforms._works(name))
    with pytest.raises(ValueError, match=rf"compute\.platform is '{absent}'; this machine offers: .*CPU"):
        case_on(absent)


def test_a_precision_or_number_that_cannot_be_is_refused(case):
    with pytest.raises(InputError, match=r"precision is 'double'; CPU on this machine offers: single"):
        sharing.measure_sharing(case, [1], ["double"])
    with pytest.raises(InputError, match=r"contexts is 0; allowed: a whole number >= 1"):
        sharing.measure_sharing(case, [0, 1])


def test_a_process_that_fails_is_an_error_and_not_half_a_number(case, monkeypatch):
    monkeypatch.setattr(sharing.FrameSampling, "compute", lambda self, precision="": Compute("absent"))
    monkeypatch.setattr(sharing.FrameSampling, "device", lambda self: "absent")
    monkeypatch.setattr(sharing.FrameSampling, "label_stderr", lambda self: 1.0)
    with pytest.raises(RuntimeError, match="process of the throughput measurement failed"):
        sharing.measure_sharing(case, [2], seconds=0.1)


def test_the_service_that_shares_nvidia_cards_is_found_by_its_pipe(monkeypatch, tmp_path):
    monkeypatch.setenv("CUDA_MPS_PIPE_DIRECTORY", str(tmp_path))
    assert not sharing.mps_runs()
    (tmp_path / "control").touch()
    assert sharing.mps_runs()
