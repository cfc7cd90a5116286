"""The user's own liquid, in place of all-atom water: imported or run, mapped and checked.

Needs: the run files of system.runs and the files that they name; for an OpenMM System, its files.
Makes: mapped/{T}.nc for every temperature of the study, tables/trajectory_check.csv and its figures.
"""

if CONFIG.simulates:

    rule run_own_system:
        """A user's OpenMM System at one temperature, mapped as it runs, resumed where a killed run stopped."""
        input:
            files=[CONFIG.system.force_field, CONFIG.system.coordinates, CONFIG.system.mapping],
            library=library("run_own_system"),
        output:
            mapped="<results>/mapped/{T}.nc",
        log:
            "<logs>/run_own_system/{T}.log",
        benchmark:
            "<benchmarks>/run_own_system/{T}.tsv"
        conda:
            ENVIRONMENT
        resources:
            **needs("run_own_system", mb=1000, minutes=240, card="openmm"),
        params:
            **depends_on("system", "frames", "all_atom", "compute"),
            energies=lambda wildcards: float(wildcards.T) in CONFIG.response_K,
            checkpoints=f"{OUT}/checkpoints/run_own_system/{{T}}",
        script:
            "../scripts/run_own_system.py"

else:

    rule import_trajectory:
        """Mapped positions, forces and energies of a user's trajectory."""
        input:
            files=lambda wildcards: RUNS[wildcards.T].inputs(),
            library=library("import_trajectory"),
        output:
            mapped="<results>/mapped/{T}.nc",
        log:
            "<logs>/import_trajectory/{T}.log",
        benchmark:
            "<benchmarks>/import_trajectory/{T}.tsv"
        conda:
            ENVIRONMENT
        resources:
            **needs("import_trajectory", mb=1000, minutes=60),
        params:
            **depends_on("system", "frames"),
        script:
            "../scripts/import_trajectory.py"


rule check_trajectories:
    """Whether the parts of every trajectory belong together; nothing is trained on what fails."""
    input:
        mapped=[f"<results>/mapped/{T}.nc" for T in TEMPERATURES],
        library=library("check_trajectories"),
    output:
        table=table("trajectory_check", "Trajectories"),
        figures=[
            report(
                f"<results>/figures/trajectory_check_{T}K.png",
                caption="../report/trajectory_check.rst",
                category="Trajectories",
                subcategory="Figures",
                labels={"figure": f"forces and g(r), {T} K"},
            )
            for T in TEMPERATURES
        ],
        pdf=[f"<results>/figures/trajectory_check_{T}K.pdf" for T in TEMPERATURES],
    log:
        "<logs>/check_trajectories.log",
    benchmark:
        "<benchmarks>/check_trajectories/all.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("check_trajectories", mb=2000, minutes=30),
    params:
        **depends_on("system", "figures"),
    script:
        "../scripts/check_trajectories.py"


rule force_fields:
    """The force fields that the configuration asks for, and the check of the data that they are from."""
    input:
        rules.check_trajectories.output,
        [f"<results>/models/{arch}/{model}.safetensors" for arch, model in MODELS],
        [f"<results>/observables/all_atom/{T}.nc" for T in TEMPERATURES],
        [f"<results>/observables/{arch}/{model}/{T}.nc" for arch, model, T in CG_SIMULATIONS],
    localrule: True
