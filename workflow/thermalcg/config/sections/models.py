"""Sections of the CG models and their runs: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from thermalcg.models.names import MODES

from .base import START, TIME, Kelvin, Radius, Section, key

Mode = Literal[tuple(MODES)]
HeldOut = Annotated[list[Kelvin], Field(min_length=1)] | Literal["all"]
Ridge = Annotated[float, Field(ge=0)]


class Prior(Section):
    """Repulsion that keeps CG molecular dynamics out of regions without data; the same for all models."""

    g_threshold: float = key(
        0.02,
        None,
        "The prior is fitted where the reference g(r) lies between this and 1; below there are no data",
        "Small beside the first peak of g(r), which is about 3: data hardly cover this region (figure prior)",
        gt=0,
        le=0.5,
    )
    exponent: int = key(
        12, None, "Power n of the repulsion 1/r^n", "As steep as a Lennard-Jones core", ge=4, le=24
    )


class Response(Section):
    """Thermal response from ordinary trajectories."""

    blocks: int = key(
        20,
        None,
        "Number of contiguous blocks of each trajectory, which errors, bootstrap and validation take as "
        "independent",
        "A block has to last 10 to 20 correlation times of the energy (half of the decorrelation time in "
        "all_atom_health.csv): blocks of the default run last 22 ps, more than 10 of them at 300 K",
        ge=3,
        le=10000,
    )
    folds: int = key(
        5,
        None,
        "Number of parts of the cross-fitting of trf1_products, each of neighbouring blocks; at most blocks",
        "Each model is then fitted to four fifths of the data",
        ge=2,
        le=100,
    )
    radius_nm: Radius | Literal["box"] = key(
        0.39,
        "nm",
        "Only for trf1_products and the benchmark of estimators: the force on a bead is correlated with the "
        "energy of the molecules within this distance; box takes all molecules",
        "The first minimum of g(r) at T0, by rule: no error at another temperature was looked at. The modes "
        "trf1 and trf2 have no radius; their shells get weights from the data",
    )


class Models(Section):
    """What is trained. Mean forces come from ordinary trajectories in every mode; each list may be empty.

    baseline, mean forces at T0; trf1, these and the response of the projected force field, linear in T; trf2,
    with its second order, drawn to a law in ln T where that is noise; trf1_conditional, the response from
    covariances at fixed sites (the published way); trf2_conditional, second order too (Taylor);
    trf1_products, the response from residual products with an energy model; energy_matching, mean forces and
    potential energies at T0; multi_temperature, mean forces at multi_K; multi_temperature_response, mean
    forces and responses there; at_temperature, mean forces at the test temperature (the yardstick).
    """

    spline: list[Mode] = key(
        list(MODES),
        None,
        "Training modes of the splines",
        "Splines are linear and fast, and they check the network",
    )
    hipnn_ts: list[Mode] = key(
        ["baseline", "trf2", "at_temperature"],
        None,
        "Training modes of HIP-NN-TS",
        "The published architecture, in the modes that the claims compare; each takes minutes on a CPU",
    )


class Spline(Section):
    """Two- and three-body cubic splines, linear in their coefficients; also the models inside `response`."""

    held_out_K: HeldOut = key(
        "all",
        "K",
        "Held-out temperatures at which splines are tested: all, or some of temperatures.held_out_K",
        "Splines cost little",
    )

    members: int = key(
        40,
        None,
        "Number of ensemble members: the fit to all data, then fits to bootstrap resamples of the blocks",
        "Each member costs one linear solve; 40 tell the error of training to a ninth of itself",
        ge=1,
        le=1000,
    )
    pair_cutoff_nm: float = key(
        0.6,
        "nm",
        "Range of the pair term; at most half the box",
        "As far as the default box allows, and beyond the second shell (0.45 nm)",
        gt=0,
        le=2,
    )
    pair_min_nm: float = key(
        0.23,
        "nm",
        "Start of the pair term; below it the prior acts alone",
        "g(r) of water vanishes below it",
        gt=0,
        le=1,
    )
    pair_functions: int = key(
        22,
        None,
        "Number of B-splines of the pair term",
        "They lie 0.017 nm apart, finer than any feature of g(r)",
        ge=4,
        le=200,
    )
    triplet_cutoff_nm: float = key(
        0.42,
        "nm",
        "Range of the triplet term; at most that of the pair term",
        "Beyond the first shell; a longer range did not help with tens of frames",
        gt=0,
        le=2,
    )
    triplet_radial: int = key(
        4,
        None,
        "Number of radial functions of the triplet term",
        "Together with triplet_angular they give 50 coefficients; more did not help",
        ge=1,
        le=20,
    )
    triplet_angular: int = key(
        4,
        None,
        "Highest power of the cosine of the angle in the triplet term",
        "As for triplet_radial",
        ge=0,
        le=12,
    )
    ridge: Ridge | Literal["auto"] = key(
        "auto", None, "Strength of the regularisation of the least squares", "auto chooses it from the data"
    )

    @property
    def functions(self) -> int:
        """Number of coefficients of one component of a model."""
        pairs = self.triplet_radial * (self.triplet_radial + 1) // 2
        return self.pair_functions + pairs * (self.triplet_angular + 1)


class HipnnTS(Section):
    """HIP-NN-TS networks (package hippynn)."""

    held_out_K: HeldOut = key(
        [300, 700],
        "K",
        "Held-out temperatures at which networks are tested: all, or some of temperatures.held_out_K",
        "One on each side of T0; each needs a model of its own and several simulations, minutes on a CPU",
    )
    configurations: int = key(
        800,
        None,
        "Largest number of configurations of one trajectory that train a network; they are evenly spaced",
        "A configuration takes about 0.6 ms an epoch on a CPU core; splines use all configurations",
        ge=1,
        le=1_000_000,
    )

    members: int = key(
        2,
        None,
        "Number of ensemble members, each trained from its own initial weights",
        "Two is the smallest number that shows a spread",
        ge=1,
        le=100,
    )
    tensor_order: int = key(
        1,
        None,
        "Order of the tensor sensitivities: 1 for vectors, 2 for quadrupoles",
        "Order 1 is affordable on a CPU; order 2 is the published one and suits a GPU",
        ge=1,
        le=2,
    )
    features: int = key(
        20,
        None,
        "Number of features of each atom layer",
        "A force on 64 beads takes about 0.1 ms on a CPU core; the published network has 128",
        ge=1,
        le=1024,
    )
    sensitivities: int = key(
        12,
        None,
        "Number of radial sensitivity functions",
        "The published network has 20, over a longer range",
        ge=2,
        le=200,
    )
    interaction_layers: int = key(
        1,
        None,
        "Number of interaction layers",
        "As published (Shinkle et al., JCTC 20, 10524 (2024))",
        ge=1,
        le=4,
    )
    atom_layers: int = key(
        2,
        None,
        "Number of atom layers after each interaction layer",
        "The published network has 3 and is wider",
        ge=1,
        le=10,
    )
    soft_min_nm: float = key(
        0.23,
        "nm",
        "Centre of the innermost sensitivity function",
        "g(r) of water vanishes below it",
        gt=0,
        le=2,
    )
    soft_max_nm: float = key(
        0.5, "nm", "Centre of the outermost sensitivity function", "Beyond the second shell", gt=0, le=2
    )
    cutoff_nm: float = key(
        0.6,
        "nm",
        "Range of the network; at most half the box",
        "As far as the default box allows",
        ge=0.35,
        le=2,
    )
    batch_frames: int = key(
        4,
        None,
        "Number of configurations in each step of the optimiser",
        "This gives 200 to 400 steps an epoch with the default data",
        ge=1,
        le=10_000,
    )
    learning_rate: float = key(
        0.01,
        None,
        "Initial learning rate (Adam)",
        "At 0.02, 40 epochs learn so much of the response's noise that runs at 700 K explode; the published "
        "value, for a wider network, is 0.001",
        gt=0,
        le=1,
    )
    epochs: int = key(
        40,
        None,
        "Largest number of passes over the training data; the learning rate decays over them as a cosine",
        "The validation loss has levelled: twice as many lower it by 0.4 %; the published network had 200",
        ge=1,
        le=1_000_000,
    )
    patience: int = key(
        40,
        None,
        "Training ends after so many epochs without a smaller validation error",
        "Equal to epochs, so that the learning rate always decays to its end; the published value is 20",
        ge=1,
        le=1_000_000,
    )
    validation_fraction: float = key(
        0.1, None, "Share of the blocks that is kept for validation", "This is 2 of 20 blocks", gt=0, le=0.5
    )
    checkpoint_epochs: int = key(
        10,
        None,
        "Number of epochs between checkpoints",
        "An epoch takes one or two seconds with the default data",
        ge=1,
        le=1_000_000,
    )


class CGMD(Section):
    """Coarse-grained molecular dynamics (Langevin middle scheme)."""

    timestep_fs: float = key(
        8.0,
        "fs",
        "Time step",
        "Twice the all-atom step, because beads have no hydrogens. At 12 fs, the upper bound, a run "
        "exploded once in 46 ns; at 16 fs always",
        ge=0.1,
        le=12,
    )
    friction_per_ps: float = key(
        5.0,
        "1/ps",
        "Langevin friction",
        "It samples structure fast; it is no model of the dynamics",
        gt=0,
        le=100,
    )
    equilibration_ps: float = key(
        6,
        "ps",
        "Length of the discarded start",
        "The runs start from all-atom sites, near equilibrium",
        **START,
    )
    production_ps: float = key(
        240,
        "ps",
        "Length of each recorded run",
        "All runs together last twice as long as the all-atom run, whose statistical error then limits "
        "the comparison",
        **TIME,
    )
    frame_interval_ps: float = key(
        0.2,
        "ps",
        "Time between recorded frames; a multiple of the time step",
        "Frames closer in time are too alike to add much",
        **TIME,
    )
    runs: int = key(
        4,
        None,
        "Number of independent runs of each model and temperature: of splines with the fit to all data, of "
        "networks shared out among the ensemble members",
        "Two runs on each core of a small machine; errors come from blocks of them (observables.blocks)",
        ge=2,
        le=100,
    )
    modes: list[Mode] = key(
        ["baseline", "trf1", "trf2", "trf1_conditional", "at_temperature"],
        None,
        "Training modes that are simulated: at T0 and at every held-out temperature of their architecture, "
        "at_temperature only at its own",
        "Those that the claims compare, the published route to the response, and what a second order adds",
        min_length=1,
    )
    engine: Literal["auto", "compiled", "openmm"] = key(
        "auto",
        None,
        "What moves the beads: compiled (splines only), openmm, or auto: compiled for splines, openmm for "
        "networks",
        "Compiled loops are several times faster and sample the same ensemble; OpenMM is their reference",
    )
    checkpoint_ps: float = key(
        50, "ps", "Time between checkpoints", "A run that is killed repeats at most this much", **TIME
    )
    temperature_tolerance: float = key(
        0.1,
        None,
        "A run fails if its mean kinetic temperature deviates by more than this share",
        "Far beyond its fluctuation, so that only unstable runs reach it",
        gt=0,
        lt=1,
    )
    overlap_nm: float = key(
        0.15,
        "nm",
        "A run fails if two sites come closer than this",
        "Far inside the repulsion: g(r) vanishes below 0.23 nm",
        gt=0,
        le=0.3,
    )
