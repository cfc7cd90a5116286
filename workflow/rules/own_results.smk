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


rule own_results:
    """The force fields and the check of their data; where modes are compared, every table and figure."""
    input:
        rules.force_fields.input,
        [rules.excess.output, rules.structure_tables.output, rules.figures.output] if CLAIMED else [],
        rules.own_claims.output if CLAIMED else [],
    localrule: True


# the only goal that publishes a study of an own liquid
ruleorder: reference_own > reference


use rule reference as reference_own with:
    input:
        figures=[*rules.figures.output.png, *rules.check_trajectories.output.figures],
        tables=[
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
