"""What is bought in the study of costs, and how much of it: shared by rules, estimates and the library.

A *purchase* is a set of all-atom runs and what is made of them.  Its price is all that is simulated, the
equilibration of every run included.  The module imports nothing heavy, because every start of Snakemake reads
it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from thermalcg.models.names import MODES


@dataclass(frozen=True)
class Economics:
    """Lengths and numbers of the study of costs.

    Attributes:
        lengths_ps: production of each run of a purchase, ps, ascending.
        longest_of_several_ps: the longest of these for purchases of several runs, ps.  With it three runs
            cost more than one of the longest.
        pieces: disjoint parts of a run that each stand for a run of its own; errors come from their scatter.
        interval_ps: from one frame to the next, ps: beyond it the response gains little.
        sparse_ps: the same where forces alone are used, ps; they forget each other in less.
        chunk_ps: what is simulated between two records on disk, ps.
        test_ps: end of each run that nothing is trained on, ps: test frames.
        test_blocks: parts of it for the error from the test frames; each far longer than forces correlate.
        block_ps: shortest block of a fit, ps; ten times as long as the energy stays correlated, or more.
        most_blocks: of a fit.
        cg_runs, cg_equilibration_ps, cg_ps, cg_interval_ps: CG runs of each force field at each temperature.
    """

    lengths_ps: tuple[float, ...] = (20.0, 40.0, 80.0, 160.0, 320.0)
    longest_of_several_ps: float = 160.0
    pieces: int = 4
    interval_ps: float = 0.02
    sparse_ps: float = 0.08
    chunk_ps: float = 80.0
    test_ps: float = 160.0
    test_blocks: int = 16
    block_ps: float = 2.0
    most_blocks: int = 20
    cg_runs: int = 2
    cg_equilibration_ps: float = 8.0
    cg_ps: float = 96.0
    cg_interval_ps: float = 0.24

    def lengths(self, *, several: bool) -> tuple[float, ...]:
        """Production of each run of a purchase of one run at T0, or of several runs, ps."""
        return tuple(ps for ps in self.lengths_ps if ps <= self.longest_of_several_ps or not several)

    def blocks(self, length_ps: float) -> int:
        """Blocks of a fit to a piece of a run."""
        return max(3, min(self.most_blocks, math.floor(length_ps / self.block_ps + 1e-6)))


@dataclass(frozen=True)
class Purchase:
    """A set of all-atom runs, and what is made of them.

    Attributes:
        name: as in the table.
        trained_K: temperatures of the runs, K.
        law: of the force field in T (``models.expansion``).
        responses: whether the response of each run is used.
    """

    name: str
    trained_K: tuple[float, ...]
    law: str
    responses: bool = False

    @property
    def several(self) -> bool:
        """Whether it may have runs at other temperatures than T0."""
        return len(self.trained_K) > 1 or self.name == "at_temperature"

    def cost_ps(self, length_ps: float, equilibration_ps: float) -> float:
        """All that is simulated, ps."""
        return len(self.trained_K) * (length_ps + equilibration_ps)


ECONOMICS = Economics()


def purchases(reference_K: float, held_out_K: Sequence[float], multi_K: Sequence[float]) -> list[Purchase]:
    """What is compared.

    With one temperature: the force field of T0, its response, energy matching.  Two: the ends of
    ``temperatures.multi_K``, and T0 with the upper end, from which cold temperatures are an extrapolation.
    Three or more: all of them.  Several runs are combined with a law of as many components as they can
    determine, with and without the response of each.  Retraining has a run at each held-out temperature.
    What a study has no temperatures for is left out.

    Args:
        reference_K: T0.
        held_out_K: where errors are measured.
        multi_K: temperatures of the mode ``multi_temperature``.
    """
    one, several = (reference_K,), tuple(sorted(multi_K))
    found = [
        Purchase("baseline", one, "constant"),
        Purchase("response", one, "heat_capacity", responses=True),
        Purchase("energy_matching", one, MODES["energy_matching"]),
    ]
    sets = {"ends": (several[0], several[-1]), "upper": (reference_K, several[-1])} if several else {}
    for name, runs in (sets | {"several": several}).items():
        if len(set(runs)) < 2:
            continue
        law = "logarithmic" if len(runs) == 2 else "heat_capacity"
        found.append(Purchase(name, runs, law))
        found.append(Purchase(f"{name}_response", runs, "heat_capacity", responses=True))
    if held_out_K:
        found.append(Purchase("at_temperature", tuple(held_out_K), "constant"))
    return found


def responding_K(reference_K: float, multi_K: Sequence[float]) -> set[float]:
    """Temperatures whose runs are used for a response: those with energies of molecules, K."""
    return {reference_K, *multi_K}


def production_ps(temperature_K: float, reference_K: float, plan: Economics = ECONOMICS) -> float:
    """Length of the run at a temperature without its test frames, ps, in whole chunks: all of its pieces."""
    longest = plan.lengths(several=temperature_K != reference_K)[-1]
    return plan.chunk_ps * math.ceil(plan.pieces * longest / plan.chunk_ps)
