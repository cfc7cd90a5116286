"""Sampling at fixed sites: exchanges, the response against finite differences, what a kill costs."""

import numpy as np
import pytest

from thermalcg.atomistic.water import WaterBox, lattice_configuration, load_water_model
from thermalcg.conditional.labels import label_rung
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.geometry.inputs import InputError
from thermalcg.runtime.platforms import REFERENCE_PLATFORM, Compute

pytestmark = pytest.mark.physics

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)

#: Where its molecules lie: close to one another in the middle of the box.
DROPLET = WaterBox(BOX.model, 8, 0.62, 0.3)


def test_what_a_killed_run_left_is_not_used_for_another_mapping():
    """The key under which samples are kept names all that they depend on."""
    water = load_water_model("spce")
    settings = ConditionalSettings(4.0, 2.0, 0.0, 1.0, 0.08, 1.0, 2, 700.0, 1.0)
    keys = [
        ConditionalSampler(
            WaterBox(model, 8, 1.3, cutoff), mapping, [400.0], settings, REFERENCE_PLATFORM, seed=5
        ).key
        for model, cutoff, mapping in (
            (water, 0.6, "com"),
            (water, 0.6, "oxygen"),
            (water, 0.5, "com"),
            (load_water_model("tip3p"), 0.6, "com"),
        )
    ]
    assert all(keys[0] != other for other in keys[1:])


def test_rungs_do_not_exchange_before_they_have_relaxed(tmp_path):
    """Rungs so close that nearly every exchange would be accepted: after the burn-in all are in place."""
    settings = ConditionalSettings(4.0, 2.0, 0.8, 0.8, 0.08, 10.0, 2, 700.0, 1.0)
    sampler = ConditionalSampler(BOX, "com", [400.0, 401.0, 402.0], settings, REFERENCE_PLATFORM, seed=5)
    atoms = lattice_configuration(DROPLET, np.random.default_rng(3))
    walker = sampler.sample(atoms, "test", tmp_path)["walker"].values
    assert (walker[:, :, 0] == np.arange(3)).all()
    assert (walker[:, :, 1:] != np.arange(3)[:, None]).any()


def test_covariance_agrees_with_finite_difference_on_a_frame_of_water(tmp_path):
    """Trapezoid rule: F(T2) - F(T1) = (T2 - T1) (F'(T1) + F'(T2))/2 on the same frame, within errors."""
    ladder = [440.0, 540.0]
    # a droplet of close molecules, whose response is large
    atoms = lattice_configuration(DROPLET, np.random.default_rng(3))
    settings = ConditionalSettings(4.0, 2.0, 2.0, 60.0, 0.08, 100.0, 2, 700.0, 1.0)
    sampler = ConditionalSampler(BOX, "com", ladder, settings, Compute("CPU"), seed=5)
    samples = sampler.sample(atoms, "test", tmp_path)
    low, high = (
        label_rung(samples["force"].values[:, k], samples["energy"].values[:, k], ladder[k]) for k in range(2)
    )
    difference = (high.mean_force - low.mean_force).ravel() / (ladder[1] - ladder[0])
    covariance = 0.5 * (low.trf + high.trf).ravel()
    error = np.sqrt(
        (low.mean_force_se**2 + high.mean_force_se**2).ravel() / (ladder[1] - ladder[0]) ** 2
        + 0.25 * (low.trf_se**2 + high.trf_se**2).ravel()
    )
    z = (difference - covariance) / error
    assert np.sqrt((z**2).mean()) < 1.6
    # and there is something to compare: a signal beyond the noise, of the same sign and size
    weight = 1 / error**2
    slope = (weight * difference * covariance).sum() / (weight * covariance**2).sum()
    slope_error = 1 / np.sqrt((weight * covariance**2).sum())
    assert slope / slope_error > 4
    assert abs(slope - 1) < max(4 * slope_error, 0.25)


def test_what_is_no_frame_or_no_temperature_is_refused(tmp_path):
    settings = ConditionalSettings(4.0, 2.0, 0.0, 1.0, 0.08, 1.0, 2, 700.0, 1.0)
    with pytest.raises(InputError, match="temperature is -5.0 K"):
        ConditionalSampler(BOX, "com", [-5.0], settings, REFERENCE_PLATFORM, seed=5)
    sampler = ConditionalSampler(BOX, "com", [400.0], settings, REFERENCE_PLATFORM, seed=5)
    for method in (sampler.sample, sampler.probe):
        with pytest.raises(InputError, match=r"atoms have shape \(8, 3\)"):
            method(np.zeros((8, 3)), "test", tmp_path)
