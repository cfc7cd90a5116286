"""The CG runs of all cases: whole, failed, and taken up again."""

import numpy as np
import pytest

from support import pair_gas
from support.oscillator import MASS, ONE, T
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.case_runs import run_cases
from thermalcg.dynamics.cases import Case
from thermalcg.dynamics.cg_runs import DynamicsSettings
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.models.names import STUDY_RESPONSE
from thermalcg.storage.checkpoints import Checkpoints

pytestmark = pytest.mark.physics

SETTINGS = DynamicsSettings(4.0, 0.1, 0.4, 0.1, (0.1, 0.2), 100.0)
PLANNED = [
    Case(STUDY_RESPONSE, "response", "memory", ONE, ONE.friction / MASS),
    Case("baseline", "response", "memory", ONE, ONE.friction / MASS),
    # a mode that the time step cannot follow
    Case(STUDY_RESPONSE, "measured", "memory", Embedding([1e7], [1.0], [0.0]), 5.0),
    Case(STUDY_RESPONSE, "none", "none", None),
]


class Springs:
    """A potential that pulls the beads to the middle of the box; counts its force fields."""

    def __init__(self, constant):
        self.constant, self.made = constant, 0

    def tables(self, box, temperature):
        return None

    def force_field(self, box, temperature):
        assert (box, temperature) == (pair_gas.BOX, T)
        self.made += 1
        return lambda x: (np.zeros(len(x)), -self.constant * (x - box / 2))


def run(folder, planned, seed=3):
    # soft enough that beads from anywhere in the box do not heat up like those of too long a step
    potentials = {STUDY_RESPONSE: Springs(5.0), "baseline": Springs(1e9)}
    beads = Beads(pair_gas.gas(np.random.default_rng(1), 2), pair_gas.BOX, MASS)
    data = run_cases(
        planned, potentials, beads, T, SETTINGS, seed=seed, architecture="spline",
        checkpoints=Checkpoints(folder, {}),
    )  # fmt: skip
    return data, potentials


def test_cases_that_fail_are_named_and_the_others_go_on(tmp_path):
    with pytest.warns(UserWarning, match="no data") as said:
        data, _ = run(tmp_path, PLANNED)
    exploded, too_slow = (str(warning.message) for warning in said if warning.category is UserWarning)
    assert exploded.startswith("baseline, response kernel, memory: no data: 2 of 2 runs at 400 K: force of")
    assert too_slow.startswith("trf2, measured kernel, memory: no data: the time step of 4 fs is too long")
    assert data["healthy"].values.tolist() == [1, 0, 0, 1]
    for name in ("vacf", "msd", "kinetic_temperature"):
        finite = np.isfinite(data[name].values.reshape(4, -1))
        assert finite.all(axis=1).tolist() == [True, False, False, True]
        assert not finite[1:3].any()
    assert data["vacf"].shape == (4, 2, 26)
    assert data["msd"].shape == (4, 2, 51)
    assert data["kernel"].values.tolist() == ["response", "response", "measured", "none"]
    assert data.attrs == {"temperature_K": T, "bead_mass_amu": MASS}


def test_cases_are_taken_up_where_they_stopped_and_each_has_its_own_noise(tmp_path):
    whole, _ = run(tmp_path / "whole", PLANNED)
    run(tmp_path / "cut", PLANNED[:2])
    resumed, potentials = run(tmp_path / "cut", PLANNED)
    assert resumed.identical(whole)
    # the case with too long a time step needs no forces, so that one case alone was run again: its start and
    # its production
    assert (potentials[STUDY_RESPONSE].made, potentials["baseline"].made) == (2, 0)
    # another case, or another seed, has other noise
    twice, _ = run(tmp_path / "twice", [PLANNED[0], Case(STUDY_RESPONSE, "reference", "memory", ONE)])
    other, _ = run(tmp_path / "other", PLANNED[:1], seed=4)
    first = whole["vacf"].values[0]
    np.testing.assert_array_equal(twice["vacf"].values[0], first)
    assert not np.array_equal(twice["vacf"].values[1], first)
    assert not np.array_equal(other["vacf"].values[0], first)
