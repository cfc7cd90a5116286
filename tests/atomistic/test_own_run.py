"""Runs of a user's System: what is recorded, how they are taken up again, and what is mapped once."""

from dataclasses import replace

import numpy as np
import openmm as mm
import pytest

from support.declared import dataset_differences
from support.own_systems import energy, methanol, methanol_mapping
from support.trajectory_files import PROVENANCE, write_yaml
from thermalcg.atomistic import nvt
from thermalcg.atomistic.mapping import map_trajectory
from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.own_run import run_own_system
from thermalcg.atomistic.own_system import OwnFiles, read_own_system
from thermalcg.atomistic.water import WaterBox, lattice_configuration, ordinary_positions, ordinary_system
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.platforms import Compute
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.storage.datasets import read_declared, write_dataset
from thermalcg.storage.declared import declaration
from thermalcg.trajectories.mapping_file import read_mapping

pytestmark = pytest.mark.physics

#: Two segments of eight frames in all.
SHORT = AllAtomSettings(2.0, 5.0, 0.02, 0.16, 0.02, 0.09, 0.02)


def run(own, folder, temperature=300.0, **options):
    own_checkpoints = Checkpoints(folder, {})
    compute = Compute("CPU", 1)
    return run_own_system(own, temperature, SHORT, compute, seed=3, checkpoints=own_checkpoints, **options)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return read_own_system(methanol(tmp_path_factory.mktemp("methanol")))


def test_the_dataset_is_as_declared_and_its_energies_add_up(own, tmp_path):
    data = run(own, tmp_path, training_length=lambda time: len(time) - 2)
    write_dataset(data, tmp_path / "mapped.nc", PROVENANCE)
    read = read_declared(tmp_path / "mapped.nc", "mapped/{T}.nc", ["bead_energy", "velocity"])
    assert dataset_differences(read, declaration("mapped/300.nc")) == []
    np.testing.assert_allclose(read["time"], 0.02 * np.arange(1, 9))
    np.testing.assert_array_equal(read["split"], [0] * 6 + [1] * 2)
    assert read.attrs["bead_mass_amu"] == pytest.approx(32.0424)
    total = read["potential_energy"].values
    # the run's own mesh is coarse: 5e-4 of the forces
    np.testing.assert_allclose(read["bead_energy"].sum("bead"), total, atol=0.02 * total.std())
    assert total.std() > 1


def test_a_run_that_was_killed_goes_on_to_the_same_frames(own, tmp_path, monkeypatch):
    whole, advance, calls = run(own, tmp_path / "whole"), nvt.advance, []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return advance(*arguments)

    monkeypatch.setattr(nvt, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        run(own, tmp_path / "killed")
    resumed = run(own, tmp_path / "killed")
    assert len(calls) > 2
    for name in whole.data_vars:
        np.testing.assert_array_equal(resumed[name], whole[name])


@pytest.mark.parametrize("model", ["spce", "tip4p2005"])
def test_water_as_an_own_system_is_mapped_as_the_workflow_maps_its_own(model, tmp_path):
    """The same start, seeds and mapping; a virtual site counts once."""
    box = WaterBox.of(model, 8, 0.997, 0.3)
    water, atoms = box.model, lattice_configuration(box, np.random.default_rng(1))
    own = read_own_system(_water_files(box, atoms, tmp_path))
    ours = map_trajectory(
        run_all_atom(
            box,
            300.0,
            SHORT,
            Compute("CPU", 1),
            seed=3,
            checkpoints=Checkpoints(tmp_path / "ours", {}),
            start=atoms,
        ),
        water,
        "com",
    )
    # the workflow does not minimise a start that is given
    own = replace(own, _positions=ordinary_positions(water, atoms).reshape(-1, 3))
    theirs = _without_minimisation(own, tmp_path)
    np.testing.assert_allclose(theirs["potential_energy"][0], ours["potential_energy"][0], rtol=1e-5)
    np.testing.assert_allclose(theirs["force"][0], ours["force"][0], rtol=1e-4, atol=0.05)
    np.testing.assert_allclose(theirs["position"][0], ours["position"][0], atol=1e-5)
    np.testing.assert_allclose(theirs["velocity"][0], ours["velocity"][0], atol=1e-3)


def _without_minimisation(own, folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mm.LocalEnergyMinimizer, "minimize", lambda *arguments: None)
        return run(own, folder / "theirs")


def _water_files(box, atoms, folder):
    """The workflow's own water as a serialised System, a State and a mapping file."""
    system, water = ordinary_system(box), box.model
    masses = [water.mass_oxygen_amu, *[water.mass_hydrogen_amu] * 2]
    names = [{"name": name, "mass_amu": mass} for name, mass in zip(("O", "H1", "H2"), masses, strict=True)]
    if water.has_charge_site:
        names.append({"name": "M", "mass_amu": 0, "virtual": True})
    molecule = {"name": "water", "count": box.molecules, "atoms": names, "beads": [{"name": "W"}]}
    context = mm.Context(system, mm.VerletIntegrator(0.001), mm.Platform.getPlatformByName("Reference"))
    context.setPositions(ordinary_positions(water, atoms).reshape(-1, 3))
    paths = folder / "system.xml", folder / "state.xml"
    paths[0].write_text(mm.XmlSerializer.serialize(system))
    paths[1].write_text(mm.XmlSerializer.serialize(context.getState(positions=True)))
    return OwnFiles(*paths, write_yaml(folder / "mapping.yaml", {"molecules": [molecule]}))


def test_several_species_have_their_masses_and_names(own, tmp_path):
    keys = methanol_mapping(4)
    keys["molecules"].append(methanol_mapping(4, species="other")["molecules"][0] | {"name": "other"})
    two = replace(
        own,
        mapping=read_mapping(write_yaml(tmp_path / "two.yaml", keys)),
        files=replace(own.files, density_g_cm3=None),
        _positions=own.start(np.random.default_rng(0)),
    )
    data = run(two, tmp_path / "run")
    np.testing.assert_array_equal(data["species"], [0] * 4 + [1] * 4)
    assert data.attrs["species_names"] == '["M", "other"]'
    np.testing.assert_allclose(data["bead_mass"], 32.0424)


def test_a_force_that_cannot_be_divided_leaves_the_whole_box_with_a_notice(own, tmp_path, capsys):
    system = mm.XmlSerializer.clone(own.system)
    force = mm.CustomCentroidBondForce(2, "0.01*distance(g1,g2)")
    for first in (0, 6):
        force.addGroup(list(range(first, first + 6)))
    force.addBond([0, 1])
    system.addForce(force)
    data = run(replace(own, system=system), tmp_path / "run")
    assert "bead_energy" not in data
    said = capsys.readouterr().out
    assert "NOTICE" in said
    assert "methanol_oplsaa.xml: CustomCentroidBondForce: its energy belongs to the box as a whole" in said
    assert "bead_energy" not in run(own, tmp_path / "without", energies=False)


def test_the_start_is_minimised_from_the_lattice(own, tmp_path):
    data = run(own, tmp_path)
    lattice = energy(own.system, own.start(np.random.default_rng(0)))
    assert data["potential_energy"].values[0] < lattice


def test_what_is_no_temperature_is_refused(own, tmp_path):
    with pytest.raises(InputError, match="temperature"):
        run(own, tmp_path, 0.0)
