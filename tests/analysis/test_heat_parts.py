"""Parts of a heat capacity, and their errors of training, against systems whose thermodynamics are known."""

import numpy as np
import pytest
import xarray as xr

from support.hidden_modes import (
    EXACT,
    T0,
    HiddenModes,
    N,
    cg,
    cg_dataset,
    exact_heat_capacity,
    mapped,
    per_molecule,
)
from thermalcg.analysis import heat_parts
from thermalcg.analysis.heat_parts import (
    MembersSites,
    Remainder,
    Sampled,
    Sites,
    combined_error,
    heat_parts_table,
)
from thermalcg.analysis.thermodynamics import heat_capacity_table
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import ModelKey
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.kernels import pair_curve
from thermalcg.models.spline.model import Spline
from thermalcg.units import J_PER_KJ, KB

pytestmark = pytest.mark.physics

BOX = 1.5
SPLINE = SplineSettings(
    pair_cutoff_nm=0.7,
    pair_min_nm=0.24,
    pair_functions=5,
    triplet_cutoff_nm=0.5,
    triplet_radial=1,
    triplet_angular=1,
    ridge="auto",
)


def ensemble(members=12, kind="linear", scale=0.3, seed=2):
    """Next to no force field, and further members with random potentials of pairs."""
    expansion, rng = Expansion(kind, T0), np.random.default_rng(seed)
    # what is constant has no error, which a curve through it would need
    coefficients = np.full((members, expansion.size, SPLINE.functions), 1e-9)
    size = scale * np.array([1.0, 0.01, 1e-4])[: expansion.size]
    coefficients[1:, :, :5] = size[:, None] * rng.normal(size=(members - 1, expansion.size, 5))
    return [ThermalPotential(Spline(c, SPLINE), expansion, NO_PRIOR) for c in coefficients]


def two_beads(n, seed):
    """Two beads anywhere in the box: what the first member samples at any temperature."""
    return np.random.default_rng(seed).uniform(0, BOX, (n, 2, 3))


def curved(kind, size=1.0):
    """Hidden modes whose sites have an energy of second order in T where the law in T has one."""

    class Curved(HiddenModes):
        expansion = Expansion(kind, T0)

        def combination(self, position, box, weights):
            extra = weights[2] * (position[..., 0] ** 2).sum(axis=-1) if len(weights) > 2 else 0.0
            return super().combination(position, box, weights)[0] + size * extra, None

    return Curved()


def by_quadrature(member, T):
    """<U>, and <dU/dT> + Var(U) / (kB T^2), of two beads with the potential of one member."""
    r = np.linspace(1e-4, 0.7, 7001)
    expansion = member.expansion

    def curve(weights):
        return pair_curve(r, (weights @ member.components.coefficients)[:5], SPLINE.ranges)[0]

    free, energy = curve(expansion.values(T)), curve(expansion.mean_energy(T))
    outside = BOX**3 - np.trapezoid(4 * np.pi * r**2, r)
    density = 4 * np.pi * r**2 * np.exp(-free / (KB * T))
    norm = np.trapezoid(density, r) + outside
    mean = np.trapezoid(density * energy, r) / norm
    variance = np.trapezoid(density * energy**2, r) / norm - mean**2
    slope = np.trapezoid(density * curve(-T * expansion.second_derivatives(T)), r) / norm
    return np.array([mean, slope + variance / (KB * T**2)])


@pytest.mark.parametrize("kind", ["linear", "heat_capacity"])
@pytest.mark.parametrize("T", [T0, 550.0])
def test_what_further_members_would_show_is_right_to_first_order(kind, T):
    members = ensemble(kind=kind)
    found = Sampled.of_further(members, two_beads(150_000, 5), BOX, T)
    exact = np.array([by_quadrature(member, T) for member in members[1:]])
    mine = np.array([(one.energy, one.capacity) for one in found])
    # terms of second order are of the size of the largest energy over kB T
    reduced = np.abs(MembersSites.of(members, two_beads(1000, 6), BOX, T).reduced).max()
    assert reduced < 0.5
    for values, known in zip(mine.T, exact.T, strict=True):
        assert np.abs(values - known).max() < 0.1 * known.std()
    unweighted = np.array(
        [one.energy.mean() for one in MembersSites.of(members, two_beads(150_000, 5), BOX, T).sites]
    )
    assert np.abs(unweighted - exact[:, 0]).max() > 0.1 * exact[:, 0].std()


