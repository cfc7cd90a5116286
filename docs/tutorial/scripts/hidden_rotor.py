r"""
The thermal response of a hidden rotor
======================================

Coarse-graining removes degrees of freedom. The force that remains on a coarse site is an average over
those that were removed, and this average depends on the temperature. This lesson measures how it depends
on the temperature, from samples at one temperature only, in a system so small that the exact answer is
known.

You need Python, numpy and this library; no simulation package and no earlier knowledge of the project.
Everything on this page was computed when the site was built, in seconds. Each estimate is printed beside
the exact value, with its standard error and the distance between the two in standard errors. Had any of
them been more than four apart, the site would not have been built.

You will see

* why a mean force depends on the temperature,
* how its derivative, the *thermal response*, follows from fluctuations at one temperature,
* why an ordinary trajectory needs *residuals* for that, and a fair way to obtain them,
* how far from that temperature a prediction of first and of second order holds.
"""

# %%
# The system
# ----------
#
# A site moves along a line; its position is :math:`R`. It carries a rotor, whose angle :math:`\theta`
# the coarse model will not know. The energy of both is
#
# .. math:: u(R, \theta) = V(R) - a(R) \cos\theta, \qquad V = 3 R^4, \qquad a = 3 + 2 R^2,
#
# in kJ/mol, with :math:`R` in nm: a well for the site and a field that aligns the rotor, stronger
# further out. The force on the site is :math:`f = -\partial u / \partial R`.

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import i0e, i1e

from thermalcg.units import KB

T0 = 350.0  # K, the temperature of all samples on this page


def field(R):
    return 3 + 2 * R**2


def force_and_energy(R, theta):
    return -12 * R**3 + 4 * R * np.cos(theta), 3 * R**4 - field(R) * np.cos(theta)


# %%
# At fixed :math:`R` the angle follows the weight :math:`\exp(a \cos\theta / k_B T)`, so that the mean
# of :math:`\cos\theta` is a ratio of two Bessel functions. This gives the exact mean force :math:`F(R,
# T) = \langle f \rangle_R`, which a real liquid would not tell us.


def exact_force(R, T):
    x = field(R) / (KB * T)
    return -12 * R**3 + 4 * R * i1e(x) / i0e(x)


def exact_derivatives(R, h=0.5):
    """F, F' and F'' at T0, by differences of the exact mean force."""
    low, middle, high = (exact_force(R, T) for T in (T0 - h, T0, T0 + h))
    return middle, (high - low) / (2 * h), (high - 2 * middle + low) / h**2


# %%
# Heat disorders the rotor. The outward pull on the site, :math:`4 R \langle\cos\theta\rangle`, becomes
# weaker, although not one parameter of the energy has changed.

sites = np.linspace(0, 1.1, 100)
fig, axis = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
for T, colour in ((200, "#0072B2"), (350, "black"), (700, "#D55E00")):
    axis.plot(sites, exact_force(sites, T), color=colour, label=f"{T} K")
axis.set(xlabel="R, nm", ylabel="mean force F, kJ/mol/nm", ylim=(-8, 2), xlim=(0, 1.1))
axis.axhline(0, color="0.8", linewidth=0.8, zorder=0)
axis.legend(title="temperature", frameon=False)

# %%
# A force field that is fitted to one of these curves is wrong at the two other temperatures. That is
# the problem; the rest of the page is about its solution.
#
# One site, held fixed
# --------------------
#
# Hold the site at :math:`R = 0.8` nm and draw the rotor from its distribution at :math:`T_0`. Twenty
# independent runs give a mean force and, from the scatter of the runs, its standard error.

from thermalcg.statistics import bias_corrected, standard_error

rng = np.random.default_rng(2024)
R_FIXED, RUNS, SAMPLES = 0.8, 20, 50_000


def fixed_site_samples(T):
    theta = rng.vonmises(0, field(R_FIXED) / (KB * T), size=RUNS * SAMPLES)
    return force_and_energy(R_FIXED, theta)


def compare(what, value, error, exact):
    """Print an estimate and the exact value; they may be four standard errors apart."""
    z = (value - exact) / error
    print(
        f"{what:28s} {value:11.3e} ± {error:.1e}   exact {exact:11.3e}   z = {z:+.1f}"
    )
    assert abs(z) < 4


f, u = fixed_site_samples(T0)
F, F1, F2 = exact_derivatives(R_FIXED)
means = f.reshape(RUNS, SAMPLES).mean(axis=1)
compare("F, kJ/mol/nm", means.mean(), standard_error(means), F)

