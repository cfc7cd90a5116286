"""Two short stretches of constant energy of 27 molecules."""

from thermalcg.atomistic.nvt import AllAtomSettings, run_all_atom
from thermalcg.atomistic.stretches import StretchSettings, run_stretches
from thermalcg.atomistic.water import WaterBox
from thermalcg.runtime.platforms import REFERENCE_PLATFORM
from thermalcg.storage.checkpoints import Checkpoints


def short_stretches(folder):
    """The stretches, and what ``run_stretches`` was given."""
    box = WaterBox.of("spce", 27, 0.997, 0.45)
    run = run_all_atom(
        box, 300.0, AllAtomSettings(2.0, 5.0, 1.0, 0.02, 0.02, 9.0, 0.02), REFERENCE_PLATFORM, seed=5,
        checkpoints=Checkpoints(folder / "canonical", {}),
    )  # fmt: skip
    starts = run["atom_position"].values[[-1, -1]]
    arguments = (box, starts, 300.0, StretchSettings(2.0, 4.0, 0.8), REFERENCE_PLATFORM)
    options = {"seed": 6}
    data = run_stretches(*arguments, **options, checkpoints=Checkpoints(folder, {}))
    return data, (arguments, options)
