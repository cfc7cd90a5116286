"""Energy, entropy and heat capacity against a model system whose thermodynamics are known."""

import numpy as np
import pytest
import xarray as xr

from support.hidden_modes import T0, HiddenModes, N
from thermalcg.analysis import thermodynamics as th
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import ModelKey
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def mapped(temperature, n=40_000, seed=1):
    position, energy = HiddenModes.sample(temperature, n, seed)
    return xr.Dataset(
        {"position": (("time", "bead", "axis"), position), "potential_energy": (("time",), energy)},
        attrs={"temperature_K": temperature, "box_nm": 5.0},
    )


def cg(temperature, runs=4, n=20_000):
    position = np.stack([HiddenModes.sample(temperature, n, int(temperature) + r)[0] for r in range(runs)])
    return xr.Dataset(
        {
            "position": (("run", "time", "bead", "axis"), position),
            "healthy": (("run",), np.ones(runs, int)),
            "member": (("run",), np.zeros(runs, int)),
        },
        attrs={"temperature_K": temperature, "box_nm": 5.0},
    )


EXACT = ModelKey("exact", "trf1")


def predicted(member=HiddenModes, runs=None, frames=None):
    runs = runs or {(EXACT, T): cg(T) for T in (T0, 550.0)}
    frames = frames or {T: mapped(T, seed=int(T)) for T in (T0, 550.0)}
    return th.heat_capacity_table({EXACT: [member()]}, runs, frames, T0)


@pytest.fixture(scope="module")
def table():
    return predicted()


def per_molecule(value):
    return value / N * 1e3


def exact_heat_capacity(T):
    # the dipole term of the spring, (kT b)^2 / 2c, gives kB (b^2 kB T / c) more
    return HiddenModes.heat_capacity() + N * KB * HiddenModes.b**2 * KB * T / HiddenModes.c


def row_of(table, source, T):
    return table[(table["source"] == source) & (table["temperature_K"] == T)].iloc[0]


def test_all_atom_heat_capacity_is_that_of_the_system(table):
    for _, row in table[table["source"] == "all_atom"].iterrows():
        exact = per_molecule(exact_heat_capacity(row["temperature_K"]))
        assert abs(row["heat_capacity_J_per_mol_K"] - exact) < 4 * row["stderr"]
        assert abs(row["curve_heat_capacity_J_per_mol_K"] - exact) < 4 * row["curve_stderr"]
        assert row["stderr"] < 0.02 * exact
        assert row["curve_stderr"] < row["stderr"]


@pytest.mark.parametrize("T", [T0, 550.0])
def test_the_model_predicts_heat_capacity_energy_and_entropy(table, T):
    """Sites, momenta and what no force shows add up; leaving out any of them would be off by far more."""
    row, exact = row_of(table, "exact", T), per_molecule(exact_heat_capacity(T))
    error = row["stderr"]
    assert abs(row["heat_capacity_J_per_mol_K"] - exact) < 4 * error
    assert error < 0.05 * per_molecule(N * KB * HiddenModes.modes / 2)
    assert abs(row["curve_heat_capacity_J_per_mol_K"] - exact) < 4 * row["curve_stderr"]
    change = (HiddenModes.energy(T) - HiddenModes.energy(T0)) / N
    assert abs(row["energy_change_kJ_per_mol"] - change) <= 4 * row["energy_change_stderr"]
    assert row["energy_change_stderr"] <= 0.05 * change
    entropy = per_molecule(
        HiddenModes.heat_capacity() * np.log(T / T0)
        + N * KB * HiddenModes.b**2 * KB * (T - T0) / HiddenModes.c
    )
    for source in ("exact", "all_atom"):
        own = row_of(table, source, T)
        assert abs(own["entropy_change_J_per_mol_K"] - entropy) <= 4 * own["entropy_change_stderr"]
        assert own["entropy_change_stderr"] <= 0.05 * entropy


class Shifted(HiddenModes):
    """Its sites have an energy in CG runs, of 50 kJ/mol, that they do not have in the all-atom run."""

    def combination(self, position, box, weights):
        energy, _ = super().combination(position, box, weights)
        return energy + weights[0] * 50.0 * position[..., 1].mean(axis=-1), None


