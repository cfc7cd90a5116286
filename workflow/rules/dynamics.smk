"""All-atom and CG dynamics: memory kernels, and what they predict at temperatures never simulated.

Needs: all_atom/{T}.nc, mapped/{T}.nc, models/{arch}/{baseline,trf1}.safetensors.
Makes: dynamics/*, tables/diffusion.csv, dynamics_error.csv and the like; figures are made with the others.
"""

DYNAMICS = CONFIG.dynamics.architectures
DYNAMICS_T = CONFIG.dynamics.temperatures_K if DYNAMICS else []
PREDICTED_T = [T for T in DYNAMICS_T if T != T0]
#: Keys of the section dynamics that each step uses.
STRETCHES = ("timestep_fs", "record_fs", "stretches", "stretch_ps")
CORRELATIONS = ("memory_ps", "msd_window_ps", "scattering_per_nm")
CG_RUNS = (
    "record_fs",
    "memory_ps",
    "msd_window_ps",
    "runs",
    "equilibration_ps",
    "production_ps",
    "checkpoint_ps",
)
FITS = ("terms", "fit_tolerance")
KERNELS = [(arch, str(source)) for arch in DYNAMICS for source in (*DYNAMICS_T, *SIDES)]


wildcard_constraints:
    source=f"{KELVIN}|{'|'.join(SIDES)}",


rule constant_energy:
    """All-atom stretches of constant energy from equilibrium configurations."""
    input:
        trajectory=f"{OUT}/all_atom/{{T}}.nc",
        water=water_file(),
        library=library("constant_energy"),
    output:
        stretches=f"{OUT}/dynamics/all_atom/{{T}}.nc",
    log:
        f"{OUT}/logs/constant_energy/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/constant_energy/{{T}}.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("constant_energy", 3000),
        runtime=grown(240),
        gpu=card("openmm"),
    params:
        settings=settings("water", "compute") | settings_of("dynamics", *STRETCHES),
        hash=settings_hash("water", "all_atom", "dynamics"),
        friction_per_ps=0.0,
        checkpoints=f"{OUT}/checkpoints/constant_energy/{{T}}",
    script:
        "../scripts/constant_energy.py"


use rule constant_energy as weak_thermostat with:
    output:
        stretches=f"{OUT}/dynamics/thermostat/{{T}}.nc",
    log:
        f"{OUT}/logs/weak_thermostat/{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/constant_energy/thermostat_{{T}}.tsv"
    params:
        settings=settings("water", "compute") | settings_of("dynamics", *STRETCHES),
        hash=settings_hash("water", "all_atom", "dynamics"),
        friction_per_ps=CONFIG.dynamics.thermostat_per_ps,
        checkpoints=f"{OUT}/checkpoints/weak_thermostat/{{T}}",


rule observe_dynamics:
    """Velocity autocorrelation, displacement and scattering of the all-atom stretches."""
    input:
        stretches=f"{OUT}/dynamics/{{ensemble}}/{{T}}.nc",
        mapped=f"{OUT}/mapped/{{T}}.nc",
        library=library("observe_dynamics"),
    output:
        observables=f"{OUT}/dynamics/observables/{{ensemble}}/{{T}}.nc",
    log:
        f"{OUT}/logs/observe_dynamics/{{ensemble}}_{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/observe_dynamics/{{ensemble}}_{{T}}.tsv"
    wildcard_constraints:
        ensemble="all_atom|thermostat",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("observe_dynamics", 3000),
        runtime=grown(30),
    params:
        settings=settings_of("dynamics", *CORRELATIONS),
        hash=settings_hash("water", "all_atom", "dynamics"),
    script:
        "../scripts/observe_dynamics.py"


rule memory_kernel:
    """The memory kernel at one temperature, or from the response at T0 at one beside it; iterated."""
    input:
        stretches=lambda wildcards: f"{OUT}/dynamics/all_atom/{kernel_temperature(wildcards)}.nc",
        mapped=lambda wildcards: f"{OUT}/mapped/{kernel_temperature(wildcards)}.nc",
        model=f"{OUT}/models/{{arch}}/trf1.safetensors",
        library=library("memory_kernel"),
    output:
        kernel=f"{OUT}/dynamics/kernel/{{arch}}/{{source}}.nc",
    log:
        f"{OUT}/logs/memory_kernel/{{arch}}_{{source}}.log",
    benchmark:
        f"{OUT}/benchmarks/memory_kernel/{{arch}}_{{source}}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("memory_kernel", 4000),
        runtime=grown(480),
        gpu=card("torch"),
    params:
        settings=settings("compute") | settings_of("dynamics", *CG_RUNS, *FITS, "iterations"),
        hash=lambda wildcards: settings_hash(*TRAINING, "dynamics", wildcards.arch),
        shift_K=lambda wildcards: SIDES.get(wildcards.source, 0.0),
        checkpoints=f"{OUT}/checkpoints/memory_kernel/{{arch}}_{{source}}",
    script:
        "../scripts/memory_kernel.py"


