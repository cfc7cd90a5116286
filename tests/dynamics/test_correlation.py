"""Correlation functions, and the diffusion that follows from them."""

import numpy as np
import pandas as pd
import pytest

from support.motion_data import LITERATURE, TIME
from thermalcg.config.study import Config
from thermalcg.dynamics.correlation import (
    box_correction,
    correlate,
    einstein_diffusion,
    green_kubo_diffusion,
    mean_square_displacement,
    self_scattering,
    spectrum,
    vacf_error,
)
from thermalcg.geometry.inputs import InputError
from thermalcg.units import G_PER_CM3

pytestmark = pytest.mark.physics


def test_correlations_are_the_direct_sums():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 2, 40, 3, 3))
    found = correlate(a, b, 15)
    for s in range(2):
        for lag in (0, 1, 7, 14):
            assert found[s, lag] == pytest.approx((a[s, lag:] * b[s, : 40 - lag]).mean())
    x = np.cumsum(a, axis=1)
    msd = mean_square_displacement(x, 15)
    for lag in (0, 1, 14):
        direct = ((x[0, lag:] - x[0, : 40 - lag]) ** 2).sum(axis=-1).mean()
        assert msd[0, lag] == pytest.approx(direct, abs=1e-12)
    with pytest.raises(ValueError, match="41 lags of a trajectory of 40"):
        correlate(a, b, 41)


def test_both_routes_give_the_diffusion_of_a_langevin_particle():
    """Velocities with an exponential autocorrelation, whose diffusion is kB T / (m friction)."""
    rng = np.random.default_rng(2)
    step, friction, variance = 0.01, 10.0, 0.2
    decay = np.exp(-friction * step)
    noise = rng.normal(size=(4, 3000, 50, 3)) * np.sqrt(variance * (1 - decay**2))
    v = np.empty_like(noise)
    v[:, 0] = rng.normal(size=v[:, 0].shape) * np.sqrt(variance)
    for i in range(1, v.shape[1]):
        v[:, i] = decay * v[:, i - 1] + noise[:, i]
    x = np.cumsum(v, axis=1) * step
    exact = variance / friction
    kubo = green_kubo_diffusion(correlate(v, v, 200), step)[:, -1]
    einstein = einstein_diffusion(mean_square_displacement(x, 300), step, (1.0, 2.9))
    for found in (kubo, einstein):
        assert found.mean() == pytest.approx(exact, abs=4 * found.std(ddof=1) / 2 + 0.02 * exact)
    # diffusive at long times: exp(-k^2 D t)
    lags = np.array([200, 300])
    scattering = self_scattering(x, 3.0, lags)[:].mean(axis=0)
    assert scattering[1] / scattering[0] == pytest.approx(np.exp(-9 * exact * 1.0), rel=0.05)


def test_spectrum_of_a_damped_cosine_peaks_at_its_frequency():
    time = 0.004 * np.arange(1000)
    wave_number, values = spectrum(np.exp(-time / 0.3) * np.cos(2 * np.pi * 6.0 * time), 0.004)
    assert wave_number[values.argmax()] == pytest.approx(6.0 * 33.356, abs=5)


def test_box_correction_of_published_size():
    # Yeh and Hummer's formula by hand: 2.837297 * 1.380649e-23 * 298 / (6 pi 8.9e-4 1.86e-9)
    assert box_correction(298.0, 8.9e-4, 1.86) == pytest.approx(0.374e-3, rel=0.01)


@pytest.mark.parametrize("source", ["fit over sizes", "Einstein relation"])
def test_box_correction_carries_published_boxes_to_the_infinite_one(source):
    """Jamali et al., SPC/E at 298 K; their Einstein viscosity owes nothing to the diffusion."""
    table = pd.read_csv(LITERATURE)
    own = table[table["source"].str.startswith("Jamali")]
    viscosity = own.loc[own["source"].str.contains(source), "viscosity_Pa_s"].item()
    infinite = own.loc[own["size_corrected"] == "yes", "diffusion_m2_per_s"].item()
    finite = own[own["size_corrected"] == "no"]
    assert finite["molecules"].tolist() == [250, 500, 1000, 2000, 4000, 8000, 16000]
    for row in finite.itertuples():
        box = (row.molecules * 18.0154 / (0.998 * G_PER_CM3)) ** (1 / 3)
        corrected = row.diffusion_m2_per_s + 1e-6 * box_correction(row.temperature_K, viscosity, box)
        assert corrected == pytest.approx(infinite, rel=0.01)
    # without it the smallest box is off by a sixth
    assert finite["diffusion_m2_per_s"].iloc[0] < 0.85 * infinite
    assert Config().dynamics.viscosity_Pa_s == own["viscosity_Pa_s"].max() == 7.08e-4


def test_vacf_error_is_relative():
    exact = np.exp(-TIME)
    assert vacf_error(3 * exact, exact) == pytest.approx(0)
    assert vacf_error(np.r_[1.0, np.zeros(100)], exact) == pytest.approx(1 - 1 / exact.sum())


@pytest.mark.parametrize(("temperature", "box"), [(-298.0, 1.86), (298.0, 0.0)])
def test_a_box_correction_of_nonsense_is_refused(temperature, box):
    with pytest.raises(InputError, match="allowed"):
        box_correction(temperature, 8.9e-4, box)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: correlate(x, np.zeros((2, 40, 3, 3)), 5),
        lambda x: correlate(np.zeros((2, 40, 3, 3)), x, 5),
        lambda x: mean_square_displacement(x, 5),
        lambda x: self_scattering(x, 3.0, np.array([1, 2])),
    ],
)
def test_a_single_stretch_needs_its_dimension(call):
    with pytest.raises(InputError, match=r"shape \(40, 3, 3\); allowed: \(stretch, time, N, 3\)"):
        call(np.zeros((40, 3, 3)))


def test_lags_lie_within_the_trajectory():
    x = np.zeros((2, 40, 3, 3))
    for call in (lambda n: correlate(x, x, n), lambda n: mean_square_displacement(x, n)):
        for n in (0, 41):
            with pytest.raises(ValueError, match=f"{n} lags of a trajectory of 40 records; allowed: 1 to 40"):
                call(n)
    with pytest.raises(ValueError, match="41 lags of a trajectory of 40 records"):
        self_scattering(x, 3.0, np.array([1, 40]))
    with pytest.raises(ValueError, match="lags are .* allowed: 0 and above"):
        self_scattering(x, 3.0, np.array([-1, 4]))
