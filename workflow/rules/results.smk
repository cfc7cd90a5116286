"""Tables, claims and figures.

Needs: labels, force errors, observables, the speed measurement.
Makes: tables/*.csv and figures/*.{pdf,png}; everything here enters the report.
"""

FIGURES = {
    "claims": "Claims",
    "force_error": "Forces",
    "force_excess": "Forces",
    "parity": "Forces",
    **({"learning_curve": "Forces"} if "spline" in ARCHITECTURES else {}),
    **{f"rdf_{arch}": "Structure" for arch in ARCHITECTURES},
    **{f"adf_{arch}": "Structure" for arch in ARCHITECTURES},
    "structure_error": "Structure",
    "thermodynamics": "Thermodynamics",
    "convergence": "Labels",
    "prior": "Models",
    **({"training_history": "Models"} if "hipnn_ts" in ARCHITECTURES else {}),
    "cost": "Cost",
    "speed": "Cost",
}


rule force_tables:
    """Force and response errors with intervals, and the excess over the yardstick."""
    input:
        errors=[f"<results>/force_error/{arch}/{model}.csv" for arch, model in MODELS],
        parity=[f"<results>/parity/{arch}/{model}.nc" for arch, model in MODELS],
        library=library("force_tables"),
    output:
        frames="<results>/tables/force_error_frames.csv",
        force_error=table("force_error", "Forces"),
        excess=table("excess", "Forces"),
        trf_error=table("trf_error", "Forces"),
    log:
        "<logs>/force_tables.log",
    benchmark:
        "<benchmarks>/tables/force.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("force_tables", mb=2000, minutes=30),
    params:
        settings=settings("temperatures"),
        hash=CONFIG.hash(),
    script:
        "../scripts/force_tables.py"


rule structure_tables:
    """Structural errors against the all-atom runs, and the health of every run."""
    input:
        all_atom=[f"<results>/observables/all_atom/{T}.nc" for T in TEMPERATURES],
        cg=[f"<results>/observables/{arch}/{model}/{T}.nc" for arch, model, T in CG_SIMULATIONS],
        trajectories=[f"<results>/all_atom/{T}.nc" for T in TEMPERATURES],
        frames=[f"<results>/frames/{T}.nc" for T in TEMPERATURES],
        labels=LABELS,
        library=library("structure_tables"),
    output:
        error=table("structure_error", "Structure"),
        values=table("structure_values", "Structure"),
        cg_health=table("cg_health", "Structure"),
        all_atom_health=table("all_atom_health", "Labels"),
        convergence=table("convergence", "Labels"),
    log:
        "<logs>/structure_tables.log",
    benchmark:
        "<benchmarks>/tables/structure.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("structure_tables", mb=2000, minutes=30),
    params:
        settings=settings(),
        hash=CONFIG.hash(),
        cg=CG_SIMULATIONS,
    script:
        "../scripts/structure_tables.py"


rule claims:
    """The study's claims as numbers with intervals, against thresholds."""
    input:
        excess="<results>/tables/excess.csv",
        structure="<results>/tables/structure_error.csv",
        health="<results>/tables/cg_health.csv",
        heat_capacity="<results>/tables/heat_capacity.csv",
        speed="<results>/tables/speed.csv",
        dynamics=rules.dynamics_tables.output.error if DYNAMICS else [],
        library=library("claims"),
    output:
        claims=table("claims", "Claims"),
    log:
        "<logs>/claims.log",
    benchmark:
        "<benchmarks>/tables/claims.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("claims", mb=1000, minutes=10),
    params:
        settings=settings("claims", "temperatures", "cg_md", "observables", *ARCHITECTURES),
        hash=CONFIG.hash(),
        architectures=ARCHITECTURES,
    script:
        "../scripts/claims.py"


