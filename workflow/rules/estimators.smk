"""Benchmark of all routes to the thermal response; built by the target `estimators` alone.

Needs: models/spline/{baseline,multi_temperature}.safetensors, labels/{T}.nc of test frames, the water model.
Makes: estimators/*, tables/estimators*.csv and figures/estimators*.{pdf,png}.
"""

REPLICATES = range(CONFIG.estimators.replicates)
SIZES = CONFIG.estimators.molecules
ESTIMATOR_FIGURES = [
    "estimators",
    "estimator_size",
    "estimator_radius",
    "frozen",
    "sampler_cost",
    "reweighting",
]


wildcard_constraints:
    replicate=r"\d+",
    size=r"\d+",


rule estimator_trajectory:
    """An independent ordinary trajectory at T0."""
    input:
        water=water_file(),
        library=library("estimator_trajectory"),
    output:
        trajectory="<results>/estimators/trajectory/{replicate}.nc",
    log:
        "<logs>/estimator_trajectory/{replicate}.log",
    benchmark:
        "<benchmarks>/estimators/trajectory_{replicate}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("estimator_trajectory", mb=1000, minutes=240, card="openmm"),
    params:
        **depends_on("water", "mapping", "all_atom", "temperatures", "compute", "estimators"),
        molecules=CONFIG.water.molecules,
        response_of=CONFIG.mapping,
        production_ps=CONFIG.estimators.trajectory_ps,
        checkpoints=f"{OUT}/checkpoints/estimators/trajectory_{{replicate}}",
    script:
        "../scripts/estimator_trajectory.py"


use rule estimator_trajectory as size_trajectory with:
    output:
        trajectory="<results>/estimators/size/{size}_trajectory.nc",
    log:
        "<logs>/estimator_trajectory/size_{size}.log",
    benchmark:
        "<benchmarks>/estimators/size_trajectory_{size}.tsv"
    resources:
        **needs("size_trajectory", mb=1000, minutes=240, card="openmm"),
    params:
        **depends_on("water", "all_atom", "temperatures", "compute", "estimators"),
        molecules=lambda wildcards: int(wildcards.size),
        response_of=None,
        production_ps=CONFIG.estimators.size_trajectory_ps,
        checkpoints=f"{OUT}/checkpoints/estimators/size_trajectory_{{size}}",


rule estimator_conditional:
    """Conditional runs on frames of a replicate: at T0 alone (fixed), or with replica exchange (rungs)."""
    input:
        trajectory="<results>/estimators/trajectory/{replicate}.nc",
        water=water_file(),
        library=library("estimator_conditional"),
    output:
        samples="<results>/estimators/{way}/{replicate}.nc",
    log:
        "<logs>/estimator_conditional/{way}_{replicate}.log",
    benchmark:
        "<benchmarks>/estimators/{way}_{replicate}.tsv"
    wildcard_constraints:
        way="fixed|rungs",
    conda:
        ENVIRONMENT
    resources:
        **needs("estimator_conditional", mb=2000, minutes=480, card="openmm"),
    params:
        settings=settings(
            "water", "mapping", "frames", "conditional", "temperatures", "compute", "estimators"
        ),
        hash=settings_hash(*UPSTREAM, "estimators"),
        ladder=lambda wildcards: CONFIG.rungs(T0) if wildcards.way == "rungs" else [T0],
        frames=CONFIG.estimators.frames,
        burn_in_ps=lambda wildcards: (
            CONFIG.estimators.rungs_burn_in_ps
            if wildcards.way == "rungs"
            else CONFIG.estimators.fixed_burn_in_ps
        ),
        production_ps=lambda wildcards: (
            CONFIG.estimators.rungs_ps if wildcards.way == "rungs" else CONFIG.estimators.fixed_ps
        ),
        checkpoints=f"{OUT}/checkpoints/estimators/{{way}}_{{replicate}}",
    script:
        "../scripts/estimator_conditional.py"


