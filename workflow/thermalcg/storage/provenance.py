"""Where an output comes from: configuration hash, seed, versions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import metadata

#: Packages whose versions are written into every output.
RECORDED_PACKAGES = ("openmm", "torch", "numpy", "scipy", "mdtraj", "hippynn", "numba", "xarray", "snakemake")


@dataclass(frozen=True)
class Provenance:
    """Where an output comes from; written into its attributes."""

    config_hash: str
    seed: int
    created_by: str

    def attributes(self) -> dict[str, str | int]:
        return {
            "config_hash": self.config_hash,
            "seed": self.seed,
            "created_by": self.created_by,
            "versions": json.dumps(versions()),
        }


def versions() -> dict[str, str]:
    """Installed versions of the packages that the numbers depend on."""
    found = {}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found
