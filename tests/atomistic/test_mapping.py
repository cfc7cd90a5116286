"""Mapped positions, velocities and forces of molecules whose atoms are known."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.atomistic.mapping import (
    bead_energies,
    bead_masses,
    map_trajectory,
    mapped_forces,
    mapped_sites,
    training_part,
)
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


def test_a_trajectory_tells_the_mass_of_its_beads_or_of_each():
    mapped = map_trajectory(trajectory(), WATER, "com")
    assert bead_masses(mapped) == WATER.mass
    several = mapped.assign(bead_mass=("bead", [18.0, 32.0, 18.0, 32.0]))
    np.testing.assert_array_equal(bead_masses(several), [18, 32, 18, 32])
    del mapped.attrs["bead_mass_amu"]
    for wrong in (mapped, mapped.assign(bead_mass=("bead", [18.0, 0.0, 1.0, 1.0]))):
        with pytest.raises(InputError, match="bead_mass where there are several species, of numbers > 0"):
            bead_masses(wrong)


def test_energies_of_molecules_are_there_or_asked_for():
    mapped = map_trajectory(trajectory(), WATER, "com")
    energies = np.arange(24.0).reshape(6, 4)
    with_them = mapped.assign(bead_energy=(("time", "bead"), energies))
    np.testing.assert_array_equal(bead_energies(with_them, "it"), energies)
    energies[2, 1] = np.nan
    for wrong in (mapped, mapped.assign(bead_energy=(("time", "bead"), energies))):
        with pytest.raises(InputError, match="radius is 0.4, which needs the energy of every molecule"):
            bead_energies(wrong, "radius is 0.4")


def test_virtual_sites_are_no_part_of_sites_and_forces():
    with_site = RNG.normal(size=(5, 4, 3))
    real = with_site[:, :3]
    np.testing.assert_allclose(mapped_sites(WATER, "com", with_site), centre(real))
    np.testing.assert_allclose(mapped_forces(with_site.reshape(-1, 3), 5), real.sum(axis=1))
