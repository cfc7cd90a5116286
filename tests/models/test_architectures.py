"""Symmetries, forces and smoothness of every architecture, through the one interface."""

import os
import subprocess
import sys
from pathlib import Path

import hippynn
import numpy as np
import pytest
import torch

from thermalcg.config.files import load_config
from thermalcg.models import potential
from thermalcg.models.expansion import Expansion
from thermalcg.models.hipnn_ts import trainer as hipnn_ts
from thermalcg.models.hipnn_ts.trainer import EnergyNetwork, HipnnTS
from thermalcg.models.potential import ThermalPotential
from thermalcg.models.prior import Prior
from thermalcg.models.registry import ARCHITECTURES
from thermalcg.models.spline.fit import Spline
from thermalcg.models.spline.kernels import design_matrix

pytestmark = pytest.mark.physics

ROOT = Path(__file__).resolve().parents[2]
CONFIG = load_config({"hipnn_ts": {"features": 6, "sensitivities": 8, "tensor_order": 2}})
BOX = 1.6
PRIOR = Prior(1e-5, 12, 0.27)


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def make(architecture: str, cutoff: float = 0.6) -> ThermalPotential:
    """A potential with random parameters of two components."""
    settings = CONFIG.model_dump()[architecture]
    rng = np.random.default_rng(0)
    if architecture == "spline":
        size = settings["pair_functions"] + 50
        components = Spline(rng.normal(size=(2, size)) * np.array([[5.0], [0.01]]), settings)
    else:
        torch.manual_seed(0)
        components = HipnnTS(EnergyNetwork({**settings, "cutoff_nm": cutoff}, np.array([20.0, 0.05])))
    return ThermalPotential(components, Expansion("linear", 395.0), PRIOR)


def liquid(seed: int = 1, n: int = 60) -> np.ndarray:
    """Beads at least 0.24 nm apart in the box, shape (1, n, 3)."""
    rng = np.random.default_rng(seed)
    beads: list[np.ndarray] = []
    while len(beads) < n:
        new = rng.uniform(0, BOX, 3)
        d = np.array(beads).reshape(-1, 3) - new
        d -= BOX * np.rint(d / BOX)
        if not beads or (d**2).sum(axis=1).min() > 0.24**2:
            beads.append(new)
    return np.array(beads)[None]


every = pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))


@every
@pytest.mark.parametrize("temperature", [395.0, 600.0])
def test_force_is_minus_the_gradient_of_the_energy(architecture, temperature):
    potential, x, h = make(architecture), liquid(), 1e-5
    force = potential.mean_force(x, BOX, temperature)
    scale = np.abs(force).max()
    for bead, axis in ((0, 0), (7, 1), (31, 2), (59, 0)):
        energy = []
        for sign in (1, -1):
            moved = x.copy()
            moved[0, bead, axis] += sign * h
            energy.append(potential.free_energy(moved, BOX, temperature)[0])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(force[0, bead, axis], abs=1e-5 * scale)


def test_message_passing_by_plain_torch_equals_that_of_hippynns_own_kernels(monkeypatch):
    forces = {}
    for kernels in ("_pytorch_raw", "numba"):
        monkeypatch.setattr(hipnn_ts, "message_passing", lambda layers, kernels=kernels: kernels)
        forces[kernels] = make("hipnn_ts").mean_force(liquid(), BOX, 500.0)
        assert kernels == hippynn.custom_kernels.CUSTOM_KERNELS_ACTIVE
    plain, own = forces.values()
    np.testing.assert_allclose(plain, own, atol=1e-9 * np.abs(own).max())
    assert np.abs(own).max() > 1


