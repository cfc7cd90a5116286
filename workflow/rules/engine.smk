"""Checks of the engine that moves the beads: time step, long runs, a large box; by the target `engine` alone.

Needs: models/spline/{baseline,trf2}.safetensors, mapped/{T0}.nc, all_atom/{T}.nc, the water model.
Makes: engine/*, tables/{time_step,long_runs,large_box,box_diffusion}.csv and figures/{time_step,large_box}.{pdf,png}.
"""

from thermalcg.benchmark.engine_plans import LARGE_BOX, large_box_temperatures, long_run_temperatures

LONG_RUN_K = long_run_temperatures(TEMPERATURES)
LARGE_BOX_K = large_box_temperatures(T0, HELD_OUT)
#: Motion in the large box needs the memory kernels of the study's.
BOX_MOTION_K = [T for T in LARGE_BOX_K if "spline" in DYNAMICS and T in DYNAMICS_T]
ENGINE_FIGURES = ["time_step", "large_box"]
#: The study's stretches, recorded more rarely: those of a large box take a lot of room.
LARGE_STRETCHES = settings_of("dynamics", *STRETCHES)
LARGE_STRETCHES["dynamics"]["record_fs"] = LARGE_BOX.record_fs


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
        run="<results>/engine/large_box/run/{T}.nc",
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


use rule constant_energy as large_box_stretches with:
    input:
        trajectory="<results>/engine/large_box/run/{T}.nc",
        water=water_file(),
        library=library("stretches"),
    output:
        stretches="<results>/engine/large_box/stretches/{T}.nc",
    log:
        "<logs>/large_box/stretches_{T}.log",
    benchmark:
        "<benchmarks>/engine/large_box_stretches_{T}.tsv"
    params:
        settings=settings("water", "compute") | LARGE_STRETCHES,
        hash=settings_hash("water", "all_atom", "dynamics"),
        checkpoints=f"{OUT}/checkpoints/engine/large_box_stretches_{{T}}",


use rule observe_dynamics as large_box_correlations with:
    input:
        stretches="<results>/engine/large_box/stretches/{T}.nc",
        mapped="<results>/engine/large_box/run/{T}.nc",
        library=library("observe_dynamics"),
    output:
        observables="<results>/engine/large_box/correlations/{T}.nc",
    log:
        "<logs>/large_box/correlations_{T}.log",
    benchmark:
        "<benchmarks>/engine/large_box_correlations_{T}.tsv"


rule box_motion:
    """CG runs with memory in the study's box or in a larger one, with the kernel of the study's."""
    input:
        model=f"<results>/models/spline/{STUDY_RESPONSE}.safetensors",
        kernel="<results>/dynamics/kernel/spline/{T}.nc",
        start=f"<results>/mapped/{T0}.nc",
        library=library("box_motion"),
    output:
        motions="<results>/engine/large_box/motion/{copies}/{T}.nc",
    log:
        "<logs>/large_box/motion_{copies}_{T}.log",
    benchmark:
        "<benchmarks>/engine/box_motion_{copies}_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("box_motion", mb=4000, minutes=240),
    params:
        settings=settings("compute") | settings_of("dynamics", *CG_RUN_KEYS),
        hash=settings_hash(*TRAINING, "dynamics", "spline"),
        checkpoints=f"{OUT}/checkpoints/engine/box_motion_{{copies}}_{{T}}",
    script:
        "../scripts/box_motion.py"


rule box_diffusion:
    """Diffusion in the study's box and in the larger one, all-atom and CG."""
    input:
        small=[f"<results>/dynamics/observables/all_atom/{T}.nc" for T in BOX_MOTION_K],
        large=[f"<results>/engine/large_box/correlations/{T}.nc" for T in BOX_MOTION_K],
        cg_small=[f"<results>/engine/large_box/motion/1/{T}.nc" for T in BOX_MOTION_K],
        cg_large=[f"<results>/engine/large_box/motion/{LARGE_BOX.copies}/{T}.nc" for T in BOX_MOTION_K],
        library=library("box_diffusion"),
    output:
        table=table("box_diffusion", "Engine"),
    log:
        "<logs>/box_diffusion.log",
    benchmark:
        "<benchmarks>/tables/box_diffusion.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("box_diffusion", mb=1000, minutes=10),
    params:
        settings=settings_of("dynamics", "msd_window_ps", "viscosity_Pa_s"),
        hash=settings_hash(*TRAINING, "dynamics", "spline"),
    script:
        "../scripts/box_diffusion.py"


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
        png=[figure(name, "Engine") for name in ENGINE_FIGURES],
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
        rules.box_diffusion.output if BOX_MOTION_K else [],
    localrule: True


use rule reference as reference_engine with:
    input:
        figures=rules.engine_figures.output.png,
        tables=[*rules.engine_tables.output, *(rules.box_diffusion.output if BOX_MOTION_K else [])],
        allowed=published_by("default", instead="the target engine"),
        library=library("reference"),
    output:
        folder=directory("results/reference/engine"),
    log:
        "<logs>/reference_engine.log",
