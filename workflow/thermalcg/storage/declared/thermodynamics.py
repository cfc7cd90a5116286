"""Tables of energies, heat capacities and the second order of the response."""

from __future__ import annotations

from .kinds import Column as C
from .shared import RESPONSE, SECOND, shared, table

TABLES = (
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
            "heat_capacity_J_per_mol_K": C(
                "J/mol/K", "heat capacity at constant volume, from the fluctuation at this temperature"
            ),
            "stderr": C("J/mol/K", "its standard error"),
            "energy_change_kJ_per_mol": C("kJ/mol", "mean potential energy less that at T0"),
            "energy_change_stderr": C("kJ/mol", "its standard error"),
            "freedom": C("1", "degrees of freedom of the error of the heat capacity"),
            "energy_change_freedom": C(
                "1", "degrees of freedom of the error of the energy change", always=False
            ),
            "curve_heat_capacity_J_per_mol_K": C(
                "J/mol/K", "heat capacity from means and fluctuations at all temperatures", always=False
            ),
            "curve_stderr": C("J/mol/K", "its standard error", always=False),
            "entropy_change_J_per_mol_K": C(
                "J/mol/K", "entropy less that at T0, from the same curve", always=False
            ),
            "entropy_change_stderr": C("J/mol/K", "its standard error", always=False),
            "curve_chi2": C("1", "chi square of that curve over its degrees of freedom", always=False),
        },
    ),
    table(
        "heat_parts",
        "thermodynamics",
        "The heat capacity of the potential energy at T0 in its parts, per molecule",
        {
            **shared("architecture mode"),
            "all_atom_J_per_mol_K": C("J/mol/K", "Var(u)/kT², of the all-atom run"),
            "all_atom_stderr": C("J/mol/K", "its standard error"),
            "sites_J_per_mol_K": C(
                "J/mol/K", "Cov(U, u)/kT² + ⟨dU/dT⟩: what the sites carry in the all-atom run"
            ),
            "sites_stderr": C("J/mol/K", "its standard error"),
            "rest_J_per_mol_K": C("J/mol/K", "what they do not carry, kept constant in predictions"),
            "rest_stderr": C("J/mol/K", "its standard error"),
            "cross_J_per_mol_K": C(
                "J/mol/K",
                "[Var(u) − Var(U) − Var(u − U)]/kT²; zero, by the law of total variance, for exact U",
            ),
            "cross_stderr": C("J/mol/K", "its standard error"),
            "cg_sites_J_per_mol_K": C("J/mol/K", "what the sites carry in the CG runs at T0"),
            "cg_sites_stderr": C("J/mol/K", "its standard error"),
        },
    ),
    table(
        "fixed_site_free_energy",
        "thermodynamics",
        "T [W(R,T)/T − W(R,T0)/T0] between frames of T0, against labels on all rungs; of the box",
        {
            **shared("architecture mode temperature_K"),
            "frames": C("1", "number of labelled frames that have converged on all rungs up to this one"),
            "rmse_kJ_per_mol": C("kJ/mol", "root mean square error, noise of the labels removed"),
            "stderr": C("kJ/mol", "its standard error"),
            "label_noise": C("kJ/mol", "root mean square of the labels' standard errors"),
            "label_std": C("kJ/mol", "standard deviation of the labels over frames"),
            "slope": C("1", "slope of the labels on the prediction"),
            "slope_stderr": C("1", "its standard error"),
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
