"""Replica exchange: the canonical distribution of every rung, and trips along the ladder."""

import numpy as np
import pytest

from thermalcg.conditional.exchange import acceptance, count_round_trips, swap
from thermalcg.units import KB

pytestmark = pytest.mark.physics


def test_replica_exchange_leaves_the_canonical_distributions_alone():
    """Energies of 3N/2 harmonic degrees of freedom: each rung keeps its mean and variance."""
    rng = np.random.default_rng(0)
    beta = 1 / (KB * np.array([300.0, 340.0, 385.0]))
    walker = np.arange(3)
    kept = []
    for _ in range(4000):
        energy = np.empty(3)
        energy[walker] = rng.gamma(20.0, 1 / beta)  # every walker drawn at its own rung
        walker = swap(energy, beta, walker, rng)
        kept.append(energy[walker])
    kept = np.array(kept)
    error = np.sqrt(20.0) / beta / np.sqrt(len(kept))
    np.testing.assert_array_less(np.abs(kept.mean(axis=0) - 20 / beta), 4 * error)
    np.testing.assert_allclose(kept.std(axis=0), np.sqrt(20.0) / beta, rtol=0.06)


def test_acceptance_is_that_of_metropolis():
    beta = 1 / (KB * np.array([300.0, 330.0]))
    energy = np.array([-100.0, -92.0])
    step = 1 / (KB * 300) - 1 / (KB * 330)
    assert acceptance(energy, beta) == pytest.approx(np.exp(-8 * step))
    # the colder rung holds the higher energy: always
    assert acceptance(energy[::-1], beta) == 1.0
    assert acceptance(energy[:1], beta[:1]).shape == (0,)


def test_round_trips_count_ways_up_and_down():
    """Walker 0 goes up, down, up; walker 1 down, up, down: one whole trip each."""
    walker = np.array([[0, 1, 0, 1], [1, 0, 1, 0]])
    assert count_round_trips(walker) == 2
    assert count_round_trips(walker[:, :2]) == 0
    assert count_round_trips(walker[:1]) == 0
