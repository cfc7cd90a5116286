"""Which engine moves which potential."""

import numpy as np
import pytest

from support.random_potential import BOX, liquid, make
from support.soft_beads import MASS, T
from thermalcg.cg.baths import friction_bath
from thermalcg.cg.compiled_engine import CompiledEngine
from thermalcg.cg.engines import engines_of, groups_of_members
from thermalcg.cg.openmm_engine import OpenMMEngine
from thermalcg.cg.replicas import Beads, members_of_runs
from thermalcg.geometry.inputs import InputError

pytestmark = pytest.mark.unit


def engine(architecture, name):
    beads = Beads(liquid(), BOX, MASS)
    position = beads.start.reshape(-1, 3)
    engines = engines_of([make(architecture)], np.zeros(1, int), BOX, T, name=name)
    state = {"position": position, "velocity": np.zeros_like(position)}
    return engines(beads, friction_bath(5.0, MASS, T, 0.008), state, 1)


@pytest.mark.parametrize(
    ("architecture", "name", "kind"),
    [
        ("spline", "auto", CompiledEngine),
        ("spline", "compiled", CompiledEngine),
        ("spline", "openmm", OpenMMEngine),
        ("hipnn_ts", "auto", OpenMMEngine),
        ("hipnn_ts", "openmm", OpenMMEngine),
        ("spline mixture", "auto", OpenMMEngine),
        ("hipnn_ts mixture", "auto", OpenMMEngine),
    ],
)
def test_splines_run_compiled_and_networks_and_mixtures_in_openmm(architecture, name, kind):
    assert isinstance(engine(architecture, name), kind)


def test_compiled_loops_of_a_network_are_refused():
    with pytest.raises(ValueError, match="cg_md.engine is 'compiled'; hipnn_ts runs in 'openmm' alone"):
        engine("hipnn_ts", "compiled")
    with pytest.raises(ValueError, match="spline of several species runs in 'openmm' alone"):
        engine("spline mixture", "compiled")


def test_compiled_loops_have_one_mass():
    beads, mass = Beads(liquid(), BOX, MASS), np.full(60, MASS)
    state = {"position": beads.start[0], "velocity": np.zeros((60, 3))}
    engines = engines_of([make("spline")], np.zeros(1, int), BOX, T)
    with pytest.raises(InputError, match="allowed in compiled loops: one mass"):
        engines(beads, friction_bath(5.0, mass, T, 0.008), state, 1)


def test_box_and_temperature_are_checked_for_every_engine():
    with pytest.raises(InputError, match="box"):
        engines_of([make("spline")], np.zeros(1, int), 1.0, T)
    with pytest.raises(InputError, match="temperature"):
        engines_of([make("spline")], np.zeros(1, int), BOX, -1.0)


def test_each_group_of_runs_has_the_force_field_of_its_member():
    class Member:
        def __init__(self, name):
            self.name = name

        def force_field(self, box, temperature):
            return self.name, box, temperature

    groups = groups_of_members([Member(name) for name in "abc"], members_of_runs(5, 3), 2.0, 300.0)
    assert [(field[0], runs.tolist()) for field, runs in groups] == [("a", [0, 1]), ("b", [2, 3]), ("c", [4])]
    assert {field[1:] for field, _ in groups} == {(2.0, 300.0)}
