"""Sections of the all-atom side: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import START, TIME, Kelvin, Section, key

#: 1.12 between rungs: the ratio used in the trial runs that the provenance texts refer to.
LADDER_K = [250, 275, 300, 330, 360, 395, 440, 495, 555, 625, 700]


#: g/cm3; osmium has 22.6.
Density = Annotated[float, Field(gt=0, le=30)]


class System(Section):
    """Where the all-atom trajectories come from."""

    kind: Literal["water", "trajectory", "openmm"] = key(
        "water",
        None,
        "water: the workflow runs rigid water; trajectory: you give trajectories of your own liquid; "
        "openmm: you "
        "give an OpenMM System, and the workflow runs it",
        "Water needs nothing but this configuration",
    )
    runs: list[str] = key(
        [],
        None,
        "For trajectory: run files of your trajectories, one for each temperature of the study; "
        "paths from the "
        "folder of the Snakefile",
        "Water has no run files",
    )
    force_field: str = key(
        "none",
        None,
        "For openmm: the XML file of a System or of a ForceField",
        "Water has its own models",
    )
    coordinates: str = key(
        "none",
        None,
        "For openmm: a PDB file, or the XML file of a State, of the whole box; with density_g_cm3, "
        "of one molecule "
        "of each kind",
        "Water starts from a lattice",
    )
    mapping: str = key(
        "none",
        None,
        "For openmm: the mapping file, which says which atoms make which bead",
        "Water is mapped by the key mapping at the top",
    )
    density_g_cm3: Density | Literal["box"] = key(
        "box",
        "g/cm3",
        "For openmm: density of the cubic box in which the workflow puts the molecules of the "
        "mapping file on a "
        "lattice; box: the whole box is given",
        "Coordinates of a whole box hold its edges",
    )
    cutoff_nm: float = key(
        0.8,
        "nm",
        "For openmm: cutoff of the System that is made from a ForceField, at most half the box; a "
        "serialised System "
        "has its own",
        "Half the box of 64 small molecules; larger boxes allow the usual 0.9 to 1.2 nm",
        ge=0.3,
        le=3,
    )
    constraints: Literal["none", "h_bonds", "all_bonds", "h_angles"] = key(
        "h_bonds",
        None,
        "For openmm: constraints of the System that is made from a ForceField; a serialised System "
        "has its own",
        "Without the vibrations of hydrogens, steps of 2 fs are possible",
    )


class Water(Section):
    """The all-atom model and its periodic cubic box."""

    model: str = key(
        "spce",
        None,
        "Water model: a file name (without .yaml) in resources/water_models, or the path of such a YAML file",
        "SPC/E is rigid, has three sites, and served in the trial runs",
    )
    molecules: int = key(
        64,
        None,
        "Molecules in the box",
        "Two coordination shells fit into half the box; the noise of a whole-box thermal response "
        "grows with the box",
        ge=8,
        le=100_000,
    )
    density_g_cm3: float = key(
        0.997,
        "g/cm3",
        "Density, the same at every temperature",
        "Liquid water at 298 K and 1 bar; kept constant, so that temperature alone changes",
        ge=0.1,
        le=2,
    )
    cutoff_nm: float = key(
        0.6,
        "nm",
        "Cutoff of Lennard-Jones and of the direct part of PME; at most half the box",
        "Just below half the edge of the default box (0.621 nm)",
        ge=0.4,
        le=2,
    )


class Temperatures(Section):
    """Where models are trained, and where they are tested."""

    reference_K: Kelvin = key(
        395,
        "K",
        "Temperature T0 at which baseline and thermal response are trained",
        "It lies inside the published range of 250-700 K and is hot enough for water to relax fast",
    )
    held_out_K: list[Kelvin] = key(
        [250, 300, 625, 700],
        "K",
        "Temperatures at which models are tested; models trained at T0 have never seen them",
        "Both ends of the published range of 250-700 K, and one temperature nearer to T0 on each side",
    )
    multi_K: list[Kelvin] = key(
        [300, 395, 700],
        "K",
        "Temperatures at which the modes multi_temperature and multi_temperature_response are trained",
        "Three temperatures determine the three functions of temperature that are fitted",
    )

    @property
    def all_K(self) -> list[float]:
        """Every simulated temperature, K, increasing."""
        return sorted({self.reference_K, *self.held_out_K, *self.multi_K})


class Compute(Section):
    """Where simulations and training run; without a GPU everything runs on the CPU."""

    platform: Literal["auto", "CPU", "CUDA", "OpenCL", "HIP", "Reference"] = key(
        "auto", None, "OpenMM platform", "auto takes the fastest platform that this machine offers"
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
        "Rigid water has no bond vibrations, and the Langevin middle scheme keeps configurational "
        "averages accurate at long steps",
        ge=0.1,
        le=5,
    )
    friction_per_ps: float = key(
        1.0, "1/ps", "Langevin friction", "Weak, yet strong enough to hold the temperature", gt=0, le=100
    )
    equilibration_ps: float = key(
        40,
        "ps",
        "Length of the discarded start",
        "Ten times the lifetime of a hydrogen bond at 300 K; larger boxes need more",
        **START,
    )
    production_ps: float = key(
        520,
        "ps",
        "Length of the recorded run",
        "The run trains the mean forces and, at T0, their response; the errors fall as one over "
        "the square root of its length",
        **TIME,
    )
    frame_interval_ps: float = key(
        0.08,
        "ps",
        "Time between recorded frames; a multiple of the time step",
        "The correlation of mapped forces has fallen to 0.06 by then",
        **TIME,
    )
    response_interval_ps: float = key(
        0.02,
        "ps",
        "Time between the frames that the response is estimated from, at the temperatures where it is (T0, "
        "and multi_K for the mode multi_temperature_response); frame_interval_ps is a multiple of it",
        "A quarter of the interval of all other frames: the variance of the response falls to a third, and "
        "only sites, mapped forces and molecules' energies are kept",
        **TIME,
    )
    checkpoint_ps: float = key(
        80,
        "ps",
        "Time between checkpoints",
        "A run that is killed loses less than a quarter of its work",
        **TIME,
    )


class Frames(Section):
    """Decorrelated all-atom configurations whose mapped sites get conditional labels."""

    train: int = key(
        24,
        None,
        "Number of training frames at T0, for the modes whose names end in _conditional; no other "
        "temperature has any",
        "As many as half an hour of computing allows; the published study has 100",
        ge=1,
        le=100_000,
    )
    test: int = key(
        10,
        None,
        "Number of test frames at each temperature",
        "They give 10 x 64 x 3 force components at each temperature",
        ge=2,
        le=100_000,
    )
    spacing_ps: float = key(
        8,
        "ps",
        "Time between the chosen frames",
        "Longer than the lifetime of a hydrogen bond at 300 K (a few ps); all_atom_health.csv "
        "reports the measured decorrelation time",
        **TIME,
    )


class Conditional(Section):
    """Sampling at fixed mapped sites: replica exchange that starts from each frame's own orientations."""

    ladder_K: list[Kelvin] = key(
        LADDER_K,
        "K",
        "Temperatures of the rungs, increasing; every temperature of the study must be one of them",
        "Neighbouring rungs differ by a factor of about 1.12, which gave acceptances of 0.24-0.40 "
        "with 64 molecules; in larger boxes their spacing has to shrink as one over the square "
        "root of the number of molecules",
        min_length=2,
    )
    response_span: float = key(
        1.45,
        None,
        "Replica exchange of a frame at T0 uses the rungs from T0 up to this factor times T0",
        "Hot rungs rearrange the hydrogen bonds, which the covariance needs; every rung costs as "
        "much as the first",
        ge=1,
        le=3,
    )
    mean_force_span: float = key(
        1.13,
        None,
        "Replica exchange of a frame at any other temperature T uses the rungs from T up to this "
        "factor times T",
        "A mean force starts from an equilibrium configuration and needs less help from hot rungs",
        ge=1,
        le=3,
    )
    timestep_fs: float = key(4.0, "fs", "Time step", "As in the all-atom runs", ge=0.1, le=5)
    friction_per_ps: float = key(1.0, "1/ps", "Langevin friction", "As in the all-atom runs", gt=0, le=100)
    burn_in_ps: float = key(
        1.5,
        "ps",
        "Length of the discarded start of each rung",
        "Short, because the frame's own orientations are in equilibrium at its temperature; only "
        "the hotter rungs have to relax",
        **START,
    )
    response_ps: float = key(
        6,
        "ps",
        "Sampling time of each chain and rung of the frames at T0, which get a thermal response",
        "The regression averages over frames, so more frames help more than longer sampling of each",
        **TIME,
    )
    mean_force_ps: float = key(
        8,
        "ps",
        "Sampling time of each chain and rung of the frames at other temperatures, which get mean forces",
        "Long enough for split R-hat to find frames that have not converged",
        **TIME,
    )
    chains: int = key(
        2,
        None,
        "Number of independent chains of each frame",
        "Two is the smallest number that shows a chain stuck in one arrangement of the hydrogen bonds",
        ge=2,
        le=64,
    )
    rhat_limit: float = key(
        1.2,
        None,
        "A frame counts as converged if split R-hat of its energy and the 95th percentile of that "
        "of its forces are below this; others are counted in convergence.csv",
        "R-hat of chains with about twenty effective samples scatters by 0.1; for long chains "
        "1.01-1.1 is usual",
        gt=1,
        le=10,
    )
    probe_frames: int = key(
        2,
        None,
        "Number of test frames at each temperature that are sampled once more, from melted orientations",
        "Only a chain from another start can show that all others are frozen in one arrangement",
        ge=0,
        le=100_000,
    )
    melt_ps: float = key(
        3,
        "ps",
        "Time at the highest temperature of the ladder, which melts the orientations of such a frame",
        "Tens of librational periods",
        **TIME,
    )
    sample_interval_ps: float = key(
        0.08,
        "ps",
        "Time between samples, each followed by an exchange; a multiple of the time step",
        "About the period of a libration",
        **TIME,
    )
    estimator: Literal["mbar", "single_rung"] = key(
        "single_rung",
        None,
        "Labels come from a rung's own samples (single_rung) or from the reweighted samples of "
        "all rungs (mbar)",
        "The lowest rung starts in equilibrium; the hotter ones relax for several ps, which "
        "biases mbar in short runs",
    )
    checkpoint_ps: float = key(
        20, "ps", "Sampled time between checkpoints", "A job that is killed repeats at most this much", **TIME
    )
    batch_frames: int = key(
        6,
        None,
        "Number of frames that one job samples",
        "This gives two jobs at each temperature and six at T0",
        ge=1,
        le=10_000,
    )
