"""Datasets: NetCDF-4 files, read and written by ``thermalcg.storage.datasets``."""

from __future__ import annotations

from dataclasses import replace

from . import benchmark, dynamics, economics, engine
from .kinds import Attribute as A
from .kinds import Dataset
from .kinds import Variable as V
from .shared import PLACE, RUNG, SPLIT, TEMPERATURE, TIME

#: How an all-atom run went.
_RUN = {
    "ns_per_day": A("ns/day", "speed of the run"),
    "platform": A(None, "OpenMM platform"),
    "drift": A("kJ/mol", "mean potential energy of the second half of the run less that of the first"),
    "drift_se": A("kJ/mol", "its standard error"),
    "kinetic_temperature_K": A("K", "mean kinetic temperature"),
    "equilibrated": A(
        "1",
        "1 if the drift is below three standard errors and the kinetic temperature within 3 %, else 0",
    ),
}

_ALL_ATOM = Dataset(
    (
        "all_atom/{T}.nc",
        "estimators/trajectory/{replicate}.nc",
        "estimators/size/{size}_trajectory.nc",
        "engine/large_box/run/{T}.nc",
    ),
    "all_atom, estimator_trajectory, size_trajectory, large_box_all_atom",
    "All-atom molecular dynamics at one temperature: every recorded frame",
    coordinates={
        "time": TIME,
        "atom": V("atom", None, "O, H1, H2"),
        "response_time": V("response_time", "ps", "time of the frames for the response", always=False),
    },
    variables={
        "atom_position": V("time molecule atom axis", "nm", "positions of the atoms, unwrapped"),
        "atom_velocity": V("time molecule atom axis", "nm/ps", "velocities of the atoms"),
        "atom_force": V(
            "time molecule atom axis", "kJ/mol/nm", "forces on the atoms, without constraint forces"
        ),
        "potential_energy": V("time", "kJ/mol", "potential energy of the box"),
        "kinetic_energy": V("time", "kJ/mol", "kinetic energy of the box"),
        "response_position": V(
            "response_time bead axis",
            "nm",
            "positions of the sites in the frames for the response, unwrapped, where there are such frames",
            always=False,
        ),
        "response_force": V(
            "response_time bead axis", "kJ/mol/nm", "mapped forces in these frames", always=False
        ),
        "molecule_energy": V(
            "response_time bead",
            "kJ/mol",
            "energy of each molecule in these frames; pairs are shared in halves",
            always=False,
        ),
    },
    attributes={
        **PLACE,
        **_RUN,
        "threads": A("1", "threads of the run"),
        "response_mapping": A(
            None, "mapped site of the frames for the response: com or oxygen", always=False
        ),
        "response_record_s": A("s", "wall time that recording one of these frames took", always=False),
        "sum_minus_total_rms": A(
            "kJ/mol",
            "root mean square difference of the molecules' energies, added up, from the potential energy",
            always=False,
        ),
    },
)

#: Which beads are of which species, in files of a user's mixture.
SPECIES = {
    "species": V(
        "bead", "1", "place of the bead's species in species_names; absent for one species", always=False
    )
}
SPECIES_NAMES = {
    "species_names": A(None, "names of the species, as JSON, where there are several", always=False)
}

_MAPPED = Dataset(
    ("mapped/{T}.nc",),
    "map_trajectory, import_trajectory, run_own_system",
    "The trajectory in coarse-grained coordinates: one bead a molecule",
    coordinates={"time": TIME},
    variables={
        "position": V("time bead axis", "nm", "positions of the sites, unwrapped"),
        "velocity": V("time bead axis", "nm/ps", "velocities of the sites", always=False),
        "force": V("time bead axis", "kJ/mol/nm", "mapped forces on the sites"),
        "potential_energy": V("time", "kJ/mol", "potential energy of the all-atom box"),
        "split": V("time", "1", f"{SPLIT} (the end of the run)"),
        "bead_energy": V(
            "time bead",
            "kJ/mol",
            "energy of the atoms of each bead, where the user's trajectory has it or the run divides it",
            always=False,
        ),
        **SPECIES,
        "bead_mass": V("bead", "amu", "mass of each bead, where there are several species", always=False),
    },
    attributes={
        "temperature_K": TEMPERATURE,
        "box_nm": A("nm", "edge of the cubic box; the three edges of a user's box that is no cube"),
        "mapping": A(None, "mapped site: com or oxygen; file: that of the user's mapping file"),
        "bead_mass_amu": A("amu", "mass of a bead, where there is one species", always=False),
        **SPECIES_NAMES,
        # of a user's OpenMM System, whose run is mapped as it goes
        **{name: replace(attribute, always=False) for name, attribute in _RUN.items()},
    },
)

