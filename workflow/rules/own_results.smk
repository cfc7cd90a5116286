"""Tables, claims and figures of a study of the user's own liquid, which has no runs at fixed sites.

Needs: models, mapped/{T}.nc, observables, cg/{arch}/{model}/{T}.nc.
Makes: those of the tables and figures of results.smk that need no more.
"""

#: Claims compare modes at held-out temperatures.
CLAIMED = CONFIG.compares_modes

OWN_FIGURES = {
    "claims": "Claims",
    "force_excess": "Forces",
    **{f"rdf_{arch}": "Structure" for arch in ARCHITECTURES},
    **{f"adf_{arch}": "Structure" for arch in ARCHITECTURES},
    "structure_error": "Structure",
    "coordination": "Structure",
    "prior": "Models",
}


# water has more in the files of the same names
ruleorder: own_tables > structure_tables
ruleorder: own_claims > claims
ruleorder: own_figures > figures


rule own_tables:
    """Structural errors against the all-atom runs, and the health of the CG runs."""
    input:
        all_atom=rules.structure_tables.input.all_atom,
        cg=rules.structure_tables.input.cg,
        library=library("own_tables"),
    output:
        error=table("structure_error", "Structure"),
        ratio=table("structure_ratio", "Structure"),
        values=table("structure_values", "Structure"),
        cg_health=table("cg_health", "Structure"),
    log:
        "<logs>/own_tables.log",
    benchmark:
        "<benchmarks>/tables/structure.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("own_tables", mb=2000, minutes=30),
    params:
        settings=settings(),
        hash=CONFIG.hash(),
        cg=CG_SIMULATIONS,
    script:
        "../scripts/own_tables.py"


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


rule own_figures:
    """Every figure, as PDF and PNG."""
    input:
        excess="<results>/tables/excess.csv",
        structure_error="<results>/tables/structure_error.csv",
        values="<results>/tables/structure_values.csv",
        claims="<results>/tables/claims.csv",
        prior="<results>/prior.json",
        all_atom=rules.structure_tables.input.all_atom,
        cg=rules.structure_tables.input.cg,
        library=library("own_figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in OWN_FIGURES],
        png=[
            report(
                f"<results>/figures/{name}.png",
                caption=caption(name),
                category=category,
                subcategory="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name, category in OWN_FIGURES.items()
        ],
    log:
        "<logs>/own_figures.log",
    benchmark:
        "<benchmarks>/tables/own_figures.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("own_figures", mb=2000, minutes=30),
    params:
        **depends_on("figures", "temperatures", "prior"),
        cg=CG_SIMULATIONS,
        architectures=ARCHITECTURES,
        modes=CONFIG.cg_md.modes,
    script:
        "../scripts/own_figures.py"


rule own_results:
    """The force fields and the check of their data; where modes are compared, every table and figure."""
    input:
        rules.force_fields.input,
        [rules.excess.output, rules.own_tables.output, rules.own_figures.output] if CLAIMED else [],
        rules.own_claims.output if CLAIMED else [],
    localrule: True


# the only goal that publishes a study of an own liquid
ruleorder: reference_own > reference


use rule reference as reference_own with:
    input:
        figures=[*rules.own_figures.output.png, *rules.check_trajectories.output.figures],
        tables=[
            *rules.excess.output,
            *rules.own_tables.output,
            *rules.own_claims.output,
            rules.check_trajectories.output.table,
        ],
        allowed=published_by("methanol", "water_methanol", instead="the target own_results"),
        library=library("reference"),
    output:
        folder=directory(f"results/reference/{CONFIG.study}"),
    log:
        "<logs>/reference_own.log",
