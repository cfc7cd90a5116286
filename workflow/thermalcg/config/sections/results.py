"""Sections of what is measured, claimed and shown: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import START, TIME, Fraction, Kelvin, Radius, Section, key


class Estimators(Section):
    """Benchmark of all routes to the thermal response (target estimators).

    Only the study named default is published; all others make the target estimator_figures.
    """

    replicates: int = key(
        4,
        None,
        "Number of independent trajectories at T0, each with its own conditional runs",
        "Four give a quick look; the preset estimators has more of everything in this section",
        ge=3,
        le=100,
    )
    trajectory_ps: float = key(
        120,
        "ps",
        "Length of each trajectory",
        "Enough for a quick look; the preset estimators has more",
        **TIME,
    )
    frames: int = key(
        6,
        None,
        "Number of frames of each trajectory that are sampled at fixed sites",
        "Enough for a quick look; the preset estimators has more",
        ge=2,
        le=10_000,
    )
    fixed_ps: float = key(
        10,
        "ps",
        "Sampling time of each chain at T0 alone",
        "It is evaluated at a quarter of this length, too",
        **TIME,
    )
    fixed_burn_in_ps: float = key(
        0.5,
        "ps",
        "Length of the discarded start of sampling at T0 alone",
        "These chains start in equilibrium",
        **START,
    )
    budgets: list[Fraction] = key(
        [0.0625, 0.125, 0.25, 0.5, 1.0],
        None,
        "Shares of each trajectory, and of its frames, at which every route is evaluated, increasing",
        "Each share is twice the one before",
        min_length=1,
    )
    rungs_ps: float = key(
        6,
        "ps",
        "Sampling time of each chain and rung of replica exchange",
        "Enough for a quick look; the preset estimators has more",
        **TIME,
    )
    rungs_burn_in_ps: float = key(
        3,
        "ps",
        "Length of the discarded start of replica exchange",
        "The hot rungs relax from the frame's orientations",
        **START,
    )
    radii_nm: list[Radius] = key(
        [0.3, 0.35, 0.4, 0.5, 0.6],
        "nm",
        "Radii of the local energies that are compared, increasing",
        "They span the first shell",
        min_length=1,
    )
    molecules: list[Annotated[int, Field(ge=8, le=100_000)]] = key(
        [64, 216],
        None,
        "Numbers of molecules of the boxes in which noise and cost are measured, increasing",
        "Enough for a quick look; the preset estimators has more",
        min_length=1,
    )
    size_trajectory_ps: float = key(
        24, "ps", "Length of the trajectory at each size", "The noise alone is measured here", **TIME
    )
    size_frames: int = key(
        3,
        None,
        "Number of frames that are sampled at fixed sites at each size",
        "The noise alone is measured here",
        ge=2,
        le=10_000,
    )
    size_ps: float = key(
        8,
        "ps",
        "Sampling time of each chain of these frames",
        "It holds several blocks of 2 and of 4 ps",
        ge=4,
        le=1e6,
    )
    frozen_K: Kelvin | Literal["coldest"] = key(
        "coldest",
        "K",
        "Temperature of the study at which sampling without replica exchange is shown to freeze",
        "Runs freeze most at the coldest temperature",
    )
    frozen_ps: float = key(
        10, "ps", "Length of these runs", "Enough for a quick look; the preset estimators has more", **TIME
    )


class Observables(Section):
    """Structure, measured in the same way in all-atom and CG runs."""

    rdf_min_nm: float = key(0.2, "nm", "First distance of the RDF", "g(r) is zero below it", ge=0, le=0.22)
    rdf_max_nm: float = key(
        0.6,
        "nm",
        "Last distance of the RDF; at most half the box",
        "As far as the default box allows",
        ge=0.4,
        le=5,
    )
    rdf_bin_nm: float = key(
        0.005, "nm", "Width of a bin of the RDF", "About 20 bins resolve the first peak", ge=1e-4, le=0.02
    )
    shell_nm: float = key(
        0.35,
        "nm",
        "Radius of the first shell, for the angle distribution and the coordination number; at "
        "most half the box",
        "Near the first minimum of water's g(r), and the same at all temperatures",
        ge=0.25,
        le=2,
    )
    adf_bin_degree: float = key(
        2.0,
        "degree",
        "Width of a bin of the angle distribution",
        "Fine compared with the width of the peaks",
        ge=0.01,
        le=30,
    )
    blocks: int = key(
        12,
        None,
        "Number of blocks of an all-atom trajectory, and of the CG runs of a model together, from which "
        "errors are estimated",
        "Blocks of the default all-atom run last 43 ps, about five times as long as the energy stays "
        "correlated at 250 K, and give errors with enough degrees of freedom",
        ge=3,
        le=1000,
    )


class Claims(Section):
    """Sizes of the goals of this project; the claims of the study are decided by their own words."""

    force_excess_ratio: float = key(
        0.33,
        None,
        "The goal for forces is met up to this ratio, response to baseline, of the excess force error over "
        "at_temperature",
        "A third: what remains is then small beside what was gained",
        gt=0,
        le=1,
    )
    structure_ratio: float = key(
        0.33,
        None,
        "The goal for structure is met up to this ratio, response to baseline, of the distances of the RDF "
        "and the ADF from the all-atom ones",
        "As for force_excess_ratio",
        gt=0,
        le=1,
    )
    energy_change_deviation: float = key(
        0.05,
        None,
        "The goal for the energy is met up to this relative deviation of the predicted change of the mean "
        "energy from T0 from the all-atom one",
        "One twentieth: half of what is allowed for the diffusion, because energies are measured better",
        gt=0,
        le=1,
    )
    diffusion_deviation: float = key(
        0.1,
        None,
        "The goal for the diffusion is met up to this relative deviation of the predicted coefficient from "
        "the all-atom one; it is judged only where the data can decide it",
        "One tenth",
        gt=0,
        le=1,
    )
    memory_ratio: float = key(
        0.5,
        None,
        "The goal for memory is met up to this ratio of velocity autocorrelation errors (L1), with memory to "
        "with friction alone; it is judged only where the data bound the ratio",
        "One half",
        gt=0,
        le=1,
    )
    speed_ratio: float = key(
        20.0,
        None,
        "The goal for speed is met from this ratio of CG to all-atom speed (ns/day on equal threads)",
        "Below it coarse-graining saves little once its errors are counted",
        gt=0,
    )
    response_cost_ratio: float = key(
        10.0,
        None,
        "The claim on cost holds from this ratio of core-seconds, covariances at one temperature "
        "to residual products (target estimators)",
        "One order of magnitude",
        gt=0,
    )
    anchored_cost: float = key(
        1.15,
        None,
        "The claim on the sampler holds up to this cost of a step with fixed centres of mass over "
        "that of an ordinary step (target estimators)",
        "A fourth particle should cost no more than this",
        gt=0,
    )
    anchored_oxygen_cost: float = key(
        1.05,
        None,
        "The same with fixed oxygens",
        "There is no fourth particle, so the cost should be equal",
        gt=0,
    )
    throughput_ratio: float = key(
        2.0,
        None,
        "The claim on throughput holds from this ratio of conditional samples per second, pinned "
        "processes to a plain loop (target estimators)",
        "Above it the cores are used well",
        gt=0,
    )


class Figures(Section):
    """Appearance of the figures; not part of the configuration hash."""

    dpi: int = key(
        200, "1/inch", "Resolution of PNG figures", "Sharp in print at column width", ge=50, le=1200
    )
    font_size: float = key(9, "pt", "Font size", "Readable at column width", ge=4, le=24)
