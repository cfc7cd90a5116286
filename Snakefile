"""Learning thermal response forces: from all-atom water to temperature-dependent CG models.

The data flow is described in workflow/README.md; one file a stage in workflow/rules/.
"""


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/all_atom.smk" if CONFIG.simulates_water else "workflow/rules/trajectories.smk"
include: "workflow/rules/trajectory_check.smk"
include: "workflow/rules/conditional.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/cg_md.smk"
include: "workflow/rules/observables.smk"
include: "workflow/rules/thermodynamics.smk"
include: "workflow/rules/dynamics.smk"
include: "workflow/rules/results.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/estimators.smk"
include: "workflow/rules/engine.smk"
include: "workflow/rules/economics.smk"


if not CONFIG.simulates_water:

    include: "workflow/rules/own_results.smk"


report: "workflow/report/workflow.rst"


rule all:
    """Every table and figure of the study."""
    default_target: True
    input:
        rules.results.input if CONFIG.simulates_water else rules.own_results.input,
    localrule: True
