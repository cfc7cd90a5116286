"""The error that an export states of itself."""

from functools import partial

import numpy as np
import pytest

from support.exported import BOX
from thermalcg.export.lammps_folder import tensors_of
from thermalcg.export.projection_error import projection_error, triplet_energy_force
from thermalcg.export.triplet_tensor import Resolution, project_triplets

pytestmark = pytest.mark.physics


def test_forces_of_the_tensors_are_minus_the_gradient_of_their_energy(case):
    source, made = case
    x, h, tensors = made[0].positions[0], 1e-5, tensors_of(source, source.coefficients(300))
    of = partial(triplet_energy_force, tensors, box=BOX, codes=source.codes)
    force = of(x)[1]
    for bead, axis in ((0, 0), (20, 1), (63, 2)):
        energy = []
        for sign in (1, -1):
            moved = x.copy()
            moved[bead, axis] += sign * h
            energy.append(of(moved)[0])
        assert -(energy[0] - energy[1]) / (2 * h) == pytest.approx(force[bead, axis], rel=1e-5, abs=1e-4)
    np.testing.assert_allclose(force.sum(axis=0), 0, atol=1e-9)


def test_a_coarse_projection_says_so(case):
    source, made = case
    triplets, settings = source.terms(source.coefficients(300)).triplets, source.spline.settings
    fine, coarse = (
        projection_error(
            {key: project_triplets(own, settings, r) for key, own in triplets.items()}, source, made[0]
        )
        for r in (Resolution(), Resolution(3, 2, 20))
    )
    assert fine.relative < 1e-3  # goals of the export
    assert fine.energy < 0.01
    assert coarse.relative > 5 * fine.relative
    assert coarse.relative == pytest.approx(coarse.force / np.sqrt((made[0].force[:2] ** 2).mean()))
