"""Time correlation functions of sites, and the diffusion that follows from them.

Shapes: trajectories are (stretch, time, N, 3); correlation functions (stretch, lag), averaged over time
origins, sites and axes.  Stretches are the independent pieces of every error.
"""

from __future__ import annotations

import numpy as np
from scipy import fft, integrate

from thermalcg.units import KB

#: Madelung-like constant of a cubic box (Yeh and Hummer, J. Phys. Chem. B 108, 15873 (2004)).
XI_CUBIC = 2.837297

#: kJ/mol to J.
JOULE = 1e3 / 6.02214076e23


def correlate(later: np.ndarray, earlier: np.ndarray, n_lags: int) -> np.ndarray:
    """<a(t) b(0)> of one Cartesian component, by FFT.

    Args:
        later, earlier: a and b, shape (stretch, time, N, 3).
        n_lags: lags 0 ... n_lags - 1, in records.

    Returns:
        Shape (stretch, lag).

    Raises:
        ValueError: more lags than records.
    """
    n = later.shape[1]
    if n_lags > n:
        raise ValueError(f"{n_lags} lags of a trajectory of {n} records; allowed: at most {n}")
    size = fft.next_fast_len(n + n_lags, real=True)
    result = []
    for a, b in zip(later, earlier, strict=True):
        transformed = fft.rfft(a.reshape(n, -1), size, axis=0)
        other = transformed if b is a else fft.rfft(b.reshape(n, -1), size, axis=0)
        power = (transformed * other.conj()).mean(axis=1)
        result.append(fft.irfft(power, size)[:n_lags] / (n - np.arange(n_lags)))
    return np.array(result, float)


def mean_square_displacement(position: np.ndarray, n_lags: int) -> np.ndarray:
    """<|r(t) - r(0)|^2>, nm^2, of unwrapped positions, shape (stretch, lag).

    Raises:
        ValueError: more lags than records.
    """
    n = position.shape[1]
    centred = position.astype(float) - position[:, :1]
    product = 3 * correlate(centred, centred, n_lags)
    result = []
    for x, c in zip(centred, product, strict=True):
        square = (x**2).sum(axis=2).mean(axis=1)
        total = np.concatenate([[0.0], np.cumsum(square)])
        lags = np.arange(n_lags)
        # sum over origins of |r(t0)|^2 and of |r(t0 + t)|^2
        ends = (total[n - lags] + total[n] - total[lags]) / (n - lags)
        result.append(ends - 2 * c)
    return np.array(result)


def einstein_diffusion(msd: np.ndarray, interval: float, window: tuple[float, float]) -> np.ndarray:
    """Slope of the mean-square displacement over six, nm^2/ps, shape (stretch,).

    Args:
        msd: nm^2, shape (stretch, lag).
        window: first and last time of the straight line, ps.
    """
    time = interval * np.arange(msd.shape[1])
    chosen = (time >= window[0] - 1e-9) & (time <= window[1] + 1e-9)
    return np.polyfit(time[chosen], msd[:, chosen].T, 1)[0] / 6


def green_kubo_diffusion(vacf: np.ndarray, interval: float) -> np.ndarray:
    """Running integral of <v_x(t) v_x(0)>, nm^2/ps, shape (stretch, lag)."""
    return integrate.cumulative_simpson(vacf, dx=interval, axis=-1, initial=0.0)


def spectrum(vacf: np.ndarray, interval: float) -> tuple[np.ndarray, np.ndarray]:
    """Vibrational spectrum: cosine transform of the normalised autocorrelation, Hann window.

    Args:
        vacf: shape (..., lag).

    Returns:
        Wave numbers, 1/cm, shape (n,); spectrum, ps, shape (..., n).
    """
    n = vacf.shape[-1]
    window = 0.5 * (1 + np.cos(np.pi * np.arange(n) / n))
    values = fft.dct(vacf / vacf[..., :1] * window, type=1, axis=-1) * interval
    frequency = np.arange(n) / (2 * (n - 1) * interval)  # 1/ps
    return frequency * 33.35641, values


def self_scattering(position: np.ndarray, wave_number: float, lags: np.ndarray) -> np.ndarray:
    """Incoherent intermediate scattering function <sin(kd)/(kd)>, d the displacement in time t.

    Args:
        wave_number: k, 1/nm.
        lags: in records.

    Returns:
        Shape (stretch, lag).
    """
    result = np.empty((len(position), len(lags)))
    for s, x in enumerate(position):
        for j, lag in enumerate(lags):
            # origins closer than a 500th of the stretch add little to one another
            step = max(1, len(x) // 500)
            moved = x[lag::step][: len(x[: len(x) - lag : step])] - x[: len(x) - lag : step]
            distance = np.sqrt((moved.astype(float) ** 2).sum(axis=-1))
            result[s, j] = np.sinc(wave_number * distance / np.pi).mean()
    return result


def box_correction(temperature: float, viscosity: float, box: float) -> float:
    """What a cubic periodic box takes from the diffusion, nm^2/ps (Yeh and Hummer, 2004, eq. 11).

    Args:
        viscosity: Pa s.
        box: edge, nm.
    """
    metres2_per_s = XI_CUBIC * KB * JOULE * temperature / (6 * np.pi * viscosity * box * 1e-9)
    return metres2_per_s * 1e6
