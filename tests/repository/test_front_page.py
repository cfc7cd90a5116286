"""The front page: it shows what the committed tables hold, and its example runs."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from thermalcg.config.files import load_config
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, save_ensemble
from thermalcg.models.prior import Prior
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.runtime.settings import from_section
from thermalcg.storage.datasets import write_dataset
from thermalcg.storage.provenance import Provenance

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
REMEDY = "run: python docs/front_page.py"
BOX = 1.25  # nm


@pytest.fixture(scope="module")
def front_page():
    spec = importlib.util.spec_from_file_location("front_page", ROOT / "docs" / "front_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_claims_are_those_of_the_table(front_page):
    claims = front_page.read("default", "claims")
    for name, kind in (("claims", "study"), ("goals", "project")):
        (text,) = (t for t in map(Path.read_text, front_page.TEXTS) if f"<!-- {name} -->" in t)
        assert front_page.claims_table(claims, name) in text, REMEDY
        # and independently of how the rows are written: as many verdicts of each kind as the table has
        block = text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
        for verdict, count in claims.loc[claims["kind"] == kind, "verdict"].value_counts().items():
            listed = re.findall(rf"{verdict} at ([\d., and]+) K", block)
            assert sum(len(re.findall(r"[\d.]+", temperatures)) for temperatures in listed) == count


def test_every_number_that_names_its_source_is_the_one_in_the_table(front_page):
    for path in front_page.TEXTS:
        text = path.read_text()
        assert len(re.findall(r"<!-- \w+/\w+:", text)) == len(front_page.NUMBER.findall(text)), path
        assert front_page.with_numbers(text) == text, f"{path}: {REMEDY}"


def test_the_picture_was_drawn_from_the_committed_table(front_page):
    drawn_from = Image.open(front_page.PICTURE).text["Table"]
    assert drawn_from == front_page.fingerprint(front_page.read("default", "structure_error")), REMEDY


def test_a_stale_number_is_renewed_and_an_unknown_one_refused(front_page):
    where = "observable=rdf architecture=spline mode={} temperature_K=250"
    source = f"<!-- default/structure_error: distance ± stderr; {where} -->"
    row = front_page.read("default", "structure_error").query(
        "observable == 'rdf' and architecture == 'spline' and mode == 'baseline' and temperature_K == 250"
    )
    renewed = front_page.with_numbers("1.000 ± 0.100" + source.format("baseline"))
    value, error = map(float, renewed.split("<")[0].split(" ± "))
    assert value == pytest.approx(row["distance"].item(), abs=error)
    assert error == pytest.approx(row["stderr"].item(), rel=0.5)
    with pytest.raises(ValueError, match="selects 0 rows"):
        front_page.with_numbers("1.000 ± 0.100" + source.format("trf9"))


@pytest.mark.parametrize(
    ("value", "text"), [(7.4445, "7.4"), (11.8873, "11.9"), (1.08479, "1.08"), (0.312, "0.31"), (36.9, "37")]
)
def test_numbers_without_an_error_have_two_digits(front_page, value, text):
    assert front_page._rounded(value) == text


def test_verdicts_are_listed_with_their_temperatures(front_page):
    rows = pd.DataFrame({"verdict": ["holds", "undecided", "holds"], "temperature_K": [700, 298.15, 250]})
    assert front_page.verdicts(rows) == "holds at 250 and 700 K; undecided at 298.15 K"
    assert front_page.verdicts(rows[:0]) == "not studied"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Files of the same kind as those of a study, small and random: a folder, its positions, its models."""
    folder, rng = tmp_path_factory.mktemp("study"), np.random.default_rng(0)
    settings = from_section(SplineSettings, load_config({}).model_dump()["spline"])
    cells = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), -1).reshape(-1, 3)
    position = (cells + 0.5) * BOX / 4 + rng.normal(scale=0.01, size=(12, 64, 3))
    mapped = xr.Dataset(
        {"position": (("time", "bead", "axis"), position, {"units": "nm"})},
        attrs={"box_nm": BOX, "bead_mass_amu": 18.015},
    )
    provenance = Provenance("c0ffee", 7, "rule train")
    write_dataset(mapped, folder / "results/default/mapped/395.nc", provenance)
    members = [
        ThermalPotential(
            Spline(0.01 * rng.normal(size=(2, settings.functions)), settings),
            Expansion("linear", 395.0),
            Prior(1e-6, 12, 0.3),
        )
        for _ in range(3)
    ]
    save_ensemble(folder / "results/default/models/spline/trf2.safetensors", members, provenance)
    return folder, position, members


def run_example(text: str, folder) -> str:
    """Run the only block of Python in a text, and give back what it printed."""
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "workflow"), "HOME": str(folder)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_of_the_front_page_runs(study):
    folder, position, members = study
    printed = run_example(README, folder)
    force, *others = (m.mean_force(position[:10], BOX, 450.0)[0, 0] for m in members)
    error = np.std(others, axis=0, ddof=1)
    assert f"force on bead 0: {force} +- {error} kJ/mol/nm" in printed
    pressure = members[0].pressure(position[:10], BOX, 450.0).mean()
    assert float(re.search(r"pressure: (\S+) bar", printed)[1]) == pytest.approx(pressure)


def test_the_example_of_a_simulation_runs(study):
    printed = run_example((ROOT / "docs/howto/simulate.md").read_text(), study[0])
    assert "'run': 2, 'time': 50, 'bead': 64, 'axis': 3" in printed
    assert "healthy: [1 1]" in printed
    kinetic = float(re.search(r"kinetic temperature: ([\d.]+) K", printed)[1])
    assert kinetic == pytest.approx(450, rel=0.1)
