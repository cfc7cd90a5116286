"""Datasets and tables of the benchmark of all routes to the thermal response."""

from __future__ import annotations

from .kinds import Attribute as A
from .kinds import Column as C
from .kinds import Dataset, Table
from .kinds import Variable as V
from .shared import DIFFUSION, FORCE, RESPONSE, TEMPERATURE, interval, shared, table

_ESTIMATES = Dataset(
    ("estimators/estimates/{replicate}.nc",),
    "compare_routes",
    "Every route to the thermal response on the data of one replicate: predictions, errors, costs",
    coordinates={
        "temperature": V("temperature", None, "test temperature, K"),
        "estimator": V("case", None, "route to the response"),
        "budget": V("case", None, "share of the data"),
    },
    variables={
        "predicted_trf": V("case frame bead axis", "kJ/mol/nm/K", "response at the test sites of T0"),
        "core_s": V("case", "s", "core-seconds of sampling and analysis"),
        "analysis_s": V("case", "s", "core-seconds of the analysis"),
        "trf_squared_error": V("case", "kJ2/mol2/nm2/K2", "squared error of the response, noise removed"),
        "force_squared_error": V("case temperature", "kJ2/mol2/nm2", "squared error of predicted forces"),
    },
    attributes={"temperature_K": TEMPERATURE},
)

_RADII = Dataset(
    ("estimators/radii/{replicate}.nc",),
    "compare_routes",
    "Residual products with the energy of the molecules within a radius, of one replicate",
    coordinates={
        "radius": V("radius", None, "radius, nm (inf: whole box)"),
        "temperature": V("temperature", None, "test temperature, K"),
    },
    variables={
        "predicted_trf": V("radius frame bead axis", "kJ/mol/nm/K", "response at the test sites of T0"),
        "along": V("radius", "kJ2/mol2/nm2/K2", "mean of products times a known response"),
        "trf_squared_error": V("radius", "kJ2/mol2/nm2/K2", "squared error of the response, noise removed"),
        "force_squared_error": V("radius temperature", "kJ2/mol2/nm2", "squared error of predicted forces"),
    },
    attributes={"temperature_K": TEMPERATURE},
)

_FROZEN = Dataset(
    ("estimators/frozen.nc",),
    "frozen",
    "Runs of one frame from its own and from melted orientations, at one temperature and with exchange",
    coordinates={
        "way": V("way", None, "fixed (one temperature) or rungs (replica exchange)"),
        "run": V("run", None, "first and second from the frame's orientations, melted"),
    },
    variables={
        "force": V("way run sample bead axis", "kJ/mol/nm", "mapped forces on the lowest rung"),
        "energy": V("way run sample", "kJ/mol", "potential energy on the lowest rung"),
    },
    attributes={"temperature_K": TEMPERATURE, "sample_ps": A("ps", "time between samples")},
)

DATASETS = (_ESTIMATES, _RADII, _FROZEN)


def forces_elsewhere(over: str) -> dict[str, C]:
    return {
        "force_error_{T}K_kJ_per_mol_nm": C(FORCE, "error of the forces predicted at the test temperature T"),
        "force_error_{T}K_stderr": C(FORCE, f"its standard error over the {over}"),
    }


