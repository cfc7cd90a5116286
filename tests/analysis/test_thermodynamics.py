"""Energy, entropy and heat capacity against a model system whose thermodynamics are known."""

import numpy as np
import pytest

from support.hidden_modes import EXACT, T0, HiddenModes, N, cg, exact_heat_capacity, mapped, per_molecule
from thermalcg.analysis import thermodynamics as th
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def predicted(member=HiddenModes, runs=None, frames=None):
    runs = runs or {(EXACT, T): cg(T) for T in (T0, 550.0)}
    frames = frames or {T: mapped(T, seed=int(T)) for T in (T0, 550.0)}
    return th.heat_capacity_table({EXACT: [member()]}, runs, frames, T0)


@pytest.fixture(scope="module")
def table():
    return predicted()


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
    for T, run in ((T0, 2), (550.0, 1)):
        runs[EXACT, T]["member"][run] = 1
    with pytest.raises(ValueError, match="run 1 of exact trf1 changes its member"):
        th.heat_capacity_table({EXACT: [HiddenModes()] * 2}, runs, frames, T0)


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
