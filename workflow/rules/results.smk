"""Tables, claims and figures.

Needs: labels, force errors, observables, the speed measurement.
Makes: tables/*.csv and figures/*.{pdf,png}; everything here enters the report.
"""

#: Figures of every study that compares modes.
FIGURES = {"claims": "Claims", "force_excess": "Forces", "structure_error": "Structure"}
#: Figures of every study that runs CG molecular dynamics, at T0 if nowhere else.
STRUCTURE_FIGURES = {
    **{f"rdf_{arch}": "Structure" for arch in ARCHITECTURES},
    **{f"adf_{arch}": "Structure" for arch in ARCHITECTURES},
    "coordination": "Structure",
    "prior": "Models",
}
#: Models of all temperatures: not the yardsticks, which have one each.
AT_REFERENCE = [(arch, model) for arch, model in MODELS if ModelName.parse(model).temperature is None]
#: Whether the response along the trajectory at T0 is known.
RESPONDS = T0 in CONFIG.response_K
#: What the workflow's own water has besides: runs at fixed sites, costs and speeds, histories of networks.
WATER_FIGURES = {
    "force_error": "Forces",
    "parity": "Forces",
    **({"learning_curve": "Forces"} if "spline" in ARCHITECTURES else {}),
    "thermodynamics": "Thermodynamics",
    "convergence": "Labels",
    **({"training_history": "Models"} if "hipnn_ts" in ARCHITECTURES else {}),
    "cost": "Cost",
    "speed": "Cost",
}


rule excess:
    """Excess force error over the yardstick, from the ordinary held-out frames of every temperature."""
    input:
        models=[f"<results>/models/{arch}/{model}.safetensors" for arch, model in MODELS],
        mapped=[f"<results>/mapped/{T}.nc" for T in HELD_OUT],
        library=library("excess"),
    output:
        excess=table("excess", "Forces"),
        ratio=table("force_ratio", "Forces"),
    log:
        "<logs>/excess.log",
    benchmark:
        "<benchmarks>/tables/excess.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("excess", mb=2000, minutes=60, card="torch"),
    params:
        settings=settings("temperatures", "compute"),
        hash=CONFIG.hash(),
        tested=[(arch, model, CONFIG.yardstick_K(arch, model)) for arch, model in MODELS],
    script:
        "../scripts/excess.py"


rule reference_errors:
    """Residuals of every model on held-out frames at T0, which need no other temperature."""
    input:
        models=[f"<results>/models/{arch}/{model}.safetensors" for arch, model in AT_REFERENCE],
        mapped=f"<results>/mapped/{T0}.nc",
        library=library("reference_errors"),
    output:
        error=table("reference_error", "Forces"),
    log:
        "<logs>/reference_errors.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("reference_errors", mb=2000, minutes=60, card="torch"),
    params:
        settings=settings("compute"),
        hash=CONFIG.hash(),
        models=AT_REFERENCE,
    script:
        "../scripts/reference_errors.py"


rule response_terms:
    """Which parts of the force field at T0, and of its response, stand out from their noise."""
    input:
        projected=f"<results>/projected/{T0}.nc",
        prior="<results>/prior.json",
        library=library("response_terms"),
    output:
        terms=table("response_terms", "Forces"),
        pdf="<results>/figures/response_terms.pdf",
        png=figure("response_terms", "Forces"),
    log:
        "<logs>/response_terms.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("response_terms", mb=1000, minutes=10),
    params:
        settings=settings("spline", "figures"),
        hash=settings_hash(*TRAINING, "figures"),
    script:
        "../scripts/response_terms.py"


rule force_tables:
    """Force and response errors against labels of fixed sites."""
    input:
        errors=[f"<results>/force_error/{arch}/{model}.csv" for arch, model in MODELS],
        parity=[f"<results>/parity/{arch}/{model}.nc" for arch, model in MODELS],
        library=library("force_tables"),
    output:
        frames="<results>/tables/force_error_frames.csv",
        force_error=table("force_error", "Forces"),
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
    """Structural errors against the all-atom runs, and the health of the CG runs."""
    input:
        all_atom=[f"<results>/observables/all_atom/{T}.nc" for T in TEMPERATURES],
        cg=[f"<results>/observables/{arch}/{model}/{T}.nc" for arch, model, T in CG_SIMULATIONS],
        library=library("structure_tables"),
    output:
        error=table("structure_error", "Structure"),
        ratio=table("structure_ratio", "Structure"),
        values=table("structure_values", "Structure"),
        cg_health=table("cg_health", "Structure"),
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


