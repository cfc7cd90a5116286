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
        "small beside the first peak (about 3): the region that data hardly cover; shown in a figure",
        gt=0,
        le=0.5,
    )
    exponent: int = key(
        12, None, "Power n of the repulsion 1/r^n", "as steep as a Lennard-Jones core", ge=4, le=24
    )


class Response(Section):
    """Thermal response from the ordinary trajectory at T0: cross-fitted residual products."""

    blocks: int = key(
        40,
        None,
        "Contiguous blocks of each trajectory, the independent pieces of bootstrap and validation",
        "11 ps each with the default run, beyond the decorrelation time of the energy (all_atom_health.csv)",
        ge=2,
        le=10000,
    )
    folds: int = key(
        5,
        None,
        "Parts of the cross-fitting, each of neighbouring blocks; at most blocks",
        "each model sees four fifths of the data",
        ge=2,
        le=100,
    )
    radius_nm: Radius | Literal["box"] = key(
        0.4,
        "nm",
        "The energy that a bead's force is correlated with is that of the molecules within this distance; "
        "box: of all",
        "most of the response at noise that does not grow with the box (estimator_radius.csv of the preset "
        "estimators)",
    )


class Models(Section):
    """What is trained. Mean forces come from ordinary trajectories in every mode; each list may be empty.

    baseline, mean forces at T0; trf1, these and their first-order thermal response from the ordinary
    trajectory; trf1_conditional, the response from covariances at fixed sites (the published way) instead;
    trf2 and trf2_conditional, second order too (Taylor); trf2_heat_capacity, the same with a constant heat
    capacity; energy_matching, mean forces and potential energies at T0; multi_temperature, mean forces at
    multi_K; at_temperature, mean forces at the test temperature (the yardstick).
    """

    spline: list[Mode] = key(
        list(MODES),
        None,
        "Training modes of the splines",
        "linear, fast and a check on the network",
    )
    hipnn_ts: list[Mode] = key(
        ["baseline", "trf1", "at_temperature"],
        None,
        "Training modes of HIP-NN-TS",
        "the published architecture, in the modes that the claims compare: each takes minutes on a CPU",
    )


class Spline(Section):
    """Two- and three-body cubic splines, linear in their coefficients; also the models inside `response`."""

    held_out_K: HeldOut = key(
        "all",
        "K",
        "Held-out temperatures at which splines are tested: all, or some of temperatures.held_out_K",
        "they cost little",
    )

    members: int = key(
        12,
        None,
        "Ensemble members: the fit to all data, then bootstrap resamples of their independent pieces",
        "a solve each: cheap",
        ge=1,
        le=1000,
    )
    pair_cutoff_nm: float = key(
        0.6,
        "nm",
        "Range of the pair term; at most half the box",
        "as far as the default box allows, and past the second shell (0.45 nm)",
        gt=0,
        le=2,
    )
    pair_min_nm: float = key(
        0.23,
        "nm",
        "Start of the pair term; the prior rules below it",
        "where g(r) of water vanishes",
        gt=0,
        le=1,
    )
    pair_functions: int = key(
        22, None, "B-splines of the pair term", "0.017 nm apart, finer than any feature of g(r)", ge=4, le=200
    )
    triplet_cutoff_nm: float = key(
        0.42,
        "nm",
        "Range of the triplet term; at most that of the pair term",
        "past the first shell; a longer one did not help with tens of frames",
        gt=0,
        le=2,
    )
    triplet_radial: int = key(
        4,
        None,
        "Radial functions of the triplet term",
        "with triplet_angular 50 coefficients; more did not help",
        ge=1,
        le=20,
    )
    triplet_angular: int = key(
        4, None, "Highest power of the cosine of the angle", "as triplet_radial", ge=0, le=12
    )
    ridge: Ridge | Literal["auto"] = key(
        "auto", None, "Strength of the regularisation of the least squares", "auto: chosen from the data"
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
        "one on each side of T0: each takes a yardstick and several simulations, minutes on a CPU",
    )
    configurations: int = key(
        800,
        None,
        "Most configurations of one trajectory that train a network, evenly spaced",
        "9 ms each and epoch on a CPU core; splines take all",
        ge=1,
        le=1_000_000,
    )

    members: int = key(
        2,
        None,
        "Ensemble members, each from its own initial weights",
        "the fewest that show a spread",
        ge=1,
        le=100,
    )
    tensor_order: int = key(
        1,
        None,
        "Tensor sensitivity: 1 vector, 2 quadrupole",
        "1 is affordable on a CPU; 2 is the published order, for a GPU",
        ge=1,
        le=2,
    )
    features: int = key(
        20,
        None,
        "Features of each atom layer",
        "2.9 ms a force with 64 beads on a CPU; 128 published",
        ge=1,
        le=1024,
    )
    sensitivities: int = key(
        12, None, "Radial sensitivity functions", "20 published, over a longer range", ge=2, le=200
    )
    interaction_layers: int = key(
        1, None, "Interaction layers", "1 published (Shinkle et al., JCTC 20, 10524 (2024))", ge=1, le=4
    )
    atom_layers: int = key(
        2, None, "Atom layers after each interaction layer", "3 published, for a wider network", ge=1, le=10
    )
    soft_min_nm: float = key(
        0.23, "nm", "Centre of the innermost sensitivity function", "where g(r) of water vanishes", gt=0, le=2
    )
    soft_max_nm: float = key(
        0.5, "nm", "Centre of the outermost sensitivity function", "past the second shell", gt=0, le=2
    )
    cutoff_nm: float = key(
        0.6,
        "nm",
        "Range of the network; at most half the box",
        "as far as the default box allows",
        ge=0.35,
        le=2,
    )
    batch_frames: int = key(
        4,
        None,
        "Configurations of each optimiser step",
        "200 to 400 steps an epoch by default",
        ge=1,
        le=10_000,
    )
    learning_rate: float = key(
        0.01, None, "Initial learning rate (Adam)", "0.001 published, for a larger network", gt=0, le=1
    )
    epochs: int = key(
        7,
        None,
        "Most passes over the training data; the rate decays over them as a cosine",
        "1400 steps or more by default; 200 published, on a GPU",
        ge=1,
        le=1_000_000,
    )
    patience: int = key(
        7,
        None,
        "Epochs without a better validation error before training ends",
        "as epochs, so that the schedule ends; 20 published",
        ge=1,
        le=1_000_000,
    )
    validation_fraction: float = key(
        0.1, None, "Share of the independent pieces kept for validation", "4 of 40 blocks", gt=0, le=0.5
    )
    checkpoint_epochs: int = key(
        2, None, "Epochs between checkpoints", "half a minute each", ge=1, le=1_000_000
    )


