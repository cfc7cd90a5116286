"""Compiled functions of one number against those of numpy and torch, wherever they are used."""

import numpy as np
import pytest
import torch
from numba import njit

from thermalcg.models.hipnn_ts.elementary import LARGEST_EXPONENT, exp_minus, half_wave, log_1_plus, softplus

pytestmark = pytest.mark.physics

EPS = np.finfo(float).eps


def over(function):
    return njit(lambda x: [function(value) for value in x])


def test_exponential():
    # eight squarings multiply the rounding error by 256
    x = np.linspace(0, LARGEST_EXPONENT, 4001)[:-1]
    np.testing.assert_allclose(over(exp_minus)(x), np.exp(-x), rtol=512 * EPS, atol=np.exp(-LARGEST_EXPONENT))
    assert over(exp_minus)(np.array([LARGEST_EXPONENT, 1e3, np.inf])) == [0, 0, 0]


def test_logarithm():
    t = np.concatenate([np.geomspace(1e-18, 1, 500), [0.0]])
    np.testing.assert_allclose(over(log_1_plus)(t), np.log1p(t), rtol=8 * EPS)


def test_cosine_and_sine():
    x = np.linspace(0, 1, 1001)
    both = np.array(over(half_wave)(x))
    np.testing.assert_allclose(both[:, 0], np.cos(np.pi / 2 * x), atol=8 * EPS)
    np.testing.assert_allclose(both[:, 1], np.sin(np.pi / 2 * x), atol=8 * EPS)


def test_softplus_and_its_derivative_are_those_of_torch():
    x = torch.linspace(-45, 45, 2001, dtype=torch.float64, requires_grad=True)
    value = torch.nn.functional.softplus(x)
    (slope,) = torch.autograd.grad(value.sum(), x)
    both = np.array(over(softplus)(x.detach().numpy()))
    # where both are tiny, what counts is their difference
    np.testing.assert_allclose(both[:, 0], value.detach(), rtol=1024 * EPS, atol=np.exp(-LARGEST_EXPONENT))
    np.testing.assert_allclose(both[:, 1], slope, rtol=1024 * EPS, atol=np.exp(-LARGEST_EXPONENT))
