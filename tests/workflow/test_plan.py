"""What Snakemake would do: dry runs, lint, and configurations that are refused."""

import shlex
import shutil
import subprocess
import sys

import pytest

from support.workplace import ROOT, Workplace, environment

PRESETS = sorted(path.name for path in (ROOT / "resources" / "presets").glob("*.yaml"))


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("plan") / "repository")


@pytest.mark.parametrize("preset", [None, *PRESETS])
def test_dry_run_of_every_preset(fresh, preset):
    files = ("config.yaml",) if preset is None else ("config.yaml", f"resources/presets/{preset}")
    jobs = fresh.planned(configfiles=files)
    own = {"methanol.yaml", "water_methanol.yaml"}
    for_water = {"all_atom", "sample_conditional", "label", "claims", "figures", "water_figures"}
    for_liquids = {"run_own_system", "own_claims", "figures"}
    assert (for_liquids if preset in own else for_water) | {"train", "cg_md"} <= set(jobs)
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


PUBLISHERS = {
    "reference": ("default or large or paper", "results"),
    "reference_dynamics": ("default", "dynamics"),
    "estimators": ("default", "estimator_figures"),
    "reference_engine": ("default", "engine"),
}


@pytest.mark.parametrize("target", PUBLISHERS)
def test_a_study_of_another_name_never_reaches_the_published_results(tmp_path, target):
    """Refused while jobs are planned: before a job starts, Snakemake removes what it is to make."""
    workplace = Workplace(tmp_path / "repository")
    published = workplace.folder / "results/reference" / target.removeprefix("reference_") / "tables/a.csv"
    published.parent.mkdir(parents=True)
    published.write_text("published\n")
    allowed, instead = PUBLISHERS[target]
    text = workplace.run(target, check=False)
    assert f"study is 'smoke'; allowed: {allowed} (" in text
    assert f"the target {instead} " in text
    assert published.read_text() == "published\n"
    assert not workplace.results.exists()
    # what the message names instead is a target
    assert "reference" not in workplace.planned(instead)


def test_the_studies_that_are_published_are_not_refused(fresh):
    jobs = fresh.planned(*PUBLISHERS, configfiles=("config.yaml",))
    assert {jobs[target] for target in PUBLISHERS} == {1}
    assert fresh.planned("reference", configfiles=("config.yaml", "resources/presets/paper.yaml"))[
        "reference"
    ]


@pytest.mark.parametrize(
    ("compute", "on_a_card"),
    [
        ("{}", set()),
        ("{platform: CPU, device: cpu}", set()),
        ("{platform: CUDA}", {"all_atom", "sample_conditional", "constant_energy", "speed"}),
        (
            "{device: cuda}",
            {
                "train hipnn_ts",
                "cg_md hipnn_ts",
                "evaluate hipnn_ts",
                "excess",
                "reference_errors",
                "speed",
                "thermodynamics",
            },
        ),
    ],
)
def test_jobs_ask_for_a_card_where_the_configuration_names_one(fresh, compute, on_a_card):
    """A dry run tells; it is no matter whether this machine, perhaps a login node, has a card."""
    text = fresh.run("--dry-run", configfiles=fresh.changed(f"compute: {compute}"))
    asking, rule, arch = set(), "", ""
    for line in text.splitlines():
        if line.startswith("rule "):
            rule, arch = line.removeprefix("rule ").rstrip(":"), ""
        elif line.startswith("    wildcards: ") and "arch=" in line:
            arch = " " + line.split("arch=")[1].split(",")[0]
        elif line.startswith("    resources: ") and "gpu=1" in line:
            asking.add(rule + arch)
    assert asking == on_a_card


@pytest.mark.skipif(not shutil.which("make"), reason="no make")
@pytest.mark.parametrize("cards", [False, True])
@pytest.mark.parametrize("given", [None, ""])
def test_make_holds_jobs_to_the_memory_of_the_machine_and_to_its_cards(fresh, given, cards):
    """An empty MEM_MB is what make finds where there is no /proc/meminfo."""
    changed = [] if given is None else [f"MEM_MB={given}"]
    changed += ["GPU_JOBS=3"] if cards else []
    shell = {key: value for key, value in environment().items() if key not in ("MAKEFLAGS", "MAKELEVEL")}
    printed = subprocess.run(
        ["make", "--dry-run", *changed, "reproduce"], cwd=ROOT, env=shell, text=True, capture_output=True
    ).stdout.splitlines()
    command = shlex.split(next(line for line in printed if line.startswith(".venv/bin/snakemake ")))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", *command[1:], "--dry-run"],
        cwd=fresh.folder,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "This was a dry-run" in done.stdout
    assert ("gpu=3" in command) == cards
    ceiling = [word for word in command if word.startswith("mem_mb=")]
    if given is None:
        assert len(ceiling) == 1
        assert 256 < int(ceiling[0].partition("=")[2]) < 1e8
    else:
        assert not ceiling
