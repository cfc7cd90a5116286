"""Datasets and tables of the dynamics."""

from __future__ import annotations

from .kinds import Attribute as A
from .kinds import Column as C
from .kinds import Dataset
from .kinds import Variable as V
from .shared import DIFFUSION, MASS, PLACE, TEMPERATURE, shared, table

_STARTS = A(None, "energies of the starts of the stretches: `canonical` or `spread`")

_STRETCHES = Dataset(
    ("dynamics/all_atom/{T}.nc", "engine/large_box/stretches/{T}.nc"),
    "constant_energy, large_box_stretches",
    "All-atom stretches of constant energy, recorded every few fs",
    coordinates={"time": V("time", "ps", "time since the start of the stretch")},
    variables={
        "position": V("stretch time bead axis", "nm", "centres of mass relative to their mean, unwrapped"),
        "velocity": V("stretch time bead axis", "nm/ps", "their velocities"),
        "force": V("stretch time bead axis", "kJ/mol/nm", "forces on them"),
        "total_energy": V("stretch", "kJ/mol", "mean total energy"),
        "energy_drift": V("stretch", "kJ/mol/ps", "drift of the total energy"),
        "kinetic_temperature": V("stretch", "K", "mean kinetic temperature"),
    },
    attributes={
        **PLACE,
        "bead_mass_amu": MASS,
        "timestep_fs": A("fs", "time step"),
        "starts": _STARTS,
    },
)

_CORRELATIONS = Dataset(
    ("dynamics/observables/all_atom/{T}.nc", "engine/large_box/correlations/{T}.nc"),
    "observe_dynamics, large_box_correlations",
    "Correlation functions of every all-atom stretch",
    coordinates={
        "lag": V("lag", "ps", "lag time of the velocity autocorrelation"),
        "displacement_lag": V("displacement_lag", "ps", "lag time of the displacement"),
        "scattering_lag": V("scattering_lag", "ps", "lag time of the scattering"),
    },
    variables={
        "vacf": V("stretch lag", "nm2/ps2", "velocity autocorrelation of one axis"),
        "msd": V("stretch displacement_lag", "nm2", "mean square displacement, in three dimensions"),
        "scattering": V("stretch scattering_lag", "1", "self-intermediate scattering function"),
        "total_energy": V("stretch", "kJ/mol", "mean total energy"),
        "energy_drift": V("stretch", "kJ/mol/ps", "drift of the total energy"),
        "kinetic_temperature": V("stretch", "K", "mean kinetic temperature"),
    },
    attributes={
        **PLACE,
        "bead_mass_amu": MASS,
        "starts": _STARTS,
        "canonical_energy": A("kJ/mol", "mean total energy of the canonical ensemble"),
        "heat_capacity": A("kJ/mol/K", "heat capacity of the box"),
        "wave_number_per_nm": A("1/nm", "wave number of the scattering"),
    },
)

_KERNEL = Dataset(
    ("dynamics/kernel/{arch}/{source}.nc",),
    "memory_kernel",
    "Memory kernel of one temperature: measured, fitted by damped cosines, corrected by iteration",
    coordinates={
        "lag": V("lag", "ps", "lag time"),
        "sampling": V("sampling", "fs", "time between the records that `sampled_friction` used"),
    },
    variables={
        "kernel": V("lag", "amu/ps2", "memory kernel K(t), measured"),
        "kernel_se": V("lag", "amu/ps2", "its standard error"),
        "integral": V("lag", "amu/ps", "running integral of K, measured"),
        "integral_se": V("lag", "amu/ps", "its standard error"),
        "strength": V("iteration term", "amu/ps2", "strength of each damped cosine; unused terms are zero"),
        "rate": V("iteration term", "1/ps", "its decay rate"),
        "frequency": V("iteration term", "rad/ps", "its frequency"),
        "friction": V("iteration", "amu/ps", "integral of the fitted kernel"),
        "fit_error": V("iteration", "1", "relative error of the fit"),
        "diffusion": V("corrected", "nm2/ps", "diffusion in CG runs with each kernel but the last"),
        "diffusion_se": V("corrected", "nm2/ps", "its standard error"),
        "vacf_error": V("corrected", "1", "L1 error of the velocity autocorrelation of these runs"),
        "sampled_friction": V("sampling", "amu/ps", "friction from data sampled more coarsely"),
        "stretch_scatter": V(
            "stretch lag", "amu/ps", "change of the last running integral without one stretch"
        ),
        "plain_scatter": V(
            "stretch lag", "amu/ps", "change of the measured running integral without one stretch"
        ),
        "run_scatter": V("run lag", "amu/ps", "change of the last running integral without one CG run"),
    },
    attributes={"temperature_K": TEMPERATURE, "bead_mass_amu": MASS},
)

