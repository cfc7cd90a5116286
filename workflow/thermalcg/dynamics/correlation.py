"""Time correlation functions of beads, the diffusion that follows from them, and how far two differ.

Trajectories have shape (stretch, time, N, 3) and correlation functions (stretch, lag), averaged over time
origins, beads and axes.  Stretches are independent pieces of motion, from which every error is estimated.
"""

from __future__ import annotations

import numpy as np
from scipy import fft, integrate

from thermalcg.geometry.inputs import InputError, checked_box, checked_temperature
from thermalcg.units import AVOGADRO, J_PER_KJ, KB, M2_PER_S, M_PER_NM, PER_PS

#: Madelung-like constant of a cubic box (Yeh and Hummer, J. Phys. Chem. B 108, 15873 (2004)).
XI_CUBIC = 2.837297

#: Most time origins of a stretch for the scattering function: closer ones add little to one another.
SCATTERING_ORIGINS = 500


def correlate(later: np.ndarray, earlier: np.ndarray, n_lags: int) -> np.ndarray:
    """<a(t) b(0)> of one Cartesian component, shape (stretch, lag), by fast Fourier transform.

    Args:
        later, earlier: a and b, shape (stretch, time, N, 3).
        n_lags: lags 0 ... n_lags - 1, in records.

    Raises:
        InputError: other shapes.
        ValueError: more lags than records, or none.
    """
    _check_trajectory(later, n_lags)
    _check_trajectory(earlier, n_lags)
    n = later.shape[1]
    size = fft.next_fast_len(n + n_lags, real=True)
    result = []
    for a, b in zip(later, earlier, strict=True):
        transformed = fft.rfft(a.reshape(n, -1), size, axis=0)
        other = transformed if b is a else fft.rfft(b.reshape(n, -1), size, axis=0)
        power = (transformed * other.conj()).mean(axis=1)
        result.append(fft.irfft(power, size)[:n_lags] / (n - np.arange(n_lags)))
    return np.array(result, float)


def _check_trajectory(values: np.ndarray, n_lags: int) -> None:
    if np.ndim(values) != 4:
        raise InputError(f"trajectory has shape {np.shape(values)}; allowed: (stretch, time, N, 3)")
    n = values.shape[1]
    if not 0 < n_lags <= n:
        raise ValueError(f"{n_lags} lags of a trajectory of {n} records; allowed: 1 to {n}")


def mean_square_displacement(position: np.ndarray, n_lags: int) -> np.ndarray:
    """<|r(t) - r(0)|^2>, nm^2, shape (stretch, lag).

    Args:
        position: unwrapped, nm, shape (stretch, time, N, 3).
        n_lags: lags 0 ... n_lags - 1, in records.

    Raises:
        InputError: another shape.
        ValueError: more lags than records, or none.
    """
    _check_trajectory(position, n_lags)
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
    """The diffusion coefficient D = d<|r(t) - r(0)|^2>/dt / 6, nm^2/ps, shape (stretch,).

    Args:
        msd: mean-square displacement, nm^2, shape (stretch, lag).
        interval: between lags, ps.
        window: first and last time of the straight line that is fitted, ps.
    """
    time = interval * np.arange(msd.shape[1])
    chosen = (time >= window[0] - 1e-9) & (time <= window[1] + 1e-9)
    return np.polyfit(time[chosen], msd[:, chosen].T, 1)[0] / 6


def green_kubo_diffusion(vacf: np.ndarray, interval: float) -> np.ndarray:
    """The running integral int_0^t <v_x(s) v_x(0)> ds, nm^2/ps, shape (stretch, lag); its end is D.

    Args:
        vacf: <v_x(t) v_x(0)>, nm^2/ps^2, shape (stretch, lag).
        interval: between lags, ps.
    """
    return integrate.cumulative_simpson(vacf, dx=interval, axis=-1, initial=0.0)


def spectrum(vacf: np.ndarray, interval: float) -> tuple[np.ndarray, np.ndarray]:
    """The vibrational spectrum: cosine transform of the normalised velocity autocorrelation, Hann window.

    Args:
        vacf: in any unit, shape (..., lag).
        interval: between lags, ps.

    Returns:
        Wave numbers, 1/cm, shape (n,); spectrum, ps, shape (..., n).
    """
    n = vacf.shape[-1]
    window = 0.5 * (1 + np.cos(np.pi * np.arange(n) / n))
    values = fft.dct(vacf / vacf[..., :1] * window, type=1, axis=-1) * interval
    frequency = np.arange(n) / (2 * (n - 1) * interval)  # 1/ps
    return frequency * PER_PS, values


def self_scattering(position: np.ndarray, wave_number: float, lags: np.ndarray) -> np.ndarray:
    """The incoherent intermediate scattering function F_s(k, t) = <sin(k d) / (k d)>, shape (stretch, lag).

    d = |r(t) - r(0)| is the displacement; the average over the directions of k is exact.

    Args:
        position: unwrapped, nm, shape (stretch, time, N, 3).
        wave_number: k, 1/nm.
        lags: in records, shape (lag,).

    Raises:
        InputError: positions of another shape.
        ValueError: a lag that is negative, or as long as the trajectory.
    """
    _check_trajectory(position, 1 + int(max(lags, default=0)))
    if (np.asarray(lags) < 0).any():
        raise ValueError(f"lags are {list(lags)} records; allowed: 0 and above")
    result = np.empty((len(position), len(lags)))
    for s, x in enumerate(position):
        for j, lag in enumerate(lags):
            step = max(1, len(x) // SCATTERING_ORIGINS)
            moved = x[lag::step][: len(x[: len(x) - lag : step])] - x[: len(x) - lag : step]
            distance = np.sqrt((moved.astype(float) ** 2).sum(axis=-1))
            result[s, j] = np.sinc(wave_number * distance / np.pi).mean()
    return result


def box_correction(temperature: float, viscosity: float, box: float) -> float:
    """By how much a cubic periodic box lowers the diffusion, xi kB T / (6 pi eta L), nm^2/ps.

    Yeh and Hummer, J. Phys. Chem. B 108, 15873 (2004), eq. 11.

    Args:
        temperature: T, K.
        viscosity: eta, Pa s.
        box: edge L, nm.

    Raises:
        InputError: a temperature or an edge that is not a positive number.
    """
    temperature, box = checked_temperature(temperature), float(checked_box(box)[0])
    joule = J_PER_KJ / AVOGADRO  # in 1 kJ/mol, for one particle
    m2_per_s = XI_CUBIC * KB * joule * temperature / (6 * np.pi * viscosity * box * M_PER_NM)
    return m2_per_s * M2_PER_S


def vacf_error(vacf: np.ndarray, exact: np.ndarray) -> float:
    """The L1 distance of two normalised velocity autocorrelations over the L1 norm of the exact one.

    Args:
        vacf, exact: in any unit, shape (lag,); each is divided by its value at zero.
    """
    own, known = vacf / vacf[..., :1], exact / exact[..., :1]
    return float(np.abs(own - known).sum() / np.abs(known).sum())
