"""Settings of the whole test suite, and a marker for each test from the folder it lies in."""

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

TESTS = Path(__file__).parent
TIERS = ("unit", "physics", "workflow")


def pytest_collection_modifyitems(items):
    for item in items:
        for tier in TIERS:
            if TESTS / tier in item.path.parents:
                item.add_marker(tier)
