"""Energies that are shifted against their frames are found, and those that tell nothing are not judged."""

import numpy as np
import pytest

from support import lennard_jones
from thermalcg.trajectories.energy_lag import energy_lag
from thermalcg.trajectories.force_balance import PairSums, pair_sums

pytestmark = pytest.mark.physics


@pytest.fixture(scope="module")
def sums():
    data = lennard_jones.trajectory()
    species = data["species"].values.astype(np.int64)
    return pair_sums(data["position"].values, data["force"].values, np.full(3, data.attrs["box_nm"]), species)


@pytest.mark.parametrize("lag", [-1, 0, 1])
def test_the_shift_between_energies_and_frames(sums, lag):
    energy = lennard_jones.trajectory()["potential_energy"].values
    found = energy_lag(np.roll(energy, lag), sums)
    assert (found.lag, found.certain) == (lag, True)
    assert found.explained > 0.2


def test_energies_of_another_run_are_not_judged(sums):
    energy = np.random.default_rng(1).normal(size=len(sums.frames))
    found = energy_lag(energy, sums)
    assert not found.certain
    assert found.explained < 0.1


def test_too_few_frames(sums):
    few = PairSums(sums.count[:90], sums.measured[:90], sums.expected[:90], sums.r, sums.frames[:90])
    assert energy_lag(np.arange(90.0), few) is None