use rule estimator_conditional as size_conditional with:
    input:
        trajectory="<results>/estimators/size/{size}_trajectory.nc",
        water=water_file(),
        library=library("estimator_conditional"),
    output:
        samples="<results>/estimators/size/{size}_samples.nc",
    log:
        "<logs>/estimator_conditional/size_{size}.log",
    benchmark:
        "<benchmarks>/estimators/size_samples_{size}.tsv"
    wildcard_constraints:
        size=r"\d+",
    resources:
        **needs("size_conditional", mb=2000, minutes=480, card="openmm"),
    params:
        settings=settings(
            "water", "mapping", "frames", "conditional", "temperatures", "compute", "estimators"
        ),
        hash=settings_hash(*UPSTREAM, "estimators"),
        ladder=[T0],
        frames=CONFIG.estimators.size_frames,
        burn_in_ps=CONFIG.estimators.fixed_burn_in_ps,
        production_ps=CONFIG.estimators.size_ps,
        checkpoints=f"{OUT}/checkpoints/estimators/size_samples_{{size}}",


rule compare_routes:
    """Every route to the response on the data of one replicate: predictions, errors, cost."""
    input:
        trajectory="<results>/estimators/trajectory/{replicate}.nc",
        fixed="<results>/estimators/fixed/{replicate}.nc",
        rungs="<results>/estimators/rungs/{replicate}.nc",
        baseline="<results>/models/spline/baseline.safetensors",
        direction="<results>/models/spline/multi_temperature.safetensors",
        labels=LABELS,
        water=water_file(),
        library=library("compare_routes"),
    output:
        estimates="<results>/estimators/estimates/{replicate}.nc",
        radii="<results>/estimators/radii/{replicate}.nc",
    log:
        "<logs>/compare_routes/{replicate}.log",
    benchmark:
        "<benchmarks>/estimators/compare_routes_{replicate}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("compare_routes", mb=4000, minutes=120),
    params:
        settings={
            **settings("water", "mapping", "frames", "conditional", "response", "spline", "estimators"),
            **settings_of("observables", "shell_nm"),
        },
        hash=settings_hash(*TRAINING, "estimators"),
    script:
        "../scripts/compare_routes.py"


rule size_noise:
    """Noise of labels and products in a box of one size, for whole-box and local energies."""
    input:
        trajectory="<results>/estimators/size/{size}_trajectory.nc",
        samples="<results>/estimators/size/{size}_samples.nc",
        prior="<results>/prior.json",
        direction="<results>/models/spline/multi_temperature.safetensors",
        water=water_file(),
        library=library("size_noise"),
    output:
        noise="<results>/estimators/size/{size}.csv",
    log:
        "<logs>/size_noise/{size}.log",
    benchmark:
        "<benchmarks>/estimators/size_noise_{size}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("size_noise", mb=6000, minutes=120),
    params:
        settings=settings("water", "mapping", "conditional", "estimators", "spline", "response"),
        hash=settings_hash(*TRAINING, "estimators"),
    script:
        "../scripts/size_noise.py"


rule frozen:
    """Runs at one temperature that agree with themselves and not with each other, and the cure."""
    input:
        frames=f"<results>/frames/{CONFIG.frozen_K}.nc",
        water=water_file(),
        library=library("frozen"),
    output:
        runs="<results>/estimators/frozen.nc",
    log:
        "<logs>/frozen.log",
    benchmark:
        "<benchmarks>/estimators/frozen.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("frozen", mb=2000, minutes=240, card="openmm"),
    params:
        settings=settings("water", "mapping", "conditional", "compute", "estimators"),
        hash=settings_hash(*UPSTREAM, "estimators"),
        temperature_K=CONFIG.frozen_K,
        checkpoints=f"{OUT}/checkpoints/estimators/frozen",
    script:
        "../scripts/frozen.py"


