"""Tables: CSV files with one observation a row; names of columns end in the unit where there is one."""

from __future__ import annotations

from . import benchmark, dynamics, economics, engine, thermodynamics
from .kinds import Column as C
from .kinds import Table
from .shared import ENERGY2, FORCE, RESPONSE, interval, shared, table


def _ratio(of: str, unit: str | None) -> dict[str, C]:
    """Columns of the comparison of a squared error with that of another model."""
    squared = f"square of {unit}" if unit else None
    return {
        "against": C(None, "training mode of the model that it is compared with"),
        **shared("temperature_K"),
        "ratio": C("1", f"{of} over that of the other model; empty where the latter is not above zero"),
        "low": C("1", "lower end of the 95 % interval of the ratio (Fieller)"),
        "high": C("1", "upper end; infinite where the data do not bound the ratio"),
        "square": C(unit, f"squared {of}, free of its noise: negative values are chance"),
        "against_square": C(unit, "that of the other model"),
        "variance": C(squared, "of the square"),
        "against_variance": C(squared, "of the square of the other model"),
        "covariance": C(squared, "of both: they share reference, test frames and training data"),
        "freedom": C("1", "degrees of freedom of these errors"),
    }


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
            "slope": C(
                "1",
                "slope of the labels on the prediction; noise of the prediction, from training, lowers it",
            ),
            "slope_stderr": C("1", "its standard error"),
            "correlation": C("1", "correlation of labels and prediction, which noise of the labels lowers"),
        },
    ),
    table(
        "excess",
        "excess",
        "Force error in excess of the yardstick, the root of the difference of squared errors, from ordinary "
        "held-out frames",
        {
            **shared("architecture mode temperature_K"),
            "excess_kJ_per_mol_nm": C(FORCE, "excess error; 0 where its square is negative by chance"),
            **interval("excess", FORCE),
            "square": C(ENERGY2, "its square, which may be negative"),
            "test_stderr": C(ENERGY2, "standard error of the square from the test frames"),
            "training_stderr": C(ENERGY2, "the same from training, of the model and of the yardstick"),
            "freedom": C("1", "degrees of freedom of both errors together"),
        },
    ),
    table(
        "reference_error",
        "reference_errors",
        "Residuals of every model on held-out frames at T0: no other temperature and no label is needed",
        {
            **shared("architecture mode"),
            "force_rms": C(FORCE, "root mean square of the instantaneous forces"),
            "residual_rms": C(
                FORCE,
                "the same of their difference from the model: mostly fluctuations, which no function of the "
                "beads can follow",
            ),
            "residual_stderr": C(FORCE, "its standard error, from blocks of the frames"),
            "explained": C("1", "share of the mean square force that the residual lacks"),
            "above_baseline": C(
                ENERGY2,
                "mean square residual above that of the baseline, in which fluctuations cancel; empty of the "
                "baseline",
            ),
            **interval("difference", ENERGY2),
        },
    ),
    table(
        "response_terms",
        "response_terms",
        "Parts of the projected force field at T0 and of its thermal response, against their noise: "
        "functions (pairs, triplets), and shells whose molecules' energies gave the response",
        {
            "quantity": C(None, "force (without the prior), response or second order"),
            "part": C(None, "all, functions of some kind, or the energies of a shell around the bead"),
            "unit": C(None, "of size and noise"),
            "size": C(
                "as in unit",
                "root mean square force of the part over configurations at T0, without what noise adds to it "
                "(0 where noise is larger); of a shell or the second order before they are weighted",
            ),
            "noise": C("as in unit", "root mean square of its noise, from blocks of the trajectory"),
            "weight": C("1", "with which a shell, or what deviates from the law in ln T, counts; else 1"),
            "probability": C("1", "of a force as large by noise alone (F distribution)"),
            "resolved": C(None, "whether this is below 0.05"),
            "gain": C(
                "square of unit",
                "by how much the part lowers the mean square error of blocks that were left out of the fit, "
                "all other parts being there; empty of the second order",
            ),
            "gain_stderr": C("square of unit", "its standard error over blocks"),
        },
    ),
    table(
        "force_ratio",
        "excess",
        "Excess force error of a model over that of another one, on the same frames",
        {**shared("architecture mode"), **_ratio("excess error", ENERGY2)},
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

_DISTRIBUTIONS = "rdf, adf or tetrahedral_distribution; of several species also the rdf of each pair"

_STRUCTURE = (
    table(
        "structure_error",
        "structure_tables",
        "Distance of CG distributions from the all-atom ones, free of its noise floor",
        {
            "observable": C(None, _DISTRIBUTIONS),
            **shared("architecture mode temperature_K"),
            "distance": C(
                None,
                "root mean square difference over the bins: 1 for rdf and tetrahedral_distribution, 1/degree "
                "for adf; 0 where its square is negative by chance",
            ),
            "stderr": C(None, "its standard error; empty where the distance is 0"),
            **interval("distance", None),
            "square": C(None, "the square, from products of independent blocks, which may be negative"),
            "square_stderr": C(None, "its standard error: CG runs, all-atom run, training"),
            "freedom": C("1", "degrees of freedom of this error"),
        },
    ),
    table(
        "structure_ratio",
        "structure_tables",
        "Distance of CG distributions from the all-atom ones over that of another model",
        {
            "observable": C(None, _DISTRIBUTIONS),
            **shared("architecture mode"),
            **_ratio("distance", None),
        },
    ),
    table(
        "structure_values",
        "structure_tables",
        "Coordination number and mean tetrahedral order",
        {
            "observable": C(
                None,
                "coordination or tetrahedral_order; in a mixture also the neighbours of one species around "
                "another, such as coordination A around B",
            ),
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
        "health_tables",
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
        "health_tables",
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
            "test_frames_flagged": C(
                "1", "test frames whose R-hat is above the limit; they count all the same"
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
        "Claims of the study and goals of this project as numbers with intervals, against thresholds",
        {
            "kind": C(
                None,
                "`study`: a claim of the study, corrected for the number of claims; `project`: a goal of "
                "this project, of a size of its choice",
            ),
            **shared("claim architecture temperature_K"),
            "value": C("1", "measured value; empty where it could not be measured"),
            "low": C("1", "lower bound of the value"),
            "high": C("1", "upper bound; infinite where the data do not bound the value"),
            "level": C("1", "chance that a bound is missed: 0.025 for goals, Holm's level for claims"),
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
    "Thermodynamics": thermodynamics.TABLES,
    "Dynamics": dynamics.TABLES,
    "Cost": _COST,
    "Benchmark of the routes to the response": benchmark.TABLES,
    "Checks of the engine": engine.TABLES,
    "Which data to buy, and other seeds": economics.TABLES,
    "Own trajectories": _TRAJECTORIES,
}

TABLES = tuple(one for group in GROUPS.values() for one in group)
