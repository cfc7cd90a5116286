"""Settings of the whole test suite, and a marker for every test."""

import os
from pathlib import Path

# Read once, when numpy, torch, numba and OpenMM are first imported.  One thread makes sums
# reproducible and lets the tests run side by side (pytest -n).
for _variable in (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "OPENMM_CPU_THREADS",
):
    os.environ.setdefault(_variable, "1")
os.environ["MPLBACKEND"] = "Agg"

from thermalcg.runtime.compiled_code import keep_apart  # noqa: E402

keep_apart()

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if TESTS / "workflow" in item.path.parents:
            item.add_marker("workflow")
        elif "physics" not in item.keywords:  # a file of physics tests says so itself
            item.add_marker("unit")
