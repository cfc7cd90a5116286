"""Sections of the all-atom side: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Literal

from .base import START, TIME, Kelvin, Section, key

#: 1.12 between rungs: the ratio used in the trial runs that the provenance texts refer to.
LADDER_K = [250, 275, 300, 330, 360, 395, 440, 495, 555, 625, 700]


class Water(Section):
    """The all-atom model and its periodic cubic box."""

    model: str = key(
        "spce",
        None,
        "Water model: a file name (without .yaml) in resources/water_models, or the path of such a YAML file",
        "SPC/E: rigid, three sites, and the model of the trial runs",
    )
    molecules: int = key(
        64,
        None,
        "Molecules in the box",
        "two coordination shells fit into half the box; the noise of a thermal response grows with the box",
        ge=8,
        le=100_000,
    )
    density_g_cm3: float = key(
        0.997,
        "g/cm3",
        "Density, the same at every temperature",
        "liquid water at 298 K and 1 bar; constant, so that temperature is all that changes",
        ge=0.1,
        le=2,
    )
    cutoff_nm: float = key(
        0.6,
        "nm",
        "Cutoff of Lennard-Jones and of the direct part of PME; at most half the box",
        "just below half the edge of the default box (0.621 nm)",
        ge=0.4,
        le=2,
    )


class Temperatures(Section):
    """Where models are trained, and where they are tested."""

    reference_K: Kelvin = key(
        395,
        "K",
        "Temperature T0 at which baseline and thermal response are trained",
        "inside the published range 250-700 K, and hot enough for water to relax fast",
    )
    held_out_K: list[Kelvin] = key(
        [250, 300, 625, 700],
        "K",
        "Test temperatures, unseen by T0-trained models",
        "both ends of the published range 250-700 K and one nearer on each side",
        min_length=1,
    )
    multi_K: list[Kelvin] = key(
        [300, 395, 700],
        "K",
        "Temperatures that the multi_temperature model is trained on",
        "three determine a quadratic dependence on temperature",
        min_length=2,
    )

    @property
    def all_K(self) -> list[int]:
        """Every simulated temperature, K, increasing."""
        return sorted({self.reference_K, *self.held_out_K, *self.multi_K})


class Compute(Section):
    """Where simulations and training run; without a GPU everything runs on the CPU."""

    platform: Literal["auto", "CPU", "CUDA", "OpenCL", "HIP", "Reference"] = key(
        "auto", None, "OpenMM platform", "auto takes the fastest that this machine offers"
    )
    device: Literal["auto", "cpu", "cuda"] = key(
        "auto", None, "PyTorch device of the networks", "auto takes a GPU where there is one"
    )


class AllAtom(Section):
    """Ordinary all-atom molecular dynamics at each temperature (Langevin middle integrator)."""

    timestep_fs: float = key(
        4.0,
        "fs",
        "Time step",
        "rigid water has no fast bond vibration left, and the Langevin middle scheme keeps configurational "
        "averages accurate at long steps",
        ge=0.1,
        le=5,
    )
    friction_per_ps: float = key(
        1.0, "1/ps", "Langevin friction", "weak, yet enough to hold the temperature", gt=0, le=100
    )
    equilibration_ps: float = key(
        40,
        "ps",
        "Discarded start",
        "ten times the lifetime of hydrogen bonds at 300 K; larger boxes need more",
        **START,
    )
    production_ps: float = key(
        520,
        "ps",
        "Length of the recorded run",
        "trains the mean forces and, at T0, their response: their errors fall as one over its root",
        **TIME,
    )
    frame_interval_ps: float = key(
        0.08,
        "ps",
        "Time between recorded frames; a multiple of the time step",
        "mapped forces are uncorrelated by then (0.06), so each frame adds to the training",
        **TIME,
    )
    checkpoint_ps: float = key(
        80, "ps", "Time between checkpoints", "a killed run loses at most a quarter", **TIME
    )


class Frames(Section):
    """Decorrelated all-atom configurations whose mapped sites get conditional labels."""

    train: int = key(
        24,
        None,
        "Training frames at T0, for the modes whose names end in _conditional; none elsewhere",
        "what half an hour has room for; the published study has 100",
        ge=1,
        le=100_000,
    )
    test: int = key(
        10,
        None,
        "Test frames of each temperature",
        "10 x 64 x 3 force components at each temperature",
        ge=2,
        le=100_000,
    )
    spacing_ps: float = key(
        8,
        "ps",
        "Time between frames",
        "beyond the lifetime of hydrogen bonds at 300 K (a few ps); the measured decorrelation time is "
        "reported beside it",
        **TIME,
    )


class Conditional(Section):
    """Sampling at fixed mapped sites: replica exchange that starts from each frame's own orientations."""

    ladder_K: list[Kelvin] = key(
        LADDER_K,
        "K",
        "Temperatures of the rungs, increasing; must contain every temperature of the study",
        "ratio about 1.12, which gave an acceptance of 0.24-0.40 with 64 molecules; it has to shrink as "
        "one over the root of the number of molecules",
        min_length=2,
    )
    response_span: float = key(
        1.45,
        None,
        "A frame of the reference temperature T0 climbs the rungs from T0 up to this times T0",
        "hot rungs turn the hydrogen bonds over, which the covariance needs; each costs as much as the first",
        ge=1,
        le=3,
    )
    mean_force_span: float = key(
        1.13,
        None,
        "A frame of any other temperature T climbs the rungs from T up to this times T",
        "its mean force starts from an equilibrium draw and needs less help from hot rungs",
        ge=1,
        le=3,
    )
    timestep_fs: float = key(4.0, "fs", "Time step", "as in the all-atom runs", ge=0.1, le=5)
    friction_per_ps: float = key(1.0, "1/ps", "Langevin friction", "as in the all-atom runs", gt=0, le=100)
    burn_in_ps: float = key(
        1.5,
        "ps",
        "Discarded start of each rung",
        "short: the frame's own orientations are an equilibrium draw at its temperature; only the hotter "
        "rungs have to relax",
        **START,
    )
    response_ps: float = key(
        6,
        "ps",
        "Sampling of each chain and rung where the thermal response is labelled",
        "more frames rather than longer ones: the regression averages over frames",
        **TIME,
    )
    mean_force_ps: float = key(
        8,
        "ps",
        "Sampling of each chain and rung of the test frames at other temperatures",
        "long enough for split R-hat to tell frames that have not converged",
        **TIME,
    )
    chains: int = key(
        2,
        None,
        "Independent chains of each frame",
        "the fewest that show a chain stuck in one arrangement of the hydrogen bonds",
        ge=2,
        le=64,
    )
    rhat_limit: float = key(
        1.2,
        None,
        "A frame counts as converged where split R-hat of its energy and (95th percentile) forces is below "
        "this; test frames that are not are left out",
        "chains of some twenty effective samples scatter by 0.1 by chance; 1.01-1.1 for long chains",
        gt=1,
        le=10,
    )
    probe_frames: int = key(
        2,
        None,
        "Test frames of each temperature sampled once more from melted orientations",
        "a chain that starts elsewhere shows what chains from one start cannot: a frozen arrangement",
        ge=0,
        le=100_000,
    )
    melt_ps: float = key(
        3,
        "ps",
        "Time at the highest temperature of the ladder that melts the orientations of a probe",
        "tens of librations",
        **TIME,
    )
    sample_interval_ps: float = key(
        0.08,
        "ps",
        "Time between samples, each followed by an exchange; a multiple of the time step",
        "about the period of a libration: denser samples add little",
        **TIME,
    )
    estimator: Literal["mbar", "single_rung"] = key(
        "single_rung",
        None,
        "Labels from a rung's own samples, or from those of all rungs, reweighted (mbar)",
        "the lowest rung starts in equilibrium; the hotter ones relax for several ps, which biases mbar in "
        "short runs",
    )
    checkpoint_ps: float = key(
        20, "ps", "Sampled time between checkpoints", "a killed job repeats at most this much", **TIME
    )
    batch_frames: int = key(
        6, None, "Frames sampled by one job", "two jobs a temperature, six at T0", ge=1, le=10_000
    )
