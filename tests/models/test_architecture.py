"""Symmetries, forces and smoothness of every architecture, through the one interface."""

import numpy as np
import pytest
import torch

from support.random_potential import BOX, liquid, make, of_beads
from thermalcg.geometry.inputs import InputError, OverlapError
from thermalcg.models import potential
from thermalcg.models.registry import ARCHITECTURES

pytestmark = pytest.mark.physics


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


every = pytest.mark.parametrize(
    "architecture", [name + of for name in sorted(ARCHITECTURES) for of in ("", " mixture")]
)


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
    other = of_beads(potential, order)
    np.testing.assert_allclose(other.free_energy(x[:, order], BOX, 500.0), energy, rtol=1e-9)
    np.testing.assert_allclose(other.mean_force(x[:, order], BOX, 500.0), force[:, order], **tolerance)

    images = x.copy()
    images[0, ::3] += BOX * np.array([1, -2, 3])
    np.testing.assert_allclose(potential.mean_force(images, BOX, 500.0), force, **tolerance)


@every
def test_a_cluster_turned_by_any_angle(architecture):
    """Away from the periodic boundary, any rotation."""
    from scipy.spatial.transform import Rotation

    potential, big = of_beads(make(architecture), np.arange(25)), 8.0
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
    potential, big = of_beads(make(architecture), np.arange(1, 3)), 4.0
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


@every
def test_a_trajectory_in_pieces_has_the_same_energies_and_forces(architecture, monkeypatch):
    frames = np.concatenate([liquid(seed) for seed in range(5)])
    whole = make(architecture).combination(frames, BOX, np.array([1.0, 20.0]))
    monkeypatch.setattr(potential, "BEADS_AT_ONCE", 130)  # two frames at a time
    pieces = make(architecture).combination(frames, BOX, np.array([1.0, 20.0]))
    for a, b in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.abs(b).max())


@every
@pytest.mark.parametrize("copies", [(1, 1, 2), (2, 1, 1), (2, 1, 2)])  # few beads, and many
def test_copies_of_a_box_side_by_side_are_a_larger_box_with_three_edges(architecture, copies):
    potential, x = make(architecture), liquid()[0]
    origins = np.stack(np.meshgrid(*map(np.arange, copies), indexing="ij"), axis=-1).reshape(-1, 3) * BOX
    many = (origins[:, None] + x).reshape(-1, 3)
    larger = of_beads(potential, np.tile(np.arange(len(x)), len(origins)))
    edges = BOX * np.array(copies)
    one = potential.mean_force(x, BOX, 500.0)
    found = larger.mean_force(many, edges, 500.0)
    scale = np.abs(one).max()
    np.testing.assert_allclose(found, np.tile(one, (len(origins), 1)), atol=1e-9 * scale)
    energy = potential.free_energy(x, BOX, 500.0)
    assert larger.free_energy(many, np.diag(edges), 500.0) == pytest.approx(len(origins) * energy)


@every
def test_two_beads_on_one_spot_fail_alone_in_dynamics(architecture):
    """The other configurations go on; a run takes what is not finite for a failure."""
    potential, x = make(architecture), np.concatenate([liquid(1), liquid(2), liquid(3)])
    field = potential.components.force_field(np.array([1.0, 100.0]), BOX)
    whole = field(x)
    x[1, 8] = x[1, 30] - np.array([0.0, BOX, 0.0])
    energy, force = field(x)
    assert np.isfinite(energy).tolist() == [True, False, True]
    assert not np.isfinite(force[1]).any()
    np.testing.assert_allclose(energy[[0, 2]], whole[0][[0, 2]])
    np.testing.assert_allclose(force[[0, 2]], whole[1][[0, 2]], atol=1e-9 * np.abs(whole[1]).max())


