"""The configuration: what it accepts, and how it says what is wrong."""

import copy
import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from thermalcg import config as cfg
from thermalcg import config_sections, water
from thermalcg.config import Config, ConfigError, load_config
from thermalcg.config_checks import CLAIMED_MODES, subsection

ROOT = Path(__file__).resolve().parents[2]
PRESETS = sorted((ROOT / "resources" / "presets").glob("*.yaml"))
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
REMAKE = f"python -m thermalcg.config --write-default config.yaml --write-schema {SCHEMA.relative_to(ROOT)}"


def default() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "config.yaml").read_text())


def preset(path: Path) -> dict[str, Any]:
    """The default with the preset on top, merged as Snakemake merges two --configfile."""
    merged = default()
    update_config(merged, yaml.safe_load(path.read_text()))
    return merged


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    """The default with some dotted keys set."""
    raw = copy.deepcopy(default())
    for key, value in changes.items():
        *sections, name = key.split(".")
        target = raw
        for section in sections:
            target = target[section]
        target[name] = value
    return raw


def leaves(raw: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found = {}
    for key, value in raw.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def message(raw: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(raw)
    return str(caught.value)


def test_default_file_holds_the_defaults():
    assert load_config(default()) == load_config({}) == Config()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_loads_and_holds_only_differences(path):
    # the benchmark of estimators goes on top of the default study
    assert load_config(preset(path)).study == ("default" if path.stem == "estimators" else path.stem)
    jsonschema.validate(preset(path), json.loads(cfg.json_schema()))
    defaults = leaves(default())
    same = [key for key, value in leaves(yaml.safe_load(path.read_text())).items() if defaults[key] == value]
    # the reference temperature stays beside the temperatures that are chosen around it
    assert set(same) <= {"temperatures.reference_K"}


def test_presets_are_found():
    assert {path.stem for path in PRESETS} >= {"smoke", "paper", "estimators"}


def test_config_yaml_is_rendered_from_the_models():
    assert (ROOT / "config.yaml").read_text() == cfg.default_yaml(), f"run: {REMAKE}"


def test_schema_is_rendered_from_the_models():
    assert SCHEMA.read_text() == cfg.json_schema(), f"run: {REMAKE}"


def test_schema_accepts_the_default_and_rejects_a_stray_key():
    schema = json.loads(cfg.json_schema())
    jsonschema.validate(default(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed({"water.colour": 1}), schema)


def test_main_writes_both_files(tmp_path, monkeypatch):
    yaml_path, schema_path = tmp_path / "config.yaml", tmp_path / "schema.json"
    monkeypatch.setattr(
        "sys.argv", ["config", "--write-default", str(yaml_path), "--write-schema", str(schema_path)]
    )
    cfg.main()
    assert yaml_path.read_text() == cfg.default_yaml()
    assert schema_path.read_text() == cfg.json_schema()


def test_every_key_is_documented():
    nested = [subsection(field) for field in Config.model_fields.values()]
    for section in [Config, *filter(None, nested)]:
        assert section.__doc__
        for name, field in section.model_fields.items():
            if not subsection(field):
                assert field.description, name
                assert set(field.json_schema_extra) == {"unit", "provenance"}, name
                assert field.json_schema_extra["provenance"], name


def test_mappings_are_those_of_the_water_models():
    assert get_args(Config.model_fields["mapping"].annotation) == water.MAPPINGS


BAD = [
    # number and text
    ({"water.molecules": "64"}, "water.molecules", "'64'", "a whole number >= 8"),
    ({"water.molecules": True}, "water.molecules", "True", "a whole number"),
    ({"water.molecules": 64.5}, "water.molecules", "64.5", "a whole number"),
    ({"water.molecules": 2}, "water.molecules", "2", ">= 8"),
    ({"water.density_g_cm3": True}, "water.density_g_cm3", "True", "a number >= 0.1"),
    ({"water.density_g_cm3": 0}, "water.density_g_cm3", "0", ">= 0.1 and <= 2"),
    ({"hipnn_ts.learning_rate": "1e-3"}, "hipnn_ts.learning_rate", "'1e-3'", "write 1.0e-3"),
    ({"all_atom.timestep_fs": float("nan")}, "all_atom.timestep_fs", "nan", ">= 0.1 and <= 5"),
    ({"all_atom.timestep_fs": 6}, "all_atom.timestep_fs", "6", "<= 5"),
    ({"all_atom.production_ps": float("inf")}, "all_atom.production_ps", "inf", "a number > 0"),
    ({"all_atom.checkpoint_ps": 0}, "all_atom.checkpoint_ps", "0", "> 0"),
    ({"conditional.checkpoint_ps": -1}, "conditional.checkpoint_ps", "-1", "> 0"),
    ({"cg_md.checkpoint_ps": 0.0}, "cg_md.checkpoint_ps", "0.0", "> 0"),
    ({"hipnn_ts.checkpoint_epochs": 0}, "hipnn_ts.checkpoint_epochs", "0", ">= 1"),
    ({"frames.train": 0}, "frames.train", "0", ">= 1"),
    ({"frames.test": 1}, "frames.test", "1", ">= 2"),
    (
        {"frames.test": 80},
        "response.blocks",
        "40",
        "at most 0, the frames of all_atom.production_ps (640.0 ps) before its end",
    ),
    (
        {"estimators.molecules": [8, 64]},
        "estimators.molecules",
        "[8, 64]",
        "water.cutoff_nm (0.6 nm) in 0.3107 nm, half the box of 8",
    ),
    (
        {"estimators.radii_nm": [0.3, 0.7]},
        "estimators.radii_nm",
        "[0.3, 0.7]",
        "at most 0.6214 nm, half the box of 64",
    ),
    ({"cg_md.modes": ["trf1", "trf1"]}, "cg_md.modes", "['trf1', 'trf1']", "each value once"),
    ({"conditional.chains": 1}, "conditional.chains", "1", ">= 2"),
    ({"conditional.rhat_limit": 1}, "conditional.rhat_limit", "1", "a number > 1 and <= 10"),
    ({"conditional.rhat_limit": 11}, "conditional.rhat_limit", "11", "a number > 1 and <= 10"),
    ({"conditional.rhat_limit": "1.2"}, "conditional.rhat_limit", "'1.2'", "a number > 1"),
    ({"hipnn_ts.validation_fraction": 1.0}, "hipnn_ts.validation_fraction", "1.0", "< 1"),
    ({"hipnn_ts.configurations": 0}, "hipnn_ts.configurations", "0", "a whole number >= 1"),
    ({"hipnn_ts.configurations": 1.5}, "hipnn_ts.configurations", "1.5", "a whole number >= 1"),
    ({"hipnn_ts.configurations": "all"}, "hipnn_ts.configurations", "'all'", "a whole number >= 1"),
    ({"response.blocks": 1}, "response.blocks", "1", "a whole number >= 2 and <= 10000"),
    ({"response.blocks": 40.0}, "response.blocks", "40.0", "a whole number >= 2"),
    ({"response.blocks": 10_001}, "response.blocks", "10001", "<= 10000"),
    ({"response.folds": 1}, "response.folds", "1", "a whole number >= 2 and <= 100"),
    ({"response.folds": True}, "response.folds", "True", "a whole number >= 2"),
    ({"response.folds": 101}, "response.folds", "101", "<= 100"),
    ({"response.radius_nm": 0}, "response.radius_nm", "0", "a number > 0 and <= 5 or box"),
    ({"response.radius_nm": 5.5}, "response.radius_nm", "5.5", "a number > 0 and <= 5 or box"),
    ({"response.radius_nm": "whole"}, "response.radius_nm", "'whole'", "a number > 0 and <= 5 or box"),
    ({"response.radius_nm": True}, "response.radius_nm", "True", "a number > 0 and <= 5 or box"),
    ({"response.radius_nm": None}, "response.radius_nm", "None", "a number > 0 and <= 5 or box"),
    ({"seed": -1}, "seed", "-1", ">= 0"),
    ({"seed": None}, "seed", "None", "a whole number"),
    ({"study": "my study"}, "study", "'my study'", "A-Za-z0-9_-"),
    ({"study": "../elsewhere"}, "study", "'../elsewhere'", "A-Za-z0-9_-"),
    ({"study": ""}, "study", "''", "A-Za-z0-9_-"),
    ({"study": 7}, "study", "7", "text"),
    ({"spline.ridge": "none"}, "spline.ridge", "'none'", "a number >= 0 or auto"),
    ({"spline.ridge": -0.1}, "spline.ridge", "-0.1", "a number >= 0 or auto"),
    ({"spline.ridge": True}, "spline.ridge", "True", "a number >= 0 or auto"),
    # one of several words
    ({"mapping": "centroid"}, "mapping", "'centroid'", "com, oxygen"),
    ({"water.model": "spc"}, "water.model", "'spc'", "spce, tip3p, tip4p2005"),
    ({"models.spline": ["baseline", "trf3"]}, "models.spline[1]", "'trf3'", "trf1, trf1_conditional, trf2"),
    ({"models.hipnn_ts": ["painn"]}, "models.hipnn_ts[0]", "'painn'", "each one of baseline, trf1"),
    ({"models.spline": "baseline"}, "models.spline", "'baseline'", "a list of at least 0, each one of"),
    ({"models.hipnn_ts": None}, "models.hipnn_ts", "None", "a list of at least 0, each one of"),
    ({"cg_md.modes": ["trf1", "trf3"]}, "cg_md.modes[1]", "'trf3'", "baseline, trf1, trf1_conditional"),
    ({"spline.held_out_K": "some"}, "spline.held_out_K", "'some'", "a whole number >= 250 and <= 700 or all"),
    ({"hipnn_ts.held_out_K": True}, "hipnn_ts.held_out_K", "True", "<= 700 or all"),
    ({"compute.platform": "cuda"}, "compute.platform", "'cuda'", "auto, CPU, CUDA, OpenCL, HIP, Reference"),
    ({"compute.device": "gpu"}, "compute.device", "'gpu'", "auto, cpu, cuda"),
    # keys and sections
    ({"water.molecule": 64}, "water.molecule", "not a key", "did you mean water.molecules?"),
    ({"watr": {}}, "watr", "not a key", "did you mean water?"),
    ({"ladder_K": [300]}, "ladder_K", "not a key", "did you mean conditional.ladder_K?"),
    ({"response.radius": 0.4}, "response.radius", "not a key", "did you mean response.radius_nm?"),
    ({"models.modes": ["baseline"]}, "models.modes", "not a key", "allowed: spline, hipnn_ts"),
    (
        {"learning_curve_frames": [3]},
        "learning_curve_frames",
        "not a key",
        "did you mean learning_curve_fractions?",
    ),
    ({"water.xyzzy": 64}, "water.xyzzy", "not a key", "allowed: model, molecules"),
    ({"water": None}, "water", "None", "a section with the keys model, molecules"),
    ({"water": [1]}, "water", "[1]", "a section with the keys model, molecules"),
    # lengths and the box
    ({"water.cutoff_nm": 0.63}, "water.cutoff_nm", "0.63", "at most 0.6214 nm, half the box"),
    ({"spline.pair_cutoff_nm": 0.7}, "spline.pair_cutoff_nm", "0.7", "half the box of 64 molecules"),
    ({"spline.triplet_cutoff_nm": 0.7}, "spline.triplet_cutoff_nm", "0.7", "half the box"),
    ({"hipnn_ts.cutoff_nm": 0.7}, "hipnn_ts.cutoff_nm", "0.7", "half the box"),
    ({"observables.rdf_max_nm": 1}, "observables.rdf_max_nm", "1.0", "half the box"),
    ({"observables.shell_nm": 0.65}, "observables.shell_nm", "0.65", "half the box"),
    ({"response.radius_nm": 0.63}, "response.radius_nm", "0.63", "box, or at most 0.6214 nm, half the box"),
    ({"water.molecules": 27}, "water.cutoff_nm", "0.6", "at most 0.4661 nm"),
    (
        {"spline.pair_cutoff_nm": 0.4, "spline.pair_min_nm": 0.4},
        "spline.pair_min_nm",
        "0.4",
        "less than spline.pair_cutoff_nm (0.4 nm)",
    ),
    ({"spline.pair_min_nm": 0.5}, "spline.pair_min_nm", "0.5", "less than spline.triplet_cutoff_nm"),
    ({"hipnn_ts.soft_min_nm": 0.5}, "hipnn_ts.soft_min_nm", "0.5", "less than hipnn_ts.soft_max_nm"),
    ({"hipnn_ts.soft_max_nm": 0.6}, "hipnn_ts.soft_max_nm", "0.6", "less than hipnn_ts.cutoff_nm"),
    ({"observables.rdf_min_nm": 0.6}, "observables.rdf_min_nm", "0.6", "less than observables.rdf_max_nm"),
    # temperatures
    ({"temperatures.reference_K": 240}, "temperatures.reference_K", "240", ">= 250 and <= 700"),
    ({"temperatures.reference_K": 400}, "temperatures.reference_K", "400", "missing there: [400]"),
    ({"temperatures.held_out_K": [300, 510]}, "temperatures.held_out_K", "[300, 510]", "missing there"),
    ({"temperatures.held_out_K": [300, 750]}, "temperatures.held_out_K[1]", "750", "<= 700"),
    ({"temperatures.held_out_K": [300, 300]}, "temperatures.held_out_K", "[300, 300]", "each value once"),
    ({"temperatures.held_out_K": [300, 395]}, "temperatures.held_out_K", "[300, 395]", "other than"),
    ({"temperatures.held_out_K": 300}, "temperatures.held_out_K", "300", "a list of at least 1"),
    ({"temperatures.held_out_K": []}, "temperatures.held_out_K", "[]", "a list of at least 1"),
    ({"temperatures.multi_K": [395]}, "temperatures.multi_K", "[395]", "a list of at least 2"),
    ({"temperatures.multi_K": [395, 510]}, "temperatures.multi_K", "[395, 510]", "there: [510]"),
    ({"temperatures.multi_K": [395, 395]}, "temperatures.multi_K", "[395, 395]", "each value once"),
    ({"spline.held_out_K": []}, "spline.held_out_K", "[]", "a list of at least 1"),
    ({"spline.held_out_K": 300}, "spline.held_out_K", "300", "a list of at least 1"),
    ({"spline.held_out_K": [300.0]}, "spline.held_out_K[0]", "300.0", "a whole number >= 250 and <= 700"),
    ({"spline.held_out_K": [300, 200]}, "spline.held_out_K[1]", "200", "a whole number >= 250 and <= 700"),
    ({"spline.held_out_K": [300, 330]}, "spline.held_out_K", "[300, 330]", "not there: [330]"),
    ({"spline.held_out_K": [300, 300]}, "spline.held_out_K", "[300, 300]", "each value once"),
    ({"hipnn_ts.held_out_K": [395]}, "hipnn_ts.held_out_K", "[395]", "not there: [395]"),
    ({"hipnn_ts.held_out_K": [700, 700]}, "hipnn_ts.held_out_K", "[700, 700]", "each value once"),
    ({"temperatures.held_out_K": [300, 555]}, "hipnn_ts.held_out_K", "[300, 700]", "not there: [700]"),
    ({"conditional.ladder_K": [700, 395]}, "conditional.ladder_K", "[700, 395]", "increasing"),
    ({"conditional.ladder_K": [395, 395]}, "conditional.ladder_K", "[395, 395]", "each once"),
    ({"conditional.ladder_K": [395]}, "conditional.ladder_K", "[395]", "a list of at least 2"),
    ({"conditional.ladder_K": [395.0, 700]}, "conditional.ladder_K[0]", "395.0", "a whole number"),
    ({"conditional.ladder_K": [395, True]}, "conditional.ladder_K[1]", "True", "a whole number"),
    # times
    ({"all_atom.frame_interval_ps": 0.201}, "all_atom.frame_interval_ps", "0.201", "such as 0.2 ps"),
    ({"all_atom.frame_interval_ps": 0.001}, "all_atom.frame_interval_ps", "0.001", "such as 0.004 ps"),
    ({"conditional.sample_interval_ps": 0.09}, "conditional.sample_interval_ps", "0.09", "a multiple of"),
    ({"cg_md.frame_interval_ps": 0.1}, "cg_md.frame_interval_ps", "0.1", "cg_md.timestep_fs (8.0 fs)"),
    ({"cg_md.frame_interval_ps": 200}, "cg_md.frame_interval_ps", "200", "at most cg_md.production_ps"),
    (
        {"conditional.mean_force_ps": 0.04},
        "conditional.sample_interval_ps",
        "0.08",
        "at most conditional.mean_force_ps (0.04 ps)",
    ),
    ({"all_atom.production_ps": 100}, "frames.train + frames.test", "36", "at most 12, which fit"),
    ({"frames.train": 69}, "frames.train + frames.test", "81", "at most 80, which fit"),
    ({"frames.spacing_ps": 0.07}, "frames.spacing_ps", "0.07", "at least all_atom.frame_interval_ps"),
    # models
    ({"models.spline": ["baseline", "trf1"]}, "models.spline", "['baseline', 'trf1']", "missing: ['at_temp"),
    ({"models.hipnn_ts": ["trf2"]}, "models.hipnn_ts", "['trf2']", "missing: ['baseline', 'trf1', 'at_temp"),
    ({"models.spline": [*CLAIMED_MODES, "trf1"]}, "models.spline", "'at_temperature', 'trf1'", "value once"),
    ({"models.hipnn_ts": [*CLAIMED_MODES, "trf2", "trf2"]}, "models.hipnn_ts", "'trf2'", "each value once"),
    ({"models.spline": [], "models.hipnn_ts": []}, "models", "'spline': []", "at least one architecture"),
    ({"response.folds": 41}, "response.folds", "41", "at most response.blocks (40)"),
    (
        {"response.blocks": 8001},
        "response.blocks",
        "8001",
        "at most 6800, the frames of all_atom.production_ps (640.0 ps) before its end",
    ),
    # benchmark of estimators
    ({"estimators.frozen_ps": 0}, "estimators.frozen_ps", "0", "a number > 0"),
    ({"estimators.size_trajectory_ps": 0}, "estimators.size_trajectory_ps", "0", "a number > 0"),
    ({"estimators.rungs_ps": 0}, "estimators.rungs_ps", "0", "a number > 0"),
    ({"estimators.fixed_ps": 0}, "estimators.fixed_ps", "0", "a number > 0"),
    ({"estimators.replicates": 2}, "estimators.replicates", "2", "a whole number >= 3 and <= 100"),
    ({"estimators.frames": 1}, "estimators.frames", "1", "a whole number >= 2"),
    ({"estimators.frames": 16}, "estimators.frames", "16", "at most 15, which fit in estimators.traj"),
    ({"estimators.trajectory_ps": 50}, "estimators.trajectory_ps", "50.0", "at least 51.2 ps, so that"),
    ({"response.blocks": 200}, "estimators.trajectory_ps", "120.0", "holds response.blocks (200) frames"),
    ({"estimators.rungs_burn_in_ps": -1}, "estimators.rungs_burn_in_ps", "-1", "a number >= 0"),
    ({"estimators.size_ps": 3}, "estimators.size_ps", "3", "a number >= 4"),
    ({"estimators.size_frames": 1}, "estimators.size_frames", "1", "a whole number >= 2"),
    ({"estimators.radii_nm": []}, "estimators.radii_nm", "[]", "a list of at least 1"),
    ({"estimators.radii_nm": ["box"]}, "estimators.radii_nm[0]", "'box'", "a number > 0 and <= 5"),
    ({"estimators.radii_nm": [0.4, 0.3]}, "estimators.radii_nm", "[0.4, 0.3]", "increasing"),
    ({"estimators.molecules": [4]}, "estimators.molecules[0]", "4", "a whole number >= 8"),
    ({"estimators.molecules": [64, 64]}, "estimators.molecules", "[64, 64]", "each once"),
    ({"estimators.frozen_K": 330}, "estimators.frozen_K", "330", "a temperature of the study [250, 300"),
    # learning curve
    ({"learning_curve_fractions": [1.0, 0.5]}, "learning_curve_fractions", "[1.0, 0.5]", "increasing"),
    ({"learning_curve_fractions": [0.5, 0.5]}, "learning_curve_fractions", "[0.5, 0.5]", "each once"),
    ({"learning_curve_fractions": [0, 1]}, "learning_curve_fractions[0]", "0", "a number > 0 and <= 1"),
    ({"learning_curve_fractions": [0.5, 1.5]}, "learning_curve_fractions[1]", "1.5", "> 0 and <= 1"),
    ({"learning_curve_fractions": []}, "learning_curve_fractions", "[]", "a list of at least 1"),
    ({"learning_curve_fractions": 1.0}, "learning_curve_fractions", "1.0", "a list of at least 1"),
    ({"learning_curve_fractions": ["all"]}, "learning_curve_fractions[0]", "'all'", "a number > 0"),
]


@pytest.mark.parametrize(
    ("changes", "key", "value", "allowed"), BAD, ids=[f"{case[1]}={case[2]}" for case in BAD]
)
def test_bad_configuration_is_explained_on_one_line(changes, key, value, allowed):
    text = message(changed(changes))
    lines = [line for line in text.splitlines() if line.startswith(f"{key} is ")]
    assert len(lines) == 1, text
    assert value in lines[0]
    assert allowed in lines[0]
    assert "pydantic" not in text
    assert "http" not in text


def test_each_problem_has_its_line():
    text = message(changed({"seed": -1, "water.molecules": 2, "spline.ridge": "none", "watr": {}}))
    assert [line.split(" is ")[0] for line in text.splitlines()] == [
        "seed",
        "water.molecules",
        "spline.ridge",
        "watr",
    ]
    text = message(changed({"temperatures.reference_K": 400, "cg_md.frame_interval_ps": 0.1}))
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize("raw", [None, [], "study: x"])
def test_not_even_a_mapping(raw):
    text = message(raw)
    assert text.startswith(f"the configuration is {raw!r}; allowed: a section with the keys study, seed")


def test_keys_that_are_not_text():
    assert "water.3 is not a key" in message(changed({"water": {3: 4}}))


def test_water_model_from_a_file(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text((water.MODEL_FOLDER / "tip3p.yaml").read_text())
    assert load_config(changed({"water.model": str(own)})).box_nm == pytest.approx(1.243, abs=1e-3)
    own.write_text("name: own\nmass_oxygen_amu: 16\n")
    text = message(changed({"water.model": str(own)}))
    assert len(text.splitlines()) == 1
    assert text.startswith("water.model is ")
    assert "missing keys" in text
    own.write_text("name: [own\n")
    assert len(message(changed({"water.model": str(own)})).splitlines()) == 1


def test_boundary_values_pass():
    load_config(changed({"frames.train": 68, "frames.test": 12}))  # 80 x 8 ps: exactly the run
    # 0.19999999999999998; the benchmark's trajectories have to be longer then
    load_config(changed({"all_atom.frame_interval_ps": 0.3 - 0.1, "estimators.trajectory_ps": 200}))
    load_config(changed({"spline.ridge": 0}))
    load_config(changed({"models.spline": ["at_temperature", "trf1", "baseline"]}))
    load_config(changed({"response.blocks": 5, "response.folds": 5}))
    load_config(changed({"response.radius_nm": 0.6214}))
    load_config(changed({"response.radius_nm": "box"}))
    load_config(changed({"learning_curve_fractions": [1]}))
    load_config(changed({"conditional.rhat_limit": 10}))
    load_config(changed({"spline.held_out_K": [700], "hipnn_ts.held_out_K": "all"}))


@pytest.mark.parametrize("empty", cfg.ARCHITECTURES)
def test_one_architecture_is_enough(empty):
    config = load_config(changed({f"models.{empty}": [], f"{empty}.held_out_K": [395]}))
    assert config.architectures == [name for name in cfg.ARCHITECTURES if name != empty]
    assert config.model_names(empty) == []


def test_derived_names_and_numbers():
    config = load_config({})
    assert config.temperatures.all_K == [250, 300, 395, 555, 625, 700]
    assert config.rungs(395) == [395, 440, 495, 555]
    assert config.rungs(700) == [700]
    with pytest.raises(ValueError, match="400 K is not in conditional.ladder_K"):
        config.rungs(400)
    assert config.architectures == ["spline", "hipnn_ts"]
    assert config.held_out("spline") == config.temperatures.held_out_K
    assert config.held_out("hipnn_ts") == [300, 700]


def test_names_of_models_are_in_the_order_of_the_modes():
    config = load_config({})
    names = ["baseline", "trf1", "trf1_conditional", "trf2", "trf2_heat_capacity"]
    names += ["energy_matching", "multi_temperature"]
    yardsticks = [f"at_temperature-{T}K" for T in (250, 300, 555, 625, 700)]
    assert config.model_names("spline") == names + yardsticks
    own = ["at_temperature-300K", "at_temperature-700K"]
    assert config.model_names("hipnn_ts") == ["baseline", "trf1", "trf1_conditional", *own]
    few = load_config(
        changed({"models.spline": ["at_temperature", "trf1", "baseline"], "spline.held_out_K": [625]})
    )
    assert few.model_names("spline") == ["baseline", "trf1", "at_temperature-625K"]


def test_training_frames_are_labelled_where_a_mode_asks_for_them():
    config = load_config({})
    assert [config.training_frames(T) for T in (395, 300)] == [24, 0]
    assert [config.n_batches(T) for T in (395, 300)] == [6, 2]
    assert load_config(changed({"frames.test": 13})).n_batches(300) == 3
    plain = {f"models.{name}": list(CLAIMED_MODES) for name in cfg.ARCHITECTURES}
    assert load_config(changed(plain)).training_frames(395) == 0
    assert load_config(changed(plain)).n_batches(395) == 2
    for name in cfg.ARCHITECTURES:
        one = plain | {f"models.{name}": [*CLAIMED_MODES, "trf2_conditional"]}
        assert load_config(changed(one)).training_frames(395) == 24
    # frames that are not labelled need no room in the run
    load_config(changed(plain | {"frames.train": 1000}))


def test_a_rung_at_the_very_top_of_the_span_counts():
    # 1.15 x 440 is 505.99999999999994 in double precision
    ladder = sorted([*config_sections.LADDER_K, 506])
    config = load_config(changed({"conditional.ladder_K": ladder, "conditional.mean_force_span": 1.15}))
    assert config.rungs(440) == [440, 495, 506]


def test_hash_is_stable_and_follows_the_science_only():
    config = load_config({})
    assert len(config.hash()) == 12
    assert set(config.hash()) <= set("0123456789abcdef")
    # 4 and 4.0 are the same, and so is a file with its keys in another order
    shuffled = {key: value for key, value in reversed(default().items())}
    assert load_config(shuffled).hash() == config.hash()
    assert load_config(changed({"all_atom.timestep_fs": 4})).hash() == config.hash()
    one, one_point_zero = (load_config(changed({"spline.ridge": value})) for value in (1, 1.0))
    assert one.hash() == one_point_zero.hash()
    assert load_config(changed({"figures.dpi": 100})).hash() == config.hash()
    assert load_config(changed({"seed": 1})).hash() != config.hash()


def test_section_hash_sees_only_its_sections():
    config, other = load_config({}), load_config(changed({"frames.test": 7, "figures.dpi": 100}))
    assert config.section_hash("water", "seed") == other.section_hash("seed", "water")
    assert config.section_hash("frames") != other.section_hash("frames")
    assert config.section_hash("figures") != other.section_hash("figures")
    with pytest.raises(ConfigError, match="frame"):
        config.section_hash("frame")


def test_hardware_of_any_machine_passes():
    cfg.check_hardware(load_config({}))
    cfg.check_hardware(load_config(changed({"compute.platform": "Reference", "compute.device": "cpu"})))


def test_absent_hardware_is_named(monkeypatch):
    import torch

    from thermalcg import platforms

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(platforms, "available_platforms", lambda: ["Reference", "CPU"])
    config = load_config(changed({"compute.platform": "HIP", "compute.device": "cuda"}))
    with pytest.raises(ConfigError) as caught:
        cfg.check_hardware(config)
    first, second = str(caught.value).splitlines()
    assert first.startswith("compute.platform is 'HIP'; this machine offers: ")
    assert "CPU" in first
    assert second == "compute.device is 'cuda'; this machine offers: cpu"
