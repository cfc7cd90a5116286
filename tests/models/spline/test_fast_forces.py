"""The forces of compiled dynamics against the direct sum over all functions, and their symmetries."""

from dataclasses import replace

import numpy as np
import pytest

from support.pair_gas import beads_apart
from support.random_potential import PRIOR, settings_of
from thermalcg.geometry.neighbour_rows import no_rows, reach_of, renewed
from thermalcg.models.spline.fast_forces import CROWD, FINE, OVERLAP, ROOM, add_forces, scratch_for
from thermalcg.models.spline.kernels import design_matrix
from thermalcg.models.spline.tables import tables_of

pytestmark = pytest.mark.physics

#: Error of the tables' linear interpolation over the rms force; they have 16,384 intervals.
TABLE_ERROR = 2e-5


def potential(seed=0, **changes):
    settings = replace(settings_of("spline"), **changes)
    flat = 5 * np.random.default_rng(seed).normal(size=settings.functions)
    return flat, settings, tables_of(flat, settings, PRIOR.curve, PRIOR.onset_nm)


def fast(x, edges, tables, listed=False):
    """Energy, forces (N, 3) and status of one configuration (N, 3)."""
    position, edges = np.ascontiguousarray(x.T), np.broadcast_to(np.asarray(edges, float), 3).copy()
    rows = no_rows()
    if listed:
        reach = reach_of(10_000, edges, tables.triplet_cutoff, tables.cutoff)
        rows = renewed(position, edges, reach, rows)
    force = np.zeros_like(position)
    field = edges, rows, tables, scratch_for(tables)
    energy, status = add_forces(0, len(x), position, field, True, force)
    return energy, force.T, status


def direct(x, edges, flat, settings):
    """The sum over every function of the basis, and the prior."""
    edges = np.broadcast_to(np.asarray(edges, float), 3).copy()
    energy, force = design_matrix(np.ascontiguousarray(x), edges, settings.ranges)
    repulsion, push = PRIOR.energy_force(x[None], edges)
    return energy @ flat + repulsion[0], force @ flat + push[0]


def apart(n, edge, least, seed=1):
    return beads_apart(np.random.default_rng(seed), n, edge, least)


