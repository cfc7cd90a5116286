"""No file or configuration value that is read can run code: no pickles, no eval, no shell."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "workflow").rglob("*.py"))
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]

#: Modules that run code from the files they read.
UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
#: Calls that run code from text, or hand text to a shell.
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__"}
UNSAFE_METHODS = {"read_pickle", "to_pickle", "unsafe_load", "full_load"}
UNSAFE_IN_OS = {"system", "popen"}


def weaknesses(source: str) -> list[str]:
    """What in a Python source may run code that it was not written with: line and reason."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            names = []
        found += [f"{node.lineno}: imports {n}" for n in names if n.split(".")[0] in UNSAFE_MODULES]
        if isinstance(node, ast.Call) and (reason := unsafe_call(node)):
            found.append(f"{node.lineno}: {reason}")
    return found


def unsafe_call(call: ast.Call) -> str:
    """Why a call is unsafe; empty where it is not."""
    keywords = {k.arg: getattr(k.value, "value", "?") for k in call.keywords if k.arg}
    if keywords.get("allow_pickle", False) is not False:
        return "allow_pickle"
    if keywords.get("shell", False) is not False:
        return "shell"
    if isinstance(call.func, ast.Name):
        return call.func.id if call.func.id in UNSAFE_CALLS else ""
    if not isinstance(call.func, ast.Attribute):
        return ""
    module = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
    name = call.func.attr
    if name in UNSAFE_METHODS or (module == "os" and name in UNSAFE_IN_OS):
        return name
    if name == "load" and module == "torch" and keywords.get("weights_only") is not True:
        return "torch.load without weights_only=True"
    if name in ("load", "load_all") and module == "yaml":
        return f"yaml.{name}: safe_load is enough"
    return ""


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "eval(text)",
        "exec(text)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "pd.read_pickle(path)",
    ],
)
def test_the_scan_finds(source):
    assert weaknesses(source)


@pytest.mark.parametrize(
    "source",
    [
        "np.load(path)",
        "np.load(path, allow_pickle=False)",
        "torch.load(path, weights_only=True)",
        "yaml.safe_load(text)",
        "model.eval()",
        "re.compile(text)",
        "subprocess.run([a, b])",
    ],
)
def test_the_scan_lets_pass(source):
    assert not weaknesses(source)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_source_runs_code_that_it_reads(path):
    assert weaknesses(path.read_text()) == []


@pytest.mark.parametrize("path", RULES, ids=lambda p: p.name)
def test_no_rule_hands_anything_to_a_shell(path):
    """Values of the configuration reach scripts as values, never as text of a command."""
    text = path.read_text()
    assert not re.search(r"^\s+(shell|run|wrapper|cwl|notebook)\s*:", text, re.MULTILINE)
    assert not re.search(r"\b(shell|eval|exec|system|popen)\s*\(", text)
    assert not re.search(r"\b(" + "|".join(UNSAFE_MODULES) + r")\b", text)


#: Writes one file of each kind, then reads all while Python reports every object that is unpickled.
READ_ALL = """
import sys
import numpy as np, pandas as pd, xarray as xr
from thermalcg.runtime.settings import from_section
from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.model import Spline
from thermalcg.storage.checkpoints import Checkpoints
from thermalcg.config.files import load_config
from thermalcg.storage.provenance import Provenance
from thermalcg.storage.datasets import read_dataset, variable, write_dataset
from thermalcg.storage.tables import read_table, write_table
from thermalcg.models.expansion import Expansion
from thermalcg.models.potential import ThermalPotential, load_ensemble, save_ensemble
from thermalcg.models.prior import Prior

folder, origin = sys.argv[1], Provenance("c0ffee", 1, "test")
settings = from_section(SplineSettings, load_config({}).model_dump()["spline"])
expansion, prior = Expansion("linear", 395.0), Prior(1e-6, 12, 0.3)
member = ThermalPotential(Spline(np.ones((2, settings.functions)), settings), expansion, prior)
save_ensemble(f"{folder}/m.safetensors", [member], origin)
write_dataset(xr.Dataset({"x": variable(("t",), np.ones(3), "nm")}), f"{folder}/d.nc", origin)
write_table(pd.DataFrame({"x": [1.0]}), f"{folder}/t.csv")
Checkpoints(f"{folder}/c", {"a": 1}).save({"x": np.ones(3)}, {"y": np.ones(2)})

unpickled = []
sys.addaudithook(lambda event, args: unpickled.append(args) if event.startswith("pickle.") else None)
load_ensemble(f"{folder}/m.safetensors")
read_dataset(f"{folder}/d.nc", ("x",))
read_table(f"{folder}/t.csv", ("x",))
kept = Checkpoints(f"{folder}/c", {"a": 1})
kept.state(), kept.parts()
print(unpickled)
"""


def test_readers_unpickle_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "workflow")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