rule cg_dynamics:
    """CG runs at a held-out temperature with every kernel, with friction alone and with none."""
    input:
        models=[f"{OUT}/models/{{arch}}/{mode}.safetensors" for mode in ("trf1", "baseline")],
        kernels=[f"{OUT}/dynamics/kernel/{{arch}}/{T}.nc" for T in DYNAMICS_T],
        response=[f"{OUT}/dynamics/kernel/{{arch}}/{side}.nc" for side in SIDES],
        start=f"{OUT}/mapped/{T0}.nc",
        library=library("cg_dynamics"),
    output:
        motions=f"{OUT}/dynamics/cg/{{arch}}/{{T}}.nc",
    log:
        f"{OUT}/logs/cg_dynamics/{{arch}}_{{T}}.log",
    benchmark:
        f"{OUT}/benchmarks/cg_dynamics/{{arch}}_{{T}}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("cg_dynamics", 4000),
        runtime=grown(720),
        gpu=card("torch"),
    params:
        settings=settings("temperatures", "compute") | settings_of("dynamics", *CG_RUNS, *FITS, "scaling_K"),
        hash=lambda wildcards: settings_hash(*TRAINING, "dynamics", wildcards.arch),
        checkpoints=f"{OUT}/checkpoints/cg_dynamics/{{arch}}_{{T}}",
    script:
        "../scripts/cg_dynamics.py"


rule dynamics_tables:
    """Diffusion, activation energy, kernels, and every CG case against the all-atom run."""
    input:
        observables=[f"{OUT}/dynamics/observables/all_atom/{T}.nc" for T in DYNAMICS_T],
        kernels=[f"{OUT}/dynamics/kernel/{arch}/{source}.nc" for arch, source in KERNELS],
        motions=[f"{OUT}/dynamics/cg/{arch}/{T}.nc" for arch in DYNAMICS for T in PREDICTED_T],
        speed=f"{OUT}/tables/speed.csv",
        library=library("dynamics_tables"),
    output:
        diffusion=table("diffusion", "Dynamics"),
        activation=table("activation", "Dynamics"),
        kernels=table("memory_kernels", "Dynamics"),
        error=table("dynamics_error", "Dynamics"),
        speed=table("dynamics_speed", "Dynamics"),
    log:
        f"{OUT}/logs/dynamics_tables.log",
    benchmark:
        f"{OUT}/benchmarks/tables/dynamics.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("dynamics_tables", 2000),
        runtime=grown(30),
    params:
        settings=settings("temperatures") | settings_of("dynamics", "msd_window_ps", "viscosity_Pa_s"),
        hash=CONFIG.hash(),
        kernels=KERNELS,
        motions=[(arch, T) for arch in DYNAMICS for T in PREDICTED_T],
    script:
        "../scripts/dynamics_tables.py"


DYNAMICS_FIGURES = (
    ["all_atom_motion", "arrhenius"]
    + [f"{name}_{arch}" for arch in DYNAMICS for name in ("motion", "memory_kernels", "dynamics_error")]
    if DYNAMICS
    else []
)


rule dynamics_figures:
    """Figures of the dynamics, as PDF and PNG."""
    input:
        diffusion=rules.dynamics_tables.output.diffusion,
        activation=rules.dynamics_tables.output.activation,
        error=rules.dynamics_tables.output.error,
        literature="resources/literature/water_diffusion.csv",
        observables=rules.dynamics_tables.input.observables,
        kernels=rules.dynamics_tables.input.kernels,
        motions=rules.dynamics_tables.input.motions,
        library=library("dynamics_figures"),
    output:
        pdf=[f"{OUT}/figures/{name}.pdf" for name in DYNAMICS_FIGURES],
        png=[
            report(
                f"{OUT}/figures/{name}.png",
                caption=caption(name),
                category="Dynamics",
                subcategory="Figures",
                labels={"figure": name.replace("_", " ")},
            )
            for name in DYNAMICS_FIGURES
        ],
    log:
        f"{OUT}/logs/dynamics_figures.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("dynamics_figures", 2000),
        runtime=grown(30),
    params:
        settings=settings("figures", "temperatures"),
        hash=settings_hash("figures", "temperatures", "dynamics"),
        architectures=DYNAMICS,
        kernels=KERNELS,
        motions=[(arch, T) for arch in DYNAMICS for T in PREDICTED_T],
    script:
        "../scripts/dynamics_figures.py"


rule dynamics_ensemble:
    """Does a weak thermostat disturb the motion?  Constant energy against it, at T0."""
    input:
        constant_energy=f"{OUT}/dynamics/observables/all_atom/{T0}.nc",
        thermostat=f"{OUT}/dynamics/observables/thermostat/{T0}.nc",
        library=library("dynamics_ensemble"),
    output:
        ensemble=table("dynamics_ensemble", "Dynamics"),
    log:
        f"{OUT}/logs/dynamics_ensemble.log",
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=memory("dynamics_ensemble", 1000),
        runtime=grown(10),
    params:
        settings=settings_of("dynamics", "msd_window_ps"),
        hash=settings_hash("water", "all_atom", "dynamics"),
    script:
        "../scripts/dynamics_ensemble.py"


rule dynamics:
    """All of the dynamics, and the comparison of ensembles."""
    input:
        rules.dynamics_figures.output.png,
        rules.dynamics_tables.output,
        rules.dynamics_ensemble.output,
    localrule: True
