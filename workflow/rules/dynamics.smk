"""All-atom and CG dynamics: memory kernels, and what they predict at temperatures never simulated.

Needs: all_atom/{T}.nc, mapped/{T}.nc, models/{arch}/{baseline,trf2}.safetensors.
Makes: dynamics/*, tables/diffusion.csv, dynamics_error.csv and the like, and the figures of the motion.
"""

DYNAMICS = CONFIG.dynamics.architectures
DYNAMICS_T = CONFIG.dynamics.temperatures_K if DYNAMICS else []
PREDICTED_T = [T for T in DYNAMICS_T if T != T0]
#: Keys of the section dynamics that each step uses.
STRETCHES = ("timestep_fs", "record_fs", "stretches", "stretch_ps", "starts")
CORRELATIONS = ("memory_ps", "msd_window_ps", "scattering_per_nm")
CG_RUN_KEYS = (
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
        trajectory="<results>/all_atom/{T}.nc",
        water=water_file(),
        library=library("stretches"),
    output:
        stretches="<results>/dynamics/all_atom/{T}.nc",
    log:
        "<logs>/constant_energy/{T}.log",
    benchmark:
        "<benchmarks>/constant_energy/{T}.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    resources:
        **needs("constant_energy", mb=3000, minutes=240, card="openmm"),
    params:
        settings=settings("water", "compute") | settings_of("dynamics", *STRETCHES),
        hash=settings_hash("water", "all_atom", "dynamics"),
        checkpoints=f"{OUT}/checkpoints/constant_energy/{{T}}",
    script:
        "../scripts/stretches.py"


rule observe_dynamics:
    """Velocity autocorrelation, displacement and scattering of the all-atom stretches."""
    input:
        stretches="<results>/dynamics/all_atom/{T}.nc",
        mapped="<results>/mapped/{T}.nc",
        library=library("observe_dynamics"),
    output:
        observables="<results>/dynamics/observables/all_atom/{T}.nc",
    log:
        "<logs>/observe_dynamics/{T}.log",
    benchmark:
        "<benchmarks>/observe_dynamics/{T}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("observe_dynamics", mb=3000, minutes=30),
    params:
        settings=settings_of("dynamics", *CORRELATIONS),
        hash=settings_hash("water", "all_atom", "dynamics"),
    script:
        "../scripts/observe_dynamics.py"


rule memory_kernel:
    """The memory kernel at one temperature, or from the response at T0 at one beside it; iterated."""
    input:
        stretches=lambda wildcards: f"<results>/dynamics/all_atom/{kernel_temperature(wildcards)}.nc",
        mapped=lambda wildcards: f"<results>/mapped/{kernel_temperature(wildcards)}.nc",
        model=f"<results>/models/{{arch}}/{STUDY_RESPONSE}.safetensors",
        library=library("memory_kernel"),
    output:
        kernel="<results>/dynamics/kernel/{arch}/{source}.nc",
    log:
        "<logs>/memory_kernel/{arch}_{source}.log",
    benchmark:
        "<benchmarks>/memory_kernel/{arch}_{source}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("memory_kernel", mb=4000, minutes=480, card="torch"),
    params:
        settings=settings("compute")
        | settings_of("dynamics", *CG_RUN_KEYS, *FITS, "iterations", "iteration_runs"),
        hash=lambda wildcards: settings_hash(*TRAINING, "dynamics", wildcards.arch),
        shift_K=lambda wildcards: SIDES.get(wildcards.source, 0.0),
        checkpoints=f"{OUT}/checkpoints/memory_kernel/{{arch}}_{{source}}",
    script:
        "../scripts/memory_kernel.py"


rule cg_dynamics:
    """CG runs at a held-out temperature with every kernel, with friction alone and with none."""
    input:
        models=[f"<results>/models/{{arch}}/{mode}.safetensors" for mode in (STUDY_RESPONSE, "baseline")],
        kernels=[f"<results>/dynamics/kernel/{{arch}}/{T}.nc" for T in DYNAMICS_T],
        response=[f"<results>/dynamics/kernel/{{arch}}/{side}.nc" for side in SIDES],
        start=f"<results>/mapped/{T0}.nc",
        library=library("cg_dynamics"),
    output:
        motions="<results>/dynamics/cg/{arch}/{T}.nc",
    log:
        "<logs>/cg_dynamics/{arch}_{T}.log",
    benchmark:
        "<benchmarks>/cg_dynamics/{arch}_{T}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("cg_dynamics", mb=4000, minutes=720, card="torch"),
    params:
        settings=settings("temperatures", "compute") | settings_of("dynamics", *CG_RUN_KEYS, *FITS, "law"),
        scaling_K=CONFIG.scaling_K,
        hash=lambda wildcards: settings_hash(*TRAINING, "dynamics", wildcards.arch),
        checkpoints=f"{OUT}/checkpoints/cg_dynamics/{{arch}}_{{T}}",
    script:
        "../scripts/cg_dynamics.py"


rule dynamics_tables:
    """Diffusion, activation energy, kernels, and every CG case against the all-atom run."""
    input:
        observables=[f"<results>/dynamics/observables/all_atom/{T}.nc" for T in DYNAMICS_T],
        kernels=[f"<results>/dynamics/kernel/{arch}/{source}.nc" for arch, source in KERNELS],
        motions=[f"<results>/dynamics/cg/{arch}/{T}.nc" for arch in DYNAMICS for T in PREDICTED_T],
        speed="<results>/tables/speed.csv",
        library=library("dynamics_tables"),
    output:
        diffusion=table("diffusion", "Dynamics"),
        activation=table("activation", "Dynamics"),
        kernels=table("memory_kernels", "Dynamics"),
        slopes=table("kernel_slopes", "Dynamics"),
        error=table("dynamics_error", "Dynamics"),
        speed=table("dynamics_speed", "Dynamics"),
    log:
        "<logs>/dynamics_tables.log",
    benchmark:
        "<benchmarks>/tables/dynamics.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("dynamics_tables", mb=2000, minutes=30),
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
        pdf=[f"<results>/figures/{name}.pdf" for name in DYNAMICS_FIGURES],
        png=[figure(name, "Dynamics") for name in DYNAMICS_FIGURES],
    log:
        "<logs>/dynamics_figures.log",
    conda:
        ENVIRONMENT
    resources:
        **needs("dynamics_figures", mb=2000, minutes=30),
    params:
        settings=settings("figures", "temperatures", "claims"),
        hash=settings_hash("figures", "temperatures", "dynamics", "claims"),
        architectures=DYNAMICS,
        kernels=KERNELS,
        motions=[(arch, T) for arch in DYNAMICS for T in PREDICTED_T],
    script:
        "../scripts/dynamics_figures.py"


rule dynamics:
    """Every table and figure of the dynamics."""
    input:
        rules.dynamics_figures.output.png,
        rules.dynamics_tables.output,
    localrule: True
