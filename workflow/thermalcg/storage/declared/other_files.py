"""Files that are neither datasets nor tables."""

from __future__ import annotations

from .kinds import OtherFile

OTHER_FILES = (
    OtherFile(
        ("prior.json",),
        "fit_prior",
        "The repulsive prior: amplitude (kJ/mol nmⁿ, with n the exponent), exponent, onset (nm), and the "
        "temperature (K) of the radial distribution function that it was fitted to; of a mixture such "
        "numbers for each pair of species, and the species of the beads",
    ),
    OtherFile(
        ("models/{arch}/{model}.safetensors",),
        "train",
        "An ensemble of trained models: their parameters as tensors; expansion, prior, settings and "
        "provenance as text in the header. It contains no code and can be opened without risk.",
    ),
    OtherFile(
        (
            "export/{arch}/{engine}/README.md",
            "export/{arch}/{engine}/check.json",
            "export/{arch}/{engine}/run.py",
            "export/{arch}/lammps/in.lammps",
            "export/{arch}/lammps/potential.in",
            "export/{arch}/lammps/start.data",
            "export/{arch}/lammps/{name}.table",
            "export/{arch}/lammps/{name}.uf3",
            "export/{arch}/openmm/{name}.xml",
            "export/{arch}/ase/model.safetensors",
        ),
        "export_force_field",
        "A force field for LAMMPS, OpenMM or ASE: potential files, an input that runs, a README with units "
        "and limits, and a check file of energies, forces and pressures",
    ),
    OtherFile(
        ("figures/{name}.pdf", "figures/{name}.png"),
        "figures, structure_figures, response_terms, dynamics_figures, estimator_figures, engine_figures, "
        "economics_table, check_figures",
        "Figures, each for print and for the screen",
    ),
    OtherFile(
        ("report.html",), "made by `make report`", "The report: figures, tables and provenance in one page"
    ),
    OtherFile(
        (
            "logs/{name}.log",
            "logs/{name}/{name}.log",
            "logs/{name}/{name}/{name}.log",
            "logs/{name}/{name}/{name}/{name}.log",
        ),
        "every rule",
        "Log of a job: rule and start, progress and expected end, `finished` or the reason why not. "
        "It is touched every half minute while its job lives; `make status` reads nothing else. The hidden "
        "lock beside it keeps two processes from writing the same files.",
    ),
    OtherFile(
        (
            "benchmarks/{name}/{name}.tsv",
            "benchmarks/{name}/{name}/{name}.tsv",
            "benchmarks/{name}/{name}/{name}/{name}.tsv",
        ),
        "every rule",
        "Time and memory of a job, as Snakemake measured them",
    ),
    OtherFile(
        ("checkpoints/{name}/{name}/{name}.npz", "checkpoints/{name}/{name}.npz"),
        "rules with long jobs",
        "What a job that was killed resumes from; removed when the job is done",
    ),
)
