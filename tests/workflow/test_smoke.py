"""The smoke preset from start to report, reruns, and runs that were killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from support.declared import undeclared
from support.workplace import ROOT, environment
from thermalcg.cli.main import main

TABLES = {
    "force_error": [
        "architecture",
        "mode",
        "seed",
        "temperature_K",
        "rmse_kJ_per_mol_nm",
        "stderr",
        "noise_floor",
        "yardstick",
    ],
    "structure_error": [
        "observable",
        "architecture",
        "mode",
        "temperature_K",
        "distance",
        "stderr",
        "low",
        "high",
        "square",
        "square_stderr",
        "freedom",
    ],
    "claims": [
        "kind",
        "claim",
        "architecture",
        "temperature_K",
        "value",
        "low",
        "high",
        "level",
        "threshold",
        "side",
        "verdict",
    ],
    "benchmarks": ["stage", "rule", "jobs", "wall_s", "cpu_s", "max_rss_MB"],
}


def test_tables_have_their_columns_and_rows(smoke):
    for name, columns in TABLES.items():
        table = pd.read_csv(smoke.results / "tables" / f"{name}.csv")
        assert list(table.columns) == columns
        assert len(table)
    errors = pd.read_csv(smoke.results / "tables" / "force_error.csv")
    assert set(errors["architecture"]) == {"spline", "hipnn_ts"}
    modes = {"baseline", "trf1", "trf2", "trf1_conditional", "trf1_products", "at_temperature"}
    modes |= {"multi_temperature", "multi_temperature_response"}
    assert set(errors["mode"]) == modes
    assert set(errors["temperature_K"]) == {300, 395, 625}
    assert (errors["noise_floor"] > 0).all()


def test_every_output_says_where_it_comes_from(smoke):
    for path in smoke.results.rglob("*.nc"):
        with xr.open_dataset(path, engine="h5netcdf") as data:
            for name in ("config_hash", "versions", "seed", "created_by"):
                assert name in data.attrs, path
            assert all("units" in v.attrs for v in data.data_vars.values()), path


def test_a_model_file_says_all_that_the_command_asks_for(smoke, capsys):
    for arch, model, tested in (
        ("spline", "trf1", "300, 395, 625 K"),
        ("hipnn_ts", "baseline", "300, 395, 625 K"),
        ("spline", "at_temperature-300K", "300 K"),
    ):
        main(["info", str(smoke.results / "models" / arch / f"{model}.safetensors")])
        printed = capsys.readouterr().out
        assert f"{'tested at':18}{tested}\n" in printed
        assert f"{'beads':18}32\n" in printed
        assert "not recorded" not in printed
        assert "kJ/mol/nm (noise of the labels: " in printed


def test_every_file_is_as_declared(smoke):
    assert undeclared(smoke.results) == {}


def test_the_python_of_the_tutorial_runs(smoke):
    """The lines in docs/tutorial/smoke.md that load a trained force field."""
    page = (ROOT / "docs" / "tutorial" / "smoke.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    variables = {**environment(), "PYTHONPATH": "workflow"}
    command = [sys.executable, "-c", code]
    printed = subprocess.run(
        command, cwd=smoke.folder, env=variables, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert printed[0] == "trf1 {'kind': 'linear', 'reference': 395.0} 2 members"
    assert [line.split(",")[0] for line in printed[1:]] == ["395.0 K: shape (2", "625.0 K: shape (2"]
    assert printed[0] in page


def test_every_rule_that_computes_has_a_log_and_a_benchmark(smoke):
    logs = [p for p in (smoke.results / "logs").rglob("*.log")]
    benchmarks = list((smoke.results / "benchmarks").rglob("*.tsv"))
    assert len(logs) > 50
    assert len(benchmarks) > 50
    text = (smoke.results / "logs" / "all_atom" / "395.log").read_text()
    assert re.search(r"all-atom 395 K: .* ps \(100 %\), [\d.e+]+ ns/day", text)
    # nothing is left of the checkpoints
    assert not [p for p in (smoke.results / "checkpoints").rglob("*") if p.is_file()]


def test_figures_are_there_in_both_formats(smoke):
    stems = {path.stem for path in (smoke.results / "figures").glob("*.png")}
    assert {"claims", "force_error", "parity", "rdf_spline", "rdf_hipnn_ts", "convergence", "prior"} <= stems
    assert stems == {path.stem for path in (smoke.results / "figures").glob("*.pdf")}


def test_the_report_is_one_page_with_everything(smoke):
    smoke.run("--report", "results/smoke/report.html")
    page = (smoke.results / "report.html").read_text()
    assert len(page) > 500_000
    for word in ("Claims", "Forces", "Structure", "Labels", "Cost", "force_error.png", "claims.csv"):
        assert word in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.https?://", page)


def test_the_report_links_to_the_exports(copy):
    """What the goal export has made, with its README, where the report is told of it as by make report."""
    copy.run("export")
    made = {"spline/lammps", "spline/openmm", "spline/ase", "hipnn_ts/ase"}
    folder = copy.results / "export"
    assert {str(path.relative_to(folder)) for path in folder.glob("*/*")} == made
    copy.run("--report", "results/smoke/report.html", "all", "export")
    page = (copy.results / "report.html").read_text()
    assert "Force field" in page
    assert all(f"export/{one}/README.md" in page for one in made)


def test_the_lesson_on_a_trajectory_of_ones_own(copy):
    """Every block of the page, in its order, on the study of the lesson before."""
    page = (ROOT / "docs" / "tutorial" / "own_liquid.md").read_text()
    (script,), (run, config) = (
        re.findall(rf"```{kind}\n(.*?)```", page, re.S) for kind in ("python", "yaml")
    )
    (copy.folder / "data").mkdir()
    for name, text in (("own_sites.py", script), ("data/395.yaml", run), ("own.yaml", config)):
        (copy.folder / name).write_text(text)
    subprocess.run([sys.executable, "own_sites.py"], cwd=copy.folder, check=True)
    copy.run(configfiles=("config.yaml", "own.yaml"))
    results = copy.folder / "results" / "lesson"
    checked = pd.read_csv(results / "tables" / "trajectory_check.csv").set_index("check")
    assert checked.loc["force_balance", "value"] == pytest.approx(1.0, abs=0.15)
    terms = pd.read_csv(results / "tables" / "response_terms.csv").set_index(["quantity", "part"])
    gain, error = terms.loc[("response", "all"), ["gain", "gain_stderr"]].astype(float)
    assert abs(gain) < 4 * error  # as the page says: too little data
    assert (results / "figures" / "rdf_spline.png").is_file()


def test_a_rerun_does_nothing(smoke):
    assert smoke.planned() == {}


def test_a_plotting_option_reruns_only_plots(smoke):
    jobs = smoke.planned(configfiles=smoke.changed("figures: {dpi: 90}"))
    drawn = {"figures", "structure_figures", "water_figures", "dynamics_figures", "check_figures"}
    assert set(jobs) == {*drawn, "response_terms", "all"}


def test_a_change_in_a_library_module_reruns_what_uses_it(copy):
    module = copy.edited("analysis/claims.py")
    module.write_text(module.read_text() + "\n# changed\n")
    assert {"claims", "cost", "figures", "water_figures", "all"} >= set(copy.planned()) >= {"claims"}
    module = copy.edited("conditional/labels.py")
    module.write_text(module.read_text() + "\n# changed\n")
    jobs = set(copy.planned())
    assert {"label", "train", "evaluate", "force_tables"} <= jobs
    assert not jobs & {"all_atom", "map_trajectory", "select_frames", "sample_conditional"}


LONG_STEPS = {
    "all_atom": ("all_atom/395.nc", "checkpoints/all_atom/395/segment_*.npz"),
    "sample_conditional": ("conditional/395/0.nc", "checkpoints/conditional/395_0/*/segment_*.npz"),
    "train": ("models/hipnn_ts/trf2.safetensors", "checkpoints/train/hipnn_ts/trf2/segment_*.npz"),
    "cg_md": ("cg/spline/trf1/625.nc", "checkpoints/cg_md/spline/trf1/625/segment_*.npz"),
    "cg_md_network": ("cg/hipnn_ts/trf2/625.nc", "checkpoints/cg_md/hipnn_ts/trf2/625/segment_*.npz"),
}


@pytest.mark.parametrize("step", LONG_STEPS)
def test_a_killed_step_resumes_and_gives_the_same_numbers(copy, step):
    """SIGKILL to the whole process group as soon as there is a checkpoint; then a run that completes."""
    output, checkpoints = LONG_STEPS[step]
    path = copy.results / output
    whole = path.with_name("undisturbed" + path.suffix)
    shutil.move(path, whole)
    running = subprocess.Popen(
        copy.command(f"results/smoke/{output}", cores=1),
        cwd=copy.folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list(copy.results.glob(checkpoints)):
        assert running.poll() is None, "the step ended before it could be killed"
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.005)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not path.exists()
    kept = len(list(copy.results.glob(checkpoints)))
    assert kept
    copy.run("--unlock")
    copy.run(f"results/smoke/{output}", "--rerun-incomplete", cores=1)
    if path.suffix == ".nc":
        with xr.open_dataset(path, engine="h5netcdf") as a, xr.open_dataset(whole, engine="h5netcdf") as b:
            for name in set(b.data_vars) - {"wall_s"}:  # times are not the same twice
                np.testing.assert_array_equal(a[name].values, b[name].values, err_msg=str(name))
    else:
        from safetensors.numpy import load_file

        a, b = load_file(path), load_file(whole)
        assert a.keys() == b.keys()
        for name in b:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_a_truncated_dataset_is_named_and_nothing_is_made_of_it(copy):
    path = copy.results / "labels" / "395.nc"
    path.write_bytes(path.read_bytes()[:2000])
    model = copy.results / "models" / "spline" / "trf1_conditional.safetensors"
    model.unlink()
    text = copy.run(f"results/smoke/models/spline/{model.name}", "--rerun-triggers", "mtime", check=False)
    assert "results/smoke/labels/395.nc: not a readable NetCDF-4 file" in text
    assert not model.exists()


def test_nan_in_a_dataset_is_named(copy):
    path = copy.results / "mapped" / "395.nc"
    with xr.open_dataset(path, engine="h5netcdf") as data:
        data = data.load()
    data["position"][3, 2, 1] = np.nan
    data.to_netcdf(path, engine="h5netcdf")
    (copy.results / "observables" / "all_atom" / "395.nc").unlink()
    text = copy.run("results/smoke/observables/all_atom/395.nc", "--rerun-triggers", "mtime", check=False)
    assert "mapped/395.nc: variable 'position' holds 1 values that are not finite" in text
