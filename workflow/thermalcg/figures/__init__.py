"""Figures of the report: functions from tables and datasets, already read, to a matplotlib Figure.

No function reads or writes a file; ``style.use`` sets the looks and ``style.save`` writes.
"""

from .benchmark import (
    estimator_radius,
    estimator_size,
    estimators,
    frozen,
    reweighting,
    sampler_cost,
    thermodynamics,
)
from .diffusion import arrhenius
from .force_error import excess, force_error, learning_curve, parity
from .memory_kernels import memory_kernels
from .motion import all_atom_motion, motion
from .motion_error import dynamics_error
from .sampling import convergence, prior_figure, training_history
from .structure import adf_panels, rdf_panels, structural_error
from .style import save, use
from .summary import claims, cost, speed

__all__ = [
    "adf_panels",
    "all_atom_motion",
    "arrhenius",
    "claims",
    "convergence",
    "cost",
    "dynamics_error",
    "estimator_radius",
    "estimator_size",
    "estimators",
    "excess",
    "force_error",
    "frozen",
    "learning_curve",
    "memory_kernels",
    "motion",
    "parity",
    "prior_figure",
    "rdf_panels",
    "reweighting",
    "sampler_cost",
    "save",
    "speed",
    "structural_error",
    "thermodynamics",
    "training_history",
    "use",
]
