"""Energy, entropy and heat capacity against a model system whose thermodynamics are known."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.analysis import thermodynamics as th
from thermalcg.models.expansion import Expansion
from thermalcg.models.names import ModelKey
from thermalcg.units import KB

pytestmark = pytest.mark.physics

T0, N = 400.0, 4


class HiddenModes:
    """N sites on springs, each with M hidden modes whose stiffness k(R) depends on the site.

    u = sum_i [ c R_i^2 / 2 + k(R_i) x_i.x_i / 2 ], k = k0 exp(2 R_i b / M).  Then W = sum_i [ c R_i^2 / 2
    + kB T b R_i ] up to a function of T: linear in T, <u>_R = c R^2 / 2 + M kB T / 2, and the
    conditional heat capacity is M kB / 2 a site, all of it in what no force shows.
    """

    c, b, modes = 900.0, 0.8, 5
    expansion = Expansion("linear", T0)

    def combination(self, position, box, weights):
        x = position[..., 0]
        spring, tilt = (0.5 * self.c * x**2).sum(axis=-1), (KB * self.b * x).sum(axis=-1)
        return weights[0] * (spring + T0 * tilt) + weights[1] * tilt, None

    def mean_energy(self, position, box, temperature):
        return self.combination(position, box, self.expansion.mean_energy(temperature))[0]

    def free_energy(self, position, box, temperature):
        return self.combination(position, box, self.expansion.values(temperature))[0]

    @classmethod
    def sample(cls, temperature, n, seed):
        """Sites from the exact marginal, energies with the hidden modes."""
        rng = np.random.default_rng(seed)
        kt = KB * temperature
        x = rng.normal(-kt * cls.b / cls.c, np.sqrt(kt / cls.c), (n, N))
        position = np.zeros((n, N, 3))
        position[..., 0] = x
        hidden = kt * rng.gamma(cls.modes / 2, 1.0, (n, N))
        return position, (0.5 * cls.c * x**2 + hidden).sum(axis=1)

    @classmethod
    def heat_capacity(cls):
        """Exact, of the box: six momenta, the spring and the hidden modes; dipole term by hand."""
        return N * KB * (3 + 0.5 + cls.modes / 2)

    @classmethod
    def energy(cls, temperature):
        kt = KB * temperature
        return N * (0.5 * kt + 0.5 * (kt * cls.b) ** 2 / cls.c + 0.5 * cls.modes * kt)


def mapped(temperature, n=40_000, seed=1):
    position, energy = HiddenModes.sample(temperature, n, seed)
    return xr.Dataset(
        {"position": (("time", "bead", "axis"), position), "potential_energy": (("time",), energy)},
        attrs={"temperature_K": temperature, "box_nm": 5.0},
    )


def cg(temperature, runs=4, n=20_000):
    position = np.stack([HiddenModes.sample(temperature, n, 10 + r)[0] for r in range(runs)])
    return xr.Dataset(
        {
            "position": (("run", "time", "bead", "axis"), position),
            "healthy": (("run",), np.ones(runs, int)),
            "member": (("run",), np.zeros(runs, int)),
        },
        attrs={"temperature_K": temperature, "box_nm": 5.0},
    )


EXACT = ModelKey("exact", "trf1")


@pytest.fixture(scope="module")
def table():
    temperatures = (T0, 550.0)
    frames = {T: mapped(T, seed=int(T)) for T in temperatures}
    return th.heat_capacity_table(
        {ModelKey("exact", "trf1"): [HiddenModes()]},
        {(ModelKey("exact", "trf1"), 550.0): cg(550.0)},
        frames,
        T0,
    )


def per_molecule(value):
    return value / N * 1e3


def test_all_atom_heat_capacity_is_that_of_the_system(table):
    for _, row in table[table["source"] == "all_atom"].iterrows():
        # dipole term of the spring: (kT b)^2 / 2c gives kB (b^2 kB T / c) more
        T = row["temperature_K"]
        exact = HiddenModes.heat_capacity() + N * KB * HiddenModes.b**2 * KB * T / HiddenModes.c
        assert abs(row["heat_capacity_J_per_mol_K"] - per_molecule(exact)) < 4 * row["stderr"]
        assert row["stderr"] < 0.02 * per_molecule(exact)


def test_the_model_predicts_heat_capacity_and_energy_where_it_has_no_data(table):
    """Sites, momenta and what no force shows add up; leaving out any of them would be off by far more."""
    row = table[table["source"] == "exact"].iloc[0]
    exact = HiddenModes.heat_capacity() + N * KB * HiddenModes.b**2 * KB * 550.0 / HiddenModes.c
    error = row["stderr"]
    assert abs(row["heat_capacity_J_per_mol_K"] - per_molecule(exact)) < 4 * error
    assert error < 0.05 * per_molecule(N * KB * HiddenModes.modes / 2)
    change = (HiddenModes.energy(550.0) - HiddenModes.energy(T0)) / N
    assert abs(row["energy_change_kJ_per_mol"] - change) < 4 * row["energy_change_stderr"]
    assert row["energy_change_stderr"] < 0.05 * change


def test_errors_hold_the_noise_of_the_trajectory_at_the_reference():
    """All runs share it, so that their scatter does not show it: against repetition with others."""

    runs = cg(550.0, runs=6, n=2000)

    def one(seed, n=2000):
        data = {T0: mapped(T0, n=n, seed=seed), 550.0: mapped(550.0, n=2000, seed=7)}
        members = {EXACT: [HiddenModes()]}
        table = th.heat_capacity_table(members, {(EXACT, 550.0): runs}, data, T0)
        return table[table["source"] == "exact"].iloc[0]

    rows, long = [one(seed) for seed in range(100, 140)], one(100, n=400_000)
    for value, error in (
        ("heat_capacity_J_per_mol_K", "stderr"),
        ("energy_change_kJ_per_mol", "energy_change_stderr"),
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
    found = np.array([th.cg_run(member, x, 5.0, T)[0] for x in position])
    exact = N * KB * (0.5 + HiddenModes.b**2 * KB * T / HiddenModes.c)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean() - exact) < 4 * error
    assert error < 0.025 * exact  # 10 % is what the bias would be


def test_the_rest_is_the_conditional_heat_capacity():
    found = th.Remainder(HiddenModes(), mapped(T0, n=400_000)).capacity()
    assert found == pytest.approx(N * KB * HiddenModes.modes / 2, rel=0.02)


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


def test_energies_of_frames_are_compared_up_to_a_constant():
    rng = np.random.default_rng(5)
    position, _ = HiddenModes.sample(500.0, 60, 6)
    member, noise = HiddenModes(), 0.3
    exact = member.mean_energy(position, 5.0, 500.0)
    labels = xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), position),
            "split": (("frame",), np.ones(60, int)),
            "converged": (("frame", "rung"), np.ones((60, 1), int)),
            "mean_energy": (("frame", "rung"), (exact + 321 + noise * rng.normal(size=60))[:, None]),
            "mean_energy_se": (("frame", "rung"), np.full((60, 1), noise)),
        },
        coords={"rung": [500.0]},
        attrs={"temperature_K": 500.0, "box_nm": 5.0},
    )
    found = th.energy_errors(member, labels)
    assert abs(found["slope"] - 1) < 4 * found["slope_stderr"]
    assert found["rmse_kJ_per_mol"] < 0.3  # the noise of the labels is taken off
    assert found["label_noise"] == pytest.approx(noise)
    # W itself is no energy: the entropy is a part of it
    tilt = 500 * KB * HiddenModes.b * position[..., 0].sum(axis=-1)
    assert found["entropy_std"] == pytest.approx(tilt.std(ddof=1))
