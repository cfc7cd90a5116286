"""Frames sampled one after another: what a kill costs."""

import numpy as np
import pytest
import xarray as xr

from thermalcg.atomistic.water import WaterBox, lattice_configuration, load_water_model
from thermalcg.conditional.batches import frames_of_batch, probed_frames, sample_frames
from thermalcg.conditional.sampler import ConditionalSampler, ConditionalSettings
from thermalcg.runtime.platforms import REFERENCE_PLATFORM

pytestmark = pytest.mark.physics

BOX = WaterBox(load_water_model("spce"), 8, 1.3, 0.6)
DROPLET = WaterBox(BOX.model, 8, 0.62, 0.3)


def test_a_kill_in_the_last_chain_costs_no_finished_one(tmp_path, monkeypatch):
    settings = ConditionalSettings(4.0, 2.0, 0.0, 0.32, 0.08, 0.16, 3, 700.0, 1.0)  # two segments a chain
    atoms = lattice_configuration(DROPLET, np.random.default_rng(3))
    frames = xr.Dataset(
        {"atom_position": (("frame", "molecule", "atom", "axis"), atoms[None])},
        attrs={"temperature_K": 400.0, "box_nm": 1.3},
    )
    segment, done = ConditionalSampler._segment, []

    def sample(folder, killed_at=None):
        def counted(self, *arguments):
            if len(done) == killed_at:
                raise KeyboardInterrupt
            done.append(arguments[1])
            return segment(self, *arguments)

        monkeypatch.setattr(ConditionalSampler, "_segment", counted)
        sampler = ConditionalSampler(BOX, "com", [400.0], settings, REFERENCE_PLATFORM, seed=5)
        return sample_frames(sampler, frames, range(1), set(), folder)

    with pytest.raises(KeyboardInterrupt):
        sample(tmp_path / "killed", killed_at=5)
    resumed = sample(tmp_path / "killed")
    assert len(done) == len(set(done)) == 6  # three chains of two segments, none of them twice
    np.testing.assert_array_equal(resumed["force"], sample(tmp_path / "whole")["force"])
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["frame_0.nc"]


def test_a_batch_has_its_frames_and_of_the_first_test_frames_those_that_are_its_own():
    batches = [frames_of_batch(batch, 4, 10) for batch in range(3)]
    assert [list(indices) for indices in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    frames = xr.Dataset({"split": ("frame", [0, 0, 0, 1, 0, 1, 1, 1, 1, 1])})
    assert [probed_frames(frames, 3, indices) for indices in batches] == [{3}, {5, 6}, set()]
    assert [probed_frames(frames, 0, indices) for indices in batches] == [set(), set(), set()]
