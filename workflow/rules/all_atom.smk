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
        trajectory="<results>/all_atom/{T}.nc",
    log:
        "<logs>/all_atom/{T}.log",
    benchmark:
        "<benchmarks>/all_atom/{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("all_atom", mb=1000, minutes=240, card="openmm"),
    params:
        settings=settings("water", "all_atom", "compute"),
        hash=lambda wildcards: settings_hash(
            "water", "all_atom", "compute", *["mapping"] * (response_of(wildcards) is not None)
        ),
        response_of=lambda wildcards: response_of(wildcards),
        checkpoints=f"{OUT}/checkpoints/all_atom/{{T}}",
    script:
        "../scripts/all_atom.py"


rule map_trajectory:
    """Mapped positions, velocities and forces of an all-atom trajectory."""
    input:
        trajectory="<results>/all_atom/{T}.nc",
        water=water_file(),
        library=library("map_trajectory"),
    output:
        mapped="<results>/mapped/{T}.nc",
    log:
        "<logs>/map_trajectory/{T}.log",
    benchmark:
        "<benchmarks>/map_trajectory/{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("map_trajectory", mb=2000, minutes=20),
    params:
        settings=settings("water", "mapping", "frames"),
        hash=settings_hash("water", "all_atom", "mapping", "frames"),
    script:
        "../scripts/map_trajectory.py"
