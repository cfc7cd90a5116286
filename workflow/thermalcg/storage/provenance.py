"""Provenance of an output: hash of its configuration, seed, versions of packages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import metadata

#: Packages whose versions are written into every output.
RECORDED_PACKAGES = ("openmm", "torch", "numpy", "scipy", "mdtraj", "hippynn", "numba", "xarray", "snakemake")


@dataclass(frozen=True)
class Provenance:
    """Provenance of an output, written into its attributes.

    Attributes:
        config_hash: of the keys of the configuration that the output depends on.
        seed: of the study.
        created_by: rule or function that made the output.
    """

    config_hash: str
    seed: int
    created_by: str

    def attributes(self) -> dict[str, str | int]:
        """Attributes of a dataset or a model file, versions of packages among them."""
        return {
            "config_hash": self.config_hash,
            "seed": self.seed,
            "created_by": self.created_by,
            "versions": json.dumps(versions()),
        }


def versions() -> dict[str, str]:
    """Installed version of each package that results depend on; ``absent`` where it is not installed."""
    found = {}
    for name in RECORDED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found
