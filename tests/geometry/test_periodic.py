"""The nearest image and positions inside the box."""

import itertools

import numpy as np
import pytest

from thermalcg.geometry.periodic import minimum_image, nearest, wrap


@pytest.mark.parametrize("box", [1.3, np.array([1.1, 1.3, 1.7])])
def test_the_nearest_image_is_the_shortest_of_all(box):
    vector = np.random.default_rng(0).uniform(-3, 3, (200, 3))
    found = minimum_image(vector, box)
    shifts = np.array(list(itertools.product(range(-4, 5), repeat=3))) * box
    shortest = np.linalg.norm(vector[:, None] + shifts, axis=-1).min(axis=1)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), shortest, atol=1e-12)
    one = [nearest(x, edge) for x, edge in zip(vector[0], np.broadcast_to(box, 3), strict=True)]
    np.testing.assert_array_equal(one, found[0])


def test_wrapped_positions_are_inside():
    position = np.array([[-1e-17, 1.3, 2.7], [0.2, -0.1, 1.29]])
    wrapped = wrap(position, 1.3)
    assert ((wrapped >= 0) & (wrapped < 1.3)).all()
    np.testing.assert_allclose(minimum_image(wrapped - position, 1.3), 0, atol=1e-12)


def test_wrapped_positions_are_inside_whatever_the_rounding():
    for box in np.random.default_rng(1).uniform(0.3, 5, 500):
        edge = np.arange(-40, 40) * box
        wrapped = wrap(np.stack([edge, np.nextafter(edge, 99), np.nextafter(edge, -99)], axis=1), box)
        assert ((wrapped >= 0) & (wrapped < box)).all()
