"""Bad input is refused before it costs time: the message names key or file, value, and what is allowed."""

import json
import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import xarray as xr
import yaml
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from support.configurations import ROOT, changed, message
from thermalcg.atomistic import water
from thermalcg.config.checks import CLAIMED_MODES
from thermalcg.config.files import read_config
from thermalcg.config.study import ConfigError, check_hardware, load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import FORMAT, ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.fit import Spline
from thermalcg.runtime import platforms
from thermalcg.storage.conversion import VARIABLE_UNITS
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.files import DatasetError
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.tables import read_table

NAN, INF = float("nan"), float("inf")

# key, values that are refused, what is allowed
VALUES = [
    # type and range
    ("water.molecules", ["64", True, 64.5, 2], "a whole number >= 8 and <= 100000"),
    ("water.density_g_cm3", [0, True], "a number >= 0.1 and <= 2"),
    ("hipnn_ts.learning_rate", ["1e-3"], "write 1.0e-3"),
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
    ("response.blocks", [1, 40.0, 10_001], "a whole number >= 2 and <= 10000"),
    ("response.folds", [1, True, 101], "a whole number >= 2 and <= 100"),
    ("response.radius_nm", [0, 5.5, NAN, "whole", True, None], "a number > 0 and <= 5 or box"),
    ("dynamics.stretches", [3, 20.5], "a whole number >= 4 and <= 10000"),
    ("dynamics.record_fs", [0, 25], "a number > 0 and <= 20"),
    ("dynamics.record_fs", [3.0], "a multiple of dynamics.timestep_fs (2.0 fs)"),
    ("dynamics.timestep_fs", [5], "a number >= 0.1 and <= 4"),
    ("dynamics.fit_tolerance", [0, 2, NAN], "a number > 0 and <= 1"),
    ("dynamics.terms", [0, 21], "a whole number >= 1 and <= 20"),
    ("dynamics.runs", [1], "a whole number >= 2 and <= 1000"),
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
    ("spline.held_out_K", ["some", True], "each a whole number >= 250 and <= 700 or all"),
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
    ("temperatures.reference_K", [240], "a whole number >= 250 and <= 700"),
    ("temperatures.reference_K", [400], "missing there: [400]"),
    ("temperatures.held_out_K", [[300, 510]], "rungs of conditional.ladder_K"),
    ("temperatures.held_out_K", [[300, 300]], "each value once"),
    ("temperatures.held_out_K", [[300, 395]], "other than temperatures.reference_K (395 K)"),
    ("temperatures.held_out_K", [300, []], "a list of at least 1"),
    ("temperatures.multi_K", [[395]], "a list of at least 2"),
    ("temperatures.multi_K", [[300, 395, 510]], "missing there: [510]"),
    ("temperatures.multi_K", [[300, 395, 395]], "each value once"),
    ("temperatures.multi_K", [[300, 395]], "three or more for the mode multi_temperature"),
    ("spline.held_out_K", [300, []], "a list of at least 1"),
    ("spline.held_out_K", [[300, 330]], "not there: [330]"),
    ("spline.held_out_K", [[300, 300]], "each value once"),
    ("hipnn_ts.held_out_K", [[395]], "not there: [395]"),
    ("conditional.ladder_K", [[700, 395], [395, 395]], "increasing values, each once"),
    ("conditional.ladder_K", [[395], "250,300"], "a list of at least 2"),
    # times
    ("all_atom.frame_interval_ps", [0.201], "a multiple of all_atom.timestep_fs (4.0 fs), such as 0.2 ps"),
    ("all_atom.frame_interval_ps", [0.001], "such as 0.004 ps"),
    ("conditional.sample_interval_ps", [0.09], "a multiple of conditional.timestep_fs (4.0 fs)"),
    ("cg_md.frame_interval_ps", [0.1], "a multiple of cg_md.timestep_fs (8.0 fs)"),
    ("cg_md.production_ps", [0.1], "at least 0.2 ps, 1 x cg_md.frame_interval_ps (0.2 ps)"),
    ("all_atom.production_ps", [0.4], "at least 0.64 ps, 8 x all_atom.frame_interval_ps (0.08 ps)"),
    ("conditional.mean_force_ps", [0.2], "at least 0.32 ps, 4 x conditional.sample_interval_ps (0.08 ps)"),
    ("frames.spacing_ps", [0.07], "at least all_atom.frame_interval_ps (0.08 ps)"),
    # models
    ("models.spline", [["baseline", "trf1"]], "missing: ['at_temperature']"),
    ("models.hipnn_ts", [["trf2"]], "missing: ['baseline', 'trf1', 'at_temperature']"),
    ("models.spline", [[*CLAIMED_MODES, "trf1"]], "each value once"),
    ("response.folds", [41], "at most response.blocks (40)"),
    (
        "response.blocks",
        [8001],
        "at most 5500, the frames of all_atom.production_ps (520.0 ps) before its end",
    ),
    # benchmark of estimators
    ("estimators.frozen_ps", [0], "a number > 0"),
    ("estimators.fixed_ps", [1.2], "at least 1.28 ps, 16 x conditional.sample_interval_ps (0.08 ps)"),
    ("estimators.replicates", [2], "a whole number >= 3 and <= 100"),
    ("estimators.frames", [16], "at most 15, which fit in estimators.trajectory_ps"),
    ("estimators.trajectory_ps", [50.0], "at least 51.2 ps, so that its smallest part holds response.blocks"),
    ("estimators.size_ps", [3], "a number >= 4"),
    ("estimators.radii_nm", [[0.4, 0.3]], "increasing values, each once"),
    ("estimators.radii_nm", [[0.3, 0.7]], "at most 0.6214 nm, half the box of 64 molecules"),
    ("estimators.molecules", [[64, 64]], "increasing values, each once"),
    (
        "estimators.molecules",
        [[8, 64]],
        "boxes that hold water.cutoff_nm (0.6 nm) in 0.3107 nm, half the box of 8",
    ),
    ("estimators.frozen_K", [330], "a temperature of the study [250, 300"),
    # learning curve
    ("learning_curve_fractions", [[1.0, 0.5], [0.5, 0.5]], "increasing values, each once"),
    ("learning_curve_fractions", [[], 1.0], "a list of at least 1, each a number > 0 and <= 1"),
]

