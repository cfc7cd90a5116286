"""Starts and configurations of checks."""

from dataclasses import replace

import numpy as np
import pytest

from support.exported import BEADS, BOX
from support.random_potential import settings_of
from thermalcg.export.configurations import equilibrated, lattice, with_contacts
from thermalcg.export.source import ExportError
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.spline.model import Spline

SETTINGS = settings_of("spline")


def distances(x):
    r = np.linalg.norm(minimum_image(x[:, None] - x, BOX), axis=-1)
    return r[np.triu_indices(len(x), 1)]


@pytest.mark.parametrize("n", [8, 27, 60, 64])
def test_lattice_sites_are_inside_the_box_and_apart(n):
    x = lattice(n, BOX)
    assert x.shape == (n, 3)
    assert (x >= 0).all()
    assert (x < BOX).all()
    assert distances(x).min() > 0.99 * BOX / np.ceil(n ** (1 / 3) - 1e-9)


def test_a_liquid_has_left_its_lattice_and_keeps_apart(source):
    x = equilibrated(source, 300.0)
    assert x.shape == (BEADS, 3)
    away = np.linalg.norm(minimum_image(x - lattice(BEADS, BOX), BOX), axis=1)
    assert np.sqrt((away**2).mean()) > 0.1  # a third of the lattice's spacing
    # the prior at 0.2 nm is 900 kJ/mol, 360 kB T
    assert distances(x).min() > 0.2
    np.testing.assert_array_equal(x, equilibrated(source, 300.0))


def test_a_force_field_without_a_liquid_is_refused(source):
    away = replace(source.potential, components=Spline(1e9 * source.spline.coefficients, SETTINGS))
    with pytest.raises(ExportError, match="beads run away at 300 K"), np.errstate(all="ignore"):
        equilibrated(replace(source, potential=away), 300.0)


def test_contacts_are_as_close_as_asked(source):
    x = with_contacts(lattice(BEADS, BOX), BOX, [0.17, 0.2])
    np.testing.assert_allclose(np.sort(distances(x))[:2], [0.17, 0.2], atol=1e-12)
