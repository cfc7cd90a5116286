"""A force field in a larger box: copies, structure factors of known liquids, what counts as a difference."""

import numpy as np
import pytest
import xarray as xr

from support import compiled_potential
from support.soft_beads import N, start
from thermalcg.analysis.pair_structure import radial_distribution
from thermalcg.analysis.structure import ObservableSettings
from thermalcg.atomistic.water import WaterBox, lattice_configuration, load_water_model
from thermalcg.benchmark.engine_plans import LargeBox
from thermalcg.benchmark.large_box import (
    all_atom_box,
    cg_box,
    copied,
    copied_beads,
    copied_molecules,
    large_box_table,
    observe_box,
    structure_factor,
)
from thermalcg.units import KB

pytestmark = pytest.mark.physics

EDGE = 1.5
BINS = ObservableSettings(0.2, 0.7, 0.05, 0.45, 6.0, 2)
PLAN = LargeBox(blocks=4)


def gas(frames=4, n=64, seed=0, edge=EDGE):
    return np.random.default_rng(seed).uniform(0, edge, (frames, n, 3))


def test_copies_have_the_neighbours_of_the_small_box():
    """The number of neighbours at every distance up to half the small box is the same."""
    small, edges = gas(), np.linspace(0.1, 0.7, 7)
    large = copied(small, EDGE, 2)
    assert large.shape == (4, 8 * 64, 3)
    pairs = [
        (n - 1) / volume * radial_distribution(x, edge, edges)
        for n, volume, x, edge in ((64, EDGE**3, small, EDGE), (512, 8 * EDGE**3, large, 2 * EDGE))
    ]
    np.testing.assert_allclose(*pairs, rtol=1e-3)


def test_molecules_are_copied_whole():
    box = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
    atoms = lattice_configuration(box, np.random.default_rng(0))
    large = copied_molecules(atoms, 1.3, 2)
    assert large.shape == (64, 3, 3)
    np.testing.assert_array_equal(large[:8], atoms)
    np.testing.assert_allclose(large - large[:, :1], np.tile(atoms - atoms[:, :1], (8, 1, 1)), atol=1e-12)
    assert len(np.unique(np.round(large[::8, 0], 6), axis=0)) == 8


def test_beads_start_from_copies_of_several_frames():
    mapped = xr.Dataset(
        {"position": (("time", "bead", "axis"), gas())}, attrs={"box_nm": EDGE, "bead_mass_amu": 18.0}
    )
    beads = copied_beads(mapped, 3, 2)
    assert (beads.n_runs, beads.n_beads, beads.box, beads.mass) == (3, 512, 2 * EDGE, 18.0)
    np.testing.assert_array_equal(beads.start[1, :64], gas()[2])


def test_the_structure_factor_of_an_ideal_gas_is_one():
    """|sum exp(ikr)|^2 / N is exponential with mean 1, over 2000 frames and three to six vectors."""
    found = structure_factor(gas(2000), EDGE, (1, 2, 3, 4))
    np.testing.assert_allclose(found, 1, atol=5 / np.sqrt(2000 * 3))


def test_the_structure_factor_of_a_crystal_and_of_copies():
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(1, -1, 3) * EDGE / 4
    np.testing.assert_allclose(structure_factor(grid, EDGE, (1, 4, 16)), [0, 0, 64 * 6 / 6], atol=1e-20)
    # copies of one configuration have no wave longer than the small box
    small, large = gas(), copied(gas(), EDGE, 2)
    np.testing.assert_allclose(structure_factor(large, 2 * EDGE, (1, 2, 3)), 0, atol=1e-20)
    np.testing.assert_allclose(
        structure_factor(large, 2 * EDGE, (4,)), 8 * structure_factor(small, EDGE, (1,)), rtol=1e-6
    )


def test_a_shell_without_vectors_is_refused():
    with pytest.raises(ValueError, match="shells holds 7"):
        structure_factor(gas(1), EDGE, (7,))


def test_distances_grow_with_the_box_in_whole_bins():
    data = observe_box(gas(4, 64, edge=2 * EDGE)[:, None].repeat(2, 1), 2 * EDGE, BINS, PLAN)
    assert data["r"].size == 24
    assert float(data["r"][-1]) == pytest.approx(1.375)
    np.testing.assert_allclose(data["k"], 2 * np.pi / (2 * EDGE) * np.sqrt([1, 2, 3, 4]))


def made_up(T=300.0, *, shift=0.0, energy=-40.0, rest=None, seed=0, runs=8):
    """Structure of ideal gases in the large box, the energy a molecule, and numbers that are shifted."""
    rng = np.random.default_rng(seed)
    data = observe_box(rng.uniform(0, 2 * EDGE, (runs, 12, 216, 3)), 2 * EDGE, BINS, PLAN)
    data["energy"] = ("run", energy + 0.1 * rng.normal(size=runs))
    data["tetrahedral_order"] = data["tetrahedral_order"] + shift
    data["rdf"] = data["rdf"] * (1 + shift)
    if rest is not None:
        data["rest"], data["rest_se"] = ((), rest), ((), 0.001)
    return data.assign_attrs(temperature_K=T)