# changes, start of the line, what is allowed: items of lists, stray keys, other keys than those changed
ELSEWHERE = [
    ({"models.spline": ["baseline", "trf3"]}, "models.spline[1] is 'trf3'", "trf1, trf1_conditional, trf2"),
    ({"models.hipnn_ts": ["painn"]}, "models.hipnn_ts[0] is 'painn'", "each one of baseline, trf1"),
    ({"cg_md.modes": ["trf1", "trf3"]}, "cg_md.modes[1] is 'trf3'", "baseline, trf1, trf1_conditional"),
    ({"temperatures.held_out_K": [300, 750]}, "temperatures.held_out_K[1] is 750", "<= 700"),
    ({"spline.held_out_K": [300.0]}, "spline.held_out_K[0] is 300.0", "a whole number >= 250"),
    ({"conditional.ladder_K": [395, True]}, "conditional.ladder_K[1] is True", "a whole number"),
    ({"estimators.radii_nm": ["box"]}, "estimators.radii_nm[0] is 'box'", "a number > 0 and <= 5"),
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
    ({"frames.test": 80}, "response.blocks is 40", "at most 0, the frames of all_atom.production_ps"),
    ({"response.blocks": 200}, "estimators.trajectory_ps is 120.0", "holds response.blocks (200) frames"),
    (
        {"models.spline": [*CLAIMED_MODES], "cg_md.modes": ["trf2_conditional"]},
        "cg_md.modes",
        "at least one that is trained: at_temperature, baseline, trf1",
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


# of a file like spce.yaml: key, value, what is allowed
WATER_VALUES = [
    ("mass_oxygen_amu", True, "a number > 0"),
    ("mass_oxygen_amu", NAN, "a number > 0"),
    ("mass_hydrogen_amu", INF, "a number > 0"),
    ("oh_bond_nm", -0.1, "a number > 0"),
    ("oh_bond_nm", 5, "a number > 0 and <= 0.2"),
    ("mass_oxygen_amu", 1e300, "a number > 0 and <= 1000"),
    ("lj_sigma_nm", 10, "a number > 0 and <= 1"),
    ("charge_hydrogen_e", 100, "a number > 0 and <= 2"),
    ("hoh_angle_deg", 180, "a number > 0 and < 180"),
    ("charge_hydrogen_e", -0.4238, "a number > 0"),
    ("lj_sigma_nm", "3.2e-1", "a number > 0"),
    ("lj_epsilon_kj_mol", None, "a number > 0"),
    ("om_distance_nm", -0.015, "a number >= 0"),
    ("om_distance_nm", 0.15, "less than 0.05774, the distance from the oxygen to the midpoint"),
    ("name", 3, "text"),
]
WATER_FILES = [
    pytest.param("name: own\n", "missing keys ['charge_hydrogen_e', ", id="missing keys"),
    # the oxygen balances the hydrogens
    pytest.param("charge_oxygen_e: -0.9\n", "unknown keys ['charge_oxygen_e']; allowed: ", id="unknown key"),
    pytest.param("name: [own\n", "not a readable YAML file: ", id="malformed"),
    pytest.param("- name: own\n", "is not a water model; allowed: a mapping with ['name', ", id="a list"),
    pytest.param("", "None is not a water model; allowed: a mapping", id="empty"),
]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(
            pytest.param(
                yaml.safe_dump(yaml.safe_load((water.MODEL_FOLDER / "spce.yaml").read_text()) | {key: value}),
                f"{key} is {value!r}; allowed: {allowed}",
                id=f"{key}={value}",
            )
            for key, value, allowed in WATER_VALUES
        ),
        *WATER_FILES,
    ],
)
def test_a_bad_water_model_is_explained_on_one_line(tmp_path, text, said):
    own = tmp_path / "own.yaml"
    own.write_text(text)
    line = message(changed({"water.model": str(own)}))
    assert len(line.splitlines()) == 1
    assert line.startswith(f"water.model is {str(own)!r}; own.yaml: ")
    assert said in line


