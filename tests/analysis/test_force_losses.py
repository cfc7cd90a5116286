"""Squared residuals of held-out frames: splines through their normal equations, networks by their forces."""

import numpy as np
import pytest
import xarray as xr

from support import compiled_potential
from thermalcg.analysis.force_losses import HeldOutFrames
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import PairPriors, Prior
from thermalcg.models.species import Species
from thermalcg.models.spline.mixture_basis import function_count
from thermalcg.models.spline.model import Spline

N, EDGE, T = 27, 1.3, 350.0


def mapped(n=50, seed=1):
    rng = np.random.default_rng(seed)
    sites = (np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3) + 0.5) * EDGE / 3
    dims = ("time", "bead", "axis")
    return xr.Dataset(
        {
            "position": (dims, (sites + 0.02 * rng.normal(size=(n, N, 3))).astype(np.float32)),
            "force": (dims, (200 * rng.normal(size=(n, N, 3))).astype(np.float32)),
            "split": (("time",), (np.arange(n) >= n - 34).astype(np.int8)),
        },
        attrs={"temperature_K": T, "box_nm": EDGE},
    )


def members(kind="linear", n=3):
    settings = compiled_potential.potential().components.settings
    rng, size = np.random.default_rng(2), Expansion(kind, 300.0).size
    scale = np.array([5.0, 0.02])[:size, None]
    coefficients = scale * rng.normal(size=(n, size, settings.functions))
    prior = Prior(1e-6, 12, 0.45)
    return [ThermalPotential(Spline(own, settings), Expansion(kind, 300.0), prior) for own in coefficients]


def test_held_out_frames_are_the_test_part_in_blocks():
    data = mapped()
    frames = HeldOutFrames.of(data, 4)
    # 34 test frames: the first two fill no block
    assert frames.position.shape == (4, 8, N, 3)
    np.testing.assert_array_equal(frames.force.reshape(-1, N, 3), data["force"].values[18:])
    assert (frames.box, frames.temperature) == (EDGE, T)
    with pytest.raises(ValueError, match="blocks is 35"):
        HeldOutFrames.of(data, 35)


@pytest.mark.parametrize("kind", ["constant", "linear"])
def test_losses_of_splines_are_those_of_their_forces(kind):
    data, own = mapped(), members(kind)
    frames = HeldOutFrames.of(data, 4)
    found = frames.losses(own)
    assert found.shape == (3, 4)
    for member, losses in zip(own, found, strict=True):
        predicted = member.mean_force(data["position"].values[18:].astype(float), EDGE, T)
        squares = ((data["force"].values[18:] - predicted) ** 2).mean(axis=(1, 2))
        np.testing.assert_allclose(losses, squares.reshape(4, 8).mean(axis=1), rtol=1e-9)
        np.testing.assert_allclose(frames._loss(member), losses, rtol=1e-9)


def test_losses_of_a_mixture_in_a_box_of_three_edges_are_those_of_its_forces():
    data, edges = mapped(), np.array([EDGE, 1.05 * EDGE, 1.1 * EDGE])
    data.attrs["box_nm"] = edges
    species = Species(("A", "B"), np.arange(N) % 2)
    settings = compiled_potential.potential().components.settings
    size = (2, function_count(settings, species))
    prior = PairPriors(species, tuple(Prior(1e-6, 12, onset) for onset in (0.45, 0.43, 0.41)))
    scale = np.array([5.0, 0.02])[:, None]
    own = ThermalPotential(
        Spline(scale * np.random.default_rng(2).normal(size=size), settings, species),
        Expansion("linear", 300.0), prior,
    )  # fmt: skip
    frames = HeldOutFrames.of(data, 4)
    (losses,) = frames.losses([own])
    predicted = own.mean_force(data["position"].values[18:].astype(float), edges, T)
    squares = ((data["force"].values[18:] - predicted) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(losses, squares.reshape(4, 8).mean(axis=1), rtol=1e-9)


def test_the_basis_is_passed_over_once(monkeypatch):
    from thermalcg.analysis import force_losses

    passes = []
    original = force_losses.force_rows
    monkeypatch.setattr(force_losses, "force_rows", lambda *args: passes.append(1) or original(*args))
    frames = HeldOutFrames.of(mapped(), 4)
    frames.losses(members())
    once = len(passes)
    frames.losses(members("constant"))
    assert len(passes) == once == 4
