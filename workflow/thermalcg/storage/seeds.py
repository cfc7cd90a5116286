"""Independent seeds for all pieces of work, derived from the one seed of the configuration."""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *labels: object) -> int:
    """A seed in [1, 2^31) for one named piece of work, the same on every machine."""
    digest = hashlib.sha256(repr((seed, *map(str, labels))).encode()).digest()
    return 1 + int.from_bytes(digest[:8], "little") % (2**31 - 2)
