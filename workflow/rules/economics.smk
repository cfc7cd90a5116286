"""Which data to buy: errors of force fields against what their all-atom runs cost; by the target `economics` alone.

Needs: prior.json, the water model.
Makes: economics/*, tables/economics.csv and figures/economics.{pdf,png}.
"""


rule economics_run:
    """An all-atom run at one temperature, mapped, with frames as close as the response needs."""
    input:
        water=water_file(),
        library=library("economics_run"),
    output:
        run="<results>/economics/runs/{T}.nc",
    log:
        "<logs>/economics/run_{T}.log",
    benchmark:
        "<benchmarks>/economics/run_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("economics_run", mb=2000, minutes=240, card="openmm"),
    params:
        **depends_on("water", "mapping", "all_atom", "temperatures", "compute"),
        checkpoints=f"{OUT}/checkpoints/economics/run_{{T}}",
    script:
        "../scripts/economics_run.py"


rule economics_fits:
    """Splines and their responses from pieces of a run, each of which stands for a run of its own."""
    input:
        run="<results>/economics/runs/{T}.nc",
        prior="<results>/prior.json",
        library=library("economics_fits"),
    output:
        fits="<results>/economics/fits/{T}.nc",
    log:
        "<logs>/economics/fits_{T}.log",
    benchmark:
        "<benchmarks>/economics/fits_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("economics_fits", mb=2000, minutes=120),
    params:
        settings=settings("temperatures", "spline"),
        hash=settings_hash("water", "mapping", "all_atom", "temperatures", "compute", "prior", "spline"),
    script:
        "../scripts/economics_fits.py"


rule economics_errors:
    """Force and RDF errors of every purchase at one held-out temperature."""
    input:
        run="<results>/economics/runs/{T}.nc",
        fits=[f"<results>/economics/fits/{T}.nc" for T in TEMPERATURES],
        prior="<results>/prior.json",
        library=library("economics_errors"),
    output:
        errors="<results>/economics/{T}.csv",
    log:
        "<logs>/economics/errors_{T}.log",
    benchmark:
        "<benchmarks>/economics/errors_{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("economics_errors", mb=1000, minutes=120),
    params:
        settings=settings("temperatures", "all_atom", "spline", "cg_md", "observables"),
        hash=settings_hash(
            "water",
            "mapping",
            "all_atom",
            "temperatures",
            "compute",
            "prior",
            "spline",
            "cg_md",
            "observables",
        ),
        checkpoints=f"{OUT}/checkpoints/economics/errors_{{T}}",
    script:
        "../scripts/economics_errors.py"


rule economics_table:
    """All of them in one table, and its figure."""
    input:
        errors=[f"<results>/economics/{T}.csv" for T in HELD_OUT],
        library=library("economics"),
    output:
        table=table("economics", "Economics"),
        pdf="<results>/figures/economics.pdf",
        png=figure("economics", "Economics"),
    log:
        "<logs>/economics.log",
    benchmark:
        "<benchmarks>/economics/table.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("economics_table", mb=1000, minutes=10),
    params:
        **depends_on("figures"),
    script:
        "../scripts/economics.py"


rule economics:
    """What a user learns from before buying data."""
    input:
        rules.economics_table.output,
    localrule: True


use rule reference as reference_economics with:
    input:
        figures=[rules.economics_table.output.png],
        tables=[rules.economics_table.output.table],
        allowed=published_by("default", instead="the target economics"),
        library=library("reference"),
    output:
        folder=directory("results/reference/economics"),
    log:
        "<logs>/reference_economics.log",
