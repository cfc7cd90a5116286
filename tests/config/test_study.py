"""The configuration: what it accepts, and how it says what is wrong."""

import json
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from support.configurations import ROOT, changed, default, message
from thermalcg.atomistic import water
from thermalcg.config import study as cfg
from thermalcg.config.checks import CLAIMED_MODES
from thermalcg.config.messages import subsection
from thermalcg.config.sections import simulation as config_sections
from thermalcg.config.study import Config, ConfigError, load_config

PRESETS = sorted((ROOT / "resources" / "presets").glob("*.yaml"))
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.json"
REMAKE = (
    f"python -m thermalcg.config.study --write-default config.yaml --write-schema {SCHEMA.relative_to(ROOT)}"
)


def preset(path: Path) -> dict[str, Any]:
    """The default with the preset on top, merged as Snakemake merges two --configfile."""
    merged = default()
    update_config(merged, yaml.safe_load(path.read_text()))
    return merged


def leaves(raw: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found = {}
    for key, value in raw.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def test_default_file_holds_the_defaults():
    assert load_config(default()) == load_config({}) == Config()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_preset_loads_and_holds_only_differences(path):
    # the benchmark of estimators goes on top of the default study
    assert load_config(preset(path)).study == (
        "default" if path.stem in ("estimators", "dynamics") else path.stem
    )
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


def test_each_problem_has_its_line():
    text = message(changed({"seed": -1, "water.molecules": 2, "spline.ridge": "none", "watr": {}}))
    assert [line.split(" is ")[0] for line in text.splitlines()] == [
        "seed",
        "water.molecules",
        "spline.ridge",
        "watr",
    ]
    text = message(changed({"temperatures.reference_K": 400, "cg_md.frame_interval_ps": 0.1}))
    assert len(text.splitlines()) == 3


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


def test_boundary_values_pass():
    load_config(changed({"frames.train": 55, "frames.test": 10}))  # 65 x 8 ps: exactly the run
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
    config = load_config(
        changed({f"models.{empty}": [], f"{empty}.held_out_K": [395], "dynamics.architectures": []})
    )
    assert config.architectures == [name for name in cfg.ARCHITECTURES if name != empty]
    assert config.model_names(empty) == []


def test_derived_names_and_numbers():
    config = load_config({})
    assert config.temperatures.all_K == [250, 300, 395, 625, 700]
    assert config.rungs(395) == [395, 440, 495, 555]
    assert config.rungs(700) == [700]
    with pytest.raises(ValueError, match="400 K is not in conditional.ladder_K"):
        config.rungs(400)
    assert config.architectures == ["spline", "hipnn_ts"]
    assert config.held_out("spline") == config.temperatures.held_out_K
    assert config.held_out("hipnn_ts") == [300, 700]


def test_names_of_models_are_in_the_order_of_the_modes():
    config = load_config({})
    names = ["baseline", "trf1", "trf1_conditional", "trf2", "trf2_conditional", "trf2_heat_capacity"]
    names += ["energy_matching", "multi_temperature"]
    yardsticks = [f"at_temperature-{T}K" for T in (250, 300, 625, 700)]
    assert config.model_names("spline") == names + yardsticks
    own = ["at_temperature-300K", "at_temperature-700K"]
    assert config.model_names("hipnn_ts") == ["baseline", "trf1", *own]
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