_PROJECTED = Dataset(
    ("projected/{T}.nc",),
    "projected_response",
    "The response of the projected spline force field: sums over each block of a trajectory, from which it "
    "is solved. The first weight of a sum is 1, the others are the energies of the shells, so that a sum "
    "with one of these is times kJ/mol",
    variables={
        "count": V("block", "1", "force components of the block"),
        "gram": V("block weight function other_function", "1", "products of two basis forces"),
        "vector": V("block weight function", "kJ/mol/nm", "products of a basis force and the mapped force"),
        "weight_sum": V("block weight", "1", "the weights"),
        "along_gram": V(
            "block power direction other_direction",
            "1",
            "products of the forces along two directions of the second order, times the weighted energy to "
            "the power 0, 1, 2",
        ),
        "along_residual": V(
            "block power direction", "kJ/mol/nm", "products of these forces and the residual force, likewise"
        ),
        "along_weight": V("block power", "1", "powers of the weighted energy"),
        "shell_weight": V("shell", "1", "share of each shell's response that is used"),
        **SPECIES,
    },
    attributes={
        **PLACE,
        **SPECIES_NAMES,
        "radii_nm": A(None, "outer radii of the shells as JSON, nm"),
        "base_penalty": A("1", "strength of the penalty of the force field"),
        "response_penalty": A("1", "strength of the penalty of its response"),
        "force_rms": A("kJ/mol/nm", "root mean square of the mapped forces"),
        "response_rms": A("kJ/mol/nm/K", "root mean square of the response over the frames"),
        "response_error": A("kJ/mol/nm/K", "its standard error, by the jackknife over blocks"),
        "second_order_weight": A("1", "share of the measured second order that is used; the rest is ln T"),
    },
)

_PRODUCTS = Dataset(
    ("products/{T0}.nc",),
    "residual_products",
    "Residual products with an energy model: a sample of the thermal response at every training frame of the "
    "ordinary trajectory, for the mode trf1_products",
    coordinates={"time": TIME},
    variables={
        "trf_product": V("time bead axis", "kJ/mol/nm/K", "sample of the thermal response F′"),
        "block": V("time", "1", "independent piece that the frame belongs to"),
    },
    attributes={
        **PLACE,
        "radius_nm": A("nm", "the energy is that of molecules within this radius (inf: of the box)"),
        "folds": A("1", "parts of the cross-fitting"),
        "force_rms": A("kJ/mol/nm", "root mean square of the mapped forces"),
        "force_residual_rms": A("kJ/mol/nm", "root mean square of what the force model leaves"),
        "energy_std": A("kJ/mol", "standard deviation of the potential energy"),
        "energy_residual_std": A("kJ/mol", "standard deviation of what the energy model leaves of it"),
        "energy_in_reach_std": A("kJ/mol", "standard deviation of the energy residual within the radius"),
        "response_rms": A("kJ/mol/nm/K", "root mean square of the cross-fitted response"),
    },
)

_FRAMES = Dataset(
    ("frames/{T}.nc",),
    "select_frames",
    "Decorrelated all-atom configurations whose mean forces are labelled; training frames at T0 only",
    coordinates={"atom": V("atom", None, "O, H1, H2")},
    variables={
        "atom_position": V("frame molecule atom axis", "nm", "positions of the atoms"),
        "split": V("frame", "1", SPLIT),
        "time": V("frame", "ps", "time of the frame in its trajectory"),
    },
    attributes={
        **PLACE,
        "spacing_ps": A("ps", "time between frames"),
        "decorrelation_time_ps": A("ps", "time between independent samples of the potential energy"),
    },
)

