"""Architectures: what turns CG positions into the energy components W_k(R).

To add one, write a module with a class of the interface ``base.Architecture`` and enter it
in ``architecture``; everything else (modes, training sets, CG MD, figures) follows.
"""

from __future__ import annotations

from .architecture import Architecture, ForceField
from .names import ARCHITECTURES


def architecture(name: str) -> type[Architecture]:
    """The class of an architecture, imported when it is asked for: hippynn takes seconds to import.

    Raises:
        ValueError: unknown name.
    """
    if name == "spline":
        from thermalcg.models.spline.fit import Spline

        return Spline
    if name == "hipnn_ts":
        from thermalcg.models.hipnn_ts.trainer import HipnnTS

        return HipnnTS
    raise ValueError(f"architecture is {name!r}; allowed: {', '.join(ARCHITECTURES)}")


__all__ = ["ARCHITECTURES", "Architecture", "ForceField", "architecture"]
