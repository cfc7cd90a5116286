"""Datasets and tables of the checks of the engine that moves the beads."""

from __future__ import annotations

from .kinds import Attribute as A
from .kinds import Column as C
from .kinds import Dataset
from .kinds import Variable as V
from .shared import BOX, DIFFUSION, TEMPERATURE, TIME, shared, table

ENERGY = "kJ/mol"

_TIME_STEP = Dataset(
    ("engine/time_step.nc",),
    "time_step",
    "CG runs of the baseline at T0 with several time steps; values of a run that failed are NaN",
    coordinates={
        "timestep": V("timestep", "fs", "time step"),
        "r": V("r", "nm", "middle of the bin of distances"),
    },
    variables={
        "energy": V("timestep run", ENERGY, "mean potential energy of the model, of one bead"),
        "rdf": V("timestep run r", "1", "radial distribution function"),
    },
    attributes={
        "temperature_K": TEMPERATURE,
        "run_ps": A("ps", "length of a run"),
        "study_ps": A("ps", "length of a run of the study, `cg_md.production_ps`"),
        "study_timestep_fs": A("fs", "time step of the study"),
    },
)

_LONG_RUNS = Dataset(
    ("engine/long_runs/{T}.nc",),
    "long_runs",
    "Energies of long CG runs",
    coordinates={"time": TIME},
    variables={
        "potential_energy": V("run time", ENERGY, "energy of the model, of all beads"),
        "temperature": V("run time", "K", "kinetic temperature"),
        "healthy": V("run", "1", "1, or 0 for a run that failed"),
    },
    attributes={
        "temperature_K": TEMPERATURE,
        "beads": A("1", "number of beads"),
        "timestep_fs": A("fs", "time step"),
        "failure": A(None, "why runs failed; empty where all is well"),
    },
)

_LARGE_BOX = Dataset(
    ("engine/large_box/all_atom/{T}.nc", "engine/large_box/cg/{T}.nc"),
    "large_box_all_atom, large_box_cg",
    "Structure and mean energy in a box of several copies of the study's: of blocks of an all-atom run, or "
    "of CG runs that did not fail",
    coordinates={
        "r": V("r", "nm", "middle of the bin of distances"),
        "theta": V("theta", "degree", "middle of the bin of angles"),
        "q": V("q", "1", "middle of the bin of the tetrahedral order"),
        "k": V("k", "1/nm", "length of the wave vectors of a shell"),
    },
    variables={
        "rdf": V("run r", "1", "radial distribution function"),
        "rdf_se": V("r", "1", "standard error of its mean over the runs"),
        "adf": V("run theta", "1/degree", "angle distribution between neighbours, normalised to 1"),
        "adf_se": V("theta", "1/degree", "standard error of its mean"),
        "tetrahedral_distribution": V("run q", "1", "distribution of q, normalised to 1"),
        "tetrahedral_distribution_se": V("q", "1", "standard error of its mean"),
        "coordination": V("run", "1", "neighbours within the first shell"),
        "coordination_se": V("", "1", "standard error of its mean"),
        "tetrahedral_order": V("run", "1", "mean of q: 1 in a perfect tetrahedron, 0 in a gas"),
        "tetrahedral_order_se": V("", "1", "standard error of its mean"),
        "structure_factor": V("run k", "1", "structure factor of the sites, averaged over a shell"),
        "structure_factor_se": V("k", "1", "standard error of its mean"),
        "energy": V("run", ENERGY, "mean energy a molecule: all-atom u, CG W − T dW/dT"),
        "rest": V(
            "", "kJ/mol/K", "CG only: heat capacity a molecule that the sites do not carry", always=False
        ),
        "rest_se": V("", "kJ/mol/K", "CG only: its standard error", always=False),
    },
    attributes={
        "temperature_K": TEMPERATURE,
        "box_nm": BOX,
        "beads": A("1", "number of beads"),
        "frames_per_run": A("1", "frames of each run or block"),
        "runs": A("1", "CG only: runs, those that failed included"),
        "failure": A(None, "CG only: why runs failed"),
    },
)

DATASETS = (_TIME_STEP, _LONG_RUNS, _LARGE_BOX)

_STEP = C("fs", "time step")
_FAILED = C("1", "runs that failed")

