"""The prior, thermal response from the ordinary trajectory, training, and force errors on the test frames.

Needs: mapped/{T}.nc, all_atom/{T0}.nc, labels/{T}.nc.
Makes: prior.json, products/{T0}.nc, models/{arch}/{model}.safetensors, force_error/, parity/.
"""


rule fit_prior:
    """The repulsive prior from the inner flank of g(r) at the reference temperature."""
    input:
        observables=f"<results>/observables/all_atom/{T0}.nc",
        # nothing is trained on own trajectories that fail their check
        checked=[] if CONFIG.simulates_water else "<results>/tables/trajectory_check.csv",
        library=library("fit_prior"),
    output:
        prior="<results>/prior.json",
    log:
        "<logs>/fit_prior.log",
    benchmark:
        "<benchmarks>/fit_prior/prior.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("fit_prior", mb=1000, minutes=10),
    params:
        settings=settings("prior"),
        hash=settings_hash("system", "water", "mapping", "all_atom", "observables", "prior"),
    script:
        "../scripts/fit_prior.py"


rule molecule_energies:
    """The potential energy of the reference trajectory, molecule by molecule."""
    input:
        trajectory=f"<results>/all_atom/{T0}.nc",
        water=water_file(),
        library=library("molecule_energies"),
    output:
        energies=f"<results>/molecule_energies/{T0}.nc",
    log:
        "<logs>/molecule_energies.log",
    benchmark:
        "<benchmarks>/molecule_energies/energies.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("molecule_energies", mb=2000, minutes=120),
    params:
        settings=settings("water"),
        hash=settings_hash("water", "all_atom"),
    script:
        "../scripts/molecule_energies.py"


rule residual_products:
    """Thermal response from the ordinary trajectory at T0: cross-fitted residual products."""
    input:
        mapped=f"<results>/mapped/{T0}.nc",
        # an own trajectory has its energies of molecules in itself, if at all
        energies=(
            f"<results>/molecule_energies/{T0}.nc"
            if CONFIG.simulates_water and CONFIG.response.radius_nm != "box"
            else []
        ),
        prior="<results>/prior.json",
        library=library("residual_products"),
    output:
        products=f"<results>/products/{T0}.nc",
    log:
        "<logs>/residual_products.log",
    benchmark:
        "<benchmarks>/residual_products/products.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("residual_products", mb=4000, minutes=120),
    params:
        settings=settings("response", "spline"),
        hash=settings_hash("system", "water", "mapping", "all_atom", "prior", "response", "spline"),
    script:
        "../scripts/residual_products.py"


rule train:
    """An ensemble of one architecture in one training mode."""
    input:
        mapped=training_trajectories,
        response=training_response,
        prior="<results>/prior.json",
        library=library("train"),
    output:
        model="<results>/models/{arch}/{model}.safetensors",
    log:
        "<logs>/train/{arch}/{model}.log",
    benchmark:
        "<benchmarks>/train/{arch}/{model}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("train", mb=4000, minutes=720, card="torch"),
    params:
        settings=lambda wildcards: settings("temperatures", "compute", "response", wildcards.arch),
        hash=lambda wildcards: settings_hash(*TRAINING, wildcards.arch),
        checkpoints=f"{OUT}/checkpoints/train/{{arch}}/{{model}}",
    script:
        "../scripts/train.py"


rule evaluate:
    """Force errors of every member on the test frames of every temperature; parity at the reference."""
    input:
        model="<results>/models/{arch}/{model}.safetensors",
        labels=LABELS,
        library=library("evaluate"),
    output:
        errors="<results>/force_error/{arch}/{model}.csv",
        parity="<results>/parity/{arch}/{model}.nc",
    log:
        "<logs>/evaluate/{arch}/{model}.log",
    benchmark:
        "<benchmarks>/evaluate/{arch}/{model}.tsv"
    conda:
        ENVIRONMENT
    resources:
        **needs("evaluate", mb=2000, minutes=30, card="torch"),
    params:
        settings=settings("temperatures", "compute"),
        hash=settings_hash(*UPSTREAM),
    script:
        "../scripts/evaluate.py"


rule learning_curve:
    """Force error against the amount of training data; closed form, so splines only."""
    input:
        labels=LABELS,
        mapped=[f"<results>/mapped/{T}.nc" for T in TEMPERATURES],
        products=f"<results>/products/{T0}.nc",
        prior="<results>/prior.json",
        library=library("learning_curve"),
    output:
        curve=table("learning_curve", "Forces"),
    log:
        "<logs>/learning_curve.log",
    benchmark:
        "<benchmarks>/learning_curve/spline.tsv"
    priority: 10
    conda:
        ENVIRONMENT
    resources:
        **needs("learning_curve", mb=2000, minutes=60),
    params:
        settings=settings("temperatures", "learning_curve_fractions", "response", "spline"),
        hash=settings_hash(*TRAINING, "learning_curve_fractions"),
        # without yardsticks, each of which is trained at another temperature
        models=[model for model in CONFIG.model_names("spline") if model in CONFIG.cg_md.modes],
    script:
        "../scripts/learning_curve.py"
