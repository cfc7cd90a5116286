"""Runs for the study of costs: chunks that follow one another, mapped, resumed where they were killed."""

import numpy as np
import pytest

from support.declared import dataset_differences
from thermalcg.atomistic.nvt import AllAtomSettings
from thermalcg.atomistic.water import WaterBox
from thermalcg.benchmark.economics_plan import Economics
from thermalcg.benchmark.economics_runs import AllAtomWater, Wanted, sample_run
from thermalcg.config.files import load_config
from thermalcg.geometry.periodic import minimum_image
from thermalcg.runtime.platforms import Compute
from thermalcg.runtime.settings import from_section
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.declared import declaration

PLAN = Economics(lengths_ps=(0.2,), chunk_ps=0.4, test_ps=0.32, test_blocks=2)
WANTED = Wanted(395.0, 0.8, energies=True, tested=True)


@pytest.fixture(scope="module")
def water():
    all_atom = load_config({}).model_dump()["all_atom"]
    return AllAtomWater(
        WaterBox.of("spce", 32, 0.997, 0.48),
        "com",
        from_section(AllAtomSettings, all_atom, equilibration_ps=0.2),
        Compute.of("Reference", 1),
    )


@pytest.fixture(scope="module")
def run(water, tmp_path_factory):
    kept = Checkpoints(tmp_path_factory.mktemp("run"), {})
    return sample_run(water, WANTED, seed=3, checkpoints=kept, plan=PLAN)


def test_it_is_as_declared(run):
    run = run.assign_attrs(config_hash="", versions="", seed=3, created_by="")
    assert dataset_differences(run, declaration("economics/runs/{T}.nc")) == []
    assert dict(run.sizes) == {"time": 40, "bead": 32, "axis": 3, "test_time": 4}


def test_chunks_follow_one_another(run):
    """In 0.02 ps a molecule of 18 amu at 395 K moves by 0.009 nm on each axis; a new start would jump."""
    step = minimum_image(np.diff(run["position"].values, axis=0), run.attrs["box_nm"])
    sizes = np.sqrt((step**2).mean(axis=(1, 2)))
    assert sizes[19] < 2 * np.median(sizes)
    gap = minimum_image(run["test_position"].values[0] - run["position"].values[-1], run.attrs["box_nm"])
    assert np.sqrt((gap**2).mean()) < 4 * 2 * np.median(sizes)


def test_energies_of_molecules_add_up_to_that_of_the_box(run):
    total = run["molecule_energy"].values.sum(axis=1)
    np.testing.assert_allclose(total, run["potential_energy"], atol=0.02 * abs(total).max())
    assert np.corrcoef(total, run["potential_energy"])[0, 1] > 0.99


def test_a_killed_run_goes_on_as_if_it_had_not_been(run, water, tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path / "kept", {})
    save, saved = Checkpoints.save, []

    def killed(self, state, part=None):
        if "atoms" in state and saved:
            raise KeyboardInterrupt
        save(self, state, part)
        if "atoms" in state:
            saved.append(1)

    monkeypatch.setattr(Checkpoints, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        sample_run(water, WANTED, seed=3, checkpoints=kept, plan=PLAN)
    monkeypatch.setattr(Checkpoints, "save", save)
    again = Checkpoints(tmp_path / "kept", {})
    assert again.done == 1
    resumed = sample_run(water, WANTED, seed=3, checkpoints=again, plan=PLAN)
    for name in run.data_vars:
        np.testing.assert_array_equal(resumed[name].values, run[name].values)


def test_energies_and_tests_only_where_they_are_wanted(water, tmp_path):
    wanted = Wanted(395.0, 0.4, energies=False, tested=False)
    run = sample_run(water, wanted, seed=3, checkpoints=Checkpoints(tmp_path, {}), plan=PLAN)
    assert set(run.data_vars) == {"position", "force", "potential_energy"}
