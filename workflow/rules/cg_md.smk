"""CG molecular dynamics with the trained potentials.

Needs: models/{arch}/{model}.safetensors, mapped/{T0}.nc for starting sites.
Makes: cg/{arch}/{model}/{T}.nc and speed.csv.
"""


rule cg_md:
    """Independent CG runs of one model at one temperature; failed runs are marked, not dropped."""
    input:
        model="<results>/models/{arch}/{model}.safetensors",
        # sites of the reference run: no information from the test temperature enters
        start=f"<results>/mapped/{T0}.nc",
        library=library("cg_md"),
    output:
        trajectory="<results>/cg/{arch}/{model}/{T}.nc",
    log:
        "<logs>/cg_md/{arch}/{model}/{T}.log",
    benchmark:
        "<benchmarks>/cg_md/{arch}/{model}_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("cg_md", mb=2000, minutes=480, card="torch"),
    params:
        settings=settings("cg_md", "compute"),
        hash=lambda wildcards: settings_hash(*TRAINING, "cg_md", wildcards.arch),
        checkpoints=f"{OUT}/checkpoints/cg_md/{{arch}}/{{model}}/{{T}}",
    script:
        "../scripts/cg_md.py"


rule speed:
    """All-atom against CG speed, the same box on the same core, alternating in one run."""
    input:
        models=[f"<results>/models/{arch}/{STUDY_RESPONSE}.safetensors" for arch in ARCHITECTURES],
        frames=f"<results>/frames/{T0}.nc",
        kernel=[f"<results>/dynamics/kernel/{arch}/{T0}.nc" for arch in CONFIG.dynamics.architectures[:1]],
        water=water_file(),
        library=library("speed"),
    output:
        speed=table("speed", "Cost"),
    log:
        "<logs>/speed.log",
    benchmark:
        "<benchmarks>/speed/speed.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("speed", mb=2000, minutes=20, card="openmm torch"),
    params:
        settings=settings("water", "mapping", "compute", "all_atom", "cg_md", "dynamics"),
        hash=settings_hash("water", "mapping", "all_atom", "cg_md", "dynamics"),
    script:
        "../scripts/speed.py"


rule engine_speed:
    """All-atom against CG speed for 64 to 4,096 beads, on one core and on two; built by the target `speed` alone."""
    input:
        models=rules.speed.input.models,
        frames=rules.speed.input.frames,
        kernel=rules.speed.input.kernel,
        water=water_file(),
        library=library("engine_speed"),
    output:
        speed=table("engine_speed", "Cost"),
        pdf="<results>/figures/engine_speed.pdf",
        png=figure("engine_speed", "Cost"),
    log:
        "<logs>/engine_speed.log",
    benchmark:
        "<benchmarks>/engine/engine_speed.tsv"
    conda:
        ENVIRONMENT
    # all cores: nothing else may run beside what is timed
    threads: workflow.cores or 1
    resources:
        **needs("engine_speed", mb=4000, minutes=60),
    params:
        **depends_on("water", "mapping", "compute", "all_atom", "cg_md", "dynamics", "figures"),
    script:
        "../scripts/engine_speed.py"
