"""Frames, conditional sampling at fixed mapped sites, and labels.

Needs: all_atom/{T}.nc.
Makes: frames/{T}.nc, conditional/{T}/{batch}.nc and labels/{T}.nc.
"""


rule select_frames:
    """Decorrelated configurations of one temperature, split into train and test."""
    input:
        trajectory="<results>/all_atom/{T}.nc",
        library=library("select_frames"),
    output:
        frames="<results>/frames/{T}.nc",
    log:
        "<logs>/select_frames/{T}.log",
    benchmark:
        "<benchmarks>/select_frames/{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("select_frames", mb=2000, minutes=10),
    params:
        settings=settings("frames"),
        hash=settings_hash("water", "all_atom", "frames"),
        training_frames=lambda wildcards: CONFIG.training_frames(float(wildcards.T)),
    script:
        "../scripts/select_frames.py"


rule sample_conditional:
    """Replica exchange of anchored water for a batch of frames."""
    input:
        frames="<results>/frames/{T}.nc",
        water=water_file(),
        library=library("sample_conditional"),
    output:
        samples="<results>/conditional/{T}/{batch}.nc",
    log:
        "<logs>/sample_conditional/{T}_{batch}.log",
    benchmark:
        "<benchmarks>/sample_conditional/{T}_{batch}.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    resources:
        **needs("sample_conditional", mb=2000, minutes=480, card="openmm"),
    params:
        settings=settings("water", "mapping", "conditional", "compute"),
        hash=settings_hash(*UPSTREAM),
        ladder=lambda wildcards: CONFIG.rungs(float(wildcards.T)),
        production_ps=lambda wildcards: (
            CONFIG.conditional.response_ps if float(wildcards.T) == T0 else CONFIG.conditional.mean_force_ps
        ),
        checkpoints=f"{OUT}/checkpoints/conditional/{{T}}_{{batch}}",
    script:
        "../scripts/sample_conditional.py"


rule label:
    """Mean force, thermal response force and mean energy of every frame and rung."""
    input:
        samples=lambda wildcards: [
            f"<results>/conditional/{wildcards.T}/{batch}.nc"
            for batch in range(CONFIG.n_batches(float(wildcards.T)))
        ],
        frames="<results>/frames/{T}.nc",
        library=library("label"),
    output:
        labels="<results>/labels/{T}.nc",
    log:
        "<logs>/label/{T}.log",
    benchmark:
        "<benchmarks>/label/{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("label", mb=4000, minutes=60),
    params:
        settings=settings("conditional"),
        hash=settings_hash(*UPSTREAM),
    script:
        "../scripts/label.py"
