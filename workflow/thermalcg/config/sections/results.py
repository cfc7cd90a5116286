"""Sections of what is measured, claimed and shown: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .base import START, TIME, Fraction, Kelvin, Radius, Section, key


class Estimators(Section):
    """Benchmark of all routes to the thermal response: target estimators (of other studies than default, and
    unpublished: estimator_figures)."""

    replicates: int = key(
        4,
        None,
        "Independent trajectories at T0, each with its conditional runs",
        "the preset estimators has more of everything here",
        ge=3,
        le=100,
    )
    trajectory_ps: float = key(120, "ps", "Length of each trajectory", "a quick look", **TIME)
    frames: int = key(
        6, None, "Frames of each trajectory that are sampled at fixed sites", "a quick look", ge=2, le=10_000
    )
    fixed_ps: float = key(
        10, "ps", "Sampling of each chain at T0 alone", "also evaluated at a quarter of it", **TIME
    )
    fixed_burn_in_ps: float = key(
        0.5, "ps", "Discarded start of sampling at T0 alone", "these chains start in equilibrium", **START
    )
    budgets: list[Fraction] = key(
        [0.0625, 0.125, 0.25, 0.5, 1.0],
        None,
        "Shares of each trajectory, and of its frames, at which every route is evaluated, increasing",
        "factors of two",
        min_length=1,
    )
    rungs_ps: float = key(
        6, "ps", "Sampling of each chain and rung of replica exchange", "a quick look", **TIME
    )
    rungs_burn_in_ps: float = key(
        3,
        "ps",
        "Discarded start of replica exchange",
        "hot rungs relax from the frame's orientations",
        **START,
    )
    radii_nm: list[Radius] = key(
        [0.3, 0.35, 0.4, 0.5, 0.6], "nm", "Radii of local energies", "around the first shell", min_length=1
    )
    molecules: list[Annotated[int, Field(ge=8, le=100_000)]] = key(
        [64, 216], None, "Sizes of the box, for noise and cost", "a quick look", min_length=1
    )
    size_trajectory_ps: float = key(24, "ps", "Length of the trajectory at each size", "noise only", **TIME)
    size_frames: int = key(
        3, None, "Frames sampled at fixed sites at each size", "noise only", ge=2, le=10_000
    )
    size_ps: float = key(
        8, "ps", "Sampling of each chain of these frames", "several blocks of 2 and of 4 ps", ge=4, le=1e6
    )
    frozen_K: Kelvin = key(
        250,
        "K",
        "Temperature of the study at which runs at one temperature are shown to freeze",
        "the coldest",
    )
    frozen_ps: float = key(10, "ps", "Length of these runs", "a quick look", **TIME)


class Observables(Section):
    """Structure, measured alike in all-atom and CG runs."""

    rdf_min_nm: float = key(0.2, "nm", "First distance of the RDF", "below it g(r) is zero", ge=0, le=0.22)
    rdf_max_nm: float = key(
        0.6,
        "nm",
        "Last distance of the RDF; at most half the box",
        "as far as the default box allows",
        ge=0.4,
        le=5,
    )
    rdf_bin_nm: float = key(0.005, "nm", "Bin of the RDF", "20 bins across the first peak", ge=1e-4, le=0.02)
    shell_nm: float = key(
        0.35,
        "nm",
        "Radius of the first shell, for ADF and coordination; at most half the box",
        "near the first minimum of water's g(r), fixed at all temperatures",
        ge=0.25,
        le=2,
    )
    adf_bin_degree: float = key(
        2.0, "degree", "Bin of the angle distribution", "fine beside the width of the peaks", ge=0.01, le=30
    )
    blocks: int = key(
        4,
        None,
        "Blocks of an all-atom trajectory, for its errors",
        "130 ps each with the default run",
        ge=2,
        le=1000,
    )


class Claims(Section):
    """Thresholds of the claims that the report passes or fails."""

    force_excess_ratio: float = key(
        0.5,
        None,
        "Largest passing ratio, trf1 to baseline, of the excess force error over at_temperature",
        "seen in a first trial: 0.45 at 668 K from 379 K",
        gt=0,
        le=1,
    )
    force_excess_above_K: float = key(
        150,
        "K",
        "The force claim holds for temperatures at least this far above T0",
        "below 350 K all models agreed within 1 kJ/mol/nm in trial runs",
        ge=0,
        le=450,
    )
    structure_ratio: float = key(
        0.6,
        None,
        "Largest passing ratio of RDF errors (L1), trf1 to baseline",
        "trial runs: 0.4-0.6",
        gt=0,
        le=1,
    )
    structure_below_K: float = key(
        75,
        "K",
        "The structure claim holds for temperatures at least this far below T0",
        "nearer, baseline and trf1 are expected to differ little",
        ge=0,
        le=450,
    )
    structure_above_K: float = key(
        200,
        "K",
        "The structure claim holds, too, for temperatures at least this far above T0",
        "as structure_below_K",
        ge=0,
        le=450,
    )
    heat_capacity_deviation: float = key(
        0.1,
        None,
        "Largest passing relative deviation of the predicted heat capacity from the all-atom one",
        "a few times the error of the all-atom value",
        gt=0,
        le=1,
    )
    diffusion_deviation: float = key(
        0.1,
        None,
        "Largest passing relative deviation of the predicted diffusion from the all-atom one",
        "two or three times the error of the all-atom value",
        gt=0,
        le=1,
    )
    memory_ratio: float = key(
        0.5,
        None,
        "Largest passing ratio of velocity autocorrelation errors (L1), with memory to friction alone",
        "a trial at T0: 0.1-0.3",
        gt=0,
        le=1,
    )
    speed_ratio: float = key(
        5.0,
        None,
        "Smallest passing ratio of CG to all-atom speed (ns/day, equal threads)",
        "below it coarse-graining saves little",
        gt=0,
    )
    response_cost_ratio: float = key(
        10.0,
        None,
        "Smallest passing ratio of core-seconds, covariances at one temperature to residual products (target "
        "estimators)",
        "an order of magnitude",
        gt=0,
    )
    anchored_cost: float = key(
        1.15,
        None,
        "Largest passing cost of a step with fixed centres of mass over an ordinary one (target estimators)",
        "what a fourth particle should cost",
        gt=0,
    )
    anchored_oxygen_cost: float = key(
        1.05, None, "The same with the oxygens fixed", "parity: there is no fourth particle", gt=0
    )
    throughput_ratio: float = key(
        2.0,
        None,
        "Smallest passing ratio of conditional samples per second, pinned processes to a plain loop (target "
        "estimators)",
        "the cores are used well",
        gt=0,
    )


class Figures(Section):
    """Looks only: not part of the configuration hash."""

    dpi: int = key(
        200, "1/inch", "Resolution of PNG figures", "sharp in print at column width", ge=50, le=1200
    )
    font_size: float = key(9, "pt", "Font size", "readable at column width", ge=4, le=24)
