"""Tables, claims and figures of a study of the user's own liquid, which has no runs at fixed sites.

Needs: models, mapped/{T}.nc, observables, cg/{arch}/{model}/{T}.nc.
Makes: those of the tables and figures of results.smk that need no more.
"""

#: Claims compare modes at held-out temperatures.
CLAIMED = CONFIG.compares_modes


# water has more in the file of the same name
ruleorder: own_claims > claims


use rule claims as own_claims with:
    input:
        force="<results>/tables/force_ratio.csv",
        structure="<results>/tables/structure_ratio.csv",
        health="<results>/tables/cg_health.csv",
        heat_capacity=[],
        speed=[],
        dynamics=[],
        library=library("claims"),
    log:
        "<logs>/own_claims.log",
    resources:
        **needs("own_claims", mb=1000, minutes=10),


rule force_fields:
    """The force fields that the configuration asks for, and the check of the data that they are from."""
    input:
        rules.check_trajectories.output,
        rules.check_figures.output,
        [f"<results>/models/{arch}/{model}.safetensors" for arch, model in MODELS],
        [f"<results>/observables/all_atom/{T}.nc" for T in TEMPERATURES],
        [f"<results>/observables/{arch}/{model}/{T}.nc" for arch, model, T in CG_SIMULATIONS],
    localrule: True


rule own_results:
    """Force fields, the check of their data and what T0 alone tells; claims where modes are compared."""
    input:
        rules.force_fields.input,
        rules.reference_errors.output,
        rules.response_terms.output if RESPONDS else [],
        [rules.structure_tables.output, rules.structure_figures.output] if CG_SIMULATIONS else [],
        [rules.excess.output, rules.own_claims.output, rules.figures.output] if CLAIMED else [],
    localrule: True


# the only goal that publishes a study of an own liquid
ruleorder: reference_own > reference


use rule reference as reference_own with:
    input:
        figures=[
            *rules.figures.output.png,
            *rules.structure_figures.output.png,
            rules.response_terms.output.png,
            *rules.check_figures.output.png,
        ],
        tables=[
            *rules.reference_errors.output,
            rules.response_terms.output.terms,
            *rules.excess.output,
            *rules.structure_tables.output,
            *rules.own_claims.output,
            rules.check_trajectories.output.table,
        ],
        allowed=published_by("methanol", "water_methanol", instead="the target own_results"),
        library=library("reference"),
    output:
        folder=directory(f"results/reference/{CONFIG.study}"),
    log:
        "<logs>/reference_own.log",
