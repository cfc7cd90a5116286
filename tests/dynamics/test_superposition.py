"""The slow terms of a kernel moved in time, on an environment that hops and on a bath of exponentials."""

import numpy as np
import pytest

from support import hopping as model_of
from support.hopping import COLLISION, T0, bath, free_correlations, hopping
from support.oscillator import MASS
from thermalcg.dynamics.correlation import vacf_error
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.dynamics.kernel_fit import FASTEST, FitSettings, fit_kernel
from thermalcg.dynamics.kernel_target import Measured
from thermalcg.dynamics.kernel_transfer import Law, transfer_kernel
from thermalcg.dynamics.spread_energies import Energies
from thermalcg.dynamics.superposition import superposed
from thermalcg.dynamics.volterra import Correlations
from thermalcg.units import KB

pytestmark = pytest.mark.physics

INTERVAL = 0.004
TIME = INTERVAL * np.arange(401)
#: Lags at which motions are compared, ps.
LATER = 0.02 * np.arange(400)
SETTINGS = FitSettings(4, 0.15)
NEAR = (365.0, T0, 425.0)
#: Of a box whose stretches have the motion of the temperature that belongs to their energy, kJ/mol/K.
CAPACITY = 4.4


def carried(kernels, temperature, change):
    return transfer_kernel(kernels, temperature, TIME, Law("arrhenius", change, MASS, T0), SETTINGS).embedding


def wrong_by(found, exact, temperature):
    """The L1 error of the velocity autocorrelation of a free bead."""
    return vacf_error(*(k.free_autocorrelation(LATER, MASS, temperature) for k in (found, exact)))


def arrhenius(temperature):
    """Slow terms whose rates and frequencies share one barrier, and no collisions."""
    faster = np.exp(-1500.0 * (1 / temperature - 1 / T0))
    return Embedding([900.0, 300.0], [4.0 * faster, 1.5 * faster], [0.0, 2.0 * faster])


@pytest.mark.parametrize("temperature", [250.0, 625.0])
def test_one_barrier_for_all_is_nearly_exact(temperature):
    """All rates are below a third of (K(0)/m)^(1/2), so that their shares are 0.9 and more."""
    found, exact = (
        carried({T: arrhenius(T) for T in NEAR}, temperature, "superposition"),
        arrhenius(temperature),
    )
    assert found.friction == pytest.approx(exact.friction, rel=1e-6)
    np.testing.assert_allclose(found.rate, exact.rate, rtol=0.3)
    np.testing.assert_allclose(found.strength, exact.strength, rtol=0.3)