TABLES = (
    table(
        "other_references",
        "made by `python -m thermalcg.benchmark.other_references`",
        "Excess force error of force fields from one run at each of several temperatures, in the place of T0",
        {
            "reference_K": C("K", "temperature of the one run that a force field is from"),
            **shared("mode temperature_K"),
            "ratio": C("1", "test temperature over that of the run"),
            "excess_kJ_per_mol_nm": C(
                FORCE, "excess over the force field that was trained at the test temperature"
            ),
            **interval("excess", FORCE),
        },
    ),
    table(
        "spread_starts",
        "made by `python -m thermalcg.benchmark.spread_starts`",
        "Diffusion at T0 and its slope, from stretches that start with canonical and with spread energies",
        {
            "starts": C(None, "canonical or spread"),
            "stretches": C("1", "number of stretches"),
            "energy_spread": C("1", "standard deviation of their energies over the canonical one"),
            "diffusion_1e9_m2_per_s": C(DIFFUSION, "self-diffusion coefficient of this box"),
            "diffusion_stderr": C(DIFFUSION, "its standard error"),
            "activation_energy_kJ_per_mol": C("kJ/mol", "−d ln D / d(1/kT)"),
            "activation_stderr": C("kJ/mol", "its standard error"),
            "curvature": C(
                "1",
                "second derivative of D by the energy in canonical standard deviations, over D",
            ),
            "curvature_stderr": C("1", "its standard error"),
            "dEa_dT_kJ_per_mol_K": C(
                "kJ/mol/K", "temperature derivative of the activation energy, with constant C_V"
            ),
            "dEa_dT_stderr": C("kJ/mol/K", "its standard error"),
        },
    ),
    table(
        "estimators",
        "estimator_tables",
        "Errors and cost of every route to the response at every budget, over the replicates",
        {
            "estimator": C(None, "route to the thermal response"),
            "budget": C("1", "share of the data of a replicate"),
            "core_s": C("s", "core-seconds of sampling and analysis"),
            "trf_noise_kJ_per_mol_nm_K": C(RESPONSE, "statistical error of the predicted response"),
            "trf_noise_stderr": C(RESPONSE, "its standard error"),
            "trf_rmse_kJ_per_mol_nm_K": C(
                RESPONSE, "root mean square difference from conditional labels, their noise removed"
            ),
            "trf_rmse_stderr": C(RESPONSE, "its standard error"),
            **forces_elsewhere("replicates"),
        },
    ),
    table(
        "estimator_cost",
        "estimator_tables",
        "How many times cheaper a route is than covariances at one temperature, at equal error",
        {
            "quantity": C(None, "trf_noise or force_error (at the hottest test temperature)"),
            "estimator": C(None, "route to the thermal response"),
            "times_cheaper": C("1", "ratio of core-seconds at equal error"),
            **interval("ratio"),
            "bound": C("1", "1: the ratio is at least the one given"),
        },
    ),
    table(
        "estimator_radius",
        "estimator_tables",
        "Residual products with the energy of the molecules within a radius",
        {
            "radius_nm": C("nm", "radius; inf: whole box"),
            "trf_noise_kJ_per_mol_nm_K": C(RESPONSE, "statistical error of the predicted response"),
            "trf_noise_stderr": C(RESPONSE, "its standard error"),
            "share": C("1", "share of the whole-box response that is kept"),
            "share_stderr": C("1", "its standard error"),
            **forces_elsewhere("replicates"),
        },
    ),
    Table(
        ("tables/estimator_size.csv", "estimators/size/{size}.csv"),
        "estimator_tables, size_noise",
        "Noise of the response after 1 ps of sampling, by size of the box and radius of the energy",
        {
            **shared("molecules"),
            "radius_nm": C("nm", "radius of the energy; inf: whole box"),
            "noise_kJ_per_mol_nm_K": C(RESPONSE, "noise after 1 ps"),
            "stderr": C(RESPONSE, "its standard error"),
            "share": C("1", "share of the whole-box response that is kept"),
            "share_stderr": C("1", "its standard error"),
            "block_ps": C("ps", "length of the blocks of the labels; empty for products"),
            "estimator": C(None, "covariance or residual products"),
        },
    ),
    table(
        "frozen",
        "estimator_tables",
        "What a run at fixed sites says of its own convergence, and what another run says",
        {
            "way": C(None, "fixed (one temperature) or rungs (replica exchange)"),
            "compared": C(None, "halves of a run, same start or melted start of two runs"),
            "rms_difference_kJ_per_mol_nm": C(FORCE, "root mean square difference of the mean forces"),
            "worst_molecule_kJ_per_mol_nm": C(FORCE, "largest difference of a molecule's mean force"),
            "correlation": C("1", "correlation of the two mean forces"),
            "rhat": C("1", "split R-hat, 95th percentile over force components"),
            "energy_gap_kJ_per_mol": C("kJ/mol", "difference of the mean energies"),
        },
    ),
    table(
        "reweighting",
        "estimator_tables",
        "Labels of one chain by MBAR, from single rungs and by finite differences",
        {
            "quantity": C(None, "mean_force, trf, trf2 or mean_energy"),
            "estimator": C(None, "mbar, single_rung or finite_difference"),
            **shared("temperature_K"),
            "noise": C(None, "error of one chain's labels, from the difference of two; unit of the quantity"),
            "noise_stderr": C(None, "its standard error"),
            "stated": C(None, "the error that the labels state themselves"),
            "slope_on_mbar": C("1", "slope on MBAR's label of the other chain: 1 where they agree"),
            "slope_stderr": C("1", "its standard error"),
            "effective_samples": C("1", "effective number of samples"),
        },
    ),
    table(
        "sampler_cost",
        "sampler_cost",
        "Cost of a step with anchored sites over an ordinary one, on one thread",
        {
            **shared("molecules"),
            "what": C(None, "kind of step"),
            "ms_per_step": C("ms", "median time of a step"),
            "ratio": C("1", "over that of an ordinary step"),
            **interval("ratio"),
        },
    ),
    table(
        "sampler_throughput",
        "sampler_cost",
        "Conditional steps a second of the whole machine, pinned processes against a plain loop",
        {
            **shared("molecules"),
            "what": C(None, "plain loop or pinned processes"),
            "steps_per_s": C("1/s", "median number of steps a second"),
            "ratio": C("1", "over that of the plain loop"),
            **interval("ratio"),
        },
    ),
)
