"""Volterra kernels of motions whose kernels are known exactly."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from support.oscillator import MASS, MEMORY, ONE, SPRING, T, exact_correlations
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.volterra import (
    _quotient,
    correlations_of,
    linear_running_integral,
    memory_kernel,
    running_integral,
)

pytestmark = pytest.mark.physics


@pytest.mark.parametrize("memory", [ONE, MEMORY])
@pytest.mark.parametrize("spring", [SPRING, 0.0])
def test_volterra_inversion_recovers_the_kernel(memory, spring):
    interval, n = 0.002, 400
    # a free particle: no position needed, a spring too weak to matter
    c, _ = exact_correlations(memory, interval, n, spring or 1e-6)
    time = interval * np.arange(n)
    np.testing.assert_allclose(memory_kernel(c), memory.kernel(time), atol=0.01 * memory.strength.sum())
    np.testing.assert_allclose(
        running_integral(c), memory.running_integral(time), atol=0.01 * memory.friction
    )


#: Like that of cold water: a collision of 20 fs, of whose friction most is gone again after 60 fs.
WATER = Embedding([7000.0, 2600.0, 150.0], [45.0, 22.0, 1.5], [60.0, 0.0, 0.0])


def test_records_of_four_femtoseconds_are_enough():
    c, _ = exact_correlations(WATER, 0.002, 601, spring=8000.0)
    errors = []
    for n in (4, 2, 1):
        coarse = c.every(n)
        time = coarse.interval * np.arange(len(coarse.vv))
        errors.append(
            (
                np.abs(running_integral(coarse) - WATER.running_integral(time)).max() / WATER.friction,
                np.abs(memory_kernel(coarse) - WATER.kernel(time)).max() / WATER.strength.sum(),
            )
        )
    # a damped cosine has a kink at zero, which the kernel of a liquid has not; it costs 3 % there
    assert errors[1][0] < 0.015
    assert errors[1][1] < 0.03
    for coarse, fine in zip(errors[:-1], errors[1:], strict=True):
        assert max(fine) < 0.35 * max(coarse)


def test_the_wrong_mean_force_is_noticed():
    c, xv = exact_correlations(MEMORY, 0.002, 400)
    # half the spring: the rest of it looks like memory that never ends
    wrong = replace(c, residual_v=c.residual_v - 0.5 * SPRING * xv)
    assert np.abs(running_integral(wrong) - running_integral(c)).max() > 0.3 * MEMORY.friction


def test_the_linear_kernel_is_the_kernel_of_a_free_particle():
    time = 0.002 * np.arange(400)
    vv = MEMORY.free_autocorrelation(time, MASS, T)
    found = linear_running_integral(vv, MASS, 0.002)
    np.testing.assert_allclose(found, MEMORY.running_integral(time), atol=0.02 * MEMORY.friction)


def test_the_trained_force_is_taken_from_the_measured_one():
    rng = np.random.default_rng(3)
    position, velocity, force = rng.normal(size=(3, 2, 60, 5, 3))
    dims = ("stretch", "time", "bead", "axis")
    stretches = xr.Dataset(
        {"position": (dims, position), "velocity": (dims, velocity), "force": (dims, force)},
        coords={"time": 0.004 * np.arange(60)}, attrs={"bead_mass_amu": MASS},
    )  # fmt: skip
    c = correlations_of(stretches, lambda x: (np.zeros(len(x)), -7.0 * x), 10)
    residual = force + 7.0 * position
    for s in range(2):
        for lag in (0, 3, 9):
            early, late = slice(0, 60 - lag), slice(lag, 60)
            assert c.vv[s, lag] == pytest.approx((velocity[s, late] * velocity[s, early]).mean())
            assert c.residual_v[s, lag] == pytest.approx((residual[s, late] * velocity[s, early]).mean())
            assert c.residual_f[s, lag] == pytest.approx((residual[s, late] * force[s, early]).mean())


@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_a_quotient_of_power_series_times_its_divisor_is_what_was_divided(n):
    rng = np.random.default_rng(n)
    divisor = np.exp(-np.arange(n) / 100) * rng.normal(1.0, 0.1, n) * np.where(np.arange(n), 0.01, 1.0)
    given = rng.normal(size=n)
    np.testing.assert_allclose(np.convolve(_quotient(given, divisor), divisor)[:n], given, atol=1e-12)
