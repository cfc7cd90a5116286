"""Keys of the sections estimators and dynamics that contradict each other or the study are refused."""

import pytest

from support.configurations import changed, message
from thermalcg.config.files import load_config

# key, values that are refused, what is allowed
VALUES = [
    ("dynamics.record_fs", [3.0], "a multiple of dynamics.timestep_fs (2.0 fs)"),
    ("dynamics.stretches", [9999], "the frames of an all-atom run, from which they start"),
    ("dynamics.memory_ps", [0.02], "at least ten times dynamics.record_fs"),
    ("dynamics.msd_window_ps", [[5.0, 1.5], [2.0, 2.0]], "two increasing times"),
    (
        "dynamics.msd_window_ps",
        [[1.5, 1.503]],
        "two times at least ten times dynamics.record_fs (4.0 fs) apart",
    ),
    ("dynamics.msd_window_ps", [[1.0, 9.0]], "an end of at most 7 ps"),
    ("dynamics.temperatures_K", [[300, 625]], "a list with temperatures.reference_K (395 K)"),
    ("dynamics.temperatures_K", [[300, 395, 450]], "temperatures of the study"),
    ("dynamics.scaling_K", [[300, 625]], "at least two temperatures other than 300 K"),
    ("dynamics.architectures", [["spline", "spline"]], "each value once"),
    ("estimators.frames", [16], "at most 15, which fit in estimators.trajectory_ps"),
    ("estimators.trajectory_ps", [25.0], "at least 25.6 ps, so that its smallest part holds response.blocks"),
    ("estimators.radii_nm", [[0.4, 0.3]], "increasing values, each once"),
    ("estimators.radii_nm", [[0.3, 0.7]], "at most 0.6214 nm, half the box of 64 molecules"),
    ("estimators.molecules", [[64, 64]], "increasing values, each once"),
    (
        "estimators.molecules",
        [[8, 64]],
        "boxes of at least twice water.cutoff_nm (0.6 nm); here it is 0.3107 nm, half the box of 8",
    ),
    ("estimators.budgets", [[1.0, 0.5], [0.5, 0.5]], "increasing values, each once"),
    ("estimators.frozen_K", [330], "coldest, or a temperature of the study [250, 300"),
]


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        pytest.param(key, value, allowed, id=f"{key}={str(value)[:20]}")
        for key, values, allowed in VALUES
        for value in values
    ],
)
def test_a_contradiction_is_explained_on_one_line(key, value, allowed):
    text = message(changed({key: value}))
    lines = [line for line in text.splitlines() if line.startswith(f"{key} is {value!r}; ")]
    assert len(lines) == 1, text
    assert "allowed: " in lines[0]
    assert allowed in lines[0]
    assert "pydantic" not in text
    assert "http" not in text


def test_a_study_without_dynamics_may_have_another_mapping():
    off = {"mapping": "oxygen", "dynamics.architectures": []}
    assert load_config(changed(off)).mapping == "oxygen"
    with_dynamics = message(changed({"mapping": "oxygen"}))
    assert "dynamics.architectures is " in with_dynamics
    assert "allowed: [] where mapping is not com" in with_dynamics


def test_dynamics_need_the_models_that_they_compare():
    text = message(changed({"models.hipnn_ts": [], "dynamics.architectures": ["hipnn_ts"]}))
    assert "architectures with ['baseline', 'trf2'] in models.hipnn_ts, or []" in text


def test_temperatures_of_dynamics_need_not_be_named_where_there_is_none():
    """A study of the force field alone, at another T0; with dynamics the default temperatures are refused."""
    own = {
        "temperatures.reference_K": 360,
        "temperatures.held_out_K": [300, 440],
        "temperatures.multi_K": [300, 360, 440],
        "models.spline": ["baseline", "trf1", "trf2", "at_temperature"],
        "models.hipnn_ts": [],
    }
    load_config(changed({**own, "dynamics.architectures": []}))
    text = message(changed({**own, "dynamics.architectures": ["spline"]}))
    assert {line.split(" is ")[0] for line in text.splitlines()} == {"dynamics.temperatures_K"}


def test_radii_fit_into_the_box_of_the_study_as_well():
    smaller = {"water.molecules": 60, "estimators.radii_nm": [0.3, 0.615]}
    assert "estimators.radii_nm is [0.3, 0.615]; allowed: at most 0.6082 nm, half the box of 60" in message(
        changed(smaller)
    )
