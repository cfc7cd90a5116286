"""Energies in shells around beads, against the neighbourhoods that the rest of the library uses."""

import numpy as np
import pytest

from support.pair_gas import BOX, N, gas
from thermalcg.atomistic.molecule_energies import neighbourhood
from thermalcg.response.shells import SHELLS_NM, shell_energies

RADII = (0.3, 0.45, 0.7)


@pytest.fixture
def frames():
    rng = np.random.default_rng(1)
    return gas(rng, 4), rng.normal(size=(4, N))


def test_shells_add_up_to_the_energy_of_the_box(frames):
    position, energy = frames
    made = shell_energies(position, energy, BOX, RADII)
    assert made.shape == (4, N, 5)
    np.testing.assert_allclose(made.sum(axis=2), np.repeat(energy.sum(axis=1)[:, None], N, axis=1))
    np.testing.assert_allclose(made[..., 0], energy)


@pytest.mark.parametrize("shells", [1, 2, 3])
def test_the_first_shells_together_are_the_molecules_within_a_radius(frames, shells):
    position, energy = frames
    made = shell_energies(position, energy, BOX, RADII)[..., : shells + 1].sum(axis=2)
    near = neighbourhood(position, BOX, RADII[shells - 1])
    np.testing.assert_allclose(made, np.einsum("tij,tj->ti", near, energy), rtol=1e-6)


def test_positions_may_lie_outside_the_box(frames):
    position, energy = frames
    moved = position + BOX * np.random.default_rng(2).integers(-2, 3, size=position.shape)
    made = shell_energies(moved, energy, BOX, RADII)
    np.testing.assert_allclose(made, shell_energies(position, energy, BOX, RADII))


def test_usual_shells_fit_into_the_box_of_64_molecules():
    """At the usual density, 0.997 g/cm3, the edge is 1.243 nm."""
    assert SHELLS_NM[-1] <= 1.243 / 2


@pytest.mark.parametrize(
    ("radii", "message"),
    [
        ((0.3, 0.3), "positive and ascending"),
        ((0.0, 0.3), "positive and ascending"),
        ((0.8,), "cutoff 0.8 nm"),
    ],
)
def test_radii_that_make_no_shells_are_refused(frames, radii, message):
    with pytest.raises(ValueError, match=message):
        shell_energies(*frames, BOX, radii)


def test_energies_of_other_frames_are_refused(frames):
    position, energy = frames
    with pytest.raises(ValueError, match=r"energies have shape \(3, 24\); allowed: \(4, 24\)"):
        shell_energies(position, energy[:3], BOX, RADII)
