"""Checks of the engine that moves the beads: time step, long runs, a large box; by the target `engine` alone.

Needs: models/spline/{baseline,trf2}.safetensors, mapped/{T0}.nc, all_atom/{T}.nc, the water model.
Makes: engine/*, tables/{time_step,long_runs,large_box}.csv and figures/{time_step,large_box}.{pdf,png}.
"""

from thermalcg.benchmark.engine_plans import large_box_temperatures, long_run_temperatures

LONG_RUN_K = long_run_temperatures(TEMPERATURES)
LARGE_BOX_K = large_box_temperatures(T0, HELD_OUT)
ENGINE_FIGURES = ["time_step", "large_box"]


rule time_step:
    """CG runs of the baseline at T0 with several time steps."""
    input:
        model="<results>/models/spline/baseline.safetensors",
        start=f"<results>/mapped/{T0}.nc",
        library=library("time_step"),
    output:
        scan="<results>/engine/time_step.nc",
    log:
        "<logs>/time_step.log",
    benchmark:
        "<benchmarks>/engine/time_step.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("time_step", mb=1000, minutes=120),
    params:
        settings=settings("cg_md", "compute", "observables"),
        hash=settings_hash(*TRAINING, "cg_md", "observables"),
        checkpoints=f"{OUT}/checkpoints/engine/time_step",
    script:
        "../scripts/time_step.py"


rule long_runs:
    """Long CG runs with the response at one temperature."""
    input:
        model=f"<results>/models/spline/{STUDY_RESPONSE}.safetensors",
        start=f"<results>/mapped/{T0}.nc",
        library=library("long_runs"),
    output:
        runs="<results>/engine/long_runs/{T}.nc",
    log:
        "<logs>/long_runs/{T}.log",
    benchmark:
        "<benchmarks>/engine/long_runs_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("long_runs", mb=1000, minutes=240),
    params:
        settings=settings("cg_md", "compute"),
        hash=settings_hash(*TRAINING, "cg_md"),
        checkpoints=f"{OUT}/checkpoints/engine/long_runs_{{T}}",
    script:
        "../scripts/long_runs.py"


rule large_box_all_atom:
    """All-atom water in a box of several copies of the study's."""
    input:
        start="<results>/all_atom/{T}.nc",
        water=water_file(),
        library=library("large_box_all_atom"),
    output:
        observed="<results>/engine/large_box/all_atom/{T}.nc",
    log:
        "<logs>/large_box/all_atom_{T}.log",
    benchmark:
        "<benchmarks>/engine/large_box_all_atom_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("large_box_all_atom", mb=1000, minutes=480, card="openmm"),
    params:
        **depends_on("water", "mapping", "all_atom", "compute", "observables"),
        checkpoints=f"{OUT}/checkpoints/engine/large_box_all_atom_{{T}}",
    script:
        "../scripts/large_box_all_atom.py"


rule large_box_cg:
    """CG water with the response in a box of several copies of the study's."""
    input:
        model=f"<results>/models/spline/{STUDY_RESPONSE}.safetensors",
        start=f"<results>/mapped/{T0}.nc",
        library=library("large_box_cg"),
    output:
        observed="<results>/engine/large_box/cg/{T}.nc",
    log:
        "<logs>/large_box/cg_{T}.log",
    benchmark:
        "<benchmarks>/engine/large_box_cg_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("large_box_cg", mb=2000, minutes=240),
    params:
        settings=settings("cg_md", "compute", "observables"),
        hash=settings_hash(*TRAINING, "cg_md", "observables"),
        checkpoints=f"{OUT}/checkpoints/engine/large_box_cg_{{T}}",
    script:
        "../scripts/large_box_cg.py"


rule engine_tables:
    """Every time step against half of it, drift of the long runs, the large box against all-atom."""
    input:
        scan=rules.time_step.output.scan,
        long=[f"<results>/engine/long_runs/{T}.nc" for T in LONG_RUN_K],
        all_atom=[f"<results>/engine/large_box/all_atom/{T}.nc" for T in LARGE_BOX_K],
        cg=[f"<results>/engine/large_box/cg/{T}.nc" for T in LARGE_BOX_K],
        library=library("engine_tables"),
    output:
        time_step=table("time_step", "Engine"),
        long_runs=table("long_runs", "Engine"),
        large_box=table("large_box", "Engine"),
    log:
        "<logs>/engine_tables.log",
    benchmark:
        "<benchmarks>/tables/engine.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("engine_tables", mb=1000, minutes=10),
    params:
        settings=settings("cg_md", "temperatures"),
        hash=settings_hash(*TRAINING, "cg_md", "observables"),
    script:
        "../scripts/engine_tables.py"


rule engine_figures:
    """Figures of these checks, as PDF and PNG."""
    input:
        time_step=rules.engine_tables.output.time_step,
        all_atom=rules.engine_tables.input.all_atom,
        cg=rules.engine_tables.input.cg,
        library=library("engine_figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in ENGINE_FIGURES],
        png=[
            report(
                f"<results>/figures/{name}.png",
                caption=f"../report/{name}.rst",
                category="Engine",
                subcategory="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name in ENGINE_FIGURES
        ],
    log:
        "<logs>/engine_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("engine_figures", mb=1000, minutes=10),
    params:
        **depends_on("figures", "cg_md"),
    script:
        "../scripts/engine_figures.py"


rule engine:
    """Every table and figure of the checks of the engine."""
    input:
        rules.engine_figures.output.png,
        rules.engine_tables.output,
    localrule: True


use rule reference as reference_engine with:
    input:
        figures=rules.engine_figures.output.png,
        tables=rules.engine_tables.output,
        allowed=published_by("default", instead="the target engine"),
        library=library("reference"),
    output:
        folder=directory("results/reference/engine"),
    log:
        "<logs>/reference_engine.log",
