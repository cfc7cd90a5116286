"""The measurement of force calls has a row for every route and size, and its networks are those it names."""

from dataclasses import asdict

from thermalcg.benchmark import network_speed
from thermalcg.benchmark.network_speed import NETWORKS, measure
from thermalcg.config.files import load_config, read_file
from thermalcg.models.hipnn_ts.network import HipnnSettings
from thermalcg.runtime.settings import from_section

PAPER = "resources/presets/paper.yaml"


def test_both_routes_are_measured_on_a_cpu(monkeypatch):
    monkeypatch.setattr(network_speed, "SECONDS", 0.0)
    rows = list(measure(NETWORKS["default"], "cpu", beads=(64,), replicas=(1, 2)))
    assert [(row["route"], row["replicas"]) for row in rows] == [
        ("torch", 1),
        ("compiled", 1),
        ("torch", 2),
        ("compiled", 2),
    ]
    assert all(row["ms_per_call"] > 0 and row["calls"] == network_speed.LEAST for row in rows)


def test_the_default_network_is_that_of_the_configuration():
    section = load_config({}).model_dump()["hipnn_ts"]
    assert from_section(HipnnSettings, section) == NETWORKS["default"]


def test_the_published_network_has_the_size_of_the_paper_preset():
    preset, network = read_file(PAPER)["hipnn_ts"], asdict(NETWORKS["published"])
    size = ("tensor_order", "features", "sensitivities", "atom_layers")
    assert {key: preset[key] for key in size} == {key: network[key] for key in size}
