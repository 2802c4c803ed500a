"""Why a thread of ours was late: stopped, asleep with the host, short of a CPU, or
kept waiting by a call of ours.
"""

import os
from dataclasses import dataclass

import pytest

from conductor_tui.adapters import meanwhile
from conductor_tui.adapters.meanwhile import Meanwhile


@dataclass
class Clocks:
    """All clocks of a host, in seconds; `CLOCK_BOOTTIME` is also its own name."""

    CLOCK_BOOTTIME = 7
    awake_s: float = 100.0
    asleep_s: float = 0.0
    cpu_s: float = 1.0
    queued_s: float = 0.0

    def monotonic(self) -> float:
        return self.awake_s

    def process_time(self) -> float:
        return self.cpu_s

    def clock_gettime(self, clock: int) -> float:
        assert clock == self.CLOCK_BOOTTIME
        return self.awake_s + self.asleep_s


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(meanwhile, "time", clocks)
    monkeypatch.setattr(meanwhile, "_queued_s", lambda: clocks.queued_s)
    return clocks


HUNGRY = "this process waited 1.2s for a CPU: the machine was too busy"


@pytest.mark.parametrize(
    ("passed_s", "cpu_s", "queued_s", "why", "else_why"),
    [
        pytest.param(0.05, 0.0, 0.0, "", "", id="in time"),
        pytest.param(0.24, 0.0, 0.0, "", "", id="hardly late"),
        pytest.param(
            30, 0.1, 0.0, "this process was stopped for 30s", "", id="stopped"
        ),
        pytest.param(1.2, 0.05, 1.1, HUNGRY, "", id="starved"),
        pytest.param(
            1.2, 1.1, 0.0, "", "a call held Python's interpreter", id="a call of ours"
        ),
        pytest.param(1.2, 0.3, 0.9, "", HUNGRY, id="ours, or starved: who is seen"),
    ],
)
def test_what_a_late_look_says(
    clocks: Clocks,
    passed_s: float,
    cpu_s: float,
    queued_s: float,
    why: str,
    else_why: str,
) -> None:
    looks = Meanwhile()
    clocks.awake_s += passed_s
    clocks.cpu_s += cpu_s
    clocks.queued_s += queued_s
    verdict = looks.look(expected_s=0.05)
    assert (verdict.why, verdict.else_why) == (why, else_why)
    clocks.awake_s += 0.05
    assert looks.look(expected_s=0.05) == meanwhile.Verdict()


def test_a_host_that_slept_says_for_how_long_and_once(clocks: Clocks) -> None:
    looks = Meanwhile()
    clocks.awake_s += 0.05
    clocks.asleep_s += 7200.2
    assert looks.asleep_s() == pytest.approx(7200.2)  # also before the next look
    verdict = looks.look(expected_s=0.05)
    assert verdict.why == "the host was suspended for 2h"
    assert verdict.asleep_s == pytest.approx(7200.2)
    assert looks.asleep_s() == 0.0
    clocks.awake_s += 0.05
    assert looks.look(expected_s=0.05) == meanwhile.Verdict()


def test_this_host_tells_how_long_a_thread_waited_for_a_cpu() -> None:
    first = meanwhile._queued_s()
    assert meanwhile._queued_s() >= first >= 0.0


def test_a_host_without_these_files_and_clocks_is_never_short_of_a_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: str, flags: int) -> int:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "open", refuse)
    assert meanwhile._queued_s() == 0.0
