"""What an output says about where it comes from."""

import json
from importlib import metadata

from thermalcg.storage import provenance
from thermalcg.storage.provenance import RECORDED_PACKAGES, Provenance, versions


def test_attributes_name_configuration_seed_maker_and_versions():
    attributes = Provenance("0123456789ab", 7, "rule train").attributes()
    assert {name: attributes[name] for name in ("config_hash", "seed", "created_by")} == {
        "config_hash": "0123456789ab",
        "seed": 7,
        "created_by": "rule train",
    }
    assert json.loads(attributes["versions"]) == versions()


def test_versions_are_the_installed_ones():
    assert list(versions()) == list(RECORDED_PACKAGES)
    assert versions()["numpy"] == metadata.version("numpy")


def test_a_package_that_is_not_installed_is_absent(monkeypatch):
    monkeypatch.setattr(provenance, "RECORDED_PACKAGES", ("numpy", "no-such-package-anywhere"))
    assert versions()["no-such-package-anywhere"] == "absent"
