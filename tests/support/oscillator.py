"""A particle in a harmonic potential with memory: exact correlation functions."""

import numpy as np
from scipy.linalg import expm

from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.volterra import Correlations
from thermalcg.units import KB

MASS, T, SPRING = 18.0, 400.0, 4000.0
MEMORY = Embedding([2500.0, 900.0], [30.0, 5.0], [60.0, 0.0])
ONE = Embedding([1500.0], [12.0], [0.0])


def oscillator(memory, time, spring=SPRING):
    """<y_i(t) y_j(0)> of y = (x, v, auxiliaries) in V = spring x^2 / 2 with a memory kernel, exactly."""
    inner = memory.drift(MASS)
    size = len(inner) + 1
    matrix = np.zeros((size, size))
    matrix[0, 1] = -1 / np.sqrt(MASS)  # dx = p / sqrt(m) dt, in y = (x, sqrt(m) v, s)
    matrix[1, 0] = spring / np.sqrt(MASS)
    matrix[1:, 1:] = inner
    stationary = KB * T * np.diag([1 / spring, *[1.0] * (size - 1)])
    return np.array([expm(-t * matrix) @ stationary for t in time])


def exact_correlations(memory, interval, n, spring=SPRING):
    """What an all-atom run of this oscillator would measure, with the exact mean force -spring x."""
    c = oscillator(memory, interval * np.arange(n), spring)
    root = np.sqrt(MASS)
    vv, xv = c[:, 1, 1] / MASS, c[:, 0, 1] / root
    # f = m dv/dt; the derivative of a correlation function with respect to time, by the equation of motion
    drift = memory.drift(MASS)
    pull = -np.einsum("j,tjk->tk", drift[0], c[:, 1:, :]) * root  # random and friction force, with y_k(0)
    # <a(t) f(0)> from f(0) as the same combination of y(0)
    combination = np.concatenate([[-spring], -drift[0] * root])
    combination[1] = -drift[0, 0] * root
    residual_f = pull @ combination
    return Correlations(interval, MASS, vv, pull[:, 1] / root, residual_f), xv
