"""The user's own liquid, in place of all-atom water: imported or run, and mapped.

Needs: the run files of system.runs and the files that they name; for an OpenMM System, its files.
Makes: mapped/{T}.nc for every temperature of the study.
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
