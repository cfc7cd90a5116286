"""The prior, thermal response from the ordinary trajectory, training, and force errors on the test frames.

Needs: mapped/{T}.nc, all_atom/{T}.nc, labels/{T}.nc.
Makes: prior.json, projected/{T}.nc, products/{T0}.nc, models/{arch}/{model}.safetensors, force_error/, parity/.
"""

#: Models of the learning curve: those of the CG runs, but yardsticks, each of which has another temperature.
CURVES = [model for model in CONFIG.model_names("spline") if model in CONFIG.cg_md.modes]


rule fit_prior:
    """The repulsive prior from the inner flank of g(r) at the reference temperature."""
    input:
        observables=f"<results>/observables/all_atom/{T0}.nc",
        # nothing is trained where a run fails its check, and nothing anew since another run was checked
        checked=ancient(rules.check_trajectories.output.table),
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


rule projected_response:
    """The response of the projected force field from the ordinary trajectory at one temperature."""
    input:
        mapped="<results>/mapped/{T}.nc",
        # its frames for the response; own trajectories have none but the mapped ones
        trajectory="<results>/all_atom/{T}.nc" if CONFIG.simulates_water else [],
        prior="<results>/prior.json",
        library=library("projected_response"),
    output:
        projected="<results>/projected/{T}.nc",
    log:
        "<logs>/projected_response/{T}.log",
    benchmark:
        "<benchmarks>/projected_response/{T}.tsv"
    priority: 20
    conda:
        ENVIRONMENT
    resources:
        **needs("projected_response", mb=2000, minutes=120),
    params:
        settings={**settings_of("response", "blocks"), **settings("spline")},
        hash=settings_hash(*TRAINING),
    script:
        "../scripts/projected_response.py"


rule residual_products:
    """Thermal response from the ordinary trajectory at T0: cross-fitted residual products."""
    input:
        mapped=f"<results>/mapped/{T0}.nc",
        # with the energies of its molecules; an own trajectory has them in itself, if at all
        trajectory=(
            f"<results>/all_atom/{T0}.nc"
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
        settings=lambda wildcards: settings("temperatures", "compute", "response", "spline", wildcards.arch),
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
        trajectories=[f"<results>/all_atom/{kelvin(T)}.nc" for T in CONFIG.response_K],
        projected=[f"<results>/projected/{kelvin(T)}.nc" for T in CONFIG.response_K],
        products=f"<results>/products/{T0}.nc" if "trf1_products" in CURVES else [],
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
        models=CURVES,
    script:
        "../scripts/learning_curve.py"
