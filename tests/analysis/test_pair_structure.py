"""Structure of pairs of species: rock salt, whose neighbours are known, and what files keep of it."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from support.lattices import BOX, DIAMOND, FCC, lattice
from thermalcg.analysis import structure as ob
from thermalcg.models.species import Species
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.provenance import Provenance

pytestmark = pytest.mark.physics

BEADS = 64
SETTINGS = ob.ObservableSettings(
    rdf_min_nm=0.2, rdf_max_nm=0.6, rdf_bin_nm=0.005, shell_nm=0.35, adf_bin_degree=2.0, blocks=4
)

ROCK_SALT = Species(("Na", "Cl"), np.tile([0, 0, 0, 0, 1, 1, 1, 1], 8))


@pytest.fixture(scope="module")
def salt():
    """Two FCC lattices within each other: an ion has six neighbours of the other kind, none of its own."""
    basis = FCC + [((x + 0.5) % 1, y, z) for x, y, z in FCC]
    settings = replace(SETTINGS, rdf_min_nm=0.1, rdf_max_nm=0.6, shell_nm=0.36)
    return ob.observe(lattice(basis, 2), BOX, settings, species=ROCK_SALT)


def test_neighbours_of_each_species_in_rock_salt(salt):
    around = salt["pair_coordination"].mean("run")
    np.testing.assert_array_equal(around.sel(centre="Na", neighbour=["Na", "Cl"]), [0, 6])
    np.testing.assert_array_equal(around.sel(centre="Cl", neighbour=["Na", "Cl"]), [6, 0])
    assert salt["coordination"].mean() == 6


def test_distributions_of_pairs_count_their_own_beads(salt):
    """The integral of 4 pi r^2 g(r) times the density is the number of neighbours, for every pair."""
    width, volume = 0.005, BOX**3
    shell = 4 * np.pi * salt["r"] ** 2 * (1 + (width / salt["r"]) ** 2 / 12) * width  # exact volume of a bin
    near = salt["r"] < 0.36
    for pair, others in (("Na-Na", 31), ("Na-Cl", 32), ("Cl-Cl", 31)):
        counted = float((salt["pair_rdf"].sel(pair=pair).mean("run") * shell * near).sum()) * others / volume
        assert counted == pytest.approx(6 if pair == "Na-Cl" else 0, abs=1e-6)


def test_the_distribution_of_all_beads_is_the_mean_over_pairs(salt):
    pairs = {"Na-Na": 32 * 31 / 2, "Na-Cl": 32 * 32, "Cl-Cl": 32 * 31 / 2}
    whole = sum(n * salt["pair_rdf"].sel(pair=pair) for pair, n in pairs.items()) / sum(pairs.values())
    np.testing.assert_allclose(whole, salt["rdf"], atol=1e-5)


def test_a_single_bead_has_no_distribution_with_itself():
    species = Species(("A", "B"), np.array([1] + [0] * (BEADS - 1)))
    found = ob.observe(
        np.random.default_rng(1).uniform(0, BOX, size=(2, 60, BEADS, 3)), BOX, SETTINGS, species=species
    )
    assert not found["pair_rdf"].sel(pair="B-B").any()
    assert found["pair_rdf"].sel(pair="A-B").mean() == pytest.approx(1, abs=0.2)


def test_a_file_tells_the_species_of_its_beads(tmp_path):
    position = variable(("time", "bead", "axis"), lattice(DIAMOND, 2, frames=8)[0], "nm")
    attributes = {"box_nm": [BOX, BOX, BOX], "temperature_K": 300.0}
    run = ROCK_SALT.recorded(xr.Dataset({"position": position}, attrs=attributes))
    observed = ob.observe_all_atom(run, SETTINGS)
    write_dataset(observed, tmp_path / "300.nc", Provenance("c", 1, "test"))
    again = read_dataset(tmp_path / "300.nc", ("pair_rdf",), ("box_nm",))
    assert ROCK_SALT.same(Species.of(again))
    np.testing.assert_array_equal(again["pair"], ["Na-Na", "Na-Cl", "Cl-Cl"])
    np.testing.assert_array_equal(again.attrs["box_nm"], [BOX] * 3)
