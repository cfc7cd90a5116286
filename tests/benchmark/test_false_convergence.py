"""Runs that seem converged: how they are sampled, and how they are judged."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from thermalcg.benchmark.false_convergence import frozen_runs, frozen_table, ladders, sample_both_starts

BEADS, SAMPLES = 3, 40


class Frozen:
    """Chains that stay where they start: near no force, or from melted orientations near another."""

    def __init__(self, ladder, seed):
        self.ladder, self.rng, self.asked = np.array(ladder), np.random.default_rng(seed), []
        self.settings = SimpleNamespace(chains=2, production_ps=4.0, burn_in_ps=1.0)

    def drawn(self, centre, *shape):
        return centre + 0.1 * self.rng.normal(size=shape)

    def sample(self, atoms, label, folder, progress):
        self.asked.append((label, folder, progress.total))
        rungs = len(self.ladder)
        return xr.Dataset(
            {
                "force": (
                    ("chain", "rung", "sample", "bead", "axis"),
                    self.drawn(0, 2, rungs, SAMPLES, BEADS, 3),
                ),
                "energy": (("chain", "rung", "sample"), self.drawn(-5, 2, rungs, SAMPLES)),
            }
        )

    def probe(self, atoms, label, folder, progress):
        self.asked.append((label, folder, progress.total))
        rungs = len(self.ladder)
        return xr.Dataset(
            {
                "probe_force": (("rung", "sample", "bead", "axis"), self.drawn(3, rungs, SAMPLES, BEADS, 3)),
                "probe_energy": (("rung", "sample"), self.drawn(-4, rungs, SAMPLES)),
            }
        )


def test_without_exchange_the_ladder_is_one_temperature_and_with_it_all_above():
    assert ladders([200.0, 250.0, 300.0, 400.0], 250.0) == {"fixed": [250.0], "rungs": [250.0, 300.0, 400.0]}


def test_runs_that_agree_with_themselves_are_told_from_those_of_another_start():
    samplers = {"fixed": Frozen([250.0], 1), "rungs": Frozen([250.0, 300.0], 2)}
    runs = frozen_runs(sample_both_starts(samplers, np.zeros((BEADS, 3, 3)), "here"))
    # three chains of 5 ps on each rung
    assert samplers["fixed"].asked == [("frozen-fixed", "here", 15.0)] * 2
    assert samplers["rungs"].asked == [("frozen-rungs", "here", 30.0)] * 2
    assert runs["force"].shape == (2, 3, SAMPLES, BEADS, 3)
    table = frozen_table(runs).set_index(["way", "compared"])
    for way in samplers:
        for alike in ("halves", "same start"):
            assert table.loc[(way, alike), "rms_difference_kJ_per_mol_nm"] < 0.1
            assert table.loc[(way, alike), "rhat"] < 1.2
        apart = table.loc[(way, "melted start")]
        assert apart["rms_difference_kJ_per_mol_nm"] == pytest.approx(3.0, abs=0.1)
        assert apart["energy_gap_kJ_per_mol"] == pytest.approx(1.0, abs=0.1)
        assert apart["rhat"] > 2
