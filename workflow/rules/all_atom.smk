"""All-atom water and its mapping.

Needs: the water model's file.
Makes: all_atom/{T}.nc and mapped/{T}.nc for every temperature of the study.
"""


rule all_atom:
    """All-atom molecular dynamics at one temperature, resumed where a killed run stopped."""
    input:
        water=water_file(),
        library=library("all_atom"),
    output:
        trajectory=f"{OUT}/all_atom/{{T}}.nc",
    log:
        f"{OUT}/logs/all_atom/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/all_atom/{{T}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("all_atom", 1000),
        runtime=grown(240),
        gpu=card("openmm"),
    params:
        settings=settings("water", "all_atom", "compute"),
        hash=settings_hash("water", "all_atom", "compute"),
        checkpoints=f"{OUT}/checkpoints/all_atom/{{T}}",
    script:
        "../scripts/all_atom.py"


rule map_trajectory:
    """Mapped positions, velocities and forces of an all-atom trajectory."""
    input:
        trajectory=f"{OUT}/all_atom/{{T}}.nc",
        water=water_file(),
        library=library("map_trajectory"),
    output:
        mapped=f"{OUT}/mapped/{{T}}.nc",
    log:
        f"{OUT}/logs/map_trajectory/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/map_trajectory/{{T}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("map_trajectory", 2000),
        runtime=grown(20),
    params:
        settings=settings("water", "mapping", "frames"),
        hash=settings_hash("water", "all_atom", "mapping", "frames"),
    script:
        "../scripts/map_trajectory.py"
