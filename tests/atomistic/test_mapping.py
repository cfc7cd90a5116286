"""Mapped positions, velocities and forces of molecules whose atoms are known."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import map_trajectory, mapped_forces, mapped_sites, training_part
from thermalcg.atomistic.water import load_water_model
from thermalcg.geometry.inputs import InputError
from thermalcg.storage.datasets import variable

WATER = load_water_model("spce")
RNG = np.random.default_rng(1)
ATOMS = RNG.normal(size=(6, 4, 3, 3))


def trajectory():
    dims = ("time", "molecule", "atom", "axis")
    return xr.Dataset(
        {
            "atom_position": variable(dims, ATOMS, "nm"),
            "atom_velocity": variable(dims, 10 * ATOMS, "nm/ps"),
            "atom_force": variable(dims, 100 * ATOMS, "kJ/mol/nm"),
            "potential_energy": variable(("time",), np.arange(6.0), "kJ/mol"),
        },
        coords={"time": 0.1 * np.arange(1, 7)},
        attrs={"temperature_K": 300, "box_nm": 1.2},
    )


def centre(atoms):
    """The centre of mass, from the masses."""
    oxygen, hydrogen = WATER.mass_oxygen_amu, WATER.mass_hydrogen_amu
    heavy = oxygen * atoms[..., 0, :] + hydrogen * (atoms[..., 1, :] + atoms[..., 2, :])
    return heavy / (oxygen + 2 * hydrogen)


@pytest.mark.parametrize(("mapping", "site"), [("com", centre), ("oxygen", lambda atoms: atoms[..., 0, :])])
def test_a_trajectory_is_mapped_with_its_velocities_and_forces(mapping, site):
    mapped = map_trajectory(trajectory(), WATER, mapping, n_training=4)
    np.testing.assert_allclose(mapped["position"], site(ATOMS), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(mapped["velocity"], site(10 * ATOMS), rtol=1e-5, atol=1e-5)
    # the force on either site is that on the whole molecule
    np.testing.assert_allclose(mapped["force"], 100 * ATOMS.sum(axis=2), rtol=1e-5, atol=1e-4)
    np.testing.assert_array_equal(mapped["potential_energy"], np.arange(6.0))
    assert mapped.attrs["mapping"] == mapping
    assert mapped.attrs["bead_mass_amu"] == pytest.approx(18.015, abs=2e-3)


@pytest.mark.parametrize(("n_training", "length"), [(None, 6), (4, 4), (0, 0)])
def test_models_are_trained_on_the_start_of_the_run(n_training, length):
    part = training_part(map_trajectory(trajectory(), WATER, "com", n_training))
    np.testing.assert_array_equal(part["potential_energy"], np.arange(length))


def test_beads_of_several_species_are_not_taken_for_one():
    mapped = map_trajectory(trajectory(), WATER, "com")
    mapped["species"] = "bead", [0, 1, 0, 1], {"units": "1"}
    with pytest.raises(InputError, match="species .*A.*B.*; allowed: one species"):
        training_part(mapped.assign_attrs(species_names='["A", "B"]'))


def test_virtual_sites_are_no_part_of_sites_and_forces():
    with_site = RNG.normal(size=(5, 4, 3))
    real = with_site[:, :3]
    np.testing.assert_allclose(mapped_sites(WATER, "com", with_site), centre(real))
    np.testing.assert_allclose(mapped_forces(with_site.reshape(-1, 3), 5), real.sum(axis=1))