def test_absent_hardware_is_named_with_what_is_there(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU"])
    config = load_config(changed({"compute.platform": "HIP", "compute.device": "cuda"}))
    with pytest.raises(ValueError, match="this machine offers") as caught:
        check_hardware(config)
    assert str(caught.value).splitlines() == [
        "compute.platform is 'HIP'; this machine offers: Reference, CPU",
        "compute.device is 'cuda'; this machine offers: cpu",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("study: 'x; touch pwned'", "study is 'x; touch pwned'; allowed: ", id="shell"),
        pytest.param(
            "conditional: {ladder_K: [700, 250]}", "is [700, 250]; allowed: increasing", id="ladder"
        ),
    ],
)
def test_snakemake_stops_before_any_job_and_shows_no_traceback(tmp_path, text, said):
    (tmp_path / "own.yaml").write_text(text)
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", tmp_path, "--configfile", ROOT / "config.yaml", tmp_path / "own.yaml"]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 1
    assert done.stdout.count("configuration refused:") == 1
    assert said in done.stdout
    assert "Traceback" not in done.stdout
    assert "Job stats" not in done.stdout
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["own.yaml"]


def written(content):
    """A file of this text, whatever its name."""
    return lambda path: path.write_bytes(content if isinstance(content, bytes) else content.encode())


def truncated(make, kept):
    def cut(path):
        make(path)
        path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])

    return cut


def dataset(**values):
    """A dataset of two variables; one value replaced, or the variable left out (None)."""
    arrays = {"force": np.ones((50, 3)), "energy": np.ones(50)}
    for name, value in values.items():
        arrays[name].flat[7] = value
    dims = ("time", "axis")
    kept = {name: array for name, array in arrays.items() if values.get(name, 0) is not None}
    data = xr.Dataset(
        {name: variable(dims[: array.ndim], array, VARIABLE_UNITS[name]) for name, array in kept.items()}
    )
    return lambda path: write_dataset(data, path, PROVENANCE)


def model(tensors=None, **metadata):
    """An ensemble of two splines; tensors and metadata replaced, or tensors left out (None)."""
    members = 2 * [ThermalPotential(Spline(np.ones(SHAPE), SETTINGS), Expansion("linear", 395.0), PRIOR)]

    def write(path):
        save_ensemble(path, members, SETTINGS, PROVENANCE, metadata)
        with safe_open(path, framework="numpy") as handle:
            kept = handle.metadata()
        mixed = load_file(path) | (tensors or {})
        save_file({name: value for name, value in mixed.items() if value is not None}, path, metadata=kept)

    return write


def noise(path):
    """Nearly all of the file is numbers that do not compress."""
    values = np.random.default_rng(0).normal(size=100_000)
    data = {
        "force": variable(("time",), values, "kJ/mol/nm"),
        "energy": variable(("time",), values, "kJ/mol"),
    }
    write_dataset(xr.Dataset(data), path, PROVENANCE)


def flipped(write, where):
    """One bit of the numbers is wrong, as on a disk that fails."""

    def damage(path):
        write(path)
        content = bytearray(path.read_bytes())
        content[int(where * len(content))] ^= 16
        path.write_bytes(content)

    return damage


def foreign(metadata=None):
    return lambda path: save_file({"weight": np.ones(3)}, path, metadata=metadata)


def prior(**values):
    return written(json.dumps(PRIOR.metadata() | values))


class Trap:
    """Pickled, it would raise on loading."""

    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


