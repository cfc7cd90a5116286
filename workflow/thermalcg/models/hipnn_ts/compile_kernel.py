"""Compile the force of networks of a tensor order: ``python -m thermalcg.models.hipnn_ts.compile_kernel 1``.

Run by ``runtime.compiled_code.compile_beforehand``.
"""

from __future__ import annotations

import sys

import numpy as np

from .model import HipnnTS
from .network import EnergyNetwork, HipnnSettings


def main() -> None:
    """The force of a small network on a few beads, and on many with a list of neighbours."""
    order = int(sys.argv[1])
    settings = HipnnSettings(1, order, 4, 4, 1, 1, 0.2, 0.5, 0.6, 1, 0.01, 1, 1, 0.1, 1)
    network = HipnnTS(EnergyNetwork(settings, np.ones(1)).requires_grad_(False))
    for side in (2, 6):
        grid = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(1, -1, 3) * 0.3
        network.force_field(np.ones(1), max(side * 0.3, 1.3))(grid)


if __name__ == "__main__":
    main()
