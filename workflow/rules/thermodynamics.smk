"""Energy, entropy and heat capacity from the T-dependent models, and the size of the second order.

Needs: models/{arch}/{model}.safetensors, labels/{T}.nc, mapped/{T}.nc, cg/{arch}/{model}/{T}.nc.
Makes: tables/mean_energy.csv, fixed_site_free_energy.csv, heat_capacity.csv, heat_parts.csv, second_order.csv.
"""

RESPONDING = [(arch, model) for arch, model in MODELS if ModelName.parse(model).responds]
RESPONDING_RUNS = [(arch, model, T) for arch, model in RESPONDING for T in CONFIG.simulated_K(arch, model)]


rule thermodynamics:
    """W - T dW/dT against all-atom energies, the heat capacity, and whether F'' is resolved."""
    input:
        models=[f"<results>/models/{arch}/{model}.safetensors" for arch, model in RESPONDING],
        labels=LABELS,
        mapped=[f"<results>/mapped/{T}.nc" for T in TEMPERATURES],
        cg=[f"<results>/cg/{arch}/{model}/{T}.nc" for arch, model, T in RESPONDING_RUNS],
        library=library("thermodynamics"),
    output:
        energy=table("mean_energy", "Thermodynamics"),
        free_energy=table("fixed_site_free_energy", "Thermodynamics"),
        heat_capacity=table("heat_capacity", "Thermodynamics"),
        parts=table("heat_parts", "Thermodynamics"),
        second_order=table("second_order", "Forces"),
    log:
        "<logs>/thermodynamics.log",
    benchmark:
        "<benchmarks>/tables/thermodynamics.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("thermodynamics", mb=4000, minutes=60, card="torch"),
    params:
        settings=settings("temperatures", "compute"),
        hash=settings_hash(*TRAINING, "cg_md", *ARCHITECTURES),
        models=RESPONDING,
        cg=RESPONDING_RUNS,
    script:
        "../scripts/thermodynamics.py"
