"""Memory kernels carried to other temperatures, and the noise of their friction."""

import numpy as np
import pytest

from support.oscillator import ONE
from thermalcg.dynamics.damped_cosines import Embedding, KernelError
from thermalcg.dynamics.kernel_fit import FitSettings
from thermalcg.dynamics.kernel_transfer import (
    CHANGES,
    Law,
    MeasuredKernel,
    friction_error,
    transfer_kernel,
    transferred_friction_error,
    vogel_temperature,
)
from thermalcg.statistics import jackknife_error

pytestmark = pytest.mark.physics

ARRHENIUS, VOGEL = (Law(name, "fixed_times", 18.0, 395.0) for name in ("arrhenius", "vft"))


def family(temperature, law=lambda T: np.exp(1200 / T - 3)):
    """A fast part that does not depend on temperature and a slow one that does."""
    return Embedding([6000.0, 900.0 * law(temperature)], [50.0, 4.0], [0.0, 0.0])


def test_transfer_is_exact_where_every_time_follows_the_law():
    time = 0.004 * np.arange(400)
    # one factor for the whole kernel
    kernels = {T: Embedding([900 * np.exp(1200 / T)], [6.0], [0.0]) for T in (350.0, 450.0)}
    fit = transfer_kernel(kernels, 600.0, time, ARRHENIUS, FitSettings(3, 0.05))
    assert fit.embedding.friction == pytest.approx(150 * np.exp(2.0), rel=0.02)
    kernels = {T: family(T) for T in (380.0, 420.0)}
    near = transfer_kernel(kernels, 400.0, time, ARRHENIUS, FitSettings(4, 0.05))
    assert near.embedding.friction == pytest.approx(family(400.0).friction, rel=0.01)


@pytest.mark.parametrize("change", CHANGES)
def test_noise_of_a_carried_over_friction(change):
    """Errors of the logarithms add with the weights of the law; shared stretches keep their correlation."""
    time, rng, law = 0.004 * np.arange(400), np.random.default_rng(1), Law("arrhenius", change, 18.0, 395.0)
    kernels = {T: Embedding([900 * np.exp(1200 / T)], [6.0], [0.0]) for T in (350.0, 450.0)}
    left_out = 0.004 * rng.normal(size=(2, 30, 1))
    left_out -= left_out.mean(axis=1, keepdims=True)
    left_out[1] -= left_out[0] * (left_out[0] * left_out[1]).sum() / (left_out[0] ** 2).sum()
    share = (1 / 450 - 1 / 600) / (1 / 350 - 1 / 450)
    for changes, expected in (
        (
            left_out,
            np.hypot(*(w * jackknife_error(x)[0] for w, x in zip((share, 1 + share), left_out, strict=True))),
        ),
        (left_out[[0, 0]], jackknife_error(left_out[0])[0]),
    ):
        none, exact = np.zeros((0, 400)), 150 * np.exp(2.0)
        for origin in ("stretches", "runs"):
            noisy = {
                T: MeasuredKernel(k, none, none)._replace(**{origin: x * k.running_integral(time)})
                for (T, k), x in zip(kernels.items(), changes, strict=True)
            }
            error = transferred_friction_error(noisy, 600.0, time, law)
            assert getattr(error, origin) == pytest.approx(exact * expected, rel=0.03)
            assert sum(error) == getattr(error, origin)
            own = next(iter(noisy.values()))
            assert sum(friction_error(own)) == pytest.approx(
                own.embedding.friction * jackknife_error(changes[0])[0], rel=0.01
            )


def test_vogel_temperature_is_found():
    temperatures = np.array([280.0, 320.0, 400.0, 600.0])
    friction = np.exp(-1 + 500 / (temperatures - 150))
    assert vogel_temperature(temperatures, friction, 250.0) == pytest.approx(150, abs=1)
    kernels = {T: Embedding([f * 6.0], [6.0], [0.0]) for T, f in zip(temperatures, friction, strict=True)}
    fit = transfer_kernel(kernels, 250.0, 0.004 * np.arange(400), VOGEL, FitSettings(3, 0.05))
    assert fit.embedding.friction == pytest.approx(np.exp(-1 + 5.0), rel=0.03)


def test_a_vogel_temperature_near_the_prediction_is_refused():
    """The law would diverge between the prediction and the data, or change its sign."""
    time = 0.004 * np.arange(400)
    friction = {T: np.exp(-1 + 40 / (T - 262)) for T in (300.0, 395.0, 625.0)}
    kernels = {T: Embedding([f * 6.0], [6.0], [0.0]) for T, f in friction.items()}
    with pytest.raises(KernelError, match="Vogel temperature runs to 225 K, 0.9 of the lowest"):
        transfer_kernel(kernels, 250.0, time, VOGEL, FitSettings(3, 0.05))
    assert transfer_kernel(kernels, 350.0, time, VOGEL, FitSettings(3, 0.05)).embedding.friction > 0


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("temperatures", "law", "named"),
    [((300.0,), "arrhenius", "at least 2"), ((300.0, 400.0), "vft", "at least 3"), ((300.0,), "wlf", "wlf")],
)
def test_laws_need_their_temperatures(temperatures, law, named, change):
    kernels, time = {T: ONE for T in temperatures}, np.arange(9) * 0.004
    with pytest.raises(KernelError, match=named):
        transfer_kernel(kernels, 500.0, time, Law(law, change, 18.0, 395.0), FitSettings(2, 0.1))


def test_a_change_that_is_none_is_refused():
    kernels, time = {T: ONE for T in (300.0, 400.0)}, np.arange(9) * 0.004
    with pytest.raises(KernelError, match="change of kernels is 'both'; allowed: superposition, fixed_times"):
        transfer_kernel(kernels, 500.0, time, Law("arrhenius", "both", 18.0, 395.0), FitSettings(2, 0.1))
