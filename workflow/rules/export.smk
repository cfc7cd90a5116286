"""The trained force field in the form of other engines; only where it is asked for, as `export`.

Needs: the models with the response of the study.
Makes: export/{arch}/{engine}/, a folder for each engine that can run the model; their READMEs enter the report.
"""

#: What is not linear cannot be written as tables.
EXPORTS = [
    f"<results>/export/{arch}/{engine}"
    for arch in ARCHITECTURES
    if (arch, STUDY_RESPONSE) in MODELS
    for engine in (("lammps", "openmm", "ase") if FACTS[arch].linear else ("ase",))
]


rule export:
    """A force field with a thermal response for every engine, at every temperature of the study."""
    input:
        EXPORTS,
    localrule: True


rule export_force_field:
    """The folder of one model for one engine."""
    input:
        model=f"<results>/models/{{arch}}/{STUDY_RESPONSE}.safetensors",
        library=library("export_force_field"),
    output:
        folder=report(
            directory("<results>/export/{arch}/{engine}"),
            patterns=["{name}.md"],
            caption="../report/export.rst",
            category="Force field",
            labels={"architecture": "{arch}", "engine": "{engine}"},
        ),
    log:
        "<logs>/export_force_field/{arch}/{engine}.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("export_force_field", mb=2000, minutes=30),
    params:
        settings=settings("temperatures"),
        hash=settings_hash(*TRAINING),
    script:
        "../scripts/export_force_field.py"
