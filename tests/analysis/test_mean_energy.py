"""Mean energies and free energies at fixed sites, on a model system where both are known."""

import numpy as np
import pytest
import xarray as xr

from support.hidden_modes import T0, HiddenModes, N
from thermalcg.analysis import mean_energy as me
from thermalcg.models.names import ModelKey
from thermalcg.units import KB

pytestmark = pytest.mark.physics


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
    found = me.energy_errors(member, labels)
    assert abs(found["slope"] - 1) < 4 * found["slope_stderr"]
    assert found["rmse_kJ_per_mol"] < 0.3  # the noise of the labels is taken off
    assert found["label_noise"] == pytest.approx(noise)
    # W itself is no energy: the entropy is a part of it
    tilt = 500 * KB * HiddenModes.b * position[..., 0].sum(axis=-1)
    assert found["entropy_std"] == pytest.approx(tilt.std(ddof=1))


def reweighted(position, temperatures, n, rng):
    """-ln <exp(-(1/kT - 1/kT0) u)>, at fixed sites over samples of T0: W/kT - W/kT0.

    Shape (frame, temperature).
    """
    model = HiddenModes
    x = position[..., 0]
    hidden = KB * T0 * rng.gamma(model.modes / 2, 1.0, (n, len(x), N))
    found = []
    for T in temperatures:
        beta = 1 / (KB * T) - 1 / (KB * T0)
        energy = (0.5 * model.c * x**2 + hidden).sum(axis=-1)
        found.append(-np.log(np.exp(-beta * energy).mean(axis=0)))
    return np.array(found).T


def ladder(position, temperatures, noise, rng):
    """Labels with the exact mean energy of the hidden modes, and noise."""
    spring = 0.5 * HiddenModes.c * (position[..., 0] ** 2).sum(axis=-1)
    hidden = 0.5 * HiddenModes.modes * N * KB * np.asarray(temperatures)
    shape = (len(position), len(temperatures))
    return xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), position),
            "split": (("frame",), np.ones(len(position), int)),
            "converged": (("frame", "rung"), np.ones(shape, int)),
            "mean_energy": (("frame", "rung"), spring[:, None] + hidden + noise * rng.normal(size=shape)),
            "mean_energy_se": (("frame", "rung"), np.full(shape, noise)),
        },
        coords={"rung": list(temperatures)},
        attrs={"temperature_K": T0, "box_nm": 5.0},
    )


def test_free_energies_of_fixed_sites_are_those_of_reweighting():
    """Model, integral over rungs and reweighting of samples of T0 give one answer."""
    rng, temperatures = np.random.default_rng(11), (T0, 440.0, 480.0)
    position, _ = HiddenModes.sample(T0, 40, 12)
    labels = ladder(position, temperatures, 0.05, rng)
    exact = reweighted(position, temperatures[1:], 20_000, rng)
    for row, weights in zip(
        me.free_energy_errors(HiddenModes(), labels, held_out=True), exact.T, strict=True
    ):
        T = row["temperature_K"]
        # noise of the samples: below one per cent of the spread
        spread = (T * KB * weights).std(ddof=1)
        assert row["label_std"] == pytest.approx(spread, rel=0.05)
        assert abs(row["slope"] - 1) < 4 * row["slope_stderr"]
        assert row["rmse_kJ_per_mol"] < 0.05


def test_a_free_energy_without_its_entropy_is_noticed():
    """The potential of T0 at all temperatures: W/T then follows the wrong sum of energy and entropy."""

    class Frozen(HiddenModes):
        b = 40.0  # the sites' entropy counts as much as their energy

        def free_energy(self, position, box, temperature):
            return super().free_energy(position, box, T0)

    position, _ = HiddenModes.sample(T0, 40, 12)
    labels = ladder(position, (T0, 480.0), 0.01, np.random.default_rng(13))
    (row,) = me.free_energy_errors(Frozen(), labels, held_out=True)
    assert row["rmse_kJ_per_mol"] > 5 * row["label_noise"]


def test_frames_that_have_not_converged_up_to_a_rung_are_left_out():
    position, _ = HiddenModes.sample(T0, 8, 14)
    labels = ladder(position, (T0, 440.0, 480.0), 0.05, np.random.default_rng(15))
    labels["converged"][:2, 1] = 0
    labels["converged"][2:4, 2] = 0
    labels["split"][7] = 0

    def frames(held_out):
        return [row["frames"] for row in me.free_energy_errors(HiddenModes(), labels, held_out=held_out)]

    # at the last rung there are four, too few
    assert (frames(False), frames(True)) == ([6], [5])
    members = {ModelKey("exact", "trf1"): HiddenModes(), ModelKey("exact", "trf1_conditional"): HiddenModes()}
    table = me.fixed_site_table(members, labels)
    assert table["frames"].tolist() == [6, 5]  # one was trained on the labels of the rest
    labels["converged"][:] = 0
    empty = me.fixed_site_table(members, labels)
    assert empty.empty
    assert tuple(empty.columns) == tuple(table.columns) == me.COLUMNS