PROVENANCE, PRIOR = Provenance("c0ffee", 7, "rule test"), Prior(1e-6, 12, 0.3)
SETTINGS = load_config({}).model_dump()["spline"] | {"triplet_radial": 1, "triplet_angular": 0}
SHAPE, FIRST = (2, SETTINGS["pair_functions"] + 1), "member0/coefficients"
READERS = {
    "300.nc": partial(read_dataset, required=("force", "energy")),
    "trf1.safetensors": load_ensemble,
    "prior.json": Prior.read,
    "speed.csv": partial(read_table, required=("what", "ratio")),
}
# how a file comes about, what is wrong with it
FILES = {
    "300.nc": [
        *((truncated(dataset(), kept), "not a readable NetCDF-4 file") for kept in (0, 0.01, 0.5, 0.99)),
        (written("time force energy"), "not a readable NetCDF-4 file (truncated?)"),
        (flipped(noise, 0.7), "not a readable NetCDF-4 file"),
        (dataset(energy=None), "variable 'energy' is missing; found: ['force']"),
        (dataset(force=NAN), "variable 'force' holds 1 values that are not finite"),
        (dataset(energy=-INF), "variable 'energy' holds 1 values that are not finite"),
    ],
    "trf1.safetensors": [
        *((truncated(model(), kept), "not a readable model file") for kept in (0, 0.001, 0.2, 0.5, 0.99)),
        (written("not a model"), "not a readable model file (truncated?)"),
        (written(pickle.dumps(Trap())), "not a readable model file (truncated?)"),
        (foreign(), f"format is None; expected '{FORMAT}'"),
        (foreign({"format": "pt"}), f"format is None; expected '{FORMAT}'"),
        (foreign({"thermalcg": "[]"}), f"format is None; expected '{FORMAT}'"),
        (model(format="other-0"), f"format is 'other-0'; expected '{FORMAT}'"),
        (model({FIRST: np.full(SHAPE, NAN)}), f"not finite: ['{FIRST}']"),
        (model({FIRST: np.full(SHAPE, INF)}), f"not finite: ['{FIRST}']"),
        (model({FIRST: np.ones((3, 8))}), "shape (3, 8); the settings ask for (2, 23)"),
        (model({FIRST: np.full(SHAPE, 1.5)}), "tensors are not those that were written"),
        (flipped(model(), 0.999), "tensors are not those that were written"),
        (model({FIRST: None}), "members is 2; there are tensors of ['member1']"),
        (model({FIRST: None, "member0/w": np.ones(3)}), "'coefficients' is missing"),
        (model(members=3), "members is 3; there are tensors of ['member0', 'member1']"),
        (model(architecture="painn"), "architecture is 'painn'; allowed: spline, hipnn_ts"),
        (model(settings={}), "'triplet_radial' is missing"),
        (model(expansion={"kind": "cubic", "reference": 395}), "expansion is 'cubic'; allowed: constant"),
        (model(expansion={"kind": "linear", "reference": NAN}), "is nan K; allowed: a number > 0"),
        (model(prior=PRIOR.metadata() | {"amplitude": NAN}), "amplitude of the prior is nan; allowed: "),
    ],
    "prior.json": [
        (written('{"amplitude": 1e-6, "expo'), "not a readable prior (truncated?)"),
        (written("[1, 2]"), "not a readable prior"),
        (written('{"amplitude": 1e-6, "exponent": 12}'), "'onset_nm' of the prior is missing"),
        (prior(amplitude=NAN), "amplitude of the prior is nan; allowed: a finite number >= 0"),
        (prior(onset_nm=-0.3), "onset_nm of the prior is -0.3; allowed: a finite number >= 0"),
        (prior(exponent="12"), "exponent of the prior is '12'; allowed: a finite number >= 0"),
    ],
    "speed.csv": [
        (written(""), "not a readable table (truncated?)"),
        (written("what,ratio\na,5,6\na,5,6,7\n"), "not a readable table (truncated?)"),
        (written("what,T\nspline,395\n"), "columns ['ratio'] are missing; found: ['what', 'T']"),
    ],
}


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        *((name, *case) for name, cases in FILES.items() for case in cases),
        *((name, lambda path: None, "o such file") for name in FILES),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, name, make, said):
    make(tmp_path / name)
    with pytest.raises(DatasetError) as caught:
        READERS[name](tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frames:\n  test: 4\nframes:\n  train: 4\n", "the key 'frames' comes twice"),
        ("frames:\n  test: 4\n  train: 4\n  test: 5\n", "the key 'test' comes twice"),
        ("frames: [1\n  test: 2\n", "not YAML as it should be"),
        ("frames:\n\ttest: 2\n", "not YAML as it should be"),
        ("[a]: 1\n", "a key that is no plain word"),
        ("just words\n", "holds 'just words'; allowed: keys with their values"),
        ("- 1\n- 2\n", "holds [1, 2]; allowed: keys with their values"),
        ("!!python/object/apply:os.system ['true']\n", "not YAML as it should be"),
        (None, "not a readable file"),
    ],
)
def test_a_bad_configuration_file_is_refused_by_name(tmp_path, text, said):
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config([ROOT / "config.yaml", path])
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
