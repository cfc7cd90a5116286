"""Tables: CSV files with one observation a row; names of columns end in the unit where there is one."""

from __future__ import annotations

from . import benchmark, dynamics, economics, engine
from .kinds import Column as C
from .kinds import Table
from .shared import ENERGY2, FORCE, RESPONSE, SECOND, interval, shared, table

_FORCES = (
    Table(
        ("tables/force_error_frames.csv", "force_error/{arch}/{model}.csv"),
        "force_tables, evaluate",
        "Squared force errors of every test frame, model and ensemble member: all intervals of forces are "
        "computed from these. All are means over the components of a frame.",
        {
            **shared("architecture mode"),
            "model": C(None, "name of the model, which for a yardstick has the temperature in it"),
            "member": C(
                "1", "member of the ensemble; of splines, 0 is the fit to all data, others a bootstrap"
            ),
            **shared("temperature_K"),
            "frame": C("1", "number of the test frame"),
            "squared_error": C(
                ENERGY2, "product of the residuals against the labels of two chains: free of their noise"
            ),
            "squared_error_raw": C(ENERGY2, "the same against the mean of all chains: with their noise"),
            "label_variance": C(ENERGY2, "the difference of the two: variance of the labels"),
            "label_square": C(ENERGY2, "mean square of the labels"),
        },
    ),
    table(
        "force_error",
        "force_tables",
        "Root mean square force error of every model at every temperature",
        {
            **shared("architecture mode"),
            "seed": C(None, "member of the ensemble, or `all`"),
            **shared("temperature_K"),
            "rmse_kJ_per_mol_nm": C(FORCE, "root mean square error, noise of the labels removed"),
            "stderr": C(FORCE, "its standard error"),
            "noise_floor": C(FORCE, "root mean square of the labels' standard errors"),
            "yardstick": C(FORCE, "error of the model that was trained at this temperature"),
        },
    ),
    table(
        "trf_error",
        "force_tables",
        "Error of the thermal response of every model that has one, on the test frames of T0",
        {
            **shared("architecture mode temperature_K"),
            "rmse_kJ_per_mol_nm_K": C(RESPONSE, "root mean square error, noise of the labels removed"),
            "stderr": C(RESPONSE, "its standard error"),
            "noise_floor": C(RESPONSE, "root mean square of the labels' standard errors"),
            "slope": C("1", "slope of the labels on the prediction: 1 for a calibrated model"),
            "slope_stderr": C("1", "its standard error"),
            "correlation": C("1", "correlation of labels and prediction, which noise of the labels lowers"),
        },
    ),
    table(
        "excess",
        "force_tables",
        "Force error in excess of the yardstick, the root of the difference of squared errors",
        {
            **shared("architecture mode temperature_K"),
            "excess_kJ_per_mol_nm": C(FORCE, "excess error"),
            **interval("excess", FORCE),
            "ratio_to_baseline": C("1", "excess over that of the baseline"),
            "ratio_low": C("1", "lower end of the 95 % interval of the ratio"),
            "ratio_high": C("1", "upper end; infinite where the data do not bound it"),
        },
    ),
    table(
        "learning_curve",
        "learning_curve",
        "Force error of splines against the share of the training data",
        {
            **shared("architecture mode"),
            "fraction": C("1", "share of the training data"),
            **shared("temperature_K"),
            "rmse_kJ_per_mol_nm": C(FORCE, "root mean square error, noise of the labels removed"),
            "stderr": C(FORCE, "its standard error, from test frames and bootstrap"),
        },
    ),
)

