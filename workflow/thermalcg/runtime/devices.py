"""The torch device that networks run on; unlike ``platforms``, it needs no OpenMM."""

from __future__ import annotations


def choose_device(name: str = "auto") -> str:
    """Name of the torch device: ``cuda`` if there is one and ``cpu`` was not asked for, else ``cpu``.

    Raises:
        ValueError: ``cuda`` was asked for and is absent.
    """
    import torch

    present = torch.cuda.is_available()
    if name == "cuda" and not present:
        raise ValueError("compute.device is 'cuda'; this machine offers: cpu")
    return "cuda" if present and name != "cpu" else "cpu"