rule health_tables:
    """The health of the all-atom runs and of the runs at fixed sites."""
    input:
        trajectories=[f"<results>/all_atom/{T}.nc" for T in TEMPERATURES],
        frames=[f"<results>/frames/{T}.nc" for T in TEMPERATURES],
        labels=LABELS,
        library=library("health_tables"),
    output:
        all_atom_health=table("all_atom_health", "Labels"),
        convergence=table("convergence", "Labels"),
    log:
        "<logs>/health_tables.log",
    benchmark:
        "<benchmarks>/tables/health.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("health_tables", mb=2000, minutes=30),
    params:
        settings=settings(),
        hash=CONFIG.hash(),
    script:
        "../scripts/health_tables.py"


rule claims:
    """Claims of the study and goals of the project as numbers with intervals, against thresholds."""
    input:
        force="<results>/tables/force_ratio.csv",
        structure="<results>/tables/structure_ratio.csv",
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
        settings=settings("claims", "temperatures"),
        hash=CONFIG.hash(),
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


rule structure_figures:
    """Structure of all-atom and CG runs, at the held-out temperatures if there are any, as PDF and PNG."""
    input:
        values=rules.structure_tables.output.values,
        prior="<results>/prior.json",
        all_atom=rules.structure_tables.input.all_atom,
        cg=rules.structure_tables.input.cg,
        library=library("structure_figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in STRUCTURE_FIGURES],
        png=[figure(name, category) for name, category in STRUCTURE_FIGURES.items()],
    log:
        "<logs>/structure_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("structure_figures", mb=2000, minutes=30),
    params:
        **depends_on("figures", "temperatures", "prior"),
        cg=CG_SIMULATIONS,
        architectures=ARCHITECTURES,
        modes=CONFIG.cg_md.modes,
    script:
        "../scripts/structure_figures.py"


rule figures:
    """The figures that compare modes, as PDF and PNG."""
    input:
        excess=rules.excess.output.excess,
        structure_error=rules.structure_tables.output.error,
        claims="<results>/tables/claims.csv",
        library=library("figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in FIGURES],
        png=[figure(name, category) for name, category in FIGURES.items()],
    log:
        "<logs>/figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("figures", mb=1000, minutes=30),
    params:
        **depends_on("figures", "temperatures"),
    script:
        "../scripts/figures.py"


rule water_figures:
    """Figures of labels, thermodynamics, training and cost, as PDF and PNG."""
    input:
        force_error=rules.force_tables.output.force_error,
        convergence=rules.health_tables.output.convergence,
        energy=rules.thermodynamics.output.energy,
        heat_capacity=rules.thermodynamics.output.heat_capacity,
        benchmarks=rules.cost.output.benchmarks,
        speed=rules.speed.output.speed,
        curve="<results>/tables/learning_curve.csv" if "spline" in ARCHITECTURES else [],
        parity=[f"<results>/parity/{arch}/{STUDY_RESPONSE}.nc" for arch in ARCHITECTURES],
        models=[
            f"<results>/models/hipnn_ts/{model}.safetensors" for arch, model in MODELS if arch == "hipnn_ts"
        ],
        library=library("water_figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in WATER_FIGURES],
        png=[figure(name, category) for name, category in WATER_FIGURES.items()],
    log:
        "<logs>/water_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("water_figures", mb=2000, minutes=30),
    params:
        **depends_on("figures", "temperatures"),
    script:
        "../scripts/water_figures.py"


rule results:
    """Every table and figure."""
    input:
        rules.check_trajectories.output,
        rules.check_figures.output.png,
        rules.figures.output.png,
        rules.structure_figures.output.png,
        rules.water_figures.output.png,
        rules.reference_errors.output,
        rules.response_terms.output if RESPONDS else [],
        rules.force_tables.output,
        rules.excess.output,
        rules.structure_tables.output,
        rules.health_tables.output,
        rules.claims.output,
        rules.thermodynamics.output,
        rules.cost.output,
        [rules.dynamics_figures.output.png, rules.dynamics_tables.output] if DYNAMICS else [],
    localrule: True


rule reference:
    """The tables and PNG figures of this run, with its configuration, versions and machine, to be published."""
    input:
        figures=[
            *rules.figures.output.png,
            *rules.structure_figures.output.png,
            *rules.water_figures.output.png,
            *([rules.response_terms.output.png] if RESPONDS else []),
            *(rules.dynamics_figures.output.png if DYNAMICS else []),
        ],
        tables=[
            *rules.check_trajectories.output,
            *rules.reference_errors.output,
            *([rules.response_terms.output.terms] if RESPONDS else []),
            *rules.force_tables.output,
            *rules.excess.output,
            *rules.structure_tables.output,
            *rules.health_tables.output,
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
        tables=[*rules.dynamics_tables.output, *rules.claims.output],
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
