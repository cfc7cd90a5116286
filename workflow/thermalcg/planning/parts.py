"""What the arithmetic of costs is made of: unit costs, the jobs of a rule, and sizes that stages share."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from thermalcg.config.study import Config
from thermalcg.training.modes import model_temperature, training_temperatures

MB = 1e6

#: Bytes of a molecule in one frame: positions, velocities and forces of three atoms; of one bead; a product.
ALL_ATOM, MAPPED, PRODUCTS, SITES = 108, 36, 24, 12


@dataclass(frozen=True)
class UnitCosts:
    """Seconds of one core (or of the GPU) for a unit of work, and memory, for one box and its models."""

    #: Start of a process with its imports, without and with the networks, s.
    start: float
    start_network: float
    #: 1 ps of all-atom dynamics with its records, s.
    all_atom_ps: float
    #: 1 ps of one rung of conditional sampling, s.
    conditional_ps: float
    #: Labels from one sample of one chain and rung, s.
    label_sample: float
    #: One configuration: molecules' energies, residual products, structure, normal equations of splines, s.
    energies_frame: float
    products_frame: float
    observe_frame: float
    spline_frame: float
    #: Choice of the ridges and an ensemble of solves, by number of components, s.
    spline_solve: dict[int, float]
    #: One configuration and target in one epoch of network training, validation included, s.
    network_sample: float
    #: Energy and force of one configuration, by architecture, s.
    force: dict[str, float]
    #: 1 ps of one CG run, with as many beside it as configured, by architecture, s.
    cg_ps: dict[str, float]
    #: 1 ps of an all-atom stretch of constant energy, and of one CG run with memory, by architecture, s.
    stretch_ps: float
    memory_ps: dict[str, float]
    #: Memory of a process without and with the networks, and of a configuration in a network, MB.
    base_MB: float
    base_network_MB: float
    network_frame_MB: float
    #: Whether dynamics (OpenMM) and networks (torch) run on a GPU.
    gpu_dynamics: bool = False
    gpu_networks: bool = False


@dataclass(frozen=True)
class Work:
    """The jobs of a rule.

    Attributes:
        level: after all jobs of lower levels.
        seconds: of each job.
        memory_MB: peak of one job.
        disk_MB: of all outputs, uncompressed.
        gpu: whether the jobs run on a GPU.
    """

    rule: str
    level: int
    seconds: list[float]
    memory_MB: float
    disk_MB: float = 0.0
    gpu: bool = False


@dataclass(frozen=True)
class Sizes:
    """Numbers that several stages need."""

    config: Config
    frames: int = field(init=False)
    training_frames: int = field(init=False)
    cg_frames: int = field(init=False)

    def __post_init__(self) -> None:
        s, f, g = self.config.all_atom, self.config.frames, self.config.cg_md
        frames = round(s.production_ps / s.frame_interval_ps)
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "training_frames", max(0, frames - f.test * self.config.frame_stride))
        object.__setattr__(self, "cg_frames", round(g.production_ps / g.frame_interval_ps))

    def megabytes(self, frames: float, per_molecule: float) -> float:
        """Size of an array of so many frames, MB."""
        return frames * self.config.water.molecules * per_molecule / MB

    def models(self) -> list[tuple[str, str]]:
        """Architecture and name of every model."""
        return [(a, m) for a in self.config.architectures for m in self.config.model_names(a)]

    def simulated(self) -> list[tuple[str, str, float]]:
        """Architecture, model and temperature (K) of every CG simulation."""
        runs = []
        for arch, model in self.models():
            if model.split("-")[0] in self.config.cg_md.modes:
                own = model_temperature(model)
                at_reference = [self.config.temperatures.reference_K] if model == "baseline" else []
                temperatures = [own] if own else {*self.config.held_out(arch), *at_reference}
                runs += [(arch, model, T) for T in sorted(temperatures)]
        return runs

    def sources(self, model: str) -> int:
        """Number of trajectories that train a model."""
        t = self.config.temperatures
        return len(training_temperatures(model, t.reference_K, t.multi_K))


def directed_pairs(c: Config) -> float:
    """Pairs within the cutoff of the network in one configuration, each both ways round."""
    volume = 4 / 3 * math.pi * c.hipnn_ts.cutoff_nm**3
    return c.water.molecules**2 * volume / c.box_nm**3


def pairs_MB(c: Config) -> float:
    """A configuration's pairs as training keeps them, MB: each once, two numbers of two bytes."""
    return directed_pairs(c) * 2 / MB


def network_frame_MB(c: Config) -> float:
    """Memory of one configuration in a network, energy and force, MB.

    Fitted to peaks at 512 beads: 8, 44 and 165 MB for 15 000 pairs and 72 000 with the default network, and
    72 000 with 20 sensitivities of order 2.
    """
    h = c.hipnn_ts
    tensor = {1: 4, 2: 13}[h.tensor_order]  # components of all orders
    return directed_pairs(c) * 4 * h.sensitivities * (5 + 2 * tensor) * h.interaction_layers / MB