CONFIGURATIONS = {
    "liquid": (apart(60, 1.6, 0.24), 1.6),
    "sparse": (apart(40, 4.0, 0.24), 4.0),
    "dense": (apart(150, 1.9, 0.2), 1.9),
    "just above the limit": (apart(40, 1.2001, 0.22), 1.2001),
    "contacts below pair_min": (apart(40, 1.5, 0.15), 1.5),
    "orthorhombic": (apart(50, 1.5, 0.23) * [1.0, 1.2, 1.4], [1.5, 1.8, 2.1]),
    "far outside the box": (apart(60, 1.6, 0.24) + [17.0, -5.0, 160.0], 1.6),
    "two beads": (np.array([[0.1, 0.1, 0.1], [0.1, 1.45, 0.2]]), 1.6),
    "one bead": (np.array([[0.4, 0.2, 0.1]]), 1.6),
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
@pytest.mark.parametrize("listed", [False, True], ids=["all pairs", "rows"])
def test_forces_are_those_of_the_direct_sum(name, listed):
    x, edges = CONFIGURATIONS[name]
    flat, settings, tables = potential()
    if listed and reach_of(10_000, np.broadcast_to(edges, 3), 0.42, 0.6).skin == 0:
        pytest.skip("the box has no room for a skin, and then there are no rows")
    energy, force, status = fast(x, edges, tables, listed)
    exact_energy, exact_force = direct(x, edges, flat, settings)
    assert status == FINE
    scale = np.sqrt((exact_force**2).mean())
    np.testing.assert_allclose(force, exact_force, atol=10 * TABLE_ERROR * scale)
    assert np.sqrt(((force - exact_force) ** 2).mean()) <= TABLE_ERROR * scale
    assert energy == pytest.approx(exact_energy, rel=2e-6, abs=1e-4 * len(x))


@pytest.mark.parametrize(("radial", "angular"), [(1, 0), (2, 1), (3, 2), (4, 4), (6, 7)])
def test_any_number_of_functions(radial, angular):
    x, edges = CONFIGURATIONS["liquid"]
    flat, settings, tables = potential(triplet_radial=radial, triplet_angular=angular)
    energy, force, _ = fast(x, edges, tables)
    exact_energy, exact_force = direct(x, edges, flat, settings)
    scale = np.sqrt((exact_force**2).mean())
    assert np.sqrt(((force - exact_force) ** 2).mean()) <= TABLE_ERROR * scale
    assert energy == pytest.approx(exact_energy, abs=1e-4 * len(x))


def test_triplets_alone_are_exact():
    """Without pairs nothing is interpolated: only round-off is left."""
    x, edges = CONFIGURATIONS["liquid"]
    flat, settings, _ = potential()
    flat[: settings.pair_functions] = 0.0
    tables = tables_of(flat, settings, lambda r: (np.zeros_like(r), np.zeros_like(r)), 0.0)
    energy, force, _ = fast(x, edges, tables)
    sums, forces = design_matrix(np.ascontiguousarray(x), np.full(3, edges), settings.ranges)
    np.testing.assert_allclose(force, forces @ flat, atol=1e-11 * np.abs(force).max())
    assert energy == pytest.approx(sums @ flat, rel=1e-11)


def test_forces_are_the_slope_of_the_energy():
    """Central differences over 2e-4 nm, ten intervals of the tables: their steps average out."""
    x, edges = CONFIGURATIONS["liquid"]
    _, _, tables = potential()
    force = fast(x, edges, tables)[1]
    scale = np.sqrt((force**2).mean())
    for bead, axis in ((0, 0), (17, 1), (59, 2)):
        moved = np.zeros_like(x)
        moved[bead, axis] = 1e-4
        rise = fast(x + moved, edges, tables)[0] - fast(x - moved, edges, tables)[0]
        assert -rise / 2e-4 == pytest.approx(force[bead, axis], abs=5e-3 * scale)


def test_forces_add_up_to_nothing_and_follow_the_beads():
    x, edges = CONFIGURATIONS["liquid"]
    _, _, tables = potential()
    energy, force, _ = fast(x, edges, tables)
    scale = np.abs(force).max()
    np.testing.assert_allclose(force.sum(axis=0), 0, atol=1e-10 * scale)
    order = np.random.default_rng(3).permutation(len(x))
    shuffled = fast(x[order], edges, tables)
    np.testing.assert_allclose(shuffled[1], force[order], atol=1e-9 * scale)
    shifted = fast(x + [0.37, -1.9, 4.4], edges, tables)
    np.testing.assert_allclose(shifted[1], force, atol=1e-8 * scale)
    assert [shuffled[0], shifted[0]] == pytest.approx([energy] * 2, rel=1e-9)


def test_blocks_of_beads_add_up():
    x, edges = CONFIGURATIONS["dense"]
    _, _, tables = potential()
    whole = fast(x, edges, tables)
    position, force = np.ascontiguousarray(x.T), np.zeros((3, len(x)))
    field = np.full(3, edges), no_rows(), tables, scratch_for(tables)
    energy = 0.0
    for begin, end in ((0, 1), (1, 90), (90, len(x))):
        energy += add_forces(begin, end, position, field, True, force)[0]
    assert energy == pytest.approx(whole[0], rel=1e-12)
    np.testing.assert_allclose(force.T, whole[1], atol=1e-11 * np.abs(force).max())


@pytest.mark.parametrize("listed", [False, True], ids=["all pairs", "rows"])
@pytest.mark.parametrize("distance", [0.0, 0.05])
def test_beads_that_fell_into_one_another_are_reported(distance, listed):
    x = CONFIGURATIONS["sparse"][0].copy()
    x[3] = x[30] + [distance, 0, 0]
    assert fast(x, 4.0, potential()[2], listed)[2] == OVERLAP


def test_a_crowd_is_reported():
    """More neighbours than the scratch memory has room for, none of them too close."""
    side = 8
    grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), -1).reshape(-1, 3) * 0.11 + 0.5
    inside = ((grid - grid.mean(axis=0)) ** 2).sum(axis=1) < 0.42**2
    assert inside.sum() > ROOM
    assert fast(grid[inside], 2.5, potential()[2])[2] == CROWD