_MOTIONS = Dataset(
    ("dynamics/cg/{arch}/{T}.nc", "engine/large_box/motion/{copies}/{T}.nc"),
    "cg_dynamics, box_motion",
    "Coarse-grained dynamics at a held-out temperature, for every pair of forces and friction; of "
    "`box_motion` with the kernel measured there alone",
    coordinates={
        "lag": V("lag", "ps", "lag time of the velocity autocorrelation"),
        "displacement_lag": V("displacement_lag", "ps", "lag time of the displacement"),
        "origin": V("origin", None, "stretches (all-atom) or runs (CG)"),
        "forces": V("case", None, "training mode of the forces"),
        "kernel": V("case", None, "where the kernel comes from"),
        "motion": V("case", None, "memory, friction (the integral of the kernel alone) or none"),
    },
    variables={
        "vacf": V("case run lag", "nm2/ps2", "velocity autocorrelation of one axis"),
        "msd": V("case run displacement_lag", "nm2", "mean square displacement, in three dimensions"),
        "kinetic_temperature": V("case run", "K", "mean kinetic temperature"),
        "friction": V("case", "1/ps", "integral of the kernel over the mass"),
        "friction_stderr": V("case origin", "1/ps", "its standard error from either origin"),
        "healthy": V("case", "1", "1, or 0 for a case whose runs failed"),
    },
    attributes={
        "temperature_K": TEMPERATURE,
        "bead_mass_amu": MASS,
        "box_nm": A("nm", "of `box_motion`: edge of the box", always=False),
    },
)

DATASETS = (_STRETCHES, _CORRELATIONS, _KERNEL, _MOTIONS)

