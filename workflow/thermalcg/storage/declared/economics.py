"""Datasets and tables of what data cost and what they give, and of studies with other seeds."""

from __future__ import annotations

from .kinds import Column as C
from .kinds import Dataset, Table
from .kinds import Variable as V
from .shared import FORCE, MASS, PLACE, TEMPERATURE, shared, table

_COEFFICIENTS = "the unit of a spline's coefficients"

_RUN = Dataset(
    ("economics/runs/{T}.nc",),
    "economics_run",
    "An all-atom run in coarse-grained coordinates, with frames as close as the response needs, and test "
    "frames farther apart at its end",
    variables={
        "position": V("time bead axis", "nm", "positions of the sites, unwrapped"),
        "force": V("time bead axis", "kJ/mol/nm", "mapped forces on the sites"),
        "potential_energy": V("time", "kJ/mol", "potential energy of the all-atom box"),
        "molecule_energy": V(
            "time bead", "kJ/mol", "energies of the molecules, at temperatures whose response is used",
            always=False,
        ),
        "test_position": V(
            "test_time bead axis", "nm", "positions of the test frames, at held-out temperatures",
            always=False,
        ),
        "test_force": V("test_time bead axis", "kJ/mol/nm", "their mapped forces", always=False),
    },
    attributes={**PLACE, "bead_mass_amu": MASS},
)  # fmt: skip

_FITS = Dataset(
    ("economics/fits/{T}.nc",),
    "economics_fits",
    "What pieces of a run, each in the place of a run of its own, say about the spline force field; in "
    + _COEFFICIENTS,
    coordinates={
        "length": V("case", "ps", "length of the piece"),
        "piece": V("case", "1", "number of the piece"),
    },
    variables={
        "base": V("case function", "1", "coefficients at the temperature of the run"),
        "response": V("case function", "1", "their derivative, per K", always=False),
        "base_precision": V("case function other", "1", "inverse covariance of `base`", always=False),
        "response_precision": V("case function other", "1", "inverse covariance of `response`", always=False),
        "law": V("case component function", "1", "T0 only: components of F, F′ and F″", always=False),
        "energy_matching": V(
            "case matched function", "1", "T0 only: components fitted to forces and energies", always=False
        ),
        "whole": V("function", "1", "coefficients from all of the run: the yardstick"),
    },
    attributes={"temperature_K": TEMPERATURE},
)

DATASETS = (_RUN, _FITS)

TABLES = (
    Table(
        ("tables/economics.csv", "economics/{T}.csv"),
        "economics_table, economics_errors",
        "Errors of splines against the total all-atom sampling that they were made from. A row is a purchase "
        "of one size at one temperature; values are means over pieces, which stand for runs of their own",
        {
            "purchase": C(
                None,
                "what was bought and what was made of it: `baseline`, `response` and `energy_matching` of T0 "
                "alone; `upper` (T0 and the hottest), `ends` (coldest and hottest) and `several` (all of "
                "`temperatures.multi_K`), from forces or (`_response`) with the response of each run; "
                "`at_temperature`, a run at each held-out temperature",
            ),
            "trained_at_K": C("K", "temperatures of the runs, with spaces between"),
            "law": C(None, "expansion in T"),
            "run_ps": C("ps", "production of each run"),
            "total_ps": C("ps", "all that was simulated, the equilibration of every run included"),
            **shared("temperature_K"),
            "pieces": C("1", "runs of which this is the mean"),
            "excess_kJ_per_mol_nm": C(
                FORCE, "force error over that of the yardstick, which is fitted to all of the run at this "
                "temperature; 0 where the square is negative",
            ),
            "excess_stderr": C(FORCE, "its standard error; empty where the square is negative"),
            "excess_square": C("kJ2/mol2/nm2", "difference of the squared errors"),
            "excess_square_stderr": C("kJ2/mol2/nm2", "its standard error, from pieces and test frames"),
            "rdf_error": C("1", "root mean square difference of g(r) from all-atom, noise taken off"),
            "rdf_stderr": C("1", "its standard error; empty where the square is negative"),
            "rdf_square": C("1", "its square"),
            "rdf_square_stderr": C("1", "standard error of the square, from pieces and the all-atom run"),
            "cg_failed": C("1", "CG runs that failed, of all pieces together"),
        },
    ),
    table(
        "replicate",
        "made by `make replicate`",
        "Claims of studies that differ in nothing but their seed: whether verdicts agree, and whether values "
        "scatter as their intervals say. In the last rows, whose claim is `all`, those of a kind together",
        {
            "kind": C(None, "kind of claim, as in `claims.csv`"),
            **shared("claim architecture temperature_K"),
            "threshold": C("1", "what the value is compared with"),
            "replicates": C("1", "number of studies"),
            "holds": C("1", "verdicts `holds`"),
            "fails": C("1", "verdicts `fails`"),
            "undecided": C("1", "verdicts `undecided`, those of studies without this claim among them"),
            "majority": C(None, "the most frequent verdict"),
            "agreement": C("1", "share of the verdicts that are this one; of all claims the mean"),
            "value": C("1", "mean of the values"),
            "spread": C("1", "their standard deviation: the true error of one study"),
            "stated_error": C(
                "1", "root mean square of the standard errors that the intervals say: their half width over "
                "1.96, or over 1.645 where one end is infinite",
            ),
            "freedom": C("1", "degrees of freedom of chi-square: values with an error, less one"),
            "chi2_per_freedom": C(
                "1", "squares of the deviations over the stated errors, per degree of freedom: 1 if these "
                "are right",
            ),
            "chi2_probability": C("1", "probability of a larger chi-square, if they are right"),
            "verdict_{replicate}": C(None, "verdict of each study"),
            "value_{replicate}": C("1", "value of each study"),
        },
    ),
)  # fmt: skip
