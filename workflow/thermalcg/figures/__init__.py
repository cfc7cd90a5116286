"""Figures of the report: functions from tables and datasets, already read, to a matplotlib Figure.

No function reads or writes a file; ``style.use`` sets the looks and ``style.save`` writes.
"""

from .claims import claims
from .convergence import convergence
from .coordination import coordination
from .cost import cost
from .diffusion import arrhenius
from .economics import economics
from .engine_speed import engine_speed
from .false_convergence import false_convergence
from .force_error import excess, force_error, parity
from .large_box import large_box
from .learning_curve import learning_curve
from .memory_kernels import memory_kernels
from .models import history_table, prior_figure, training_history
from .motion import all_atom_motion, motion
from .motion_error import dynamics_error
from .radius_scan import radius_scan
from .response_terms import response_terms
from .routes import routes
from .rung_comparison import rung_comparison
from .sampler_cost import sampler_cost
from .size_scan import size_scan
from .speed import speed
from .structure import adf_panels, rdf_panels
from .structure_error import structure_error
from .style import save, use
from .thermodynamics import thermodynamics
from .time_step import time_step
from .trajectory_check import force_balance_panels

__all__ = [
    "adf_panels",
    "all_atom_motion",
    "arrhenius",
    "claims",
    "convergence",
    "coordination",
    "cost",
    "dynamics_error",
    "economics",
    "engine_speed",
    "excess",
    "force_balance_panels",
    "force_error",
    "false_convergence",
    "history_table",
    "large_box",
    "learning_curve",
    "memory_kernels",
    "motion",
    "parity",
    "prior_figure",
    "radius_scan",
    "rdf_panels",
    "response_terms",
    "routes",
    "rung_comparison",
    "sampler_cost",
    "save",
    "size_scan",
    "speed",
    "structure_error",
    "thermodynamics",
    "time_step",
    "training_history",
    "use",
]
