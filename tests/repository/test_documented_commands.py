"""What the texts tell a reader to type: the targets exist, the example of a configuration is accepted."""

import re
from pathlib import Path

import pytest

from thermalcg.config.files import read_config
from thermalcg.trajectories.mapping_file import read_mapping
from thermalcg.trajectories.run_file import RunFile

ROOT = Path(__file__).parents[2]

TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*/*.md"))]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_exists(path):
    named = set()
    for line in re.findall(r"(?:^|`)make ([^`\n#]*)", path.read_text(), re.MULTILINE):
        words = [word for word in line.split() if re.fullmatch(r"[a-z]+", word)]
        named |= set(words[: len(words) if "=" not in line else 1])
    assert named <= targets()


def test_every_preset_of_a_command_exists():
    own = {"tip4p_cold", "opc3"}  # the reader writes them
    for path in TEXTS:
        for name in re.findall(r"PRESET=(\w+)", path.read_text()):
            assert name in own or (ROOT / "resources" / "presets" / f"{name}.yaml").is_file(), (path, name)


def test_the_example_of_a_study_is_accepted(tmp_path):
    text = (ROOT / "docs" / "howto" / "your_own_study.md").read_text()
    example = tmp_path / "tip4p_cold.yaml"
    example.write_text(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1])
    config = read_config([ROOT / "config.yaml", example])
    assert (config.study, config.water.model, config.temperatures.reference_K) == (
        "tip4p_cold",
        "tip4p2005",
        350,
    )


def test_the_files_of_an_own_trajectory_are_accepted(tmp_path):
    text = (ROOT / "docs" / "howto" / "own_trajectory.md").read_text()
    mapping, gromacs, lammps, study = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    for name, content in {"mapping": mapping, "gromacs": gromacs, "lammps": lammps, "own": study}.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    assert read_mapping(tmp_path / "mapping.yaml").beads == 512
    formats = [RunFile(tmp_path / f"{name}.yaml").format for name in ("gromacs", "lammps")]
    assert formats == ["trr", "lammps"]
    config = read_config([ROOT / "config.yaml", tmp_path / "own.yaml"])
    assert config.model_names("spline") == ["baseline", "trf2"]
    assert not config.simulates_water


def test_the_files_of_an_own_openmm_system_are_accepted(tmp_path):
    text = (ROOT / "docs" / "howto" / "own_openmm_system.md").read_text()
    mapping, study = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (tmp_path / "mapping.yaml").write_text(mapping)
    (tmp_path / "own.yaml").write_text(study)
    assert read_mapping(tmp_path / "mapping.yaml").beads == 64
    config = read_config([ROOT / "config.yaml", tmp_path / "own.yaml"])
    assert config.system.kind == "openmm"
    assert config.temperatures.all_K == [260, 298.15, 340]
