"""Energies of charged sites in a periodic box, against lattices whose energies are known."""

import numpy as np
import pytest

from thermalcg.atomistic.ewald import ewald_energies, switched_lennard_jones

pytestmark = pytest.mark.physics

CORNERS = np.array(np.meshgrid(*[[0, 1]] * 3, indexing="ij")).reshape(3, -1).T


def rock_salt():
    """Eight ions of alternating sign, neighbours 0.3 nm apart."""
    return 0.3 * CORNERS.astype(float), (-1.0) ** CORNERS.sum(axis=1), 0.6


def caesium_chloride():
    """Two ions in a cube of 0.4 nm, eight times."""
    position = np.concatenate([0.4 * CORNERS, 0.4 * CORNERS + 0.2])
    return position, np.repeat([1.0, -1.0], 8), 0.8


@pytest.mark.parametrize(
    ("lattice", "neighbours", "madelung"),
    [(rock_salt, 0.3, 1.747564594633), (caesium_chloride, 0.4 * 0.75**0.5, 1.762674773)],
)
@pytest.mark.parametrize("cutoff", [0.2, 0.29])
def test_madelung_constants(lattice, neighbours, madelung, cutoff):
    """Wherever the lattice lies, and whatever is direct and what is reciprocal."""
    position, charge, edge = lattice()
    for moved in (position, position + [0.123, -0.456, 7.89]):
        energies = ewald_energies(moved, charge, edge, cutoff)
        np.testing.assert_allclose(energies, -0.5 * madelung / neighbours, rtol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_lattice_may_be_repeated_along_one_edge(axis):
    position, charge, edge = rock_salt()
    edges, shift = np.full(3, edge), np.zeros(3)
    edges[axis], shift[axis] = 2 * edge, edge
    twice = ewald_energies(np.concatenate([position, position + shift]), np.tile(charge, 2), edges, 0.29)
    once = ewald_energies(position, charge, edge, 0.29)
    np.testing.assert_allclose(twice, np.tile(once, 2), rtol=1e-5)


def test_sites_without_charge_have_no_energy_and_change_none():
    position, charge, edge = rock_salt()
    more = np.concatenate([position, [[0.1, 0.05, 0.2]]])
    energies = ewald_energies(more, np.append(charge, 0.0), edge, 0.29)
    np.testing.assert_allclose(energies[:8], ewald_energies(position, charge, edge, 0.29), rtol=1e-12)
    assert energies[8] == 0


def test_lennard_jones_of_a_pair_is_shared_and_ends_at_the_cutoff():
    def energies(distance):
        position = np.array([[0.05, 0.5, 0.5], [0.05 - distance, 0.5, 0.5]])
        return switched_lennard_jones(position, 2.0, 0.9, 0.8, 0.3, 0.7)

    np.testing.assert_allclose(energies(0.3 * 2 ** (1 / 6)), -0.35)
    np.testing.assert_allclose(energies(0.3), 0, atol=1e-12)
    # half way between start and cutoff the switch is one half
    full = 4 * 0.7 * ((0.3 / 0.85) ** 12 - (0.3 / 0.85) ** 6)
    np.testing.assert_allclose(energies(0.85), 0.25 * full)
    assert not energies(0.9001).any()
