"""Made-up runs, one of which is somewhere else: what the comparisons see of it."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from thermalcg.benchmark.false_convergence import frozen_runs, frozen_table, ladders, sample_both_starts

SAMPLES, BEADS = 4000, 3

#: Shift of the mean force of the second molecule in the melted run, kJ/mol/nm, and of its energy, kJ/mol.
SHIFT, GAP = np.array([3.0, 0.0, 4.0]), -25.0


def runs(rng, gap=GAP, shift=SHIFT):
    """Two chains on two rungs and a melted run, of noise about the same means."""
    mean = 50 * rng.normal(size=(BEADS, 3))
    chains = xr.Dataset(
        {
            "force": (("chain", "rung", "sample", "bead", "axis"),
                      mean + rng.normal(size=(2, 2, SAMPLES, BEADS, 3))),
            "energy": (("chain", "rung", "sample"), rng.normal(size=(2, 2, SAMPLES))),
        }
    )  # fmt: skip
    chains["force"][:, 1] += 1e6  # the hot rung is not looked at
    melted = mean + rng.normal(size=(SAMPLES, BEADS, 3))
    melted[:, 1] += shift
    probe = xr.Dataset(
        {
            "probe_force": (("rung", "sample", "bead", "axis"), np.stack([melted, melted + 1e6])),
            "probe_energy": (("rung", "sample"), gap + rng.normal(size=(2, SAMPLES))),
        }
    )
    return chains, probe


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    found = {"fixed": runs(rng), "rungs": runs(rng, 0.0, 0 * SHIFT)}
    return frozen_table(frozen_runs(found)).set_index(["way", "compared"])


class Sampler:
    """Returns made-up runs, and keeps what it was asked for."""

    def __init__(self, ladder, made):
        self.ladder, self.made, self.asked = np.array(ladder), made, []
        self.settings = SimpleNamespace(chains=2, production_ps=4.0, burn_in_ps=1.0)

    def sample(self, atoms, label, folder, progress):
        self.asked.append((label, folder, progress.total))
        return self.made[0]

    def probe(self, *asked):
        self.sample(*asked)
        return self.made[1]


def test_without_exchange_the_ladder_is_one_temperature_and_with_it_all_above():
    assert ladders([200.0, 250.0, 300.0, 400.0], 250.0) == {"fixed": [250.0], "rungs": [250.0, 300.0, 400.0]}


def test_each_way_samples_both_starts_and_says_how_long_that_takes():
    made = {"fixed": ("chains", "melted"), "rungs": ("more chains", "more melted")}
    samplers = {"fixed": Sampler([250.0], made["fixed"]), "rungs": Sampler([250.0, 300.0], made["rungs"])}
    assert sample_both_starts(samplers, np.zeros((BEADS, 3, 3)), "here") == made
    # three chains of 5 ps on each rung
    assert samplers["fixed"].asked == [("frozen-fixed", "here", 15.0)] * 2
    assert samplers["rungs"].asked == [("frozen-rungs", "here", 30.0)] * 2


def test_runs_keep_ways_chains_and_units():
    rng = np.random.default_rng(2)
    chains, melted = runs(rng)
    data = frozen_runs({"fixed": (chains, melted)})
    assert data["run"].values.tolist() == ["first", "second", "melted"]
    np.testing.assert_array_equal(data["force"].values[0, :2], chains["force"].values[:, 0])
    np.testing.assert_array_equal(data["force"].values[0, 2], melted["probe_force"][0])
    np.testing.assert_array_equal(data["energy"].values[0, 2], melted["probe_energy"][0])
    assert (data["force"].attrs["units"], data["energy"].attrs["units"]) == ("kJ/mol/nm", "kJ/mol")


def test_a_run_that_is_elsewhere_is_seen_from_another_start_only(table):
    fixed = table.loc["fixed"]
    for compared in ("halves", "same start"):
        assert fixed.loc[compared, "worst_molecule_kJ_per_mol_nm"] < 0.3
        assert fixed.loc[compared, "rhat"] < 1.01
        assert abs(fixed.loc[compared, "energy_gap_kJ_per_mol"]) < 0.2
    row = fixed.loc["melted start"]
    assert row["worst_molecule_kJ_per_mol_nm"] == pytest.approx(5.0, abs=0.2)
    assert row["rms_difference_kJ_per_mol_nm"] == pytest.approx(np.sqrt(25 / 9), abs=0.1)
    assert row["energy_gap_kJ_per_mol"] == pytest.approx(GAP, abs=0.2)
    assert row["rhat"] > 1.5


def test_runs_that_agree_are_told_so(table):
    row = table.loc[("rungs", "melted start")]
    assert row["rms_difference_kJ_per_mol_nm"] < 0.1
    assert row["rhat"] < 1.01
    assert row["correlation"] > 0.999
