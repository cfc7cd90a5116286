"""Compile the loops for so many radial and angular functions: ``python -m thermalcg.cg.compile_loops 4 5``.

Run by ``runtime.compiled_code.compile_beforehand``.
"""

from __future__ import annotations

import sys

import numpy as np

from thermalcg.models.spline.basis import SplineSettings
from thermalcg.models.spline.tables import tables_of

from .baths import friction_bath
from .compiled_engine import BLOCK, CompiledEngine
from .replicas import Beads


def main() -> None:
    """Move a few beads with a potential of so many radial and angular functions, few and many at a time."""
    radial, angular = map(int, sys.argv[1:])
    settings = SplineSettings(0.5, 0.2, 8, 0.4, radial, angular - 1, 0.0)
    flat = np.zeros(settings.functions)
    tables = tables_of(flat, settings, lambda r: (np.zeros_like(r), np.zeros_like(r)), 0.0)
    for n in (8, BLOCK + 1):
        side = int(np.ceil(n ** (1 / 3)))
        grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(-1, 3)[:n] * 0.5
        beads = Beads(grid[None].astype(float), max(side * 0.5, 1.2), 18.0)
        state = {"position": beads.start.reshape(-1, 3), "velocity": np.zeros((n, 3))}
        bath = friction_bath(5.0, 18.0, 300.0, 0.001)
        CompiledEngine([tables], beads, bath, state, 1).advance(1, 1)


if __name__ == "__main__":
    main()
