"""The trained force field in the form of other engines; only where it is asked for, as `export`.

Needs: the splines with the response of the study.
Makes: export/{engine}/, a folder for each of LAMMPS, OpenMM and ASE; their READMEs enter the report.
"""

#: What networks cannot be written as, splines can.
EXPORTS = ("lammps", "openmm", "ase") if ("spline", STUDY_RESPONSE) in MODELS else ()


rule export:
    """Splines with a thermal response for LAMMPS, OpenMM and ASE, at every temperature of the study."""
    input:
        model=f"<results>/models/spline/{STUDY_RESPONSE}.safetensors",
        library=library("export"),
    output:
        readme=[
            report(
                f"<results>/export/{engine}/README.md",
                caption="../report/export.rst",
                category="Force field",
                labels={"engine": engine},
            )
            for engine in EXPORTS
        ],
        check=[f"<results>/export/{engine}/check.json" for engine in EXPORTS],
    log:
        "<logs>/export.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("export", mb=2000, minutes=30),
    params:
        settings=settings("temperatures"),
        hash=settings_hash(*TRAINING),
    script:
        "../scripts/export.py"
