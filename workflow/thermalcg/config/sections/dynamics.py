"""Section of the dynamics: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from thermalcg.models.names import ARCHITECTURES, STUDY_RESPONSE

from .base import START, TIME, Kelvin, Section, key

Window = Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=2, max_length=2)]


class Dynamics(Section):
    """CG dynamics with memory, compared with all-atom dynamics in the same box; needs mapping: com."""

    architectures: list[Literal[tuple(ARCHITECTURES)]] = key(
        ["spline"],
        None,
        "Architectures whose dynamics is simulated; each needs the modes baseline and "
        f"{STUDY_RESPONSE}; may be empty",
        "A network takes three to six times as long on a CPU",
    )
    temperatures_K: Annotated[list[Kelvin], Field(min_length=2)] = key(
        [300, 395, 625],
        "K",
        "Temperatures of the study at which dynamics is measured, T0 among them; at all others it "
        "is predicted, too",
        "T0 and one held-out temperature on each side of it",
    )
    scaling_K: Annotated[list[Kelvin], Field(min_length=2)] | Literal["all"] = key(
        "all",
        "K",
        "Those of temperatures_K whose kernels train the scaling laws: all, or some; no kernel helps to "
        "predict itself",
        "Every prediction then has as many others as there are",
    )
    timestep_fs: float = key(
        2.0,
        "fs",
        "Time step of the all-atom stretches of constant energy",
        "Short enough to conserve the energy",
        ge=0.1,
        le=4,
    )
    record_fs: float = key(
        4.0,
        "fs",
        "Time between recorded velocities, and time step of the CG runs; a multiple of timestep_fs",
        "The fast part of the memory lasts 20 fs; finer sampling changes the friction by less than 1 %",
        gt=0,
        le=20,
    )
    stretches: int = key(
        20,
        None,
        "Number of independent all-atom stretches at each temperature",
        "The diffusion coefficient of one stretch scatters by a quarter; all stretches together "
        "leave an error of 4 %",
        ge=4,
        le=10000,
    )
    starts: Literal["canonical", "spread"] = key(
        "canonical",
        None,
        "Energies of the stretches: canonical, or spread evenly 1.7 times as widely",
        "Spread ones know slopes in temperature better, by a factor of 1.7, and averages worse, by 1.2",
    )
    stretch_ps: float = key(10, "ps", "Length of each stretch", "Twice the end of msd_window_ps", **TIME)
    memory_ps: float = key(
        2.0,
        "ps",
        "Range of the memory kernel and of the velocity autocorrelation",
        "The kernel at 300 K has decayed by then",
        **TIME,
    )
    msd_window_ps: Window = key(
        [1.5, 5.0],
        "ps",
        "First and last time of the straight line through the mean-square displacement",
        "Later than the rattling of a bead in its cage",
    )
    terms: int = key(
        8,
        None,
        "Largest number of damped cosines in a fitted kernel",
        "Each adds 5 % to the cost of a CG step",
        ge=1,
        le=20,
    )
    fit_tolerance: float = key(
        0.15,
        None,
        "Largest difference between the fitted and the measured running integral of a kernel, as "
        "a share of its largest value",
        "Usual differences are 0.01-0.05",
        gt=0,
        le=1,
    )
    iterations: int = key(
        2,
        None,
        "Number of corrections of each kernel from CG runs with it; 0 keeps the plain Volterra kernel",
        "The first two corrections do most",
        ge=0,
        le=20,
    )
    iteration_runs: int = key(
        24,
        None,
        "Number of independent CG runs of each correction of a kernel",
        "With 6, their noise was two thirds of that of the stretches in the slope of the friction; the same "
        "random numbers at T0 and beside it take nothing off, since chaotic motions part within a run",
        ge=2,
        le=1000,
    )
    response_K: float = key(
        30,
        "K",
        "Kernels derived at T0 minus and plus this difference carry the kernel of T0 to other temperatures",
        "Far enough for the noise of the CG runs of the iteration; derivatives are those at T0 itself",
        gt=0,
        le=100,
    )
    law: Literal["superposition", "fixed_times"] = key(
        "superposition",
        None,
        "How a kernel is carried to another temperature: its slow terms move in time (superposition), or its "
        "running integral gets a factor at each time (fixed_times)",
        "At fixed times memory cannot last longer when it gets colder; in a model of hopping the velocity "
        "autocorrelation is then wrong several times over at 250 K",
    )
    runs: int = key(
        6,
        None,
        "Number of independent CG runs of each case",
        "Six make their error smaller than that of the kernel",
        ge=2,
        le=1000,
    )
    equilibration_ps: float = key(
        5,
        "ps",
        "Length of the start of each CG run, with an ordinary thermostat at 5/ps",
        "In this time beads move by about their size",
        **START,
    )
    production_ps: float = key(
        12, "ps", "Length of each CG run", "The diffusion coefficient then has an error of 3 %", **TIME
    )
    checkpoint_ps: float = key(
        100,
        "ps",
        "Time between checkpoints of the CG runs",
        "A case of the default study takes a minute and needs none; a network in a large box "
        "needs shorter times",
        **TIME,
    )
    scattering_per_nm: float = key(
        22.5,
        "1/nm",
        "Wave number of the incoherent scattering function",
        "The main peak of S(k)",
        gt=0,
        le=1000,
    )
    viscosity_Pa_s: float = key(
        7.08e-4,
        "Pa s",
        "Shear viscosity of the water model near 298 K, for the finite-size correction of the diffusion",
        "SPC/E at 298 K (Jamali et al., J. Chem. Theory Comput. 14, 5959 (2018)); its error is 0.14e-4",
        gt=0,
        le=1,
    )