_STRUCTURE = (
    table(
        "structure_error",
        "structure_tables",
        "Distance of CG distributions from the all-atom ones",
        {
            "observable": C(None, "rdf, adf or tetrahedral_distribution"),
            **shared("architecture mode temperature_K"),
            "l1": C(
                None, "mean absolute difference: 1 for rdf and tetrahedral_distribution, 1/degree for adf"
            ),
            "stderr": C(None, "its standard error"),
            "floor": C(None, "what noise alone would give"),
        },
    ),
    table(
        "structure_values",
        "structure_tables",
        "Coordination number and mean tetrahedral order",
        {
            "observable": C(None, "coordination or tetrahedral_order"),
            "source": C(None, "all_atom or an architecture"),
            **shared("mode temperature_K"),
            "value": C("1", "mean over blocks or runs"),
            "stderr": C("1", "its standard error"),
        },
    ),
    table(
        "cg_health",
        "structure_tables",
        "Every CG run, healthy or not; failed runs are left out of the structure tables",
        {
            **shared("architecture mode temperature_K"),
            "run": C("1", "number of the run"),
            "member": C("1", "member of the ensemble that the run used"),
            "healthy": C("1", "1, or 0 for a run that failed"),
            "kinetic_temperature_K": C("K", "mean kinetic temperature"),
            "failure": C(None, "why it failed; empty where all is well"),
        },
    ),
    table(
        "all_atom_health",
        "structure_tables",
        "Equilibration of the all-atom runs",
        {
            **shared("temperature_K"),
            "potential_energy_kJ_per_mol": C("kJ/mol", "mean potential energy of the box"),
            "stderr": C("kJ/mol", "its standard error"),
            "drift_kJ_per_mol": C("kJ/mol", "mean of the second half of the run less that of the first"),
            "drift_stderr": C("kJ/mol", "its standard error"),
            "kinetic_temperature_K": C("K", "mean kinetic temperature"),
            "decorrelation_time_ps": C("ps", "time between independent samples of the potential energy"),
            "equilibrated": C(
                "1",
                "1 if the drift is below three standard errors and the temperature within 3 %, else 0",
            ),
        },
    ),
    table(
        "convergence",
        "structure_tables",
        "Convergence of the labels for each temperature of the frames and each rung; medians of the "
        "diagnostics and root mean squares of errors over frames",
        {
            "temperature_K": C("K", "temperature of the frames"),
            "rung_K": C("K", "temperature of the rung"),
            "frames": C("1", "number of frames"),
            "rhat_energy": C("1", "split R-hat of the energy"),
            "rhat_force": C("1", "split R-hat of the forces, 95th percentile over components"),
            "ess_energy": C("1", "effective number of samples of the energy"),
            "acceptance": C("1", "acceptance of exchanges with the next rung; empty on the last"),
            "round_trips": C("1", "mean number of round trips of a replica over the ladder"),
            "force_se": C(FORCE, "standard error of the mean force"),
            "trf_se": C(RESPONSE, "standard error of the thermal response"),
            "chain_difference": C(FORCE, "difference of the mean forces of two chains, over √2"),
            "probe_difference": C(FORCE, "difference of a probe from melted orientations, over √2"),
            "probe_to_noise": C("1", "difference of probes from chains, over what noise alone would give"),
            "probe_energy_gap": C("kJ/mol", "mean energy of the probes less that of the chains"),
            "converged_fraction": C(
                "1",
                "share of frames below `conditional.rhat_limit`; 0 where probe_to_noise is above 1.5",
            ),
            "test_frames": C("1", "test frames"),
            "test_frames_left_out": C("1", "test frames that are not converged and enter no error"),
        },
    ),
)

_THERMODYNAMICS = (
    table(
        "mean_energy",
        "thermodynamics",
        "Mean energy by each model, W − T ∂W/∂T, against the labels; both about their means over frames",
        {
            **shared("architecture mode temperature_K"),
            "rmse_kJ_per_mol": C("kJ/mol", "root mean square error, noise of the labels removed; of the box"),
            "stderr": C("kJ/mol", "its standard error"),
            "label_noise": C("kJ/mol", "root mean square of the labels' standard errors"),
            "label_std": C("kJ/mol", "standard deviation of the labels over frames"),
            "slope": C("1", "slope of the labels on the prediction"),
            "slope_stderr": C("1", "its standard error"),
            "free_energy_std": C("kJ/mol", "standard deviation of W over frames"),
            "entropy_std": C("kJ/mol", "standard deviation of T ∂W/∂T over frames"),
        },
    ),
    table(
        "heat_capacity",
        "thermodynamics",
        "Heat capacity at constant volume and change of the mean potential energy from T0, per molecule",
        {
            "source": C(None, "all_atom or an architecture"),
            **shared("mode temperature_K"),
            "heat_capacity_J_per_mol_K": C("J/mol/K", "heat capacity at constant volume"),
            "stderr": C("J/mol/K", "its standard error"),
            "energy_change_kJ_per_mol": C("kJ/mol", "mean potential energy less that at T0"),
            "energy_change_stderr": C("kJ/mol", "its standard error"),
            "freedom": C("1", "degrees of freedom of the error of the heat capacity"),
        },
    ),
    table(
        "second_order",
        "thermodynamics",
        "Size of the second-order response F″ at T0 and whether the data resolve it",
        {
            **shared("architecture mode"),
            "first_order_kJ_per_mol_nm_K": C(
                RESPONSE, "root mean square of F′ over the test sites", always=False
            ),
            "size_kJ_per_mol_nm_K2": C(
                SECOND, "root mean square of F″, variance of its noise taken off", always=False
            ),
            "stderr": C(SECOND, "standard error of the size", always=False),
            "noise_kJ_per_mol_nm_K2": C(
                SECOND, "root mean square noise of F″, from the bootstrap", always=False
            ),
            "resolved": C("1", "1 if the size is above three times the noise, else 0", always=False),
            "data_factor": C(
                "1",
                "how many times the data would resolve an F″ of the size that `multi_temperature` finds",
                always=False,
            ),
        },
    ),
)

