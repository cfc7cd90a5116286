"""Frames, conditional sampling at fixed mapped sites, and labels.

Needs: all_atom/{T}.nc.
Makes: frames/{T}.nc, conditional/{T}/{batch}.nc and labels/{T}.nc.
"""


rule select_frames:
    """Decorrelated configurations of one temperature, split into train and test."""
    input:
        trajectory=f"{OUT}/all_atom/{{T}}.nc",
        library=library("select_frames"),
    output:
        frames=f"{OUT}/frames/{{T}}.nc",
    log:
        f"{OUT}/logs/select_frames/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/select_frames/{{T}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("select_frames", 2000),
        runtime=grown(10),
    params:
        settings=settings("frames"),
        hash=settings_hash("water", "all_atom", "frames"),
        training_frames=lambda wildcards: CONFIG.training_frames(float(wildcards.T)),
    script:
        "../scripts/select_frames.py"


rule sample_conditional:
    """Replica exchange of anchored water for a batch of frames."""
    input:
        frames=f"{OUT}/frames/{{T}}.nc",
        water=water_file(),
        library=library("sample_conditional"),
    output:
        samples=f"{OUT}/conditional/{{T}}/{{batch}}.nc",
    log:
        f"{OUT}/logs/sample_conditional/{{T}}_{{batch}}.log",
    benchmark:
        f"{OUT}/benchmarks/sample_conditional/{{T}}_{{batch}}.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("sample_conditional", 2000),
        runtime=grown(480),
        gpu=card("openmm"),
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
            f"{OUT}/conditional/{wildcards.T}/{batch}.nc"
            for batch in range(CONFIG.n_batches(float(wildcards.T)))
        ],
        frames=f"{OUT}/frames/{{T}}.nc",
        library=library("label"),
    output:
        labels=f"{OUT}/labels/{{T}}.nc",
    log:
        f"{OUT}/logs/label/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/label/{{T}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("label", 4000),
        runtime=grown(60),
    params:
        settings=settings("conditional"),
        hash=settings_hash(*UPSTREAM),
    script:
        "../scripts/label.py"