def test_two_samples_of_one_liquid_hardly_differ_and_others_do():
    """One in twenty of the numbers of equal liquids is outside of its interval."""
    equal, other = (
        large_box_table({300.0: made_up()}, {300.0: made_up(seed=1, shift=shift, rest=0.0)}, 300.0)
        for shift in (0.0, 0.5)
    )
    assert len(equal) == 8
    assert equal["differs"].sum() <= 2
    assert set(other.loc[other["differs"] == 1, "observable"]) >= {"rdf", "tetrahedral_order"}
    curves = equal.set_index("observable").loc[["rdf", "adf"]]
    np.testing.assert_allclose(curves["difference"] / curves["noise"], 1, atol=0.35)
    assert equal["k_per_nm"].notna().sum() == 4


def test_the_change_of_the_energy_has_the_heat_capacity_that_sites_do_not_carry():
    all_atom = {300.0: made_up(energy=-42.0), 400.0: made_up(400.0, energy=-38.0, seed=1)}
    cg = {
        300.0: made_up(energy=-5.0, rest=0.02, seed=2),
        400.0: made_up(400.0, energy=-3.0, rest=0.02, seed=3),
    }
    table = large_box_table(all_atom, cg, 400.0)
    row = table[table["observable"] == "energy_change"].iloc[0]
    assert (table["observable"] == "energy_change").sum() == 1
    # errors: 0.1 kJ/mol of eight runs at two temperatures, and 100 K of the heat capacity
    error = 0.1 * np.sqrt(2 / 8)
    assert row["all_atom"] == pytest.approx(-4, abs=4 * error)
    assert row["cg"] == pytest.approx(-2 - 100 * 0.02, abs=4 * error)
    assert row["all_atom_stderr"] == pytest.approx(error, rel=0.5)
    assert row["cg_stderr"] == pytest.approx(np.hypot(error, 0.1), rel=0.3)
    assert row["difference"] == pytest.approx(row["cg"] - row["all_atom"])
    assert row["over_stderr"] == pytest.approx(row["difference"] / row["difference_stderr"])


def test_the_all_atom_box_has_energies_a_molecule():
    box = WaterBox(load_water_model("spce"), 64, 2 * EDGE, 0.6)
    oxygens = gas(16, 64, edge=2 * EDGE)
    atoms = np.repeat(oxygens[:, :, None], 3, axis=2)
    energy = np.repeat([-64.0, -128.0], 8)
    run = xr.Dataset(
        {
            "atom_position": (("time", "molecule", "atom", "axis"), atoms),
            "potential_energy": (("time",), energy),
        },
        attrs={"temperature_K": 300.0},
    )
    data = all_atom_box(run, box, "oxygen", BINS, PLAN)
    np.testing.assert_allclose(data["energy"], [-1, -1, -2, -2])
    np.testing.assert_array_equal(
        data["structure_factor"][0], structure_factor(oxygens[:4], 2 * EDGE, PLAN.shells)
    )


def test_the_cg_box_has_the_energies_of_the_model_and_leaves_failed_runs_out():
    member = compiled_potential.potential()
    position = gas(30, 64, edge=2 * EDGE).reshape(3, 10, 64, 3)
    trajectory = xr.Dataset(
        {"position": (("run", "time", "bead", "axis"), position), "healthy": (("run",), [1, 0, 1])},
        attrs={"box_nm": 2 * EDGE, "temperature_K": 300.0, "failure": "run 1: broken"},
    )
    # all-atom energies that fluctuate at fixed sites by (kB T^2 C)^(1/2), with C of 0.05 kJ/mol/K a molecule
    small = start(200)
    noise = np.sqrt(KB * 300.0**2 * 0.05 * N) * np.random.default_rng(5).normal(size=200)
    mapped = xr.Dataset(
        {
            "position": (("time", "bead", "axis"), small),
            "potential_energy": (("time",), member.mean_energy(small, EDGE, 300.0) + noise),
        },
        attrs={"box_nm": EDGE, "temperature_K": 300.0},
    )
    data = cg_box(trajectory, member, mapped, BINS, PLAN)
    assert data.sizes["run"] == 2
    assert data.attrs["runs"] == 3
    expected = member.mean_energy(position[2], 2 * EDGE, 300.0).mean() / 64
    assert float(data["energy"][1]) == pytest.approx(expected)
    # of the 200 frames a fifth is used: a variance from 40 values is known to a fifth
    assert float(data["rest"]) == pytest.approx(0.05, abs=4 * float(data["rest_se"]))
    assert 0.002 < float(data["rest_se"]) < 0.03
