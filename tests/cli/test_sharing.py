"""The command that measures how many processes should share a graphics card."""

from pathlib import Path

import pandas as pd
import pytest

from thermalcg.benchmark import sampler_cost
from thermalcg.cli.main import main

ROOT = Path(__file__).parents[2]
DEFAULT, SMOKE = str(ROOT / "config.yaml"), str(ROOT / "resources/presets/smoke.yaml")


def test_sharing_writes_its_table_or_says_why_not(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sampler_cost, "steps_per_second", lambda liquid, compute, n, **how: 100.0 * n)
    (tmp_path / "cpu.yaml").write_text("compute: {platform: CPU}\n")
    words = ["sharing", DEFAULT, SMOKE, str(tmp_path / "cpu.yaml")]
    main([*words, "--contexts", "4", "--csv", str(tmp_path / "sharing.csv")])
    printed = capsys.readouterr().out
    assert any(line.split()[:1] == ["4"] and "400" in line for line in printed.splitlines()), printed
    assert list(pd.read_csv(tmp_path / "sharing.csv")["ratio"]) == [1, 4]
    with pytest.raises(
        SystemExit, match="refused:\nprecision is 'double'; CPU on this machine offers: single"
    ):
        main([*words, "--precision", "double"])
