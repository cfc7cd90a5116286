"""Thermal response from one sample of each configuration, where the answer is known."""

import numpy as np
import pytest
import xarray as xr

from support.pair_gas import BOX, N, gas
from support.rotor import SCALE, T
from thermalcg.config.files import load_config
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.prior import NO_PRIOR
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.response.residual_products import CrossFit, blocks_and_folds, residual_products
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import variable

pytestmark = pytest.mark.physics


def site_means(site, values, fold, n_folds):
    """A model with a parameter for each site, which fits noise: means over the samples outside the fold."""
    model = np.zeros(len(values))
    for k in range(n_folds):
        own, seen = fold == k, (fold != k) if n_folds > 1 else fold == k
        sums, counts = (
            np.bincount(site[seen], weights=w, minlength=site.max() + 1) for w in (values[seen], None)
        )
        model[own] = (sums / counts)[site[own]]
    return model


@pytest.mark.parametrize(("folds", "share"), [("none", 0.5), ("ours", 2.0), ("interleaved", 0.5)])
def test_models_that_fit_noise_need_folds_that_are_independent(folds, share):
    """Four samples of each of many sites: two draws, each seen twice in a row, as in a correlated trajectory.

    On their own data the models take up half of the covariance.  Folds that part the two copies of a draw
    do not cure that: what is held out has been seen.  Folds of neighbours in time do; what they leave is
    the product of the models' errors, as large as the covariance here, where a model rests on one draw.
    """
    rng = np.random.default_rng(7)
    n_sites = 40_000
    noise = np.repeat(rng.normal(size=(2 * n_sites, 2)), 2, axis=0)  # all sites twice, each draw two frames
    f, u = noise[:, 0] + 0.5 * noise[:, 1], noise[:, 1]  # covariance 0.5
    time = np.arange(len(noise))
    site = time // 2 % n_sites
    fold = {
        "none": np.zeros(len(time), int),
        "ours": blocks_and_folds(len(time), 40, 2)[1],
        "interleaved": time % 2,
    }[folds]
    n_folds = 1 if folds == "none" else 2
    product = (f - site_means(site, f, fold, n_folds)) * (u - site_means(site, u, fold, n_folds))
    assert product.mean() / 0.5 == pytest.approx(share, abs=0.1)


def pair_field(position, amplitude, centre):
    """Energies of the beads (n, N) and forces (n, N, 3) of a pair potential with a bump at ``centre``."""
    d = minimum_image(position[:, None, :, :] - position[:, :, None, :], BOX)
    r = np.sqrt((d**2).sum(-1)) + np.eye(N) * 10
    s = np.where(r < 0.55, 1 - (r / 0.55) ** 2, 0.0)
    bump = np.exp(-(((r - centre) / 0.06) ** 2))
    slope = bump * (-2 * (r - centre) / 0.06**2 * s**3 - 6 * r / 0.55**2 * s**2)
    energy = 0.5 * amplitude * (bump * s**3).sum(axis=2)
    return energy, (amplitude * (slope / r)[..., None] * d).sum(axis=2)


def molecular_system(n_frames, seed, spread=4.0):
    """A trajectory whose response is known: cov(f_I, e_I | R) = kB T^2 F'_I, nothing between molecules."""
    rng = np.random.default_rng(seed)
    position = gas(rng, n_frames)
    energy, force = pair_field(position, 8.0, 0.32)
    _, response = pair_field(position, -0.03, 0.42)
    hidden = rng.normal(size=(n_frames, N)) * spread
    force = force + SCALE * response * (hidden / spread**2)[..., None] + 20 * rng.normal(size=force.shape)
    molecules = energy + hidden
    dims = ("time", "bead", "axis")
    mapped = xr.Dataset(
        {
            "position": variable(dims, position, "nm"),
            "force": variable(dims, force, "kJ/mol/nm"),
            "potential_energy": variable(("time",), molecules.sum(axis=1), "kJ/mol"),
            "split": variable(("time",), np.zeros(n_frames, np.int8), "1"),
        },
        coords={"time": np.arange(n_frames) * 0.1},
        attrs={"temperature_K": T, "box_nm": BOX},
    )
    return mapped, molecules, response


@pytest.fixture(scope="module")
def system():
    return molecular_system(1500, seed=8)


SPLINE = from_section(SplineSettings, load_config({}).model_dump()["spline"])


def products_of(system, radius):
    mapped, molecules, _ = system
    energies = None if radius is None else molecules
    return residual_products(
        mapped, NO_PRIOR, CrossFit(SPLINE, 20, 4), radius_nm=radius, molecule_energy=energies
    )


def slope_and_error(product, response):
    """Of the products on the exact response, with an error from blocks."""
    blocks = np.array_split(np.arange(len(product)), 20)
    slopes = [(product[b] * response[b]).sum() / (response[b] ** 2).sum() for b in blocks]
    return np.mean(slopes), np.std(slopes, ddof=1) / np.sqrt(20)


@pytest.mark.parametrize("radius", [0.45, None])
def test_products_along_a_trajectory_regress_to_the_response(system, radius):
    products = products_of(system, radius)
    slope, error = slope_and_error(products["trf_product"].values, system[2])
    assert abs(slope - 1) < 4 * error
    assert error < (0.05 if radius else 0.15)
    assert products["trf_product"].attrs["units"] == "kJ/mol/nm/K"
    assert products["block"].values.max() == 19


def test_local_energies_cut_the_noise(system):
    local, whole = (products_of(system, r)["trf_product"].values.std() for r in (0.45, None))
    near = 4 / 3 * np.pi * 0.45**3 / BOX**3 * N
    assert local / whole == pytest.approx(np.sqrt((1 + near) / N), rel=0.25)


@pytest.mark.parametrize(
    ("blocks", "folds", "arguments", "message"),
    [
        (4, 5, {}, "folds = 5"),
        (2000, 5, {}, "1500 frames, response.blocks = 2000"),
        (20, 4, {"radius_nm": 0.4}, "needs the energies of the molecules"),
        (20, 4, {"radius_nm": 0.8}, r"box is 1.5 nm .* cutoff 0.8 nm"),
    ],
)
def test_what_cannot_be_done_is_refused(system, blocks, folds, arguments, message):
    with pytest.raises(ValueError, match=message):
        residual_products(system[0], NO_PRIOR, CrossFit(SPLINE, blocks, folds), **arguments)
