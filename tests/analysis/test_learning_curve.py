"""The learning curve asks for each share of the data and tests every model at every temperature."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.analysis import learning_curve as lc
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import NO_PRIOR


class Member:
    """Forces that are the positions times a factor."""

    species = None

    def __init__(self, factor):
        self.factor, self.cutoff = factor, 0.5

    def force_field(self, weights, box, device="cpu"):
        return lambda x: (np.zeros(len(x)), self.factor * x)


def potential(factor):
    return ThermalPotential(Member(factor), Expansion("constant", 400.0), NO_PRIOR)


def labels(temperature, frames=6):
    rng = np.random.default_rng(round(temperature))
    position = rng.normal(size=(frames, 5, 3))
    chains = np.repeat(position[:, None, None], 2, axis=1)
    return xr.Dataset(
        {
            "site_position": (("frame", "bead", "axis"), position),
            "split": ("frame", np.ones(frames, int)),
            "converged": (("frame", "rung"), np.ones((frames, 1), int)),
            "chain_mean_force": (("frame", "chain", "rung", "bead", "axis"), chains),
        },
        coords={"rung": [temperature]},
        attrs={"temperature_K": temperature, "box_nm": 2.0},
    )


def test_errors_of_each_share_at_each_temperature():
    asked = []

    def ensemble(model, fraction):
        asked.append((model, fraction))
        # the error goes down with the data; members scatter about the fit to all of them
        return [potential(1 + (1 + shift) / fraction) for shift in (0.0, 0.1, -0.1)]

    tested = {T: labels(T) for T in (300.0, 400.0)}
    models = ["baseline", "trf1"]
    table = lc.learning_curve_table(ensemble, models, (0.5, 1.0), tested)
    assert asked == [(model, fraction) for model in models for fraction in (0.5, 1.0)]
    cases = list(zip(table["mode"], table["fraction"], table["temperature_K"], strict=True))
    assert cases == [
        (model, fraction, temperature)
        for model in models
        for fraction in (0.5, 1.0)
        for temperature in (300.0, 400.0)
    ]
    size = {T: np.sqrt((data["site_position"].values ** 2).mean()) for T, data in tested.items()}
    for _, row in table.iterrows():
        expected = size[row["temperature_K"]] / row["fraction"]
        assert row["rmse_kJ_per_mol_nm"] == pytest.approx(expected)
        assert row["stderr"] > np.std([0.9, 1.1], ddof=1) * expected * 0.999


def test_a_single_fit_has_no_error():
    table = lc.learning_curve_table(
        lambda model, fraction: [potential(2.0)], ["baseline"], [1.0], {300.0: labels(300.0)}
    )
    assert table["stderr"].isna().all()