_COST = (
    table(
        "speed",
        "speed",
        "Simulated time a day, all-atom and CG, measured in turn on this machine",
        {
            "what": C(None, "all_atom, an architecture, or an architecture `with memory`"),
            **shared("temperature_K"),
            "ns_per_day": C("ns/day", "median over the rounds"),
            "stderr": C("ns/day", "standard error over the rounds"),
            "ratio_to_all_atom": C("1", "over the speed of the all-atom run"),
            "ratio_low": C("1", "lower end of the 95 % interval of the ratio"),
            "ratio_high": C("1", "upper end of the 95 % interval of the ratio"),
            "threads": C("1", "threads of each"),
        },
    ),
    table(
        "engine_speed",
        "engine_speed",
        "Simulated time a day by size and number of cores, all-atom and CG, measured in turn on this machine",
        {
            "beads": C("1", "molecules of the box"),
            "cores": C("1", "cores; on two, small boxes run once on each, large ones once on both"),
            "what": C(
                None,
                "all_atom (cutoff 0.9 nm where the box allows), the same with the cutoff of the study, an "
                "architecture, or an architecture `with memory` or `without friction`; on one core, where it "
                "is installed, LAMMPS with the exported spline and with mW water",
            ),
            **shared("temperature_K"),
            "ns_per_day": C("ns/day", "median over the rounds, all runs together"),
            "ns_per_day_per_core": C("ns/day", "the same for each core"),
            "stderr": C("ns/day", "standard error of ns_per_day over the rounds"),
            "ratio_to_all_atom": C("1", "over the speed of the all-atom run on as many cores"),
            "ratio_low": C("1", "lower end of the 95 % interval of the ratio"),
            "ratio_high": C("1", "upper end of the 95 % interval of the ratio"),
        },
    ),
    table(
        "benchmarks",
        "cost",
        "What the study cost, by rule; jobs of a second or less may count as nothing",
        {
            "stage": C(None, "stage of the work"),
            "rule": C(None, "rule, or a group of rules"),
            "jobs": C("1", "number of jobs"),
            "wall_s": C("s", "wall time, all jobs together"),
            "cpu_s": C("s", "core-seconds, all jobs together"),
            "max_rss_MB": C("MB", "largest memory of a job"),
        },
    ),
)

_CLAIMS = (
    table(
        "claims",
        "claims",
        "The claims of the study as numbers with intervals, against thresholds",
        {
            **shared("claim architecture temperature_K"),
            "value": C("1", "measured value; empty where it could not be measured"),
            **interval("value"),
            **shared("threshold side verdict"),
        },
    ),
    table(
        "estimator_claims",
        "estimator_claims",
        "Claims on the cost of the default route to the response, and of the sampler",
        {
            **shared("claim"),
            "molecules": C("1", "molecules in the box; empty where it is that of the study"),
            "value": C("1", "measured value"),
            **interval("value"),
            **shared("threshold side verdict"),
        },
    ),
)

_TRAJECTORIES = (
    table(
        "trajectory_check",
        "check_trajectories",
        "Whether the parts of the user's own trajectories belong together",
        {
            **shared("temperature_K"),
            "check": C(None, "what is checked; of several species also for each pair of them"),
            "value": C("1", "what was found; densities in g/cm3; empty where there is no number"),
            "stderr": C("1", "its standard error"),
            "low": C("1", "lowest value that is allowed"),
            "high": C("1", "highest value that is allowed"),
            "verdict": C(None, "`holds`, `fails` or `undecided`"),
            "meaning": C(None, "what that says, in words"),
        },
    ),
)

#: The groups in which the reference lists the tables.
GROUPS = {
    "Claims": _CLAIMS,
    "Forces": _FORCES,
    "Structure and convergence": _STRUCTURE,
    "Thermodynamics": _THERMODYNAMICS,
    "Dynamics": dynamics.TABLES,
    "Cost": _COST,
    "Benchmark of the routes to the response": benchmark.TABLES,
    "Checks of the engine": engine.TABLES,
    "Which data to buy, and other seeds": economics.TABLES,
    "Own trajectories": _TRAJECTORIES,
}

TABLES = tuple(one for group in GROUPS.values() for one in group)