# %%
# Now the derivative. Differentiate the average :math:`F = \int f\, e^{-u/k_BT} d\theta / \int
# e^{-u/k_BT} d\theta` with respect to :math:`T`. The temperature stands in the weights only, so what
# comes down is a covariance of the force with the energy, both of which fluctuate with the hidden
# angle:
#
# .. math:: F' = \frac{\partial F}{\partial T} = \frac{\langle (f - F)(u - U) \rangle_R}{k_B T^2},
#           \qquad U = \langle u \rangle_R .
#
# Once more gives the second derivative, from a third cumulant:
#
# .. math:: F'' = \frac{\langle (f - F)(u - U)^2 \rangle_R}{(k_B T^2)^2} - \frac{2 F'}{T} .
#
# So samples at one temperature know the answer at its neighbours. The jackknife leaves out one run at
# a time; it gives the error, and it removes the small bias that every covariance about a measured mean
# has.

from thermalcg.response.formulas import covariance_response, covariance_second_response

runs = np.array_split(np.arange(len(f)), RUNS)
compare(
    "F', kJ/mol/nm/K",
    *bias_corrected(runs, lambda i: covariance_response(f[i], u[i], T0)),
    F1,
)
compare(
    "F'', kJ/mol/nm/K²",
    *bias_corrected(runs, lambda i: covariance_second_response(f[i], u[i], T0)),
    F2,
)

# %%
# The obvious alternative needs samples at two more temperatures and takes the difference. It agrees.
# Its error is larger although twice as many samples went into it, and a wider step would make the
# error smaller but the derivative less local.

hot, cold = (
    fixed_site_samples(T)[0].reshape(RUNS, SAMPLES).mean(axis=1)
    for T in (T0 + 10, T0 - 10)
)
difference = (hot - cold) / 20
compare(
    "(F(360 K) - F(340 K)) / 20 K", difference.mean(), standard_error(difference), F1
)

# %%
# An ordinary trajectory
# ----------------------
#
# A run with fixed sites is an extra simulation for each arrangement of the sites; for a liquid that is
# a great deal of work. An ordinary trajectory, in which the site moves, costs nothing new. But it
# visits each :math:`R` once, and one sample has no covariance.
#
# Here are 200 short trajectories at :math:`T_0`, by the Metropolis rule. The first 200 steps are left
# out. Neighbours in time are correlated; whole trajectories are not, and are the independent pieces of
# every error below.

WALKERS, STEPS, BURN_IN = 200, 2500, 200
trajectory = np.empty((2, STEPS, WALKERS))
state = np.zeros((2, WALKERS))  # R and theta
energy = force_and_energy(*state)[1]
for step in range(-BURN_IN, STEPS):
    trial = state + rng.normal(size=state.shape) * [[0.4], [2.0]]
    trial_energy = force_and_energy(*trial)[1]
    accepted = rng.random(WALKERS) < np.exp(
        np.minimum(energy - trial_energy, 0) / (KB * T0)
    )
    state = np.where(accepted, trial, state)
    energy = np.where(accepted, trial_energy, energy)
    if step >= 0:
        trajectory[:, step] = state

R, theta = trajectory.transpose(0, 2, 1).reshape(2, -1)  # one walker after the other
f, u = force_and_energy(R, theta)
groups = np.array_split(np.arange(len(R)), 20)  # 10 walkers each
print(f"{len(R):,} frames, R between {R.min():.2f} and {R.max():.2f} nm")

# %%
# Residual products
# -----------------
#
# Suppose we have models :math:`\hat F(R)` of the mean force and :math:`\hat U(R)` of the mean energy,
# perhaps poor ones. Take from each frame the product of what the models leave over, the *residuals*.
# Its mean at given :math:`R` is
#
# .. math:: \bigl\langle (f - \hat F)(u - \hat U) \bigr\rangle_R = k_B T^2 F' + (F - \hat F)(U - \hat U).
#
# The mixed terms vanish, because the fluctuations of :math:`f` and :math:`u` average to zero at given
# :math:`R`. The error is a product of two model errors: it vanishes if *either* model is right, and is
# small if both are fair. Divided by :math:`k_B T^2` and fitted as a function of :math:`R`, the
# products give :math:`F'` at every site that the trajectory visits.
#
# First with poor models: no force model at all, and one number for the energy.

from thermalcg.response.formulas import product_response, product_second_response


def product(force_left, energy_left):
    """The library wants forces of shape (time, bead, axis): here one bead, one axis."""
    return product_response(force_left[:, None, None], energy_left, T0).ravel()


poor = product(f, u - u.mean())