def test_networks_start_without_a_compiler_where_there_is_no_gpu(monkeypatch):
    """What torch.compile and numba take to start is more than a short job's work."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert hipnn_ts.message_passing(1) == "_pytorch_raw"
    assert hipnn_ts.message_passing(2) == "auto"  # there, compiled kernels are several times as fast
    program = (
        "import sys, torch; from thermalcg.models.hipnn_ts import trainer;"
        "assert 'torch._dynamo' not in sys.modules; assert torch.compile.__module__ == 'torch'"
    )
    environment = {**os.environ, "PYTHONPATH": "workflow", "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment, cwd=ROOT)


@every
def test_response_is_the_temperature_derivative_of_force_and_energy(architecture):
    potential, x = make(architecture), liquid()
    change = potential.mean_force(x, BOX, 401.0) - potential.mean_force(x, BOX, 399.0)
    response = potential.thermal_response(x, BOX, 400.0)
    np.testing.assert_allclose(change / 2, response, atol=1e-9 * np.abs(response).max() + 1e-9)
    # <u> = W - T dW/dT
    slope = (potential.free_energy(x, BOX, 401.0) - potential.free_energy(x, BOX, 399.0)) / 2
    expected = potential.free_energy(x, BOX, 400.0) - 400.0 * slope
    np.testing.assert_allclose(potential.mean_energy(x, BOX, 400.0), expected, rtol=1e-7)


@every
def test_translation_rotation_permutation_and_images(architecture):
    potential, x = make(architecture), liquid()
    energy, force = potential.free_energy(x, BOX, 500.0), potential.mean_force(x, BOX, 500.0)
    tolerance = {"rtol": 1e-9, "atol": 1e-8 * np.abs(force).max()}

    moved = x + np.array([0.3, -1.1, 7.9])
    np.testing.assert_allclose(potential.free_energy(moved, BOX, 500.0), energy, rtol=1e-9)
    np.testing.assert_allclose(potential.mean_force(moved, BOX, 500.0), force, **tolerance)

    # the rotations of a cubic box: (x, y, z) -> (y, z, x)
    turned = x[..., [1, 2, 0]]
    np.testing.assert_allclose(potential.free_energy(turned, BOX, 500.0), energy, rtol=1e-9)
    np.testing.assert_allclose(potential.mean_force(turned, BOX, 500.0), force[..., [1, 2, 0]], **tolerance)

    order = np.random.default_rng(2).permutation(x.shape[1])
    np.testing.assert_allclose(potential.free_energy(x[:, order], BOX, 500.0), energy, rtol=1e-9)
    np.testing.assert_allclose(potential.mean_force(x[:, order], BOX, 500.0), force[:, order], **tolerance)

    images = x.copy()
    images[0, ::3] += BOX * np.array([1, -2, 3])
    np.testing.assert_allclose(potential.mean_force(images, BOX, 500.0), force, **tolerance)


@every
def test_a_cluster_turned_by_any_angle(architecture):
    """Away from the periodic boundary, any rotation."""
    from scipy.spatial.transform import Rotation

    potential, big = make(architecture), 8.0
    cluster = liquid(n=25) - BOX / 2
    rotation = Rotation.from_euler("xyz", [0.4, -1.2, 2.2]).as_matrix()
    energy = potential.free_energy(cluster + 4, big, 500.0)
    force = potential.mean_force(cluster + 4, big, 500.0)
    np.testing.assert_allclose(potential.free_energy(cluster @ rotation.T + 4, big, 500.0), energy, rtol=1e-9)
    np.testing.assert_allclose(
        potential.mean_force(cluster @ rotation.T + 4, big, 500.0),
        force @ rotation.T,
        atol=1e-7 * np.abs(force).max(),
    )


@every
def test_total_force_is_zero(architecture):
    force = make(architecture).mean_force(liquid(), BOX, 500.0)
    assert np.abs(force.sum(axis=1)).max() < 1e-9 * np.abs(force).max() * force.shape[1]


@every
def test_energy_and_force_vanish_smoothly_at_the_cutoff(architecture):
    """Two beads: nothing jumps as they part, and beyond the cutoff nothing is left."""
    potential, big = make(architecture), 4.0
    r = np.linspace(0.58, 0.62, 401)
    pairs = np.zeros((len(r), 2, 3))
    pairs[:, 1, 0] = r
    energy = potential.free_energy(pairs, big, 500.0)
    force = potential.mean_force(pairs, big, 500.0)[:, 1, 0]
    beyond = r > 0.6
    np.testing.assert_allclose(force[beyond], 0, atol=1e-12)
    np.testing.assert_allclose(energy[beyond], energy[-1], atol=1e-12)
    inside = potential.mean_force(pairs[:1] * 0.5 / r[0], big, 500.0)[0, 1, 0]
    assert abs(inside) > 1e-3  # there is a force to vanish
    assert np.abs(np.diff(force)).max() < 0.05 * abs(inside) + 0.02 * np.abs(force).max()
    assert abs(force[~beyond][-1]) < 2e-3 * abs(inside)


def test_neighbour_list_gives_the_forces_of_all_pairs():
    """Above a few hundred beads the spline uses a list with a skin: same forces, also after moves."""
    potential, rng = make("spline"), np.random.default_rng(4)
    box = 2.6
    grid = np.stack(np.meshgrid(*[np.arange(8)] * 3, indexing="ij"), -1).reshape(-1, 3) * box / 8
    x = (grid + rng.uniform(-0.03, 0.03, grid.shape))[None]
    field = potential.force_field(box, 500.0)
    for _ in range(5):
        fast = field(x)[1]
        fresh = potential.mean_force(x, box, 500.0)
        np.testing.assert_allclose(fast, fresh, atol=1e-9 * np.abs(fresh).max())
        x = x + rng.uniform(-0.02, 0.02, x.shape)
    from thermalcg.models.spline import fit as spline

    spline_limit, spline.ALL_PAIRS_BELOW = spline.ALL_PAIRS_BELOW, 10_000
    try:
        everything = potential.mean_force(x, box, 500.0)
    finally:
        spline.ALL_PAIRS_BELOW = spline_limit
    np.testing.assert_allclose(
        potential.mean_force(x, box, 500.0), everything, atol=1e-9 * np.abs(everything).max()
    )


def test_triplets_of_a_wide_cutoff_and_of_beads_that_fell_together():
    """Liquid water has 90 neighbours within 0.87 nm; all beads on a heap have no force that could be used."""
    settings = CONFIG.model_dump()["spline"] | {"triplet_cutoff_nm": 0.87, "pair_cutoff_nm": 0.9}
    size = settings["pair_functions"] + 50
    coefficients = np.random.default_rng(3).normal(size=(1, size))
    edge, n = 2.0, 6
    grid = (
        (np.stack(np.meshgrid(*3 * [np.arange(n)], indexing="ij"), axis=-1).reshape(-1, 3) + 0.5) * edge / n
    )
    x = (grid + np.random.default_rng(4).normal(scale=0.02, size=grid.shape))[None]
    field = Spline(coefficients, settings).force_field(np.ones(1), edge)
    lengths = [settings[f"{name}_nm"] for name in ("pair_min", "pair_cutoff", "triplet_cutoff")]
    numbers = settings["pair_functions"], settings["triplet_radial"], settings["triplet_angular"] + 1
    r_min, r_cut2, r_cut3 = lengths
    energy, force = design_matrix(x[0], edge, r_min, r_cut2, numbers[0], r_cut3, *numbers[1:])
    found = field(x)
    np.testing.assert_allclose(found[0], energy @ coefficients[0], rtol=1e-9)
    np.testing.assert_allclose(
        found[1][0], force @ coefficients[0], rtol=1e-9, atol=1e-9 * np.abs(found[1]).max()
    )
    heap = 1 + 0.3 * (x - 1)
    assert all(np.isnan(part).all() for part in field(heap))


@every
def test_a_trajectory_in_pieces_has_the_same_energies_and_forces(architecture, monkeypatch):
    frames = np.concatenate([liquid(seed) for seed in range(5)])
    whole = make(architecture).combination(frames, BOX, np.array([1.0, 20.0]))
    monkeypatch.setattr(potential, "BEADS_AT_ONCE", 130)  # two frames at a time
    pieces = make(architecture).combination(frames, BOX, np.array([1.0, 20.0]))
    for a, b in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.abs(b).max())
