"""Sizes of the checks of the engine: what is compared with what, and where."""

import pytest

from thermalcg.benchmark.engine_plans import (
    LARGE_BOX,
    LONG_RUNS,
    TIME_STEP_SCAN,
    large_box_temperatures,
    long_run_temperatures,
    nearest,
)
from thermalcg.config.files import load_config


def test_every_tested_step_has_its_half_and_the_study_s_step_is_tested():
    assert TIME_STEP_SCAN.steps_fs(8.0) == [2, 4, 5, 6, 8, 10, 12]
    assert TIME_STEP_SCAN.tested_with(7.0) == [4, 7, 8, 10, 12]
    assert {3.5, 7.0} < set(TIME_STEP_SCAN.steps_fs(7.0))


def test_frames_are_a_whole_number_of_every_step_apart():
    for step in TIME_STEP_SCAN.steps_fs(8.0):
        assert 1000 * TIME_STEP_SCAN.frame_interval_ps / step == pytest.approx(
            round(1000 * TIME_STEP_SCAN.frame_interval_ps / step)
        )


def test_differences_of_half_the_study_s_error_are_resolved():
    """The error of a difference is sqrt(2) times that of a mean."""
    c = load_config({}).cg_md
    longer = TIME_STEP_SCAN.runs * TIME_STEP_SCAN.run_ps / (c.runs * c.production_ps)
    assert (2 / longer) ** 0.5 <= 0.5


def test_temperatures_are_those_of_the_study():
    assert nearest([625, 250, 350], 300) == 250
    assert long_run_temperatures([250, 300, 395, 625, 700]) == [300, 700]
    assert long_run_temperatures([395]) == [395]
    assert large_box_temperatures(395, [250, 300, 625]) == [300, 395]
    assert large_box_temperatures(395, []) == [395]


def test_blocks_hold_whole_frames_and_k_vectors_exist():
    frames = LARGE_BOX.all_atom_ps / LARGE_BOX.all_atom_interval_ps
    assert frames / LARGE_BOX.blocks >= 50
    assert 7 not in LARGE_BOX.shells
    assert LONG_RUNS.run_ps == 10_000
