"""Structure of systems whose structure is known: an ideal gas and perfect lattices."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ks_1samp

from support.lattices import BOX, DIAMOND, lattice
from thermalcg.analysis import pair_structure
from thermalcg.analysis import structure as ob
from thermalcg.analysis.pair_structure import radial_distribution
from thermalcg.geometry.inputs import InputError
from thermalcg.statistics import blocks
from thermalcg.storage.datasets import read_declared, write_dataset
from thermalcg.storage.provenance import Provenance

pytestmark = pytest.mark.physics

BEADS = 64
SETTINGS = ob.ObservableSettings(
    rdf_min_nm=0.2, rdf_max_nm=0.6, rdf_bin_nm=0.005, shell_nm=0.35, adf_bin_degree=2.0, blocks=4
)


@pytest.fixture(scope="module")
def gas_position():
    return np.random.default_rng(1).uniform(0, BOX, size=(20, 60, BEADS, 3))


@pytest.fixture(scope="module")
def gas(gas_position):
    return ob.observe(gas_position, BOX, SETTINGS)


def z_squared(values, expected, errors) -> float:
    return float(np.mean(((values - expected) / errors) ** 2))


def test_bins_are_those_of_the_settings(gas):
    assert gas.sizes == {"run": 20, "r": 80, "theta": 90, "q": 100}
    np.testing.assert_allclose(gas.r, 0.2025 + 0.005 * np.arange(80))
    np.testing.assert_allclose(gas.theta, 1 + 2 * np.arange(90))
    np.testing.assert_allclose(gas.q, -0.99 + 0.02 * np.arange(100))
    names = ["rdf", "adf", "tetrahedral_distribution", "coordination", "tetrahedral_order"]
    assert set(gas.data_vars) == {*names, *(f"{n}_se" for n in names)}
    assert all("units" in v.attrs for v in gas.variables.values())
    for name in names:
        assert gas[f"{name}_se"].dims == gas[name].dims[1:]


def test_rdf_of_an_ideal_gas_is_one(gas):
    g = gas.rdf.mean("run")
    # tight enough to tell N (N - 1) pairs from N^2, which differ by 1.6 %
    weights = gas.r**2
    assert float((g * weights).sum() / weights.sum()) == pytest.approx(1.0, abs=0.005)
    # of errors from 20 runs the mean of z^2 is 19/17
    assert 0.7 < z_squared(g, 1.0, gas.rdf_se) < 1.6


def test_coordination_of_an_ideal_gas_is_the_density_times_the_volume(gas):
    expected = (BEADS - 1) / BOX**3 * 4 / 3 * math.pi * SETTINGS.shell_nm**3
    assert float(gas.coordination.mean()) == pytest.approx(expected, abs=4 * float(gas.coordination_se))
    assert float(gas.coordination_se) < 0.01 * expected


def test_adf_of_an_ideal_gas_is_half_the_sine(gas):
    np.testing.assert_allclose(gas.adf.sum("theta") * 2.0, 1.0)
    edges = np.radians(np.arange(0, 181, 2))
    expected = (np.cos(edges[:-1]) - np.cos(edges[1:])) / 2 / 2.0
    assert 0.7 < z_squared(gas.adf.mean("run"), expected, gas.adf_se) < 1.6
    assert float(abs(gas.adf.mean("run") - expected).mean()) < 0.02 * expected.mean()


def test_tetrahedral_order_of_an_ideal_gas_is_zero_on_average(gas):
    assert float(gas.tetrahedral_order.mean()) == pytest.approx(0.0, abs=4 * float(gas.tetrahedral_order_se))
    assert float(gas.tetrahedral_order_se) < 0.01
    np.testing.assert_allclose(gas.tetrahedral_distribution.sum("q") * 0.02, 1.0)


def test_tetrahedral_order_takes_the_four_nearest():
    # four directions drawn at random give the distribution of q in a gas, whatever the distances
    rng = np.random.default_rng(3)
    order = ob.local_structure(rng.uniform(0, BOX, size=(30, BEADS, 3)), BOX, 0.35, 90).order
    unit = rng.normal(size=(200_000, 4, 3))
    unit /= np.linalg.norm(unit, axis=-1, keepdims=True)
    cosines = np.einsum("sax,sbx->sab", unit, unit)[:, *np.triu_indices(4, k=1)]
    reference = np.sort(1 - 3 / 8 * ((cosines + 1 / 3) ** 2).sum(axis=1))
    distance = ks_1samp(order.ravel(), lambda q: np.searchsorted(reference, q) / reference.size).statistic
    assert distance < 0.04


@pytest.mark.parametrize(
    ("neighbours", "order"),
    [
        ([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], 1.0),  # tetrahedron
        ([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], 0.5),  # square: 1 - 3/8 (4/9 + 8/9)
        ([[1, 0, 0], [0.9, 0, 0], [0.8, 0, 0], [0.7, 0, 0]], -3.0),  # all on one side: the least possible
    ],
)
def test_tetrahedral_order_of_known_shapes_among_farther_beads(neighbours, order):
    position = np.random.default_rng(5).uniform(0.4, 0.8, size=(1, 9, 3))
    position[0, 0] = 0.0
    position[0, 1:5] = 0.1 * np.array(neighbours)
    position = position[:, [6, 1, 7, 2, 0, 3, 8, 4, 5]]
    assert ob.local_structure(position, BOX, 0.35, 90).order[0, 4] == pytest.approx(order)


def test_diamond_is_perfectly_tetrahedral():
    diamond = ob.observe(lattice(DIAMOND, cells=2), BOX, SETTINGS)
    np.testing.assert_allclose(diamond.coordination, 4)
    np.testing.assert_allclose(diamond.tetrahedral_order, 1)
    np.testing.assert_allclose(diamond.tetrahedral_distribution[:, -1] * 0.02, 1)
    angle = math.degrees(math.acos(-1 / 3))
    np.testing.assert_allclose(diamond.adf.sel(theta=angle, method="nearest") * 2.0, 1)


def test_rdf_integrates_to_the_shells_of_diamond():
    g = ob.observe(lattice(DIAMOND, cells=2), BOX, SETTINGS).rdf.mean("run")
    inner = g.r - 0.0025
    shell = 4 / 3 * math.pi * ((inner + 0.005) ** 3 - inner**3)
    neighbours = (BEADS - 1) / BOX**3 * g * shell
    a = BOX / 2
    for radius, count in ((a * math.sqrt(3) / 4, 4), (a / math.sqrt(2), 12), (a * math.sqrt(11) / 4, 12)):
        assert float(neighbours.where(abs(g.r - radius) < 0.01, 0).sum()) == pytest.approx(count, rel=1e-3)
    assert float(neighbours.sum()) == pytest.approx(28, rel=1e-3)


def test_simple_cubic_lattice_has_right_and_straight_angles():
    cubic = ob.observe(lattice([(0, 0, 0)], cells=4), BOX, SETTINGS)
    np.testing.assert_allclose(cubic.coordination, 6)
    right = cubic.adf.where(abs(cubic.theta - 90) < 2, 0).sum("theta") * 2.0
    np.testing.assert_allclose(right, 12 / 15)
    np.testing.assert_allclose(cubic.adf.sel(theta=179) * 2.0, 3 / 15)


def test_three_beads_make_the_angle_they_should():
    # a bent trimer across the corner of the box, far from two other beads without neighbours
    angle = math.radians(71)
    trimer = 0.3 * np.array([[0, 0, 0], [1, 0, 0], [math.cos(angle), math.sin(angle), 0]])
    position = np.concatenate([trimer, [[0.2, 0.2, 0.85], [0.9, 0.9, 0.65]]])
    found = ob.local_structure(np.mod(position - 0.1, BOX)[None], BOX, 0.31, 180)
    assert found.coordination == pytest.approx(4 / 5)
    assert found.adf[71] + found.adf[70] == pytest.approx(1.0)


@pytest.mark.parametrize("change", ["shifted", "unwrapped", "relabelled"])
def test_structure_does_not_depend_on_the_description(gas_position, gas, change):
    rng = np.random.default_rng(4)
    position = gas_position[:3, :30]
    reference = ob.observe(position, BOX, SETTINGS)
    other = {
        "shifted": lambda: position + rng.normal(size=(3, 30, 1, 3)),
        "unwrapped": lambda: position + BOX * rng.integers(-1000, 1000, size=position.shape),
        "relabelled": lambda: position[:, :, rng.permutation(BEADS)],
    }[change]()
    found = ob.observe(other, BOX, SETTINGS)
    for name in ("adf", "coordination", "tetrahedral_order", "tetrahedral_distribution"):
        np.testing.assert_allclose(found[name], reference[name], rtol=1e-9, atol=1e-12, err_msg=name)
    # distances in single precision may cross a bin's edge, one pair here and there
    assert float(abs(found.rdf - reference.rdf).mean()) < 1e-3


def test_rdf_does_not_depend_on_chunks(gas_position, monkeypatch):
    edges = np.linspace(0.2, 0.6, 81)
    whole = radial_distribution(gas_position[0], BOX, edges)
    monkeypatch.setattr(pair_structure, "_CHUNK_DISTANCES", 7 * BEADS * (BEADS - 1) // 2)
    np.testing.assert_allclose(radial_distribution(gas_position[0], BOX, edges), whole)


def test_errors_are_those_of_the_mean_over_runs(gas):
    np.testing.assert_allclose(gas.rdf_se, gas.rdf.std("run", ddof=1) / math.sqrt(20))
    halves = [gas.rdf[:10].mean("run"), gas.rdf[10:].mean("run")]
    # two independent halves differ by their own errors, larger by sqrt 2 than those of the whole
    assert 0.6 < z_squared(halves[0], halves[1], 2 * gas.rdf_se) < 1.6


def test_blocks_of_one_long_trajectory_are_its_runs(gas_position):
    long = gas_position.reshape(-1, BEADS, 3)[:123]
    pieces = blocks(long, 4)
    assert pieces.shape == (4, 30, BEADS, 3)
    np.testing.assert_array_equal(pieces.reshape(-1, BEADS, 3), long[3:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rdf_max_nm": 0.7}, r"rdf_max_nm is 0.7; allowed: .* half the box, 0.6200 nm"),
        ({"shell_nm": 0.63}, r"shell_nm is 0.63; allowed: .* half the box, 0.6200 nm"),
        ({"rdf_bin_nm": 0.007}, "rdf_bin_nm is 0.007; allowed: a whole fraction"),
        ({"adf_bin_degree": 0}, "adf_bin_degree is 0; allowed: a whole fraction"),
        ({"shell_nm": 1e-4}, "no angles"),
    ],
)
def test_settings_that_cannot_work_are_refused(gas_position, change, message):
    with pytest.raises(ValueError, match=message):
        ob.observe(gas_position[:2, :2], BOX, replace(SETTINGS, **change))


def test_positions_that_cannot_be_used_are_refused(gas_position):
    with pytest.raises(ValueError, match="allowed: .run, time, bead, 3."):
        ob.observe(gas_position[0], BOX, SETTINGS)
    with pytest.raises(ValueError, match="at least 2"):
        ob.observe(gas_position[:1, :3], BOX, SETTINGS)
    with pytest.raises(ValueError, match="4 beads"):
        ob.observe(gas_position[:2, :2, :4], BOX, SETTINGS)
    broken = gas_position[:2, :2].copy()
    broken[1, 1, 5, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        ob.observe(broken, BOX, SETTINGS)


def cg_trajectory(position, healthy):
    runs = len(position)
    return xr.Dataset(
        {
            "position": (("run", "time", "bead", "axis"), position),
            "temperature": (("time", "run"), np.full((position.shape[1], runs), 300.0)),
            "healthy": (("run",), np.array(healthy, np.int8)),
            "member": (("run",), np.arange(runs)),
        },
        attrs={"temperature_K": 298.15, "box_nm": BOX, "failure": "run 1: overlap"},
    )


def test_only_healthy_runs_are_observed(gas_position):
    position = gas_position[:3, :10].copy()
    position[1] = np.nan
    found = ob.observe_cg_runs(cg_trajectory(position, [1, 0, 1]), SETTINGS)
    # four blocks, two of each run
    halves = position[[0, 2]].reshape(4, 5, BEADS, 3)
    np.testing.assert_array_equal(found["rdf"], ob.observe(halves, BOX, SETTINGS)["rdf"])
    assert found["run_member"].values.tolist() == [0, 0, 2, 2]
    assert found["healthy"].dims == ("attempt",)
    assert found["kinetic_temperature"].values.tolist() == [300.0] * 3
    assert found.attrs["temperature_K"] == 298.15


def test_a_file_with_too_few_healthy_runs_can_be_read(gas_position, tmp_path):
    position = gas_position[:3, :10].copy()
    too_few = ob.observe_cg_runs(cg_trajectory(position, [1, 0, 0]), SETTINGS)
    for name in ("healthy", "member"):
        too_few[name].attrs["units"] = "1"
    write_dataset(too_few, tmp_path / "298.15.nc", Provenance("c0ffee", 1, "test"))
    too_few = read_declared(
        tmp_path / "298.15.nc",
        "observables/{arch}/{model}/{T}.nc",
        ("healthy", "member", "kinetic_temperature"),
    )
    assert "rdf" not in too_few
    assert too_few.attrs["failure"] == "run 1: overlap"
    assert too_few["member"].values.tolist() == [0, 1, 2]


def test_blocks_of_a_mapped_trajectory_stand_for_runs(gas_position):
    long = gas_position.reshape(-1, BEADS, 3)[:40]
    mapped = xr.Dataset(
        {"position": (("time", "bead", "axis"), long)}, attrs={"temperature_K": 300.0, "box_nm": BOX}
    )
    found = ob.observe_all_atom(mapped, SETTINGS)
    assert found.sizes["run"] == SETTINGS.blocks
    np.testing.assert_array_equal(found["adf"], ob.observe(blocks(long, 4), BOX, SETTINGS)["adf"])


def test_an_ideal_gas_in_a_brick_has_the_structure_of_an_ideal_gas():
    edges = BOX * np.array([1.0, 1.3, 1.7])
    position = np.random.default_rng(6).uniform(0, 1, size=(20, 60, BEADS, 3)) * edges
    brick = ob.observe(position, edges, SETTINGS)
    assert 0.7 < z_squared(brick.rdf.mean("run"), 1.0, brick.rdf_se) < 1.6
    expected = (BEADS - 1) / edges.prod() * 4 / 3 * math.pi * SETTINGS.shell_nm**3
    assert float(brick.coordination.mean()) == pytest.approx(expected, abs=4 * float(brick.coordination_se))


def test_boxes_that_cannot_be_used_are_refused(gas_position):
    tilted = np.diag([BOX] * 3) + 0.1 * np.eye(3, k=1)
    for box, message in ((tilted, "tilted"), (-1.0, "positive edges"), ([BOX, BOX], "one edge, three edges")):
        with pytest.raises(InputError, match=message):
            ob.observe(gas_position[:2, :2], box, SETTINGS)
        with pytest.raises(InputError, match=message):
            radial_distribution(gas_position[0, :2], box, np.linspace(0.2, 0.6, 81))


def test_a_box_and_its_copies_have_one_structure():
    """A cube beside itself, in a box with three edges."""
    position = np.random.default_rng(5).uniform(0, BOX, size=(2, 6, 40, 3))
    copies = np.concatenate([position, position + [0, 0, BOX]], axis=2)
    one, two = ob.observe(position, BOX, SETTINGS), ob.observe(copies, [BOX, BOX, 2 * BOX], SETTINGS)
    for name in ("adf", "coordination", "tetrahedral_order"):
        np.testing.assert_allclose(two[name], one[name], atol=1e-6)
    # N (N - 1) pairs of 40 beads have the volume of one box, 80 * 79 that of two
    np.testing.assert_allclose(two["rdf"] * (80 * 79 / 2) / 2, one["rdf"] * (40 * 39), rtol=1e-4)