rule sampler_cost:
    """Cost of anchored steps, and conditional sampling per core-second against a plain loop."""
    input:
        water=water_file(),
        library=library("sampler_cost"),
    output:
        steps=table("sampler_cost", "Estimators"),
        throughput=table("sampler_throughput", "Estimators"),
    log:
        "<logs>/sampler_cost.log",
    benchmark:
        "<benchmarks>/estimators/sampler_cost.tsv"
    conda:
        ENVIRONMENT
    # all cores: the throughput of the whole machine is measured
    threads: workflow.cores or 1
    resources:
        **needs("sampler_cost", mb=2000, minutes=60),
    params:
        **depends_on("water", "temperatures", "estimators"),
    script:
        "../scripts/sampler_cost.py"


rule estimator_tables:
    """Errors and costs over the replicates, noise against size, frozen runs, reweighting."""
    input:
        estimates=[f"<results>/estimators/estimates/{replicate}.nc" for replicate in REPLICATES],
        rungs=[f"<results>/estimators/rungs/{replicate}.nc" for replicate in REPLICATES],
        sizes=[f"<results>/estimators/size/{size}.csv" for size in SIZES],
        frozen="<results>/estimators/frozen.nc",
        radii=[f"<results>/estimators/radii/{replicate}.nc" for replicate in REPLICATES],
        library=library("estimator_tables"),
    output:
        errors=table("estimators", "Estimators"),
        cost=table("estimator_cost", "Estimators"),
        noise=table("estimator_size", "Estimators"),
        frozen=table("frozen", "Estimators"),
        reweighting=table("reweighting", "Estimators"),
        radius=table("estimator_radius", "Estimators"),
    log:
        "<logs>/estimator_tables.log",
    benchmark:
        "<benchmarks>/tables/estimators.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("estimator_tables", mb=4000, minutes=60),
    params:
        settings=settings(),
        hash=settings_hash(*TRAINING, "estimators"),
    script:
        "../scripts/estimator_tables.py"


rule estimator_claims:
    """Claims on the cost of the default route to the response and of the sampler."""
    input:
        cost=rules.estimator_tables.output.cost,
        steps=rules.sampler_cost.output.steps,
        throughput=rules.sampler_cost.output.throughput,
        library=library("estimator_claims"),
    output:
        claims=table("estimator_claims", "Estimators"),
    log:
        "<logs>/estimator_claims.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("estimator_claims", mb=1000, minutes=10),
    params:
        settings=settings("claims"),
        hash=settings_hash(*TRAINING, "estimators", "claims"),
    script:
        "../scripts/estimator_claims.py"


rule estimator_figures:
    """Figures of the benchmark, as PDF and PNG."""
    input:
        errors=rules.estimator_tables.output.errors,
        cost=rules.estimator_tables.output.cost,
        noise=rules.estimator_tables.output.noise,
        frozen=rules.estimator_tables.output.frozen,
        reweighting=rules.estimator_tables.output.reweighting,
        radius=rules.estimator_tables.output.radius,
        steps=rules.sampler_cost.output.steps,
        throughput=rules.sampler_cost.output.throughput,
        library=library("estimator_figures"),
    output:
        pdf=[f"<results>/figures/{name}.pdf" for name in ESTIMATOR_FIGURES],
        png=[figure(name, "Estimators") for name in ESTIMATOR_FIGURES],
    log:
        "<logs>/estimator_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("estimator_figures", mb=2000, minutes=30),
    params:
        **depends_on("figures", "estimators"),
    script:
        "../scripts/estimator_figures.py"


rule estimators:
    """Every table and figure of the benchmark, to be published with its configuration and machine."""
    input:
        figures=rules.estimator_figures.output.png,
        tables=[*rules.estimator_tables.output, *rules.estimator_claims.output, *rules.sampler_cost.output],
        allowed=published_by("default", instead="the target estimator_figures"),
        library=library("reference"),
    output:
        folder=directory("results/reference/estimators"),
    log:
        "<logs>/estimators.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("estimators", mb=1000, minutes=10),
    params:
        settings=CONFIG.model_dump(),
        hash=CONFIG.hash(),
    script:
        "../scripts/reference.py"