@pytest.mark.parametrize("kind", ["linear", "heat_capacity"])
def test_sites_of_further_members_are_those_of_the_members(kind):
    members, position = ensemble(kind=kind), two_beads(50, 7)
    found = MembersSites.of(members, position, BOX, 500.0)
    for member, sites in zip(members[1:], found.sites, strict=True):
        own = Sites.of(member, position, BOX, 500.0)
        np.testing.assert_allclose(sites.energy, own.energy, atol=1e-10)
        np.testing.assert_allclose(sites.curvature, own.curvature, atol=1e-12)


def spline_runs(T, runs=4, n=50_000):
    return cg_dataset(np.stack([two_beads(n, int(T) + run) for run in range(runs)]), T, BOX)


def test_the_error_of_training_needs_no_runs_of_further_members(monkeypatch):
    """Of the tables, against the scatter of members whose averages are known by quadrature."""
    monkeypatch.setattr(heat_parts, "STRIDE", 1)  # here configurations are independent
    members, key, T = ensemble(), ModelKey("spline", "trf1"), 550.0
    rng = np.random.default_rng(9)
    trajectory = xr.Dataset(
        {
            "position": (("time", "bead", "axis"), two_beads(40_000, 8)),
            "potential_energy": (("time",), rng.normal(0, 1e-3, 40_000)),
        },
        attrs={"temperature_K": T0, "box_nm": BOX},
    )
    cg_runs = {(key, at): spline_runs(at) for at in (T0, T)}
    table = heat_capacity_table({key: members}, cg_runs, {T0: trajectory}, T0)
    row = table[(table["source"] == "spline") & (table["temperature_K"] == T)].iloc[0]
    at = {x: np.array([by_quadrature(member, x) for member in members[1:]]) for x in (T0, T)}
    rest = np.array([one.parts()[2] for one in Remainder.of_further(members, trajectory)])
    change = at[T][:, 0] - at[T0][:, 0] + rest * (T - T0)
    capacity = at[T][:, 1] + rest
    # half of it, since there are two beads; each trajectory adds its own noise
    assert row["energy_change_stderr"] == pytest.approx(change.std(ddof=1) / 2, rel=0.15)
    assert row["stderr"] == pytest.approx(capacity.std(ddof=1) / 2 * J_PER_KJ, rel=0.15)
    parts = heat_parts_table({key: members}, {key: cg_runs[key, T0]}, trajectory).iloc[0]
    sites = at[T0][:, 1].std(ddof=1) / 2 * J_PER_KJ
    assert parts["cg_sites_stderr"] == pytest.approx(sites, rel=0.15)
    alone = heat_capacity_table({key: members[:1]}, cg_runs, {T0: trajectory}, T0)
    own = alone[(alone["source"] == "spline") & (alone["temperature_K"] == T)].iloc[0]
    assert own["energy_change_stderr"] < 0.1 * row["energy_change_stderr"]
    # runs that failed at another temperature do not make these more certain
    cg_runs[key, 700.0] = spline_runs(700.0, n=100).assign(healthy=("run", np.zeros(4, int)))
    failed = heat_capacity_table({key: members}, cg_runs, {T0: trajectory}, T0)
    assert 700.0 not in failed["temperature_K"].values
    again = failed[(failed["source"] == "spline") & (failed["temperature_K"] == T)].iloc[0]
    for column in ("stderr", "energy_change_stderr", "curve_stderr"):
        assert again[column] == pytest.approx(row[column])


def test_runs_of_different_members_hold_both_errors():
    values = np.array([[1.0, 4.0], [3.0, 4.0], [2.0, 7.0]])
    sampling, training = combined_error(values, np.empty((3, 0, 2)))
    np.testing.assert_allclose(sampling, values.std(axis=0, ddof=1))
    np.testing.assert_allclose(training, 0)
    same = np.broadcast_to([[1.0, 1.0], [2.0, 5.0]], (3, 2, 2))
    sampling, training = combined_error(values, same)
    np.testing.assert_allclose(sampling, values.std(axis=0, ddof=1) / np.sqrt(3))
    np.testing.assert_allclose(training, [0.5**0.5, 8**0.5])


def test_noise_of_runs_is_not_taken_for_an_error_of_training():
    """What members would show differs by one, or by nothing at all; the noise of runs is three times that."""
    rng = np.random.default_rng(6)
    for size in (0.0, 1.0):
        members = size * rng.normal(size=(1, 2000, 1))
        values = members + 3 * rng.normal(size=(4, 2000, 1))
        found = combined_error(np.zeros((4, 1)), values)[1][0]
        # of the square: noise of 9 / sqrt(6) in each product, over 2000 members
        assert abs(found**2 - members.var(ddof=1)) < 4 * np.sqrt(2) * 9 / np.sqrt(12 * 2000) * 2