class CGMD(Section):
    """Coarse-grained molecular dynamics (Langevin middle integrator)."""

    timestep_fs: float = key(
        8.0,
        "fs",
        "Time step; at 12 fs, the longest allowed, one run of 46 ns became unstable, at 16 fs all did",
        "twice the all-atom step: no hydrogens are left",
        ge=0.1,
        le=12,
    )
    friction_per_ps: float = key(
        5.0, "1/ps", "Langevin friction", "samples structure fast; not a model of the dynamics", gt=0, le=100
    )
    equilibration_ps: float = key(
        6, "ps", "Discarded start", "starts from all-atom sites, near equilibrium", **START
    )
    production_ps: float = key(
        24,
        "ps",
        "Length of each recorded run",
        "together a fifth of the all-atom run; its errors show in the floor of the structural errors",
        **TIME,
    )
    frame_interval_ps: float = key(
        0.2,
        "ps",
        "Time between recorded frames; a multiple of the time step",
        "frames closer in time are too alike to add much",
        **TIME,
    )
    runs: int = key(
        4,
        None,
        "Independent runs of each model and temperature; run i uses ensemble member i modulo their number",
        "the fewest that give a usable error bar",
        ge=2,
        le=100,
    )
    modes: list[Mode] = key(
        ["baseline", "trf1", "trf1_conditional", "at_temperature"],
        None,
        "Training modes that are simulated, each at every held-out temperature of its architecture "
        "(at_temperature at its own), baseline at T0 too",
        "those that the claims compare, and the published route",
        min_length=1,
    )
    checkpoint_ps: float = key(
        50, "ps", "Time between checkpoints", "a killed run loses at most half", **TIME
    )
    temperature_tolerance: float = key(
        0.1,
        None,
        "A run whose mean kinetic temperature is off by more than this share counts as failed",
        "far beyond its fluctuation: a sign of instability",
        gt=0,
        lt=1,
    )
    overlap_nm: float = key(
        0.15,
        "nm",
        "A run in which two sites come closer than this counts as failed",
        "far inside the repulsion (g(r) vanishes below 0.23 nm)",
        gt=0,
        le=0.3,
    )