rule cost:
    """What the study cost, by stage, from the benchmark files of all rules before this one."""
    input:
        # the benchmark files are by-products: these make the rule wait for them
        claims="<results>/tables/claims.csv",
        convergence="<results>/tables/convergence.csv",
        curve="<results>/tables/learning_curve.csv" if "spline" in ARCHITECTURES else [],
        library=library("cost"),
    output:
        benchmarks=table("benchmarks", "Cost"),
    log:
        "<logs>/cost.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("cost", mb=1000, minutes=10),
    params:
        settings=settings(),
        hash=CONFIG.hash(),
        folder=f"{OUT}/benchmarks",
    script:
        "../scripts/cost.py"


rule figures:
    """Every figure, as PDF and PNG."""
    input:
        force_error=rules.force_tables.output.force_error,
        excess=rules.force_tables.output.excess,
        structure_error=rules.structure_tables.output.error,
        convergence=rules.structure_tables.output.convergence,
        claims=rules.claims.output.claims,
        energy=rules.thermodynamics.output.energy,
        heat_capacity=rules.thermodynamics.output.heat_capacity,
        benchmarks=rules.cost.output.benchmarks,
        speed=rules.speed.output.speed,
        curve="<results>/tables/learning_curve.csv" if "spline" in ARCHITECTURES else [],
        prior="<results>/prior.json",
        parity=[f"<results>/parity/{arch}/trf1.nc" for arch in ARCHITECTURES],
        models=[
            f"<results>/models/hipnn_ts/{model}.safetensors" for arch, model in MODELS if arch == "hipnn_ts"
        ],
        all_atom=[f"<results>/observables/all_atom/{T}.nc" for T in TEMPERATURES],
        cg=[f"<results>/observables/{arch}/{model}/{T}.nc" for arch, model, T in CG_SIMULATIONS],
        library=library("figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in FIGURES],
        png=[
            report(
                f"<results>/figures/{name}.png",
                caption=caption(name),
                category=category,
                subcategory="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name, category in FIGURES.items()
        ],
    log:
        "<logs>/figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("figures", mb=2000, minutes=30),
    params:
        **depends_on("figures", "temperatures", "prior"),
        cg=CG_SIMULATIONS,
        architectures=ARCHITECTURES,
        modes=CONFIG.cg_md.modes,
    script:
        "../scripts/figures.py"


rule results:
    """Every table and figure."""
    input:
        rules.figures.output.png,
        rules.force_tables.output,
        rules.structure_tables.output,
        rules.claims.output,
        rules.thermodynamics.output,
        rules.cost.output,
        [rules.dynamics_figures.output.png, rules.dynamics_tables.output] if DYNAMICS else [],
    localrule: True


rule reference:
    """The tables and PNG figures of this run, with its configuration, versions and machine, to be published."""
    input:
        figures=[*rules.figures.output.png, *(rules.dynamics_figures.output.png if DYNAMICS else [])],
        tables=[
            *rules.force_tables.output,
            *rules.structure_tables.output,
            *rules.claims.output,
            *rules.thermodynamics.output,
            *rules.cost.output,
            *rules.speed.output,
            *(rules.dynamics_tables.output if DYNAMICS else []),
            *(["<results>/tables/learning_curve.csv"] if "spline" in ARCHITECTURES else []),
        ],
        allowed=published_by("default", "large", "paper", instead="the target results"),
        library=library("reference"),
    output:
        folder=directory(f"results/reference/{CONFIG.study}"),
    log:
        "<logs>/reference.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("reference", mb=1000, minutes=10),
    params:
        settings=CONFIG.model_dump(),
        hash=CONFIG.hash(),
    script:
        "../scripts/reference.py"


use rule reference as reference_dynamics with:
    input:
        figures=rules.dynamics_figures.output.png,
        tables=[*rules.dynamics_tables.output, *rules.dynamics_ensemble.output, *rules.claims.output],
        allowed=published_by("default", instead="the target dynamics"),
        library=library("reference"),
    output:
        folder=directory("results/reference/dynamics"),
    log:
        "<logs>/reference_dynamics.log",


use rule reference as reference_speed with:
    input:
        figures=[rules.engine_speed.output.png],
        tables=[rules.engine_speed.output.speed],
        allowed=published_by("default", instead="the target engine_speed"),
        library=library("reference"),
    output:
        folder=directory("results/reference/speed"),
    log:
        "<logs>/reference_speed.log",