# %%
# Then with models that were fitted to the trajectory itself: a few odd powers of :math:`R` for the
# force and even ones for the energy, as the symmetry of the system demands. (The workflow uses splines
# or a neural network here.) A model that has seen the noise of a frame would take a share of it away,
# and noise times noise is our signal. So each half of the walkers gets the models that were fitted to
# the other half. This is called *cross-fitting*.


def odd(R):
    return np.stack([R, R**3, R**5, R**7], axis=-1)


def even(R):
    return np.stack([np.ones_like(R), R**2, R**4, R**6], axis=-1)


def fit(basis, R, values):
    """Least-squares coefficients of the basis functions."""
    x = basis(R)
    return np.linalg.solve(x.T @ x, x.T @ values)


half = np.arange(len(R)) < len(R) // 2


def cross_fitted(basis, values):
    """Model of the values at every frame, in each half fitted to the other half."""
    predicted = np.empty(len(R))
    for own in (half, ~half):
        predicted[own] = basis(R[own]) @ fit(basis, R[~own], values[~own])
    return predicted


f_left, u_left = f - cross_fitted(odd, f), u - cross_fitted(even, u)
good = product(f_left, u_left)

# %%
# Average both kinds of products in bins of :math:`R` and compare with the exact response. (The force
# and its response are odd in :math:`R`, so that frames on the left count with the opposite sign.)

edges = np.arange(0, 1.11, 0.1)
centres = (edges[1:] + edges[:-1]) / 2
where = np.digitize(np.abs(R), edges) - 1


def binned(products):
    signed = products * np.sign(R)
    by_group = np.array(
        [[signed[g][where[g] == b].mean() for b in range(len(centres))] for g in groups]
    )
    return by_group.mean(axis=0), standard_error(by_group)


fig, axis = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
axis.plot(sites, 1e3 * exact_derivatives(sites)[1], color="black", label="exact")
for products, colour, marker, label in (
    (poor, "#D55E00", "o", "poor models: biased"),
    (good, "#0072B2", "s", "good models, cross-fitted"),
):
    value, error = binned(products)
    bars = {"fmt": marker, "color": colour, "label": label, "capsize": 3}
    axis.errorbar(centres, 1e3 * value, 1e3 * error, **bars)
axis.set(xlabel="R, nm", ylabel="response F', 10⁻³ kJ/mol/nm/K", xlim=(0, 1.1))
axis.legend(frameon=False)

# %%
# Without models the response is lost in :math:`F\,(U - \bar u)`: forces and energies both depend on
# :math:`R`, and the product takes this for a response to temperature. Good models remove the bias.
# They also remove noise, because the variance of a product grows with that of its factors:

print(
    f"scatter of a product, kJ/mol/nm/K: poor {poor.std():.1e}, good {good.std():.1e}"
)

# %%
# One poor model alone does no harm to the mean, only to the noise. To see it, spoil the energy model
# by 5 kJ/mol times :math:`\cos 4R`, keep the good force model, and look at the fitted response at 0.8
# nm.


def at_fixed_site(products):
    """Fit of the products as a function of R: value at 0.8 nm, standard error."""
    there = odd(np.array(R_FIXED))
    return bias_corrected(groups, lambda i: there @ fit(odd, R[i], products[i]))


one_poor = product(f_left, u_left + 5 * np.cos(4 * R))
compare("F', both models good", *at_fixed_site(good), F1)
compare("F', energy model wrong", *at_fixed_site(one_poor), F1)
value, error = at_fixed_site(poor)
print(
    f"F', both models poor: {value:.3e} ± {error:.1e}, z = {(value - F1) / error:+.0f}"
)
assert abs(value - F1) > 4 * error

# %%
# For the second order the same must hold for every model that enters. Two more are needed: :math:`\hat
# V` of the variance of the energy, and the response :math:`\hat F'` that was just found.

variance, response = cross_fitted(even, u_left**2), cross_fitted(odd, good)
second = product_second_response(
    f_left[:, None, None], u_left, T0, variance, response[:, None, None]
).ravel()
compare("F'', good models", *at_fixed_site(second), F2)

# %%
# Predictions at other temperatures
# ---------------------------------
#
# With the force and its derivatives at :math:`T_0` the force elsewhere is a sum :math:`F(R, T) =
# \sum_k h_k(T) F_k(R)`. The library has three laws that apply here:
#
# ``linear``
#   :math:`F + (T - T_0) F'`, the first order;
# ``quadratic``
#   adds :math:`\tfrac{1}{2} (T - T_0)^2 F''`, the Taylor series to second order;
# ``heat_capacity``
#   adds :math:`T_0 \left[ T \ln (T / T_0) - T + T_0 \right] F''` instead. It agrees with the Taylor
#   series to second order, and is exact where the heat capacity of the hidden degrees of freedom is constant.

