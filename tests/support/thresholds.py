"""Thresholds of claims: those of the default configuration, some of them changed."""

from thermalcg.analysis.claims import Thresholds
from thermalcg.config.files import load_config


def thresholds(**changes: float) -> Thresholds:
    """``changes`` are keys of the section ``claims``."""
    return Thresholds(**{**load_config({}).claims.model_dump(), **changes})
