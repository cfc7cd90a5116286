"""The prior, training in every mode, and force errors on the test frames.

Needs: labels/{T}.nc, mapped/{T0}.nc.
Makes: prior.json, models/{arch}/{model}.safetensors, force_error/, parity/, learning_curve/.
"""


rule fit_prior:
    """The repulsive prior from the inner flank of g(r) at the reference temperature."""
    input:
        observables=f"{OUT}/observables/all_atom/{T0}.nc",
        library=library("fit_prior"),
    output:
        prior=f"{OUT}/prior.json",
    log:
        f"{OUT}/logs/fit_prior.log",
    benchmark:
        f"{OUT}/benchmarks/fit_prior/prior.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=grown(1000),
        runtime=grown(10),
    params:
        settings=settings("prior"),
        hash=settings_hash("water", "mapping", "all_atom", "observables", "prior"),
    script:
        "../scripts/fit_prior.py"


rule train:
    """An ensemble of one architecture in one training mode."""
    input:
        labels=training_labels,
        prior=f"{OUT}/prior.json",
        library=library("train"),
    output:
        model=f"{OUT}/models/{{arch}}/{{model}}.safetensors",
    log:
        f"{OUT}/logs/train/{{arch}}/{{model}}.log",
    benchmark:
        f"{OUT}/benchmarks/train/{{arch}}/{{model}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=grown(3000),
        runtime=grown(720),
    params:
        settings=lambda wildcards: settings("temperatures", "compute", wildcards.arch),
        hash=lambda wildcards: settings_hash(*UPSTREAM, "prior", wildcards.arch),
        checkpoints=f"{OUT}/checkpoints/train/{{arch}}/{{model}}",
    script:
        "../scripts/train.py"


rule evaluate:
    """Force errors of every member on the test frames of every temperature; parity at the reference."""
    input:
        model=f"{OUT}/models/{{arch}}/{{model}}.safetensors",
        labels=[f"{OUT}/labels/{T}.nc" for T in TEMPERATURES],
        library=library("evaluate"),
    output:
        errors=f"{OUT}/force_error/{{arch}}/{{model}}.csv",
        parity=f"{OUT}/parity/{{arch}}/{{model}}.nc",
    log:
        f"{OUT}/logs/evaluate/{{arch}}/{{model}}.log",
    benchmark:
        f"{OUT}/benchmarks/evaluate/{{arch}}/{{model}}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(30),
    params:
        settings=settings("temperatures", "compute"),
        hash=settings_hash(*UPSTREAM),
    script:
        "../scripts/evaluate.py"


rule learning_curve:
    """Force error against the number of labelled frames; closed form, so splines only."""
    input:
        labels=[f"{OUT}/labels/{T}.nc" for T in TEMPERATURES],
        prior=f"{OUT}/prior.json",
        library=library("learning_curve"),
    output:
        curve=table("learning_curve", "Forces"),
    log:
        f"{OUT}/logs/learning_curve.log",
    benchmark:
        f"{OUT}/benchmarks/learning_curve/spline.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=grown(2000),
        runtime=grown(60),
    params:
        settings=settings("temperatures", "learning_curve_frames", "spline", "models"),
        hash=settings_hash(*UPSTREAM, "prior", "spline", "learning_curve_frames"),
        models=MODELS,
    script:
        "../scripts/learning_curve.py"
