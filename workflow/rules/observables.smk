"""Structure of the all-atom and the CG trajectories, measured alike.

Needs: mapped/{T}.nc, cg/{arch}/{model}/{T}.nc, models/{arch}/{model}.safetensors.
Makes: observables/all_atom/{T}.nc, observables/{arch}/{model}/{T}.nc.
"""


rule observe_all_atom:
    """RDF, ADF, coordination and tetrahedral order of the mapped all-atom trajectory, in blocks."""
    input:
        mapped="<results>/mapped/{T}.nc",
        library=library("observe_all_atom"),
    output:
        observables="<results>/observables/all_atom/{T}.nc",
    log:
        "<logs>/observe/all_atom_{T}.log",
    benchmark:
        "<benchmarks>/observe/all_atom_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("observe_all_atom", mb=2000, minutes=30),
    params:
        settings=settings("observables"),
        hash=settings_hash("system", "water", "mapping", "all_atom", "observables"),
    script:
        "../scripts/observe_all_atom.py"


rule observe_cg:
    """The same of the healthy CG runs of one model at one temperature."""
    input:
        trajectory="<results>/cg/{arch}/{model}/{T}.nc",
        model="<results>/models/{arch}/{model}.safetensors",
        library=library("observe_cg"),
    output:
        observables="<results>/observables/{arch}/{model}/{T}.nc",
    log:
        "<logs>/observe/{arch}/{model}/{T}.log",
    benchmark:
        "<benchmarks>/observe/{arch}_{model}_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("observe_cg", mb=2000, minutes=30),
    params:
        settings=settings("observables"),
        hash=lambda wildcards: settings_hash(*TRAINING, "cg_md", "observables", wildcards.arch),
    script:
        "../scripts/observe_cg.py"
