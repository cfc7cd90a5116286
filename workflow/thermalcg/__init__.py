"""Coarse-grained force fields with a thermal response.

The science of the workflow as an importable library: it knows nothing of
Snakemake.  Units everywhere are nm, ps, kJ/mol, K and amu.

    water = thermalcg.load("results/default/models/spline/trf2.safetensors")
    force, error = water.mean_force(positions, box=1.24, temperature=350)
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    """``load``, imported when it is asked for: numba and its kernels take a second to import."""
    if name == "load":
        from thermalcg.models.ensemble import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