def test_members_that_differ_much_are_reported(capsys):
    Sampled.of_further(ensemble(scale=0.01), two_beads(200, 3), BOX, T0)
    assert not capsys.readouterr().out
    Sampled.of_further(ensemble(scale=30.0), two_beads(200, 3), BOX, T0)
    assert "kB T at 400 K: errors are rough" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["linear", "quadratic"])
def test_parts_add_up_and_sites_are_the_derivative_of_their_mean_energy(kind):
    """Cov(U, u) / (kB T0^2) + <dU/dT> against mean energies of the sites at neighbouring temperatures."""

    member, data, h = curved(kind, 5.0), mapped(T0, n=400_000), 20.0
    values, errors = Remainder.of(member, data).with_errors()
    assert values[1] + values[2] == pytest.approx(values[0], rel=1e-4)
    ends = [
        Sites.of(member, mapped(T0 + d, n=400_000, seed=3)["position"].values, 5.0, T0 + d).energy.mean()
        for d in (-h, h)
    ]
    assert abs(values[1] - (ends[1] - ends[0]) / (2 * h)) < 5 * errors[1]
    assert errors[1] < 0.03 * abs(values[1])


def test_a_fluctuation_over_a_short_run_is_not_too_small():
    """About its own mean the energy of a run of few independent pieces fluctuates too little."""
    rng = np.random.default_rng(8)
    member, T = HiddenModes(), 550.0
    # every configuration forty times: some ten independent ones a run
    position = [
        np.repeat(HiddenModes.sample(T, 10, seed)[0], 40, axis=0) for seed in rng.integers(1e9, size=1200)
    ]
    found = np.array([Sampled.of_sites(member, x, 5.0, T).capacity for x in position])
    exact = N * KB * (0.5 + HiddenModes.b**2 * KB * T / HiddenModes.c)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - exact) < 4 * error
    assert error < 0.025 * exact  # 10 % is what the bias would be


def test_the_rest_is_the_conditional_heat_capacity():
    found, error = Remainder.of(HiddenModes(), mapped(T0, n=400_000)).capacity()
    exact = N * KB * HiddenModes.modes / 2
    assert abs(found - exact) < 4 * error
    assert error < 0.02 * exact


class Halved(HiddenModes):
    """Half of the energy of the sites."""

    def combination(self, position, box, weights):
        return 0.5 * super().combination(position, box, weights)[0], None


@pytest.mark.parametrize(("member", "share"), [(HiddenModes, 1.0), (Halved, 0.5)])
def test_variances_add_up_at_t0_for_an_exact_energy_alone(member, share):
    """The law of total variance; what a model misses of the sites' energy is part of the rest."""
    runs = {EXACT: cg(T0)}
    row = heat_parts_table({EXACT: [member()]}, runs, mapped(T0, n=400_000)).iloc[0]
    sites = per_molecule(exact_heat_capacity(T0) - N * KB * (3 + HiddenModes.modes / 2))
    whole = per_molecule(exact_heat_capacity(T0) - 3 * N * KB)
    expected = {
        "all_atom": whole,
        "sites": share * sites,
        "rest": whole - share * sites,
        "cross": 2 * share * (1 - share) * sites,
        "cg_sites": share**2 * sites,
    }
    for name, value in expected.items():
        assert abs(row[f"{name}_J_per_mol_K"] - value) < 4 * row[f"{name}_stderr"], name
        assert row[f"{name}_stderr"] < 0.1 * sites


@pytest.mark.parametrize(("kind", "share"), [("linear", 0.0), ("quadratic", 1.0), ("heat_capacity", 1.0)])
def test_the_curvature_counts_where_the_expansion_has_one(kind, share):
    """-T d2W/dT2 by finite differences of <u>_R, at fixed sites."""

    member, position, h = curved(kind), HiddenModes.sample(T0, 50, 3)[0], 0.05
    slope = (member.mean_energy(position, 5.0, 500 + h) - member.mean_energy(position, 5.0, 500 - h)) / (
        2 * h
    )
    curvature = Sites.of(member, position, 5.0, 500.0).curvature
    np.testing.assert_allclose(curvature, slope, rtol=1e-4, atol=1e-7)
    assert bool(np.any(curvature)) == bool(share)
