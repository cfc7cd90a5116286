"""Changes of structure with the force field: first-order perturbation theory against what is known."""

import numpy as np
import pytest

from support import hidden_mixture
from support.pair_gas import BOX, gas
from thermalcg.analysis.pair_structure import pair_distribution, radial_distribution
from thermalcg.analysis.structure import ObservableSettings, local_structure, observe
from thermalcg.analysis.training_changes import curve_changes, frame_curves, reduced_differences
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.kernels import pair_curve
from thermalcg.models.spline.mixture_basis import function_count
from thermalcg.models.spline.model import Spline
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T = 300.0
SETTINGS = ObservableSettings(
    rdf_min_nm=0.2, rdf_max_nm=0.7, rdf_bin_nm=0.05, shell_nm=0.6, adf_bin_degree=20.0, blocks=4
)
SPLINE = SplineSettings(
    pair_cutoff_nm=0.6,
    pair_min_nm=0.24,
    pair_functions=5,
    triplet_cutoff_nm=0.5,
    triplet_radial=2,
    triplet_angular=1,
    ridge="auto",
)


def ensemble(differences, species=None):
    """An ensemble whose first member is no force field at all, and whose others are these differences."""
    coefficients = [np.zeros(len(differences[0])), *differences]
    return [
        ThermalPotential(Spline(c[None], SPLINE, species), Expansion("constant", T), NO_PRIOR)
        for c in coefficients
    ]


def random_differences(members, size, seed=1, scale=0.1):
    return scale * np.random.default_rng(seed).normal(size=(members, size))


@pytest.fixture(scope="module")
def position():
    return gas(np.random.default_rng(2), 400)


def test_a_weak_pair_potential_changes_the_ideal_gas_as_it_must():
    """In an ideal gas pairs are independent: g(r) = 1 becomes 1 - (v(r) - <v>) / (kB T)."""
    rng = np.random.default_rng(3)
    free = rng.uniform(0, BOX, size=(20_000, 6, 3))
    difference = np.zeros(SPLINE.functions)
    difference[:5] = [0.3, -0.2, 0.4, 0.1, -0.1]
    made = curve_changes(ensemble([difference]), free.reshape(10, 2000, 6, 3), BOX, T, SETTINGS)
    change = made["rdf_change"].sel(changed=0)
    fine = np.linspace(1e-4, 0.6, 6001)
    v = pair_curve(fine, difference[:5], SPLINE.ranges)[0]
    mean = np.trapezoid(4 * np.pi * fine**2 * v, fine) / BOX**3
    edges = SETTINGS.rdf_edges
    for bin_, (a, b) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        inside = (fine >= a) & (fine <= min(b, 0.6))
        shell = 4 / 3 * np.pi * (b**3 - a**3)
        own = np.trapezoid(4 * np.pi * fine[inside] ** 2 * v[inside], fine[inside]) / shell
        expected = -(own - mean) / (KB * T)
        pieces = change.isel(r=bin_).values
        assert pieces.mean() == pytest.approx(expected, abs=4 * pieces.std(ddof=1) / np.sqrt(10)), a


def test_changes_are_derivatives_of_reweighted_curves(position):
    """Of every distribution, with weights exp(-(W_m - W) / (kB T)) of a small difference."""
    small = 1e-4
    differences = random_differences(2, SPLINE.functions)
    made = curve_changes(ensemble(differences), position.reshape(4, 100, -1, 3), BOX, T, SETTINGS)
    x = reduced_differences(ensemble(differences), position, BOX, T)
    observed = observe(position.reshape(4, 100, -1, 3), BOX, SETTINGS)
    counts = [local_structure(frame[None], BOX, SETTINGS.shell_nm, 9) for frame in position]
    number = np.array([_angles(frame) for frame in position])
    g = np.array([radial_distribution(frame[None], BOX, SETTINGS.rdf_edges) for frame in position])
    for m in range(2):
        up, down = (np.exp(-s * (x[m] - x[m].mean())) for s in (small, -small))
        for name, values, share in (
            ("rdf", g, np.ones(400)),
            ("adf", np.array([shell.adf for shell in counts]), number),
        ):
            both = [((w * share) @ values) / (w * share).sum() for w in (up, down)]
            derivative = (both[0] - both[1]) / (2 * small)
            found = made[f"{name}_change"].sel(changed=m).mean("run").values
            np.testing.assert_allclose(found, derivative, atol=2e-5 * np.abs(observed[name]).max())


def _angles(frame):
    """Number of angles in the first shells of one configuration."""
    d = frame[None] - frame[:, None]
    r = np.linalg.norm(d - BOX * np.round(d / BOX), axis=-1) + 10 * np.eye(len(frame))
    n = (r < SETTINGS.shell_nm).sum(axis=1)
    return (n * (n - 1) / 2).sum()


def test_means_of_configurations_are_the_distributions(position):
    whole = observe(np.stack([position, position]), BOX, SETTINGS).isel(run=0)
    for name, (_, values, _) in frame_curves(position, BOX, SETTINGS).items():
        np.testing.assert_allclose(values.mean(axis=0), whole[name], rtol=2e-5, atol=1e-9)


def test_pairs_of_species_have_changes_of_their_own():
    """Of a mixture each pair has its curve; a potential of A-A alone changes A-A most."""
    species = hidden_mixture.SPECIES
    data = hidden_mixture.trajectory(300, seed=4)
    position = data["position"].values
    curves = frame_curves(position, BOX, SETTINGS, species)
    for number, pair in enumerate(species.pairs):
        expected = pair_distribution(position, BOX, SETTINGS.rdf_edges, species, *pair)
        np.testing.assert_allclose(curves["pair_rdf"][1].mean(axis=0)[number], expected, rtol=2e-5, atol=1e-9)
    difference = np.zeros(function_count(SPLINE, species))
    difference[:5] = 1.0
    made = curve_changes(ensemble([difference], species), position.reshape(3, 100, -1, 3), BOX, T, SETTINGS)
    size = np.abs(made["pair_rdf_change"].sel(changed=0).mean("run")).sum("r").values
    assert made["pair_rdf_change"].dims == ("changed", "run", "pair", "r")
    assert size[0] > 3 * size[1:].max()


def test_differences_of_energies_are_those_of_the_members(position):
    members = ensemble(random_differences(3, SPLINE.functions))
    energy = np.array([member.free_energy(position[:20], BOX, T) for member in members])
    expected = (energy[1:] - energy[0]) / (KB * T)
    np.testing.assert_allclose(reduced_differences(members, position[:20], BOX, T), expected, atol=1e-9)
    made = curve_changes(members, position[:20].reshape(4, 5, -1, 3), BOX, T, SETTINGS)
    np.testing.assert_allclose(made["energy_deviation"], expected.std(axis=1), rtol=1e-9)
    assert made["changed_member"].values.tolist() == [1, 2, 3]


def test_networks_have_no_linear_members(position):
    class Network:
        pass

    with pytest.raises(TypeError, match="members are Network; allowed: splines"):
        reduced_differences(
            [ThermalPotential(Network(), Expansion("constant", T), NO_PRIOR)] * 2, position[:2], BOX, T
        )
