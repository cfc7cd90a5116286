"""Speeds of steppers whose time is known, and steppers that make the steps they are asked for."""

from types import SimpleNamespace

import numpy as np
import pytest

from thermalcg.analysis import speed
from thermalcg.atomistic.water import WaterBox, lattice_configuration, load_water_model
from thermalcg.cg import openmm_engine
from thermalcg.cg.replicas import Beads
from thermalcg.dynamics.damped_cosines import Embedding
from thermalcg.geometry.inputs import InputError

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
ATOMS = lattice_configuration(BOX, np.random.default_rng(1))
BEADS = Beads(ATOMS[None, :, 0], 1.3, 18.015)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on only where a step is made."""
    own = SimpleNamespace(now=0.0)
    own.perf_counter = lambda: own.now
    monkeypatch.setattr(speed, "time", own)
    return own


class Timed(speed.Stepper):
    """Takes so many seconds a step, and in some rounds more: all steppers alike, as on a busy machine."""

    def __init__(self, clock, seconds, timestep_fs, state=None, runs=1):
        def make(n):
            slower = 1
            if state is not None:
                state.calls += 1
                slower += (state.calls - 1) // 2 % 3
            clock.now += n * seconds * slower

        super().__init__(make, timestep_fs, runs)


def test_steps_are_counted_by_the_clock(clock):
    rates = speed.step_rates({"a": Timed(clock, 0.01, 1.0), "b": Timed(clock, 0.002, 1.0)}, rounds=3)
    np.testing.assert_allclose(rates["a"], [100.0] * 3)
    np.testing.assert_allclose(rates["b"], [500.0] * 3)


def test_speeds_and_their_ratio_are_those_of_the_steps(clock):
    table = speed.speed_table({"all_atom": Timed(clock, 1e-3, 2.0), "spline": Timed(clock, 2.5e-4, 4.0)}, 300)
    table = table.set_index("what")
    # a thousand steps of 2 fs a second
    assert table.loc["all_atom", "ns_per_day"] == pytest.approx(1e3 * 2e-6 * 86400)
    assert table.loc["spline", "ratio_to_all_atom"] == pytest.approx(8)
    assert table.loc["all_atom", "ratio_to_all_atom"] == pytest.approx(1)
    assert (table["stderr"] < 1e-6).all()


def test_runs_side_by_side_count_together(clock):
    table = speed.speed_table({"one": Timed(clock, 1e-3, 2.0), "three": Timed(clock, 1e-3, 2.0, runs=3)}, 300)
    assert table["ratio_to_all_atom"].tolist() == pytest.approx([1, 3])


def test_a_round_in_which_the_machine_is_slow_slows_all_alike(clock):
    """A ratio is taken within its round, so that it does not change, whatever the rounds."""
    state = SimpleNamespace(calls=0)
    steppers = {"all_atom": Timed(clock, 1e-3, 2.0, state), "spline": Timed(clock, 5e-4, 2.0, state)}
    table = speed.speed_table(steppers, 300.0)
    table = table.set_index("what")
    assert table.loc["all_atom", "stderr"] > 1
    row = table.loc["spline"]
    assert row["ratio_low"] == pytest.approx(2)
    assert row["ratio_high"] == pytest.approx(2)


@pytest.fixture
def contexts(monkeypatch):
    made, make = [], speed.make_context

    def kept(*arguments):
        made.append(make(*arguments))
        return made[-1]

    for module in (speed, openmm_engine):
        monkeypatch.setattr(module, "make_context", kept)
    return made


class Resting:
    """A potential without forces, and without compiled loops."""

    def tables(self, box, temperature):
        return None

    def force_field(self, box, temperature):
        return lambda x: (np.zeros(len(x)), np.zeros_like(x))


def test_a_stepper_makes_as_many_steps_as_it_is_asked_for(contexts):
    kernel = Embedding([1000.0], [20.0], [0.0])
    steppers = [
        speed.all_atom_stepper(BOX, ATOMS, 300.0, 2.0, "Reference"),
        speed.cg_stepper(Resting(), BEADS, 300.0, 4.0),
        speed.cg_stepper(Resting(), BEADS, 300.0, 4.0, kernel),
    ]
    for step, context in zip(steppers, contexts, strict=True):
        step(3)
        step(4)
        assert context.getStepCount() == 7


def test_what_is_no_temperature_is_refused():
    with pytest.raises(InputError, match="temperature"):
        speed.all_atom_stepper(BOX, ATOMS, -1.0, 2.0, "Reference")
    with pytest.raises(InputError, match="temperature"):
        speed.cg_stepper(Resting(), BEADS, 0.0, 4.0)


def test_atoms_of_another_box_are_refused():
    with pytest.raises(InputError, match=r"atoms have shape \(7, 3, 3\); allowed: \(8, 3, 3\)"):
        speed.all_atom_stepper(BOX, ATOMS[:7], 300.0, 2.0, "Reference")
