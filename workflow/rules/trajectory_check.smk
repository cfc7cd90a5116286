"""Whether positions, forces, energies and temperature of every run belong together.

Needs: mapped/{T}.nc.
Makes: tables/trajectory_check.csv, without which nothing is trained, and its figures.
"""


rule check_trajectories:
    """Checks of every run that need no second one; a run that fails stops the study."""
    input:
        mapped=[f"<results>/mapped/{T}.nc" for T in TEMPERATURES],
        library=library("check_trajectories"),
    output:
        table=table("trajectory_check", "Trajectories"),
    log:
        "<logs>/check_trajectories.log",
    benchmark:
        "<benchmarks>/check_trajectories/all.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("check_trajectories", mb=2000, minutes=30),
    params:
        **depends_on("system"),
    script:
        "../scripts/check_trajectories.py"


rule check_figures:
    """Mean forces along pairs of beads against the slope of ln g, a figure for each run."""
    input:
        mapped=rules.check_trajectories.input.mapped,
        library=library("check_figures"),
    output:
        png=[
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
        "<logs>/check_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("check_figures", mb=2000, minutes=30),
    params:
        **depends_on("system", "figures"),
    script:
        "../scripts/check_figures.py"
