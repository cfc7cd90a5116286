"""Section of the dynamics: every key with its default, unit, range and reason."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from thermalcg.models.names import ARCHITECTURES

from .base import START, TIME, Kelvin, Section, key

Window = Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=2, max_length=2)]


class Dynamics(Section):
    """CG dynamics with memory, against all-atom dynamics of the same box; needs mapping: com."""

    architectures: list[Literal[ARCHITECTURES]] = key(
        ["spline"],
        None,
        "Architectures whose dynamics is simulated; each needs the modes baseline and trf1; may be empty",
        "a network takes ten times as long on a CPU",
    )
    temperatures_K: Annotated[list[Kelvin], Field(min_length=2)] = key(
        [300, 395, 625],
        "K",
        "Temperatures of the study at which dynamics is studied, T0 among them; predicted at all others",
        "one held-out temperature on each side of T0",
    )
    scaling_K: Annotated[list[Kelvin], Field(min_length=2)] = key(
        [300, 395, 625],
        "K",
        "Kernels of these of temperatures_K train the laws of scaling; a temperature never trains its own",
        "all there are: two others for every prediction",
    )
    timestep_fs: float = key(
        2.0, "fs", "Time step of the all-atom stretches of constant energy", "conserves energy", ge=0.1, le=4
    )
    record_fs: float = key(
        4.0,
        "fs",
        "Time between recorded velocities, and time step of the CG runs; a multiple of timestep_fs",
        "the fast part of the memory lasts 20 fs; finer sampling changes the friction by less than 1 %",
        gt=0,
        le=20,
    )
    stretches: int = key(
        20,
        None,
        "Independent all-atom stretches of each temperature",
        "the diffusion of one scatters by a quarter; an error of 4 % in all",
        ge=4,
        le=10000,
    )
    stretch_ps: float = key(10, "ps", "Length of each stretch", "twice the longest displacement time", **TIME)
    memory_ps: float = key(
        2.0,
        "ps",
        "Range of the memory kernel and of the velocity autocorrelation",
        "the kernel has decayed at 300 K",
        **TIME,
    )
    msd_window_ps: Window = key(
        [1.5, 5.0],
        "ps",
        "First and last time of the straight line through the mean-square displacement",
        "past the rattling in the cage",
    )
    terms: int = key(
        8, None, "Most damped cosines of a fitted kernel", "each costs a CG step 5 %", ge=1, le=20
    )
    fit_tolerance: float = key(
        0.15,
        None,
        "Largest difference of a fitted from a measured running integral, as a share of its largest value",
        "0.01-0.05 is usual",
        gt=0,
        le=1,
    )
    iterations: int = key(
        2,
        None,
        "Corrections of each kernel by CG runs with it; 0 takes the plain Volterra kernel",
        "the first two do most",
        ge=0,
        le=20,
    )
    response_K: float = key(
        30,
        "K",
        "Kernels derived at T0 minus and plus this carry the kernel of T0 to other temperatures",
        "half the spread of the stretches' energies, as a temperature",
        gt=0,
        le=100,
    )
    runs: int = key(
        6, None, "Independent CG runs of each case", "their error is below that of the kernel", ge=2, le=1000
    )
    equilibration_ps: float = key(
        5,
        "ps",
        "Start of each CG run, in an ordinary thermostat at 5/ps",
        "beads move by their size",
        **START,
    )
    production_ps: float = key(12, "ps", "Length of each CG run", "an error of the diffusion of 3 %", **TIME)
    checkpoint_ps: float = key(
        100,
        "ps",
        "Time between checkpoints of the CG runs",
        "a case of the default study takes a minute and needs none; shorter for a network in a large box",
        **TIME,
    )
    scattering_per_nm: float = key(
        22.5, "1/nm", "Wave number of the incoherent scattering function", "main peak of S(k)", gt=0, le=1000
    )
    viscosity_Pa_s: float = key(
        7.08e-4,
        "Pa s",
        "Shear viscosity of the water model near 298 K, for the finite-size correction of the diffusion",
        "SPC/E at 298 K: Jamali et al., J. Chem. Theory Comput. 14, 5959 (2018); its error is 0.14e-4",
        gt=0,
        le=1,
    )
    thermostat_per_ps: float = key(
        0.1,
        "1/ps",
        "Friction of the thermostatted all-atom run that constant energy is compared with (target dynamics)",
        "weak beside the 10 per ps of the liquid itself",
        gt=0,
        le=10,
    )
