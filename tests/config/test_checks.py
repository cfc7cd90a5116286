"""A bad configuration is refused before it costs time, in one line: the key, its value, what is allowed."""

import numpy as np
import pytest

from support.configurations import changed, message
from thermalcg.conditional.frames import training_length
from thermalcg.config.checks import CLAIMED_MODES
from thermalcg.config.files import load_config

NAN, INF = float("nan"), float("inf")

# key, values that are refused, what is allowed
VALUES = [
    # type and range
    ("water.molecules", ["64", True, 64.5, 2], "a whole number >= 8 and <= 100000"),
    ("water.density_g_cm3", [0, True], "a number >= 0.1 and <= 2"),
    ("hipnn_ts.learning_rate", ["1e-3"], "a number > 0 and <= 1 (this is text: leave out the quotes)"),
    ("all_atom.timestep_fs", [NAN, 6], "a number >= 0.1 and <= 5"),
    ("all_atom.production_ps", [INF, 1e308, 1e15], "a number > 0 and <= 1000000"),
    ("all_atom.friction_per_ps", [-1, 0], "a number > 0 and <= 100"),
    ("all_atom.checkpoint_ps", [0], "a number > 0"),
    ("all_atom.equilibration_ps", [-1, 1e300], "a number >= 0 and <= 1000000"),
    ("hipnn_ts.epochs", [0, 10**12], "a whole number >= 1 and <= 1000000"),
    ("hipnn_ts.batch_frames", [10**9], "a whole number >= 1 and <= 10000"),
    ("hipnn_ts.cutoff_nm", [0.2], "a number >= 0.35 and <= 2"),
    ("water.cutoff_nm", [0.1], "a number >= 0.4 and <= 2"),
    ("observables.shell_nm", [0.1], "a number >= 0.25 and <= 2"),
    ("observables.rdf_bin_nm", [1e-9, 0.1], "a number >= 0.0001 and <= 0.02"),
    ("observables.rdf_max_nm", [0.22], "a number >= 0.4 and <= 5"),
    ("observables.adf_bin_degree", [1e-8], "a number >= 0.01 and <= 30"),
    ("prior.g_threshold", [0.999], "a number > 0 and <= 0.5"),
    ("spline.pair_functions", [201], "a whole number >= 4 and <= 200"),
    ("conditional.checkpoint_ps", [-1], "a number > 0"),
    ("cg_md.checkpoint_ps", [0.0], "a number > 0"),
    ("dynamics.checkpoint_ps", [0, -1.0, NAN, "never"], "a number > 0"),
    ("hipnn_ts.checkpoint_epochs", [0], "a whole number >= 1"),
    ("frames.train", [0], "a whole number >= 1"),
    ("frames.test", [1], "a whole number >= 2"),
    ("conditional.chains", [1], "a whole number >= 2 and <= 64"),
    ("conditional.rhat_limit", [1, 11, "1.2"], "a number > 1 and <= 10"),
    ("spline.members", [0], "a whole number >= 1 and <= 1000"),
    ("hipnn_ts.members", [0], "a whole number >= 1 and <= 100"),
    ("hipnn_ts.tensor_order", [0, 3], "a whole number >= 1 and <= 2"),
    ("hipnn_ts.validation_fraction", [1.0, 0.999], "a number > 0 and <= 0.5"),
    ("hipnn_ts.configurations", [0, 1.5, "all"], "a whole number >= 1"),
    ("response.blocks", [2, 40.0, 10_001], "a whole number >= 3 and <= 10000"),
    ("response.folds", [1, True, 101], "a whole number >= 2 and <= 100"),
    ("response.radius_nm", [0, 5.5, NAN, "whole", True, None], "a number > 0 and <= 5 or box"),
    ("dynamics.stretches", [3, 20.5], "a whole number >= 4 and <= 10000"),
    ("dynamics.record_fs", [0, 25], "a number > 0 and <= 20"),
    ("dynamics.timestep_fs", [5], "a number >= 0.1 and <= 4"),
    ("dynamics.fit_tolerance", [0, 2, NAN], "a number > 0 and <= 1"),
    ("dynamics.terms", [0, 21], "a whole number >= 1 and <= 20"),
    ("dynamics.runs", [1], "a whole number >= 2 and <= 1000"),
    ("seed", [-1, 2**31, None], "a whole number >= 0 and <= 2147483647"),
    ("spline.ridge", [-0.1, NAN, "none", True], "a number >= 0 or auto"),
    ("claims.speed_ratio", [NAN], "a number > 0"),
    # the name of a folder
    ("study", ["my study", "../up", "/tmp", "a;rm -rf $HOME", "two\nlines", 300 * "x", "", 7], "_-]{1,64}$"),
    ("study", ["reference", "estimators"], "a name other than reference, estimators"),
    # words
    ("mapping", ["centroid", None], "one of com, oxygen"),
    (
        "water.model",
        ["spc", "", 300 * "x", "absent/own.yaml"],
        "spce, tip3p, tip4p2005, or the path of a YAML",
    ),
    ("models.spline", ["baseline", None], "a list of at least 0, each one of baseline, trf1, "),
    ("cg_md.modes", [["trf1", "trf1"]], "each value once"),
    ("spline.held_out_K", ["some", True], "each a number > 0 and <= 10000 with at most 3 decimals or all"),
    ("compute.platform", ["cuda"], "one of auto, CPU, CUDA, OpenCL, HIP, Reference"),
    ("compute.device", ["gpu"], "one of auto, cpu, cuda"),
    ("conditional.estimator", ["mbars"], "one of mbar, single_rung"),
    # sections
    ("water", [None, [1], "spce"], "a section with the keys model, molecules"),
    # lengths and the box
    ("water.cutoff_nm", [0.63], "at most 0.6214 nm, half the box of 64 molecules"),
    ("spline.pair_cutoff_nm", [0.7], "at most 0.6214 nm, half the box"),
    ("spline.triplet_cutoff_nm", [0.61], "at most spline.pair_cutoff_nm (0.6 nm)"),
    ("hipnn_ts.cutoff_nm", [0.7], "at most 0.6214 nm, half the box"),
    ("observables.rdf_max_nm", [1.0], "at most 0.6214 nm, half the box"),
    ("observables.shell_nm", [0.65], "at most 0.6214 nm, half the box"),
    ("response.radius_nm", [0.63], "box, or at most 0.6214 nm, half the box"),
    ("spline.pair_min_nm", [0.5], "less than spline.triplet_cutoff_nm (0.42 nm)"),
    ("hipnn_ts.soft_min_nm", [0.5], "less than hipnn_ts.soft_max_nm (0.5 nm)"),
    ("hipnn_ts.soft_max_nm", [0.6], "less than hipnn_ts.cutoff_nm (0.6 nm)"),
    ("observables.rdf_min_nm", [0.6, 0.35], "a number >= 0 and <= 0.22"),
    ("observables.rdf_bin_nm", [0.007], "a whole fraction of the range 0.2 to 0.6, such as 0.007017544"),
    ("observables.adf_bin_degree", [7.0], "a whole fraction of the range 0 to 180"),
    # temperatures
    ("temperatures.reference_K", [240, 249.9, 700.1], "a number >= 250 and <= 700 for water"),
    (
        "temperatures.reference_K",
        [0, 298.1234, True, "395"],
        "a number > 0 and <= 10000 with at most 3 decimals",
    ),
    ("temperatures.reference_K", [400], "missing there: [400]"),
    ("temperatures.held_out_K", [[300, 510]], "rungs of conditional.ladder_K"),
    ("temperatures.held_out_K", [[300, 300]], "each value once"),
    ("temperatures.held_out_K", [[300, 395]], "other than temperatures.reference_K (395 K)"),
    ("temperatures.held_out_K", [300], "a list of at least 0"),
    ("temperatures.held_out_K", [[]], "at least one, where the claims are tested"),
    ("temperatures.multi_K", [[300, 395]], "three or more for the mode multi_temperature, which"),
    ("temperatures.multi_K", [[300, 395, 510]], "missing there: [510]"),
    ("temperatures.multi_K", [[300, 395, 395]], "each value once"),
    ("spline.held_out_K", [300, []], "a list of at least 1"),
    ("spline.held_out_K", [[300, 330]], "not there: [330]"),
    ("spline.held_out_K", [[300, 300]], "each value once"),
    ("hipnn_ts.held_out_K", [[395]], "not there: [395]"),
    ("conditional.ladder_K", [[700, 395], [395, 395]], "increasing values, each once"),
    ("conditional.ladder_K", [[395], "250,300"], "a list of at least 2"),
    # times
    ("all_atom.frame_interval_ps", [0.201], "a multiple of all_atom.timestep_fs (4.0 fs), such as 0.2 ps"),
    ("all_atom.frame_interval_ps", [0.001], "such as 0.004 ps"),
    (
        "all_atom.response_interval_ps",
        [0.03, 0.002, 0.16],
        "a whole part of all_atom.frame_interval_ps (0.08 ps)",
    ),
    ("conditional.sample_interval_ps", [0.09], "a multiple of conditional.timestep_fs (4.0 fs)"),
    ("cg_md.frame_interval_ps", [0.1], "a multiple of cg_md.timestep_fs (8.0 fs)"),
    ("cg_md.production_ps", [0.1], "at least 0.2 ps, 1 x cg_md.frame_interval_ps (0.2 ps)"),
    ("all_atom.production_ps", [0.4], "at least 0.64 ps, 8 x all_atom.frame_interval_ps (0.08 ps)"),
    ("conditional.mean_force_ps", [0.2], "at least 0.32 ps, 4 x conditional.sample_interval_ps (0.08 ps)"),
    ("frames.spacing_ps", [0.07], "at least all_atom.frame_interval_ps (0.08 ps)"),
    ("cg_md.timestep_fs", [40, 13, 0], "a number >= 0.1 and <= 12"),
    # models
    ("models.spline", [["baseline", "trf2"]], "missing: ['at_temperature']"),
    ("models.hipnn_ts", [["trf1"]], "missing: ['baseline', 'trf2', 'at_temperature']"),
    ("models.spline", [[*CLAIMED_MODES, "trf2"]], "each value once"),
    ("response.folds", [21], "at most response.blocks (20)"),
    (
        "response.blocks",
        [8001],
        "at most 5500, the frames of all_atom.production_ps (520.0 ps) before its end",
    ),
    # benchmark of estimators
    ("estimators.fixed_ps", [1.2], "at least 1.28 ps, 16 x conditional.sample_interval_ps (0.08 ps)"),
    ("estimators.frozen_ps", [0], "a number > 0"),
    ("estimators.replicates", [2], "a whole number >= 3 and <= 100"),
    ("estimators.size_ps", [3], "a number >= 4"),
    ("estimators.budgets", [[]], "a list of at least 1, each a number > 0 and <= 1"),
    ("estimators.fixed_burn_in_ps", [-1], "a number >= 0 and <= 1000000"),
    (
        "estimators.frozen_K",
        ["hottest", True, 0],
        "a number > 0 and <= 10000 with at most 3 decimals or coldest",
    ),
    ("dynamics.scaling_K", ["some", [300]], "a list of at least 2, each a number > 0"),
    # learning curve
    ("learning_curve_fractions", [[1.0, 0.5], [0.5, 0.5]], "increasing values, each once"),
    ("learning_curve_fractions", [[0.1, 1.0]], "shares of at least three of response.blocks (20)"),
    ("learning_curve_fractions", [[], 1.0], "a list of at least 1, each a number > 0 and <= 1"),
]