def test_the_hopping_kernel_and_its_derivative_are_those_of_the_two_states():
    """Master equation of two states: dK/dT by the chain rule, against finite differences."""
    h, time = 0.01, np.linspace(0.0, 0.5, 6)
    found = (hopping(T0 + h).kernel(time) - hopping(T0 - h).kernel(time)) / (2 * h)
    thermal = KB * T0
    ups, downs = (
        model_of.ATTEMPTS * np.exp(-b / thermal)
        for b in (model_of.BARRIER, model_of.BARRIER - model_of.UPPER)
    )
    rate = ups + downs
    rate_slope = (ups * model_of.BARRIER + downs * (model_of.BARRIER - model_of.UPPER)) / (thermal * T0)
    energy = model_of.UPPER / thermal
    # p (1 - p) = 1 / (2 + 2 cosh(UPPER / kB T))
    strength = model_of.JUMP**2 / thermal / (2 + 2 * np.cosh(energy))
    strength_slope = strength * (-1 + energy * np.tanh(energy / 2)) / T0
    np.testing.assert_allclose(
        found, (strength_slope - strength * rate_slope * time) * np.exp(-rate * time), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize(
    ("temperature", "frictions", "errors"),
    [
        (250.0, (1.01, 1.01), (0.35, 5.7, 0.86)),
        (300.0, (0.99, 0.99), (0.15, 1.1, 0.70)),
        (500.0, (0.98, 0.98), (0.02, 0.14, 0.64)),
        (625.0, (0.89, 0.90), (0.12, 0.26, 0.72)),
        (700.0, (0.83, 0.84), (0.20, 0.32, 0.77)),
    ],
)
def test_the_table_of_the_page_on_the_dynamics(temperature, frictions, errors):
    """Superposition, fixed times, and the kernel of T0 unchanged, for an environment that hops."""
    kernels, exact = {T: hopping(T) for T in NEAR}, hopping(temperature)
    found = [carried(kernels, temperature, change) for change in ("superposition", "fixed_times")]
    assert [k.friction / exact.friction for k in found] == pytest.approx(frictions, abs=0.006)
    wrong = [wrong_by(k, exact, temperature) for k in (*found, kernels[T0])]
    assert wrong == pytest.approx(errors, rel=0.05, abs=0.006)


@pytest.mark.parametrize("model", [hopping, bath])
def test_memory_lengthens_in_the_cold_where_fixed_times_cannot(model):
    """From T0 +- 30 K to 250 K; kernels are exact, so that what differs is the law."""
    kernels, exact = {T: model(T) for T in NEAR}, model(250.0)
    found = {c: carried(kernels, 250.0, c) for c in ("superposition", "fixed_times")}
    errors = {c: wrong_by(k, exact, 250.0) for c, k in found.items()}
    assert errors["superposition"] < errors["fixed_times"]
    # by which factor the memory is too long or too short
    lengths = {c: abs(np.log(memory_length(k) / memory_length(exact))) for c, k in found.items()}
    assert lengths["superposition"] < lengths["fixed_times"]


def memory_length(embedding):
    """The time at which half of the friction has come together, ps."""
    integral = embedding.running_integral(LATER)
    return LATER[np.argmax(integral > 0.5 * embedding.friction)]


@pytest.fixture(scope="module")
def near_kernels():
    """Through the estimator: stretches at T0 alone, whose energies have a known heat capacity."""
    differences = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    each = [free_correlations(hopping(T0 + d), T0 + d, INTERVAL, len(TIME)) for d in differences]
    stacked = Correlations(
        INTERVAL,
        MASS,
        *(np.stack([getattr(c, n) for c in each]) for n in ("vv", "residual_v", "residual_f")),
    )
    energy = CAPACITY * differences
    found = {}
    for T in NEAR:
        own = Measured(stacked, stacked, Energies(energy, 0.0, CAPACITY, T0), T - T0).target()
        found[T] = fit_kernel(own.kernel, own.integral, INTERVAL, SETTINGS).embedding
    return found


@pytest.mark.parametrize("temperature", [300.0, 500.0])
def test_from_stretches_to_the_motion_at_another_temperature(near_kernels, temperature):
    exact = hopping(temperature)
    found = {c: carried(near_kernels, temperature, c) for c in ("superposition", "fixed_times")}
    for kernel in found.values():
        assert kernel.friction == pytest.approx(exact.friction, rel=0.05)
    errors = {c: wrong_by(k, exact, temperature) for c, k in found.items()}
    assert errors["superposition"] < errors["fixed_times"]
    # better than the kernel of T0, unchanged
    assert errors["superposition"] < wrong_by(near_kernels[T0], exact, temperature)


def test_collisions_stay_and_no_term_outruns_the_integrator():
    kernels, x = [hopping(T) for T in NEAR], 1 / np.array(NEAR)
    found = superposed(kernels, 1, x, 1 / 250.0, TIME, MASS).embedding
    assert found.rate[0] > 0.5 * COLLISION[1]
    hot = superposed(kernels, 1, x, 1 / 5000.0, TIME, MASS).embedding
    assert (np.hypot(hot.rate, hot.frequency) < 1.0001 * FASTEST / INTERVAL).all()


def test_errors_are_those_at_known_temperatures():
    kernels, x = [hopping(T) for T in NEAR], 1 / np.array(NEAR)
    fit = superposed(kernels, 1, x, x[1], TIME, MASS)
    # the law is nearly right for hopping, and not at all if one kernel is another one
    assert fit.integral_error < 0.02
    other = superposed([kernels[0], kernels[1], bath(250.0)], 1, x, x[1], TIME, MASS)
    assert other.integral_error > 0.1