def test_what_the_sites_do_wrong_at_t0_is_not_counted_as_a_change():
    runs = {(EXACT, T): cg(T, n=2000) for T in (T0, 550.0)}
    for data in runs.values():
        data["position"][..., 1] = 1.0
    row = row_of(predicted(Shifted, runs), "exact", 550.0)
    change = (HiddenModes.energy(550.0) - HiddenModes.energy(T0)) / N
    assert abs(row["energy_change_kJ_per_mol"] - change) < 4 * row["energy_change_stderr"]
    assert row["energy_change_stderr"] < 0.1 * 50 / N


def test_runs_at_t0_are_needed_and_keep_their_members():
    runs = {(EXACT, T): cg(T, n=100) for T in (T0, 550.0)}
    frames = {T0: mapped(T0, n=200)}
    with pytest.raises(ValueError, match=r"exact trf1 are at \[550.0\] K; allowed: 400 K"):
        predicted(runs={(EXACT, 550.0): runs[EXACT, 550.0]}, frames=frames)
    runs[EXACT, 550.0]["member"][1] = 1
    with pytest.raises(ValueError, match="run 1 of exact trf1 changes its member"):
        th.heat_capacity_table({EXACT: [HiddenModes(), HiddenModes()]}, runs, frames, T0)


def test_errors_hold_the_noise_of_the_trajectory_at_the_reference():
    """All runs share it, so that their scatter does not show it: against repetition with others."""

    runs = {(EXACT, T): cg(T, runs=6, n=2000) for T in (T0, 550.0)}

    def one(seed, n=2000):
        return row_of(predicted(runs=runs, frames={T0: mapped(T0, n=n, seed=seed)}), "exact", 550.0)

    rows, long = [one(seed) for seed in range(100, 140)], one(100, n=400_000)
    for value, error in (
        ("heat_capacity_J_per_mol_K", "stderr"),
        ("energy_change_kJ_per_mol", "energy_change_stderr"),
        ("entropy_change_J_per_mol_K", "entropy_change_stderr"),
    ):
        repeated = np.std([row[value] for row in rows], ddof=1)
        stated = np.sqrt(np.mean([row[error] ** 2 for row in rows]))
        # with a long trajectory the scatter of the runs is all that is left
        assert stated == pytest.approx(np.hypot(repeated, long[error]), rel=0.3)
        assert repeated > long[error]
    assert 5 < rows[0]["freedom"] <= 12


def test_a_fluctuation_over_a_short_run_is_not_too_small():
    """About its own mean the energy of a run of few independent pieces fluctuates too little."""
    rng = np.random.default_rng(8)
    member, T = HiddenModes(), 550.0
    # every configuration forty times: some ten independent ones a run
    position = [
        np.repeat(HiddenModes.sample(T, 10, seed)[0], 40, axis=0) for seed in rng.integers(1e9, size=1200)
    ]
    found = np.array([th.Sampled.of_sites(member, x, 5.0, T).capacity for x in position])
    exact = N * KB * (0.5 + HiddenModes.b**2 * KB * T / HiddenModes.c)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - exact) < 4 * error
    assert error < 0.025 * exact  # 10 % is what the bias would be


def test_the_rest_is_the_conditional_heat_capacity():
    found, error = th.Remainder(HiddenModes(), mapped(T0, n=400_000)).capacity()
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
    row = th.heat_parts_table({EXACT: [member()]}, runs, mapped(T0, n=400_000)).iloc[0]
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

    class Curved(HiddenModes):
        expansion = Expansion(kind, T0)

        def combination(self, position, box, weights):
            extra = weights[2] * (position[..., 0] ** 2).sum(axis=-1) if len(weights) > 2 else 0.0
            return super().combination(position, box, weights)[0] + extra, None

    member, position, h = Curved(), HiddenModes.sample(T0, 50, 3)[0], 0.05
    slope = (member.mean_energy(position, 5.0, 500 + h) - member.mean_energy(position, 5.0, 500 - h)) / (
        2 * h
    )
    curvature = th._curvature_energy(member, position, 5.0, 500.0)
    np.testing.assert_allclose(curvature, slope, rtol=1e-4, atol=1e-7)
    assert bool(np.any(curvature)) == bool(share)
