"""A binary Lennard-Jones liquid, by OpenMM: what is mapped is what is simulated."""

import functools
import json

import numpy as np
import openmm as mm
import xarray as xr

from thermalcg.storage.datasets import variable

T, MASS, N, EDGE, CUTOFF = 300.0, 39.948, 108, 1.75, 0.85
SIGMA, EPSILON = (0.34, 0.30), (2.5, 1.5)


@functools.cache
def trajectory(frames=1500, seed=7):
    """The dataset ``mapped/300.nc`` of two species, 0.12 ps between frames."""
    system, force = mm.System(), mm.NonbondedForce()
    system.setDefaultPeriodicBoxVectors(*np.diag([EDGE] * 3))
    force.setNonbondedMethod(mm.NonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(CUTOFF)
    force.setUseSwitchingFunction(True)
    force.setSwitchingDistance(0.8 * CUTOFF)
    force.setUseDispersionCorrection(False)
    species = np.arange(N) % 2
    for kind in species:
        system.addParticle(MASS)
        force.addParticle(0.0, SIGMA[kind], EPSILON[kind])
    system.addForce(force)
    integrator = mm.LangevinMiddleIntegrator(T, 1.0, 0.006)
    integrator.setRandomNumberSeed(seed)
    context = mm.Context(system, integrator, mm.Platform.getPlatformByName("CPU"), {"Threads": "1"})
    grid = np.stack(np.meshgrid(*[np.arange(5)] * 3, indexing="ij"), -1).reshape(-1, 3)[:N]
    context.setPositions(EDGE / 5 * (grid + 0.5))
    mm.LocalEnergyMinimizer.minimize(context)
    context.setVelocitiesToTemperature(T, seed)
    integrator.step(2000)
    kept = {"position": [], "velocity": [], "force": [], "potential_energy": []}
    for _ in range(frames):
        integrator.step(20)
        state = context.getState(positions=True, velocities=True, forces=True, energy=True)
        kept["position"].append(state.getPositions(asNumpy=True)._value)
        kept["velocity"].append(state.getVelocities(asNumpy=True)._value)
        kept["force"].append(state.getForces(asNumpy=True)._value)
        kept["potential_energy"].append(state.getPotentialEnergy()._value)
    dims, units = ("time", "bead", "axis"), {"position": "nm", "velocity": "nm/ps", "force": "kJ/mol/nm"}
    data = {name: variable(dims, np.array(kept[name], np.float32), unit) for name, unit in units.items()}
    data["potential_energy"] = variable(("time",), np.array(kept["potential_energy"]), "kJ/mol")
    data["split"] = variable(("time",), np.zeros(frames, np.int8), "1")
    data["species"] = variable(("bead",), species.astype(np.int32), "1")
    data["bead_mass"] = variable(("bead",), np.full(N, MASS), "amu")
    return xr.Dataset(
        data,
        coords={"time": variable(("time",), 0.12 * np.arange(1, frames + 1), "ps")},
        attrs={
            "temperature_K": T,
            "box_nm": EDGE,
            "mapping": "file",
            "species_names": json.dumps(["A", "B"]),
        },
    )