# changes, start of the line, what is allowed: items of lists, stray keys, other keys than those changed
ELSEWHERE = [
    ({"models.spline": ["baseline", "trf3"]}, "models.spline[1] is 'trf3'", "trf1, trf2, trf1_conditional"),
    ({"models.hipnn_ts": ["painn"]}, "models.hipnn_ts[0] is 'painn'", "each one of baseline, trf1"),
    ({"cg_md.modes": ["trf1", "trf3"]}, "cg_md.modes[1] is 'trf3'", "baseline, trf1, trf2, trf1_conditional"),
    ({"temperatures.held_out_K": [300, 750]}, "temperatures.held_out_K[1] is 750", "<= 700"),
    ({"spline.held_out_K": [300.0005]}, "spline.held_out_K[0] is 300.0005", "with at most 3 decimals"),
    ({"conditional.ladder_K": [395, True]}, "conditional.ladder_K[1] is True", "a number > 0"),
    ({"conditional.ladder_K": [240, 395]}, "conditional.ladder_K[0] is 240", ">= 250 and <= 700 for water"),
    ({"estimators.radii_nm": ["box"]}, "estimators.radii_nm[0] is 'box'", "a number > 0 and <= 5"),
    ({"estimators.budgets": [0.0, 1.0]}, "estimators.budgets[0] is 0.0", "a number > 0 and <= 1"),
    ({"learning_curve_fractions": [0.5, 1.5]}, "learning_curve_fractions[1] is 1.5", "> 0 and <= 1"),
    ({"water.molecule": 64}, "water.molecule is not a key", "did you mean water.molecules?"),
    ({"water.xyzzy": 64}, "water.xyzzy is not a key", "allowed: model, molecules"),
    ({"watr": {}}, "watr is not a key", "did you mean water?"),
    ({"ladder_K": [300]}, "ladder_K is not a key", "did you mean conditional.ladder_K?"),
    ({"learning_curve": [3]}, "learning_curve is not a key", "did you mean learning_curve_fractions?"),
    ({"water.molecules": 27}, "water.cutoff_nm is 0.6", "at most 0.4661 nm"),
    ({"temperatures.held_out_K": [300, 555]}, "hipnn_ts.held_out_K is [300, 700]", "not there: [700]"),
    ({"all_atom.production_ps": 100}, "frames.train + frames.test is 34", "at most 12, which fit"),
    (
        {"frames.spacing_ps": 7.85, "frames.train": 56},
        "frames.train + frames.test is 66",
        "in whole all_atom.",
    ),
    (
        {"spline.triplet_radial": 20, "spline.triplet_angular": 4},
        "spline.pair_functions, triplet_radial and triplet_angular is 1072",
        "at most 1000 coefficients in all",
    ),
    ({"frames.train": 69}, "frames.train + frames.test is 79", "at most 65, which fit"),
    ({"frames.test": 80}, "response.blocks is 20", "at most 0, the frames of all_atom.production_ps"),
    ({"response.blocks": 200}, "estimators.trajectory_ps is 120.0", "holds response.blocks (200) frames"),
    (
        {
            "models.spline": [*CLAIMED_MODES],
            "dynamics.architectures": [],
            "cg_md.modes": ["trf2_conditional"],
        },
        "cg_md.modes",
        "at least one that is trained: at_temperature, baseline, trf2",
    ),
    ({"models.spline": [], "models.hipnn_ts": []}, "models is {'spline': [],", "at least one architecture"),
    (
        {"all_atom.frame_interval_ps": 4, "observables.blocks": 200},
        "observables.blocks is 200",
        "at most 130, the frames of all_atom.production_ps (520.0 ps)",
    ),
]