TABLES = (
    table(
        "time_step",
        "engine_tables",
        "CG runs of the baseline at T0 with several time steps, each tested one against half of it. The "
        "columns of the comparison are empty for steps that are only the half of another one.",
        {
            **shared("temperature_K"),
            "timestep_fs": _STEP,
            "runs": C("1", "independent runs"),
            "run_ps": C("ps", "length of each run"),
            "failed": _FAILED,
            "energy_kJ_per_mol": C(ENERGY, "mean potential energy of the model, a bead"),
            "energy_stderr": C(ENERGY, "its standard error over the runs"),
            "energy_difference_kJ_per_mol": C(ENERGY, "the same minus that with half the step"),
            "energy_difference_stderr": C(ENERGY, "its standard error"),
            "energy_study_error": C(ENERGY, "standard error of the mean energy of the study's own runs"),
            "energy_over_study": C("1", "difference over the study's error"),
            "rdf_difference": C("1", "difference of g(r) from half the step, root mean square over the bins"),
            "rdf_difference_noise": C("1", "what the errors of these runs alone give"),
            "rdf_study_error": C("1", "standard error of g(r) of the study's own runs, root mean square"),
            "rdf_over_study": C("1", "difference over the study's error"),
            "rdf_worst_difference": C(
                "1", "the same difference in the bin where it is largest over the error"
            ),
            "rdf_worst_stderr": C("1", "its standard error"),
            "rdf_worst_over_study": C("1", "the same over the study's error in this bin"),
            "within": C(
                "1",
                "1: no run failed, and `energy_over_study` and `rdf_over_study` are at most 1 in size; or 0",
            ),
        },
    ),
    table(
        "long_runs",
        "engine_tables",
        "Long CG runs with the thermal response: failures, and whether the mean energy drifts",
        {
            **shared("temperature_K"),
            "timestep_fs": _STEP,
            "runs": C("1", "independent runs"),
            "run_ns": C("ns", "length of each run"),
            "failed": _FAILED,
            "kinetic_temperature_K": C("K", "mean kinetic temperature"),
            "first_half_kJ_per_mol": C(
                ENERGY, "mean potential energy of the model in the first halves, a bead"
            ),
            "first_half_stderr": C(ENERGY, "its standard error over the runs"),
            "last_half_kJ_per_mol": C(ENERGY, "the same in the last halves"),
            "last_half_stderr": C(ENERGY, "its standard error over the runs"),
            "drift_kJ_per_mol": C(ENERGY, "last minus first half"),
            "drift_stderr": C(ENERGY, "its standard error, from the differences of the single runs"),
            "drift_over_stderr": C("1", "drift over its error"),
            "steady": C("1", "1: no run failed, and 0 is in the 95 % interval of the drift; else 0"),
        },
    ),
    table(
        "large_box",
        "engine_tables",
        "The force field of the study's box in a larger one, against all-atom water of that size",
        {
            **shared("temperature_K"),
            "observable": C(
                None,
                "`rdf`, `adf` (distributions), `coordination`, `tetrahedral_order`, `structure_factor`, or "
                "`energy_change` (kJ/mol a molecule, from T0)",
            ),
            "k_per_nm": C("1/nm", "length of the wave vectors; empty for all others"),
            "all_atom": C(None, "all-atom value; empty for distributions"),
            "all_atom_stderr": C(None, "its standard error over the blocks of the run"),
            "cg": C(None, "CG value; empty for distributions"),
            "cg_stderr": C(None, "its standard error over the runs"),
            "difference": C(None, "CG minus all-atom; of a distribution the mean of |CG − all-atom|"),
            "difference_stderr": C(None, "its standard error"),
            "noise": C(None, "what noise alone gives for a distribution; empty for numbers"),
            "over_stderr": C("1", "difference, of a distribution less its noise, over the error"),
            "differs": C(
                "1", "1: zero is outside the 95 % interval of the difference less the noise; else 0"
            ),
        },
    ),
    table(
        "box_diffusion",
        "box_diffusion",
        "Diffusion in the study's box and in a larger one, all-atom and CG with the memory kernel of the "
        "study's box",
        {
            **shared("temperature_K"),
            "source": C(None, "all_atom or cg"),
            "box_nm": C("nm", "edge of the study's box"),
            "diffusion_1e9_m2_per_s": C(DIFFUSION, "self-diffusion coefficient in it"),
            "stderr": C(DIFFUSION, "its standard error"),
            "large_box_nm": C("nm", "edge of the larger box"),
            "large_diffusion_1e9_m2_per_s": C(DIFFUSION, "self-diffusion coefficient in it"),
            "large_stderr": C(DIFFUSION, "its standard error"),
            "ratio": C("1", "larger over smaller box"),
            "ratio_stderr": C("1", "its standard error"),
            "hydrodynamic_ratio": C("1", "the ratio by the flow around a particle, after Yeh and Hummer"),
            "from_hydrodynamic_over_stderr": C("1", "distance of the ratio from that, over its error"),
            "from_one_over_stderr": C("1", "distance of the ratio from one, over its error"),
        },
    ),
)
