"""What follows from a configuration: names, numbers and hashes."""

from typing import get_args

import pytest

from support.configurations import changed, default
from thermalcg.atomistic import water
from thermalcg.config.checks import CLAIMED_MODES
from thermalcg.config.files import load_config
from thermalcg.config.messages import ConfigError
from thermalcg.config.sections.simulation import LADDER_K
from thermalcg.config.study import Config
from thermalcg.models.names import ARCHITECTURES


def test_mappings_are_those_of_the_water_models():
    assert get_args(Config.model_fields["mapping"].annotation) == water.MAPPINGS


def test_water_model_from_a_file(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text((water.MODEL_FOLDER / "tip3p.yaml").read_text())
    assert load_config(changed({"water.model": str(own)})).box_nm == pytest.approx(1.243, abs=1e-3)


@pytest.mark.parametrize("empty", ARCHITECTURES)
def test_one_architecture_is_enough(empty):
    config = load_config(
        changed({f"models.{empty}": [], f"{empty}.held_out_K": [395], "dynamics.architectures": []})
    )
    assert config.architectures == [name for name in ARCHITECTURES if name != empty]
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


def test_models_run_where_they_are_compared():
    config = load_config(changed({"cg_md.modes": ["baseline", "trf1", "at_temperature"]}))
    held_out = config.temperatures.held_out_K
    assert config.simulated_K("spline", "baseline") == sorted([*held_out, 395])
    assert config.simulated_K("spline", "trf1") == sorted([*held_out, 395])
    assert config.simulated_K("hipnn_ts", "trf1") == [300, 395, 700]
    assert [str(T) for T in config.simulated_K("spline", "at_temperature-300K")] == ["300"]
    assert config.simulated_K("spline", "trf2") == []


def test_labels_for_training_are_made_where_a_mode_learns_from_them():
    config = load_config({})
    assert config.training_frames(395) == config.frames.train
    assert config.training_frames(300) == 0
    modes = {"models.spline": ["baseline", "trf1", "at_temperature"], "models.hipnn_ts": ["baseline", "trf1"]}
    claims = {"cg_md.modes": ["baseline", "trf1", "at_temperature"]}
    assert Config.model_validate(changed(modes | claims)).training_frames(395) == 0


def test_whole_temperatures_print_without_a_point_and_real_ones_as_given():
    own = {"temperatures.held_out_K": [250.0, 298.15, 310.5], "temperatures.multi_K": [250, 298.15, 395.0]}
    ladder = [250, 298.15, 310.5, 395.0, 440]
    dynamics = {"dynamics.temperatures_K": [250, 310.5, 395.0]}
    config = load_config(
        changed(own | dynamics | {"conditional.ladder_K": ladder, "hipnn_ts.held_out_K": [298.15]})
    )
    assert [str(T) for T in config.temperatures.all_K] == ["250", "298.15", "310.5", "395"]
    assert [str(T) for T in config.rungs(298.15)] == ["298.15", "310.5"]
    assert config.model_names("hipnn_ts")[-1] == "at_temperature-298.15K"
    assert config.model_names("spline")[-3] == "at_temperature-250K"
    # a whole number is the same study however it is written
    written = changed(
        {"temperatures.reference_K": 395.0, "conditional.ladder_K": [float(T) for T in LADDER_K]}
    )
    assert load_config(written).hash() == load_config({}).hash()


def test_temperatures_that_follow_from_others():
    config = load_config({})
    assert (config.frozen_K, config.scaling_K) == (250, [300, 395, 625])
    chosen = {"estimators.frozen_K": 300, "dynamics.temperatures_K": [250, 300, 395, 625]}
    config = load_config(changed(chosen | {"dynamics.scaling_K": [250, 300, 625]}))
    assert (config.frozen_K, config.scaling_K) == (300, [250, 300, 625])


def test_names_of_models_are_in_the_order_of_the_modes():
    config = load_config({})
    names = ["baseline", "trf1", "trf2", "trf1_conditional", "trf2_conditional", "trf1_products"]
    names += ["energy_matching", "multi_temperature", "multi_temperature_response"]
    yardsticks = [f"at_temperature-{T}K" for T in (250, 300, 625, 700)]
    assert config.model_names("spline") == names + yardsticks
    own = ["at_temperature-300K", "at_temperature-700K"]
    assert config.model_names("hipnn_ts") == ["baseline", "trf2", *own]
    few = load_config(
        changed({"models.spline": ["at_temperature", "trf2", "trf1", "baseline"], "spline.held_out_K": [625]})
    )
    assert few.model_names("spline") == ["baseline", "trf1", "trf2", "at_temperature-625K"]


def test_training_frames_are_labelled_where_a_mode_asks_for_them():
    config = load_config({})
    assert [config.training_frames(T) for T in (395, 300)] == [24, 0]
    assert [config.n_batches(T) for T in (395, 300)] == [6, 2]
    assert load_config(changed({"frames.test": 13})).n_batches(300) == 3
    plain = {f"models.{name}": list(CLAIMED_MODES) for name in ARCHITECTURES}
    plain["dynamics.architectures"] = []
    assert load_config(changed(plain)).training_frames(395) == 0
    assert load_config(changed(plain)).n_batches(395) == 2
    for name in ARCHITECTURES:
        one = plain | {f"models.{name}": [*CLAIMED_MODES, "trf2_conditional"]}
        assert load_config(changed(one)).training_frames(395) == 24
    # frames that are not labelled need no room in the run
    load_config(changed(plain | {"frames.train": 1000}))


def test_runs_record_frames_for_the_response_where_it_is_estimated():
    assert load_config({}).response_K == [300, 395, 700]
    few = {"models.spline": [*CLAIMED_MODES], "models.hipnn_ts": [], "dynamics.architectures": []}
    assert load_config(changed(few)).response_K == [395]
    no_splines = {"models.spline": [], "models.hipnn_ts": ["baseline", "trf2", "at_temperature"]}
    assert load_config(changed(no_splines | {"dynamics.architectures": []})).response_K == [395]


def test_a_rung_at_the_very_top_of_the_span_counts():
    # 1.15 x 440 is 505.99999999999994 in double precision
    ladder = sorted([*LADDER_K, 506])
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
