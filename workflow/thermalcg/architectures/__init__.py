"""Architectures: what turns CG positions into the energy components W_k(R).

To add one, write a module with a class of the interface ``base.Architecture`` and name
it in ``ARCHITECTURES``; everything else (modes, training sets, CG MD, figures) follows.
"""

from __future__ import annotations

from .base import Architecture, ForceField
from .hipnn_ts import HipnnTS
from .spline import Spline

ARCHITECTURES: dict[str, type[Architecture]] = {"spline": Spline, "hipnn_ts": HipnnTS}

__all__ = ["ARCHITECTURES", "Architecture", "ForceField", "HipnnTS", "Spline"]