_CONDITIONAL = Dataset(
    (
        "conditional/{T}/{batch}.nc",
        "estimators/fixed/{replicate}.nc",
        "estimators/rungs/{replicate}.nc",
        "estimators/size/{size}_samples.nc",
    ),
    "sample_conditional, estimator_conditional, size_conditional",
    "Samples at fixed sites: mapped forces and energies of every chain on every rung",
    coordinates={"rung": RUNG},
    variables={
        "force": V("frame chain rung sample bead axis", "kJ/mol/nm", "mapped forces"),
        "energy": V("frame chain rung sample", "kJ/mol", "potential energy"),
        "walker": V("frame chain rung sample", "1", "replica that sits on the rung"),
        "acceptance": V("frame chain pair", "1", "acceptance of exchanges between neighbouring rungs"),
        "wall_s": V("frame chain", "s", "wall time"),
        "site_position": V("frame bead axis", "nm", "positions of the fixed sites"),
        "sample_position": V(
            "frame chain sample molecule atom axis",
            "nm",
            "atoms on the lowest rung (benchmark)",
            always=False,
        ),
        "probe_force": V(
            "probe rung sample bead axis",
            "kJ/mol/nm",
            "forces of chains from melted orientations",
            always=False,
        ),
        "probe_energy": V("probe rung sample", "kJ/mol", "energies of these chains", always=False),
        "probe_frame": V("probe", "1", "index of the frame that a probe belongs to", always=False),
    },
    attributes=PLACE,
)

_LABELS = Dataset(
    ("labels/{T}.nc",),
    "label",
    "Labels of fixed sites: mean force, its first and second response, mean energy, errors and convergence",
    coordinates={"rung": RUNG},
    variables={
        "site_position": V("frame bead axis", "nm", "positions of the sites"),
        "split": V("frame", "1", SPLIT),
        "mean_force": V("frame rung bead axis", "kJ/mol/nm", "mean force F"),
        "mean_force_se": V("frame rung bead axis", "kJ/mol/nm", "its standard error"),
        "chain_mean_force": V("frame chain rung bead axis", "kJ/mol/nm", "mean force by each chain alone"),
        "trf": V("frame rung bead axis", "kJ/mol/nm/K", "thermal response F′"),
        "trf_se": V("frame rung bead axis", "kJ/mol/nm/K", "its standard error"),
        "chain_trf": V("frame chain rung bead axis", "kJ/mol/nm/K", "thermal response by each chain alone"),
        "trf2": V("frame rung bead axis", "kJ/mol/nm/K2", "second-order response F″"),
        "trf2_se": V("frame rung bead axis", "kJ/mol/nm/K2", "its standard error"),
        "mean_energy": V("frame rung", "kJ/mol", "mean potential energy U"),
        "mean_energy_se": V("frame rung", "kJ/mol", "its standard error"),
        "rhat_energy": V("frame rung", "1", "split R-hat of the energy"),
        "rhat_force": V("frame rung", "1", "split R-hat of the forces, 95th percentile over components"),
        "ess_energy": V("frame rung", "1", "effective number of samples of the energy"),
        "converged": V("frame rung", "1", "1 if both R-hats are below `conditional.rhat_limit`, else 0"),
        "acceptance": V("frame chain pair", "1", "acceptance of exchanges between neighbouring rungs"),
        "round_trips": V(
            "frame chain", "1", "round trips of replicas between the lowest and the highest rung"
        ),
        "probe_frame": V("probe", "1", "index of the frame that a probe belongs to", always=False),
        "probe_energy_gap": V(
            "probe rung", "kJ/mol", "mean energy of the probe less that of the chains", always=False
        ),
        "probe_force_difference": V(
            "probe rung",
            "kJ/mol/nm",
            "root mean square difference of mean forces, probe against chains",
            always=False,
        ),
        "probe_force_noise": V("probe rung", "kJ/mol/nm", "what noise alone would give", always=False),
    },
    attributes=PLACE,
)

_PARITY = Dataset(
    ("parity/{arch}/{model}.nc",),
    "evaluate",
    "Labels and predictions on the test frames of T0, for the parity plots",
    variables={
        "label_force": V("frame bead axis", "kJ/mol/nm", "mean force by the labels"),
        "label_force_se": V("frame bead axis", "kJ/mol/nm", "its standard error"),
        "predicted_force": V("frame bead axis", "kJ/mol/nm", "mean force by the model"),
        "label_trf": V("frame bead axis", "kJ/mol/nm/K", "thermal response by the labels"),
        "label_trf_se": V("frame bead axis", "kJ/mol/nm/K", "its standard error"),
        "predicted_trf": V("frame bead axis", "kJ/mol/nm/K", "thermal response by the model"),
        "trf_squared_error": V(
            "frame", "kJ2/mol2/nm2/K2", "mean squared error of the response, the labels' noise removed"
        ),
    },
    attributes={"temperature_K": TEMPERATURE},
)

