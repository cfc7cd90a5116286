"""Larger boxes from copies, and the table of speeds of steppers whose speed is known."""

import time

import numpy as np
import pytest

from support import compiled_potential
from support.oscillator import ONE
from thermalcg.analysis.speed import Stepper
from thermalcg.atomistic.water import WaterBox, lattice_configuration, load_water_model
from thermalcg.benchmark.engine_speed import engine_speeds, replicated, study_steppers
from thermalcg.geometry.periodic import minimum_image
from thermalcg.storage.declared import declaration

pytestmark = pytest.mark.unit

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
ATOMS = lattice_configuration(BOX, np.random.default_rng(1))


def test_copies_fill_a_larger_box_as_the_small_one_was_filled():
    box, atoms = replicated(BOX, ATOMS, 2)
    assert (box.molecules, box.edge, box.cutoff) == (64, 2.6, 0.6)

    def distances(oxygen, edge):
        shifted = minimum_image(oxygen[:, None] - oxygen[None], edge)
        return np.sort(np.sqrt((shifted**2).sum(axis=-1)), axis=1)[:, 1:4]

    small, large = distances(ATOMS[:, 0], BOX.edge), distances(atoms[:, 0], box.edge)
    np.testing.assert_allclose(np.sort(large, axis=0), np.sort(np.tile(small, (8, 1)), axis=0))


def test_the_table_has_a_row_for_every_size_core_and_stepper():
    def make(box, atoms, cores):
        def step(n):
            time.sleep(n * 2e-5 * len(atoms) / 8)

        return {"all_atom": Stepper(step, 4.0), "spline": Stepper(step, 8.0, cores)}

    table = engine_speeds(BOX, ATOMS, make, 300.0, copies=(1, 2), cores=(1,))
    assert set(table.columns) == set(declaration("tables/engine_speed.csv").columns)
    rows = table.set_index(["beads", "cores", "what"])
    assert len(rows) == 4
    for beads in (8, 64):
        assert rows.loc[(beads, 1, "spline"), "ratio_to_all_atom"] == pytest.approx(2, rel=0.2)
    assert (table["ns_per_day_per_core"] * table["cores"]).to_numpy() == pytest.approx(
        table["ns_per_day"].to_numpy()
    )


def test_a_spline_runs_in_every_way_and_once_on_each_core():
    make = study_steppers(
        {"spline": compiled_potential.potential(3)}, ONE, "com", 300.0,
        {"all_atom": 1.0, "cg_md": 2.0, "dynamics": 1.0},
    )  # fmt: skip
    steppers = make(BOX, ATOMS, 2)
    names = ["all_atom", "spline", "spline without friction", "spline with memory"]
    assert list(steppers) == names
    assert [stepper.runs for stepper in steppers.values()] == [1, 2, 2, 2]
    for stepper in steppers.values():
        stepper(3)


def test_all_atom_water_has_the_usual_cutoff_where_the_box_allows_it():
    box, atoms = replicated(BOX, ATOMS, 2)
    make = study_steppers({}, None, "com", 300.0, {"all_atom": 1.0})
    assert list(make(box, atoms, 1)) == ["all_atom", "all_atom with the cutoff of the study"]


def test_other_programs_run_on_one_core_alone():
    asked = []

    def others(sites, edge):
        asked.append((sites.shape, edge))
        return {"another": Stepper(lambda n: None, 2.0)}

    make = study_steppers(
        {}, None, "com", 300.0, {"all_atom": 1.0, "cg_md": 2.0, "dynamics": 1.0}, others
    )  # fmt: skip
    assert list(make(BOX, ATOMS, 1)) == ["all_atom", "another"]
    assert list(make(BOX, ATOMS, 2)) == ["all_atom"]
    assert asked == [((8, 3), BOX.edge)]