@pytest.mark.parametrize(
    ("changes", "start", "allowed"),
    [
        *(
            pytest.param({key: value}, f"{key} is {value!r}; ", allowed, id=f"{key}={str(value)[:20]}")
            for key, values, allowed in VALUES
            for value in values
        ),
        *(pytest.param(*case, id=case[1]) for case in ELSEWHERE),
    ],
)
def test_a_bad_configuration_is_explained_on_one_line(changes, start, allowed):
    text = message(changed(changes))
    lines = [line for line in text.splitlines() if line.startswith(start)]
    assert len(lines) == 1, text
    assert "allowed: " in lines[0]
    assert allowed in lines[0]
    assert "pydantic" not in text
    assert "http" not in text


def test_boundary_values_pass():
    load_config(changed({"frames.train": 55, "frames.test": 10}))  # 65 x 8 ps: exactly the run
    # 0.19999999999999998; the benchmark's trajectories have to be longer then
    load_config(changed({"all_atom.frame_interval_ps": 0.3 - 0.1, "estimators.trajectory_ps": 200}))
    load_config(changed({"spline.ridge": 0}))
    load_config(changed({"models.spline": ["at_temperature", "trf1", "trf2", "baseline"]}))
    load_config(changed({"response.blocks": 12, "response.folds": 12}))
    load_config(changed({"all_atom.response_interval_ps": 0.08}))
    load_config(changed({"response.radius_nm": 0.6214}))
    load_config(changed({"response.radius_nm": "box"}))
    load_config(changed({"learning_curve_fractions": [1]}))
    load_config(changed({"conditional.rhat_limit": 10}))
    load_config(changed({"spline.held_out_K": [700], "hipnn_ts.held_out_K": "all"}))


def test_blocks_are_counted_in_the_frames_that_exist():
    """A spacing of 8.05 ps is 81 recorded frames of 0.1 ps, and 5 test frames keep 405 of them."""
    changes = {
        "all_atom.production_ps": 600.0,
        "all_atom.frame_interval_ps": 0.1,
        "frames.spacing_ps": 8.05,
        "frames.test": 5,
        "estimators.size_trajectory_ps": 60.0,
    }
    config = load_config(changed(changes))
    assert config.frames_before_tests == 6000 - 5 * 81
    time = config.all_atom.frame_interval_ps * (1 + np.arange(6000))
    assert training_length(time, 5, 8.05) == config.frames_before_tests
    most = {"estimators.trajectory_ps": 1e6, **changes}
    load_config(changed({**most, "response.blocks": 5595}))
    assert "at most 5595, the frames of all_atom" in message(changed({**most, "response.blocks": 5596}))
