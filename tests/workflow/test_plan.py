"""What Snakemake would do: dry runs, lint, and configurations that are refused."""

import subprocess
import sys

import pytest
from conftest import ROOT, Workplace, environment

PRESETS = sorted(path.name for path in (ROOT / "resources" / "presets").glob("*.yaml"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("plan") / "repository")


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_dry_run_of_every_preset(fresh, preset):
    files = ("config.yaml",) if preset is None else ("config.yaml", f"resources/presets/{preset}")
    jobs = fresh.planned(configfiles=files)
    assert {"all_atom", "sample_conditional", "label", "train", "cg_md", "claims", "figures"} <= set(jobs)
    assert not (fresh.folder / "results").exists()


def test_the_default_configuration_is_found_without_being_named(fresh):
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run"],
        cwd=fresh.folder,
        env=environment(),
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "results/default/" in done.stdout + done.stderr


def test_lint_is_clean(fresh):
    assert "Congratulations" in fresh.run("--lint")


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("water: {cutoff_nm: 0.9}", ("water.cutoff_nm", "0.9", "half the box")),
        ("frames: {trian: 5}", ("frames.trian", "train")),
        ("temperatures: {held_out_K: [300, 395]}", ("temperatures.held_out_K", "395")),
        ("compute: {platform: CUDA}", ("compute.platform", "CUDA", "offers")),
        ("water: {model: heavy}", ("water.model", "heavy", "spce")),
    ],
)
def test_a_bad_configuration_is_refused_before_any_job(fresh, override, named):
    text = fresh.run(configfiles=fresh.changed(override), check=False)
    assert "configuration refused" in text
    for word in named:
        assert word in text
    assert "Traceback" not in text
    assert not (fresh.folder / "results").exists()