_CG = Dataset(
    ("cg/{arch}/{model}/{T}.nc",),
    "cg_md",
    "Coarse-grained molecular dynamics: independent runs and their health",
    coordinates={"time": TIME},
    variables={
        "position": V("run time bead axis", "nm", "positions of the beads, wrapped into the box"),
        "temperature": V("run time", "K", "kinetic temperature"),
        "potential_energy": V("run time", "kJ/mol", "energy of the model, a free energy"),
        "healthy": V("run", "1", "1, or 0 for a run that failed"),
        "member": V("run", "1", "member of the ensemble that the run used"),
        **SPECIES,
    },
    attributes={
        **PLACE,
        **SPECIES_NAMES,
        "ns_per_day": A("ns/day", "speed, all runs together"),
        "threads": A("1", "threads of the job"),
        "failure": A(None, "why runs failed; empty where all is well"),
    },
)

_OBSERVABLES = Dataset(
    ("observables/all_atom/{T}.nc", "observables/{arch}/{model}/{T}.nc"),
    "observe_all_atom, observe_cg",
    "Structure of the liquid, by contiguous blocks of the all-atom trajectory or of the CG runs, which are "
    "called runs here. Of splines these are the runs of the fit to all data. Only healthy runs count; where "
    "fewer than two are healthy, the distributions are missing.",
    coordinates={
        "r": V("r", "nm", "middle of the bin of distances", always=False),
        "theta": V("theta", "degree", "middle of the bin of angles", always=False),
        "q": V("q", "1", "middle of the bin of the tetrahedral order", always=False),
        "pair": V("pair", None, "names of two species, where there are several", always=False),
        "centre": V("centre", None, "name of the species of a bead", always=False),
        "neighbour": V("neighbour", None, "name of the species of its neighbours", always=False),
    },
    variables={
        "rdf": V("run r", "1", "radial distribution function", always=False),
        "rdf_se": V("r", "1", "standard error of its mean over the runs", always=False),
        "pair_rdf": V("run pair r", "1", "radial distribution function of two species", always=False),
        "pair_rdf_se": V("pair r", "1", "standard error of its mean", always=False),
        "pair_coordination": V(
            "run centre neighbour", "1", "neighbours of a species within the first shell", always=False
        ),
        "pair_coordination_se": V("centre neighbour", "1", "standard error of its mean", always=False),
        **SPECIES,
        "adf": V(
            "run theta", "1/degree", "angle distribution between neighbours, normalised to 1", always=False
        ),
        "adf_se": V("theta", "1/degree", "standard error of its mean", always=False),
        "tetrahedral_distribution": V("run q", "1", "distribution of q, normalised to 1", always=False),
        "tetrahedral_distribution_se": V("q", "1", "standard error of its mean", always=False),
        "coordination": V("run", "1", "neighbours within the first shell", always=False),
        "coordination_se": V("", "1", "standard error of its mean", always=False),
        "tetrahedral_order": V("run", "1", "mean of q: 1 in a perfect tetrahedron, 0 in a gas", always=False),
        "tetrahedral_order_se": V("", "1", "standard error of its mean", always=False),
        "run_member": V(
            "run", "1", "CG only: member of the ensemble that a block was run with", always=False
        ),
        "rdf_change": V(
            "changed run r",
            "1",
            "CG of splines only: what each other member would change, from this block (first order)",
            always=False,
        ),
        "pair_rdf_change": V("changed run pair r", "1", "the same", always=False),
        "adf_change": V("changed run theta", "1/degree", "the same", always=False),
        "tetrahedral_distribution_change": V("changed run q", "1", "the same", always=False),
        "changed_member": V("changed", "1", "the members of these changes", always=False),
        "energy_deviation": V(
            "changed",
            "1",
            "standard deviation of the difference of their potential from that of the runs, in k_B T",
            always=False,
        ),
        "healthy": V("attempt", "1", "CG only: 1, or 0 for a run that failed", always=False),
        "member": V("attempt", "1", "CG only: member of the ensemble", always=False),
        "kinetic_temperature": V("attempt", "K", "CG only: mean kinetic temperature", always=False),
    },
    attributes={
        **PLACE,
        "beads": A("1", "number of beads"),
        "frames_per_run": A("1", "frames of each run or block"),
        "failure": A(None, "CG only: why runs failed"),
        **SPECIES_NAMES,
    },
)

#: In the order in which a study makes them.
DATASETS = (
    _ALL_ATOM,
    _MAPPED,
    _PROJECTED,
    _PRODUCTS,
    _FRAMES,
    _CONDITIONAL,
    _LABELS,
    _PARITY,
    _CG,
    _OBSERVABLES,
    *dynamics.DATASETS,
    *benchmark.DATASETS,
    *engine.DATASETS,
    *economics.DATASETS,
)
