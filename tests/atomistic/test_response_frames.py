"""Frames that the response is estimated from: what is recorded, and which of them are used."""

import numpy as np
import pytest

from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.molecule_energies import MoleculeEnergies
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.response_frames import molecule_energies_at, response_frames
from thermalcg.atomistic.water import WaterBox, load_water_model
from thermalcg.models.species import Species
from thermalcg.runtime.platforms import REFERENCE_PLATFORM
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import variable

pytestmark = pytest.mark.physics

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
#: Eleven frames, each with four for the response.
SETTINGS = AllAtomSettings(2.0, 5.0, 0.04, 0.44, 0.04, 9.0, 0.01)


@pytest.fixture(scope="module", params=["com", "oxygen"])
def data(request, tmp_path_factory):
    """A short run and its mapped trajectory, of which eight frames are for training."""
    checkpoints = Checkpoints(tmp_path_factory.mktemp("run"), {})
    run = run_all_atom(
        BOX, 300.0, SETTINGS, REFERENCE_PLATFORM, seed=3, checkpoints=checkpoints, response_of=request.param
    )
    return run, map_trajectory(run, BOX.model, request.param, 8)


def test_every_fourth_of_them_is_an_ordinary_frame(data):
    run, mapped = data
    assert run.sizes["response_time"] == 44
    np.testing.assert_allclose(run["response_time"], 0.01 * np.arange(1, 45))
    np.testing.assert_allclose(run["response_time"][3::4], run["time"])
    np.testing.assert_allclose(run["response_position"][3::4], mapped["position"], atol=1e-6)
    np.testing.assert_allclose(run["response_force"][3::4], mapped["force"], rtol=1e-4, atol=0.01)


def test_energies_are_those_of_the_molecules_and_add_up(data):
    run, mapped = data
    energies = MoleculeEnergies(BOX.model, BOX.edge, BOX.cutoff)
    own = np.stack([energies(atoms) for atoms in run["atom_position"].values])
    # single precision of positions, in strong repulsion
    np.testing.assert_allclose(molecule_energies_at(run), own, atol=2e-3)
    total = run["molecule_energy"].values.sum(axis=1)[3::4]
    spread = np.abs(total - run["potential_energy"].values).max()
    assert spread < 4 * run.attrs["sum_minus_total_rms"] + 1e-3
    assert run.attrs["sum_minus_total_rms"] < 0.5


def test_the_training_part_is_used_in_whole_blocks(data):
    run, mapped = data
    frames = response_frames(mapped, 3, run)
    # six of eight frames: blocks of two, with four of these in each
    assert frames.sizes["time"] == 24
    np.testing.assert_allclose(frames["time"], 0.01 * np.arange(9, 33))
    np.testing.assert_array_equal(frames["molecule_energy"], run["molecule_energy"][8:32])
    assert (frames["split"] == 0).all()
    assert frames.attrs["box_nm"] == BOX.edge


def test_a_trajectory_without_them_gives_its_own_frames(data):
    _, mapped = data
    frames = response_frames(mapped, 4)
    np.testing.assert_array_equal(frames["force"], mapped["force"][:8])
    assert frames.attrs["shared_energy"] == 1
    # nothing is known of single molecules: equal shares
    np.testing.assert_allclose(frames["molecule_energy"].sum("bead"), mapped["potential_energy"][:8])
    assert np.ptp(frames["molecule_energy"].values, axis=1).max() < 1e-9
    energy = variable(("time", "bead"), np.arange(11 * 8.0).reshape(11, 8), "kJ/mol")
    frames = response_frames(mapped.assign(bead_energy=energy), 4)
    np.testing.assert_array_equal(frames["molecule_energy"], energy[:8])
    assert frames.attrs["shared_energy"] == 0


def test_what_does_not_belong_together_is_refused(data):
    run, mapped = data
    other = {"com": "oxygen", "oxygen": "com"}[run.attrs["response_mapping"]]
    with pytest.raises(ValueError, match=f"have the mapping .*; needed: '{other}'"):
        response_frames(mapped.assign_attrs(mapping=other), 3, run)
    for blocks in (2, 9):
        with pytest.raises(ValueError, match=f"response.blocks = {blocks} for 8 frames; allowed: 3 to 8"):
            response_frames(mapped, blocks, run)


def test_frames_of_a_mixture_know_the_species_of_their_beads(data):
    _, mapped = data
    species = Species(("A", "B"), np.arange(8) % 2)
    assert Species.of(response_frames(species.recorded(mapped), 4)).same(species)