from thermalcg.models.expansion import Expansion

temperatures = np.linspace(200, 700, 101)
LAWS = {
    "constant": "F at T₀ only",
    "linear": "first order",
    "quadratic": "second order, Taylor",
    "heat_capacity": "second order, constant heat capacity",
}


def weights(law):
    return np.array([Expansion(law, T0).values(T) for T in temperatures])


def predictions(components):
    """Predicted force at every temperature under each law, shape (law, temperature)."""
    return np.array(
        [weights(law) @ components[: Expansion(law, T0).size] for law in LAWS]
    )


def measured(i):
    """The three components at the fixed site, from the frames i of the trajectory."""
    coefficients = np.stack([fit(odd, R[i], values[i]) for values in (f, good, second)])
    return predictions(coefficients @ odd(np.array(R_FIXED)))


value, error = bias_corrected(groups, measured)
exact = exact_force(R_FIXED, temperatures)

fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 4), layout="constrained")
left.plot(temperatures, exact, color="black", lw=2, label="exact")
shown = slice(None, None, 10)
for k, (law, colour, marker) in enumerate(
    zip(LAWS, ("0.5", "#0072B2", "#7F3C8D", "#E69F00"), "ovsD", strict=True)
):
    left.plot(temperatures, value[k], color=colour, ls="--", label=LAWS[law])
    apart, off = temperatures[shown] + 4 * (k - 1.5), (value[k] - exact)[shown]
    right.errorbar(
        apart, off, error[k][shown], color=colour, fmt=f"{marker}-", ms=4, lw=1
    )
left.set(xlabel="temperature, K", ylabel="force at 0.8 nm, kJ/mol/nm", xlim=(200, 700))
right.set(
    xlabel="temperature, K", ylabel="prediction − exact, kJ/mol/nm", ylim=(-0.8, 0.8)
)
right.axhline(0, color="black", lw=1)
for axis in (left, right):
    axis.axvline(T0, color="0.7", lw=0.8, zorder=0)
fig.legend(
    *left.get_legend_handles_labels(),
    loc="outside upper center",
    ncols=3,
    frameon=False,
)

# %%
# All samples were taken at the temperature of the grey line. With the force at :math:`T_0` alone the
# error grows in proportion to the distance from it. The first order takes most of this error away, and
# the second order most of what the first leaves. Error bars, too, grow with the distance. The numbers at
# three temperatures, prediction less exact force in kJ/mol/nm:

print(" " * 14 + "".join(f"{T:>17} K" for T in (250, 500, 700)))
for k, law in enumerate(LAWS):
    at = [np.searchsorted(temperatures, T) for T in (250, 500, 700)]
    cells = [f"{value[k, t] - exact[t]:+10.3f} ± {error[k, t]:.3f} " for t in at]
    print(f"{law:14s}" + "".join(cells))

# %%
# Two kinds of error are mixed in these numbers: the statistical error, for which the bar stands, and
# the truncation of the law, for which it does not. Here they can be told apart: put the exact
# derivatives into the same laws. The measured predictions agree with these ideal ones within four
# standard errors at every temperature, so that any further distance from the exact force is the
# truncation of the law.

ideal = predictions(np.array(exact_derivatives(R_FIXED)))
assert (np.abs(value - ideal) < 4 * error).all()
print("truncation error, kJ/mol/nm      200 K     700 K")
for k, law in enumerate(LAWS):
    off = ideal[k] - exact
    print(f"{law:27s} {off[0]:+9.3f} {off[-1]:+9.3f}")

# %%
# Which law of second order is better depends on the system. Here the Taylor series is, below :math:`T_0`,
# and the law of constant heat capacity above it.
#
# What to take along
# ------------------
#
# * A mean force depends on the temperature because the removed degrees of freedom do.
# * Its derivative is a covariance at fixed sites, at one temperature. Samples with fixed sites measure
#   it directly.
# * An ordinary trajectory measures it too, by residual products. Their bias is a product of two model
#   errors, and cross-fitting keeps the noise out of the models.
# * The first order corrects most of the force's change. The second order reaches further from
#   :math:`T_0`.
#
# In water the site becomes the positions of all molecules, the rotor their orientations, and the
# powers of :math:`R` become splines or a neural network. The steps are the same:
# :mod:`thermalcg.response.residual_products` does them for a trajectory of a liquid, and the
# :doc:`next lesson <../smoke>` runs the whole workflow.
