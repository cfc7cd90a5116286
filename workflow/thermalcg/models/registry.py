"""The architectures by name.

To add one, write a folder with a class of the interface ``architecture.Architecture`` and a dataclass of its
settings, enter the class below and its facts in ``names.ARCHITECTURES``, give it a section of the
configuration with the same keys, and enter what its training costs in ``planning.work.TRAINING_COSTS``.
Training sets, CG MD, tables and figures take it from there.
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
        from .spline.model import Spline

        return Spline
    if name == "hipnn_ts":
        from .hipnn_ts.model import HipnnTS

        return HipnnTS
    raise ValueError(f"architecture is {name!r}; allowed: {', '.join(ARCHITECTURES)}")


__all__ = ["ARCHITECTURES", "Architecture", "ForceField", "architecture"]
