"""How far, how fast, how long: right numbers in plain lines."""

import io
import sys
from types import SimpleNamespace

import pytest

from thermalcg.runtime import progress
from thermalcg.runtime.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when told to, and no terminal."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    monkeypatch.setattr(sys, "__stderr__", io.StringIO())
    return now


def test_a_line_says_how_far_how_fast_and_what_is_left(clock, capsys):
    with Progress("water", 100, "ps", rate=("ns/day", 86.4)) as bar:
        clock.seconds += 10
        bar.update(20)
        assert capsys.readouterr().err == "water: 20/100 ps (20 %), 173 ns/day, 40 s left\n"
        assert bar.speed == pytest.approx(2.0)


def test_without_a_rate_it_is_in_units_per_second(clock, capsys):
    with Progress("label", 8, "frames") as bar:
        clock.seconds += 20
        bar.update(2)
        assert capsys.readouterr().err == "label: 2/8 frames (25 %), 0.1 frames/s, 60 s left\n"


def test_a_resumed_run_does_not_count_work_of_before_as_speed(clock, capsys):
    with Progress("water", 100, "ps", done=50) as bar:
        clock.seconds += 10
        bar.update(10)
        assert capsys.readouterr().err == "water: 60/100 ps (60 %), 1 ps/s, 40 s left\n"
        assert bar.speed == pytest.approx(1.0)


def test_lines_are_an_interval_apart_and_one_ends_the_work(clock, capsys):
    with Progress("water", 30, "ps", interval=10) as bar:
        for _ in range(30):
            clock.seconds += 1
            bar.update(1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["10/30", "20/30", "30/30", "30/30"]
    assert lines[-1].endswith(" 0 s left")


def test_no_bar_without_a_terminal(clock):
    with Progress("water", 10, "ps") as bar:
        bar.update(10)
    assert sys.__stderr__.getvalue() == ""


@pytest.mark.parametrize("stream", [None, io.StringIO()])
def test_a_process_may_have_no_terminal_at_all(monkeypatch, capsys, stream):
    monkeypatch.setattr(sys, "__stderr__", stream)
    with Progress("water", 10, "ps") as bar:
        bar.update(10)
    assert "water: 10/10 ps (100 %)" in capsys.readouterr().err


def test_a_terminal_gets_a_bar_that_starts_where_the_run_resumes(monkeypatch, capsys):
    monkeypatch.setattr(sys, "__stderr__", Terminal())
    with Progress("water", 10, "ps", done=4, rate=("ns/day", 86.4)) as bar:
        drawn = sys.__stderr__.getvalue()
        bar.update(6)
        assert bar._bar.n == 10
    assert "water" in drawn
    assert "40%" in drawn


def test_a_failure_still_says_how_far_the_work_came(clock, capsys):
    def explode():
        with Progress("water", 10, "ps") as bar:
            clock.seconds += 1
            bar.update(3)
            raise RuntimeError("exploded")

    with pytest.raises(RuntimeError, match="exploded"):
        explode()
    assert capsys.readouterr().err.startswith("water: 3/10 ps (30 %)")


def test_what_was_done_before_does_not_make_it_look_fast(clock, capsys):
    with Progress("water", 100, "ps") as bar:
        bar.skip(60)
        clock.seconds += 10
        bar.update(10)
        assert capsys.readouterr().err == "water: 70/100 ps (70 %), 1 ps/s, 30 s left\n"
        bar.skip(10)
        assert bar.done == 80
        assert bar.speed == pytest.approx(1.0)