TABLES = (
    table(
        "diffusion",
        "dynamics_tables",
        "All-atom self-diffusion at the canonical mean energy, by two routes",
        {
            **shared("temperature_K"),
            "route": C(None, "einstein (mean square displacement) or green_kubo (velocity autocorrelation)"),
            "diffusion_1e9_m2_per_s": C(DIFFUSION, "self-diffusion coefficient of this box"),
            "stderr": C(DIFFUSION, "its standard error"),
            "infinite_box_1e9_m2_per_s": C(DIFFUSION, "the same for an infinite box, after Yeh and Hummer"),
            "kinetic_temperature_K": C("K", "mean kinetic temperature of the stretches"),
            "energy_drift_kJ_per_mol_ps": C("kJ/mol/ps", "drift of the total energy"),
            "energy_drift_stderr": C("kJ/mol/ps", "its standard error"),
        },
    ),
    table(
        "activation",
        "dynamics_tables",
        "Activation energy of the diffusion",
        {
            "source": C(
                None,
                "`response at T0` (from T0 alone), `between temperatures`, or `interpolated to T0` between "
                "the two next to it",
            ),
            "from_K": C("K", "lower temperature"),
            "to_K": C("K", "upper temperature"),
            "activation_energy_kJ_per_mol": C("kJ/mol", "−d ln D / d(1/kT)"),
            "stderr": C("kJ/mol", "its standard error"),
        },
    ),
    table(
        "memory_kernels",
        "dynamics_tables",
        "Memory kernels before and after each iteration",
        {
            **shared("architecture"),
            "source": C(None, "a temperature in K, or `cooler` and `hotter`, which the response at T0 gives"),
            "temperature_K": C("K", "temperature of the kernel"),
            "iteration": C("1", "0: the kernel as measured"),
            "friction_per_ps": C("1/ps", "integral of the kernel over the mass of a bead"),
            "fit_error": C("1", "relative error of the fit by damped cosines"),
            "diffusion_1e9_m2_per_s": C(
                DIFFUSION, "diffusion in CG runs with this kernel; empty for the last", always=False
            ),
            "diffusion_stderr": C(DIFFUSION, "its standard error", always=False),
            "vacf_error": C("1", "relative L1 error of their velocity autocorrelation", always=False),
            "friction_stderr_per_ps": C("1/ps", "standard error of the measured friction"),
            "friction_sampled_{fs}_fs_per_ps": C("1/ps", "measured friction from records this far apart"),
        },
    ),
    table(
        "kernel_slopes",
        "dynamics_tables",
        "How steeply the friction depends on temperature: the slope d ln(friction) / d(1/kT)",
        {
            **shared("architecture"),
            "source": C(None, "`response at T0` (from T0 alone) or `between temperatures`"),
            "from_K": C("K", "lower temperature"),
            "to_K": C("K", "upper temperature"),
            "plain_kJ_per_mol": C("kJ/mol", "slope of the measured kernels"),
            "plain_stderr": C("kJ/mol", "its standard error, from the all-atom stretches"),
            "iterated_kJ_per_mol": C("kJ/mol", "slope of the iterated kernels"),
            "iterated_stderr": C("kJ/mol", "its standard error, from the stretches and the CG runs"),
        },
    ),
    table(
        "dynamics_error",
        "dynamics_tables",
        "CG dynamics at held-out temperatures against the all-atom runs; failed cases are missing",
        {
            **shared("architecture"),
            "forces": C(None, "training mode of the forces"),
            "kernel": C(
                None,
                "origin of the kernel: `response` (T0 alone), `arrhenius` and `vft` (laws between other "
                "temperatures), `reference` (that of T0), `measured` (this temperature), `none`",
            ),
            "motion": C(None, "memory, friction (the integral of the kernel alone) or none"),
            **shared("temperature_K"),
            "diffusion_1e9_m2_per_s": C(DIFFUSION, "self-diffusion coefficient of this box"),
            "diffusion_stderr": C(DIFFUSION, "its standard error over CG runs"),
            "kernel_stderr": C(DIFFUSION, "its standard error from the runs behind the kernel"),
            "ratio_to_all_atom": C("1", "diffusion over that of the all-atom run"),
            "ratio_stderr": C("1", "its standard error, all sources together"),
            "freedom": C("1", "degrees of freedom of that error"),
            "vacf_error": C("1", "L1 error of the normalised velocity autocorrelation, relative"),
            "vacf_error_stderr": C("1", "its standard error, all sources together"),
            "vacf_freedom": C("1", "degrees of freedom of that error"),
            "friction_per_ps": C("1/ps", "integral of the kernel over the mass of a bead"),
            "friction_stderr": C("1/ps", "its standard error"),
            "kinetic_temperature_K": C("K", "mean kinetic temperature"),
            "saw_temperature": C("1", "1 if the kernel has seen data of this temperature, else 0"),
        },
    ),
    table(
        "dynamics_speed",
        "dynamics_tables",
        "Speed of CG dynamics, and what would be claimed if faster diffusion counted as speed",
        {
            **shared("architecture"),
            "motion": C(None, "memory or none"),
            **shared("temperature_K"),
            "ns_per_day": C("ns/day", "speed of the CG dynamics"),
            "ratio_to_all_atom": C("1", "over the speed of the all-atom run"),
            "diffusion_ratio": C("1", "diffusion over that of the all-atom run"),
            "apparent_ratio": C("1", "product of the two"),
        },
    ),
)
