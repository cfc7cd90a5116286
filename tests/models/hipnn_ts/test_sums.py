"""Sums over neighbours against their definition, and what they hand back against finite differences."""

import numpy as np
import pytest

from support.random_potential import BOX, liquid
from thermalcg.geometry.neighbours import ALL_PAIRS
from thermalcg.geometry.periodic import minimum_image
from thermalcg.models.hipnn_ts.elementary import ANGSTROM_PER_NM
from thermalcg.models.hipnn_ts.rows import COMPONENTS, make_rows
from thermalcg.models.hipnn_ts.sums import all_forces, all_sums, forces_back, sums_back

pytestmark = pytest.mark.physics

REACH = 6.0
CENTER, WIDTH = 1 / np.array([2.4, 3.1, 4.6]), np.array([30.0, 22.0, 25.0])
#: More beads than a block has.
POSITION = liquid()[0, :40]


def at(position=POSITION, center=CENTER, width=WIDTH):
    return make_rows(position, np.full(3, BOX), *ALL_PAIRS, REACH), REACH, center, width


def random_like(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def slope(function, value, direction, step=1e-6):
    return (function(value + step * direction) - function(value - step * direction)) / (2 * step)


@pytest.mark.parametrize("order", [1, 2])
def test_sums_are_those_of_the_definition(order):
    vector = ANGSTROM_PER_NM * minimum_image(POSITION[None] - POSITION[:, None], BOX)
    r = np.linalg.norm(vector, axis=-1) + 1e9 * np.eye(len(POSITION))
    u = vector / r[..., None]
    cut = np.where(r < REACH, np.cos(np.pi / 2 * np.minimum(r / REACH, 1)) ** 2, 0)
    s = np.exp(-0.5 * WIDTH**2 * (1 / r[..., None] - CENTER) ** 2) * cut[..., None]
    y = [np.ones(r.shape), *np.moveaxis(u, -1, 0)]
    quadrupole = u[..., :, None] * u[..., None, :] - np.eye(3) / 3
    y += [quadrupole[..., a, b] for a, b in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2))]
    expected = np.einsum("cij,ijv->icv", np.array(y[: COMPONENTS[order]]), s)
    np.testing.assert_allclose(all_sums(*at(), COMPONENTS[order]), expected, atol=1e-11)


@pytest.mark.parametrize("order", [1, 2])
def test_forces_are_minus_the_slope_of_the_sums_times_their_field(order):
    field, direction = random_like(40, COMPONENTS[order], 3), random_like(40, 3, seed=1)
    force = all_forces(*at(), field)

    def energy(position):
        return (all_sums(*at(position), COMPONENTS[order]) * field).sum()

    assert -slope(energy, POSITION, direction) == pytest.approx((force * direction).sum(), rel=1e-6)


@pytest.mark.parametrize("order", [1, 2])
def test_what_sums_hand_back(order):
    by_sums = random_like(40, COMPONENTS[order], 3)
    for which, given in ((0, CENTER), (1, WIDTH)):
        back = sums_back(*at(), by_sums)[which]

        def loss(value, which=which):
            changed = [CENTER, WIDTH]
            changed[which] = value
            return (all_sums(*at(POSITION, *changed), COMPONENTS[order]) * by_sums).sum()

        for v in np.eye(3):
            close = {"rel": 1e-5, "abs": 1e-6 * np.abs(back).max()}  # rounding of the differences
            assert slope(loss, given, v) == pytest.approx(back @ v, **close)


@pytest.mark.parametrize("order", [1, 2])
def test_what_forces_hand_back(order):
    field, by_force = random_like(40, COMPONENTS[order], 3), random_like(40, 3, seed=1)
    given = {"field": field, "center": CENTER, "width": WIDTH}
    back = dict(zip(given, forces_back(*at(), field, by_force), strict=True))
    directions = {
        name: [random_like(*field.shape, seed=2)] if name == "field" else np.eye(3) for name in given
    }
    for name, value in given.items():

        def loss(changed, name=name):
            now = given | {name: changed}
            return (all_forces(*at(POSITION, now["center"], now["width"]), now["field"]) * by_force).sum()

        for direction in directions[name]:
            expected, close = (back[name] * direction).sum(), 1e-6 * np.abs(back[name]).max()
            assert slope(loss, value, direction) == pytest.approx(expected, rel=1e-5, abs=close)