@every
def test_two_beads_on_one_spot_are_named_to_a_user(architecture):
    potential, x = make(architecture), np.concatenate([liquid(1), liquid(2)])
    x[1, 8] = x[1, 30]
    for name in ("free_energy", "mean_force", "thermal_response", "mean_energy"):
        with pytest.raises(OverlapError, match="configuration 1: beads 8 and 30 are 0 nm apart"):
            getattr(potential, name)(x, BOX, 500.0)


@every
def test_a_box_below_twice_the_cutoff_is_refused_wherever_it_comes_in(architecture):
    potential, x = make(architecture), liquid()
    for call in (
        lambda: potential.mean_force(x, 1.1, 500.0),
        lambda: potential.force_field([2.0, 1.1, 2.0], 500.0),
        lambda: potential.components.force_field(np.ones(2), 1.1),
    ):
        with pytest.raises(InputError, match=r"box is 1\.1 nm .* cutoff 0\.6 nm"):
            call()


@every
def test_virial_is_minus_the_strain_derivative_of_the_energy(architecture):
    """In a periodic box, with the prior; one axis is stretched at a time."""
    potential, x, h = make(architecture), liquid(), 1e-5
    virial = potential.virial(x, BOX, 600.0)[0]
    for axis in range(3):
        energy = []
        for sign in (1, -1):
            stretch = np.ones(3)
            stretch[axis] += sign * h
            energy.append(potential.free_energy(x * stretch, BOX * stretch, 600.0)[0])
        derivative = -(energy[0] - energy[1]) / (2 * h)
        assert derivative == pytest.approx(virial[axis, axis], rel=1e-5, abs=1e-5 * np.abs(virial).max())
    np.testing.assert_allclose(virial, virial.T, atol=1e-9 * np.abs(virial).max())


@every
def test_pressure_is_that_of_an_ideal_gas_and_of_the_virial(architecture):
    potential, x = make(architecture), liquid()
    pressure, virial = potential.pressure(x, BOX, 600.0), potential.virial(x, BOX, 600.0)
    # N kB T / V of 60 beads, by hand: 8.314 J/mol/K
    ideal = 60 / 6.02214e23 * 8.314463 * 600 / (BOX * 1e-9) ** 3 / 1e5
    np.testing.assert_allclose(pressure - ideal, np.trace(virial[0]) / 3 / BOX**3 * 16.6054, rtol=1e-4)


@every
def test_entropy_is_minus_the_temperature_derivative_of_the_free_energy(architecture):
    potential, x = make(architecture), liquid()
    difference = potential.free_energy(x, BOX, 601.0) - potential.free_energy(x, BOX, 599.0)
    np.testing.assert_allclose(potential.entropy(x, BOX, 600.0), -difference / 2, rtol=1e-6)
    energy = potential.free_energy(x, BOX, 600.0) + 600.0 * potential.entropy(x, BOX, 600.0)
    np.testing.assert_allclose(potential.mean_energy(x, BOX, 600.0), energy)


mixtures = pytest.mark.parametrize("architecture", [f"{name} mixture" for name in sorted(ARCHITECTURES)])


@mixtures
def test_species_are_told_apart(architecture):
    """Beads that swap their species feel other forces, which a test of permutations alone would not see."""
    potential, x = make(architecture), liquid()
    force = potential.mean_force(x, BOX, 500.0)
    swapped = potential.of_species(["BA"[code] for code in potential.species.codes])
    assert np.abs(swapped.mean_force(x, BOX, 500.0) - force).max() > 0.1 * np.abs(force).max()


@mixtures
def test_positions_of_another_number_of_beads_are_refused(architecture):
    potential, x = make(architecture), liquid()[:, :59]
    for call in (
        lambda: potential.mean_force(x, BOX, 500.0),
        lambda: potential.virial(x, BOX, 500.0),
        lambda: potential.force_field(BOX, 500.0)(x),
    ):
        with pytest.raises(InputError, match="positions are of 59 beads, and the potential is bound to 60"):
            call()
    with pytest.raises(InputError, match=r"\['C'\]; allowed: A, B"):
        potential.of_species(["A", "C"])
