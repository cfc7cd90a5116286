"""Configuration files: YAML 1.2, merged in the order in which they are named, refused by name."""

import subprocess
import sys

import pytest

from support.configurations import ROOT, changed
from thermalcg.config.files import load_config, read_config
from thermalcg.config.messages import ConfigError


def test_later_files_override_earlier_ones_key_by_key(tmp_path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text("frames: {train: 5, test: 4}\nstudy: one\n")
    second.write_text("frames: {test: 3}\n")
    config = read_config([first, second])
    assert config == load_config(changed({"study": "one", "frames.train": 5, "frames.test": 3}))


def test_numbers_and_words_are_those_of_yaml_1_2(tmp_path):
    """1e3 is a number, and so is 010; no and on are words."""
    own = tmp_path / "own.yaml"
    own.write_text(
        "study: no\nall_atom: {production_ps: 1e3}\nhipnn_ts: {learning_rate: 1e-3, epochs: 0010}\n"
    )
    config = read_config([own])
    assert (config.study, config.all_atom.production_ps) == ("no", 1000.0)
    assert (config.hipnn_ts.learning_rate, config.hipnn_ts.epochs) == (0.001, 10)


def test_a_number_that_is_too_large_is_told_the_range(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("all_atom: {production_ps: 1.0e9}\n")
    with pytest.raises(ConfigError, match="is 1000000000.0; allowed: a number > 0 and <= 1000000"):
        read_config([own])


def test_the_command_line_overrides_the_files(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("frames: {train: 5, test: 4}\n")
    # as Snakemake hands over: --config seed=7 frames='{test: 3}' temperatures='{multi_K: [300, 395, 625]}'
    given = {"seed": 7, "frames": {"test": "3"}, "temperatures": {"multi_K": ["300", "395", "625"]}}
    config = read_config([own], given)
    assert (config.seed, config.frames.train, config.frames.test) == (7, 5, 3)
    assert config.temperatures.multi_K == [300, 395, 625]


@pytest.fixture
def elsewhere(tmp_path):
    """A folder outside the repository, where the Snakefile's own configfile is not found."""
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    return tmp_path


def planned(tmp_path, *arguments):
    """A dry run in a folder."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", tmp_path, "--cores", "1", *arguments]
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_snakemake_takes_our_reading_of_the_files_and_the_command_line_on_top(elsewhere):
    own = elsewhere / "own.yaml"
    own.write_text("study: off\nseed: 1\nall_atom: {production_ps: 1e3}\n")
    arguments = ("--configfile", ROOT / "config.yaml", own, "--config", "frames={test: 3}", "seed=5")
    done = planned(elsewhere, *arguments, "--", "results/off/all_atom/300.nc")
    assert done.returncode == 0, done.stdout
    assert "results/off/all_atom/300.nc" in done.stdout
    done = planned(elsewhere, "--configfile", ROOT / "config.yaml", own, "--config", "frames={test: 0}")
    assert done.returncode == 1
    assert "frames.test is 0; allowed: a whole number >= 2" in done.stdout


def test_real_temperatures_stand_in_file_names_as_they_were_given(elsewhere):
    own = elsewhere / "own.yaml"
    own.write_text(
        "study: real\n"
        "temperatures: {reference_K: 298.15, held_out_K: [273.15, 310.5, 330.0],\n"
        "               multi_K: [273.15, 298.15, 330]}\n"
        "conditional: {ladder_K: [273.15, 285, 298.15, 310.5, 330]}\n"
        "hipnn_ts: {held_out_K: [310.5]}\n"
        "dynamics: {temperatures_K: [273.15, 298.15, 310.5, 330]}\n"
    )
    done = planned(
        elsewhere, "--configfile", ROOT / "config.yaml", own, "--", "all", "dynamics", "estimator_figures"
    )
    assert done.returncode == 0, done.stdout[-3000:]
    for name in (
        "all_atom/273.15.nc",
        "mapped/298.15.nc",
        "labels/310.5.nc",
        "frames/330.nc",
        "products/298.15.nc",
        "models/spline/at_temperature-273.15K.safetensors",
        "models/hipnn_ts/at_temperature-310.5K.safetensors",
        "cg/spline/at_temperature-273.15K/273.15.nc",
        "cg/spline/baseline/298.15.nc",
        "cg/spline/at_temperature-330K/330.nc",
        "dynamics/kernel/spline/298.15.nc",
        "dynamics/cg/spline/310.5.nc",
        "estimators/frozen.nc",
    ):
        assert f"results/real/{name}" in done.stdout, name
    assert "330.0" not in done.stdout


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
    done = planned(tmp_path, "--configfile", ROOT / "config.yaml", tmp_path / "own.yaml")
    assert done.returncode == 1
    assert done.stdout.count("configuration refused:") == 1
    assert said in done.stdout
    assert "Traceback" not in done.stdout
    assert "Job stats" not in done.stdout
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["own.yaml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frames:\n  test: 4\nframes:\n  train: 4\n", "the key 'frames' is given twice"),
        ("frames:\n  test: 4\n  train: 4\n  test: 5\n", "the key 'test' is given twice"),
        ("frames: [1\n  test: 2\n", "not valid YAML"),
        ("frames:\n\ttest: 2\n", "not valid YAML"),
        ("[a]: 1\n", "a key is a list or a mapping; allowed: a word"),
        ("just words\n", "holds 'just words'; allowed: keys with their values"),
        ("- 1\n- 2\n", "holds [1, 2]; allowed: keys with their values"),
        ("!!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("a: b: c\n", "line 1: "),
        ("frames: {test: 4, test: 5}\n", "line 1: the key 'test' is given twice"),
        ("--- {}\n--- {}\n", "not valid YAML"),
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
