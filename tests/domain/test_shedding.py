"""Who makes room, when, and that nobody goes to and fro."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.forecasting.forecast import (
    Ahead,
    Forecast,
    Forecaster,
    ModelName,
)
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.resources import LoadLimits, LoadState
from conductor_tui.domain.shedding import (
    Shedder,
    ShedStep,
    pace_of,
    shed_order,
)

LIMITS = LoadLimits()
BOT, BRIDGE, MODEL = (PlatformName(one) for one in ("bot", "bridge", "model"))
ORDER = (BOT, BRIDGE, MODEL)


def spec(
    name: str,
    priority: int = 10,
    *,
    protected: bool = False,
    needs: Sequence[str] = (),
    on_shed: str = "",
    probe: str = "tcp",
) -> CheckSpec:
    return CheckSpec(
        platform=PlatformName(name),
        probe=probe,
        target="localhost:1",
        priority=priority,
        protected=protected,
        on_shed=on_shed,
        depends_on=tuple(PlatformName(one) for one in needs),
    )


def seen(now: float, *, trend: float = 0.0, later: float | None = None) -> Forecast:
    ahead = () if later is None else (Ahead(in_s=300.0, value=later, high=later),)
    return Forecast(model=ModelName.ENSEMBLE, at=0.0, now=now, trend=trend, ahead=ahead)


@dataclass(slots=True)
class Host:
    """A host that is followed as `auto` does: each advice that is not ahead is done."""

    order: Sequence[PlatformName] = ORDER
    shedder: Shedder = field(default_factory=Shedder)
    gone: list[PlatformName] = field(default_factory=list)
    steps: list[tuple[float, ShedStep, PlatformName]] = field(default_factory=list)
    early: list[tuple[float, PlatformName]] = field(default_factory=list)
    now: float = 0.0

    def look(
        self,
        ram: float,
        forecasts: Mapping[str, Forecast] | None = None,
        **others: float,
    ) -> None:
        used = {"ram": ram, **others}
        order = [name for name in self.order if name not in self.gone]
        advice = self.shedder.advise(
            self.now,
            used,
            forecasts or {},
            LIMITS,
            lambda: next(iter(order), None),
            self.gone,
        )
        if advice is not None and advice.is_ahead:
            self.early.append((self.now, advice.platform))
        elif advice is not None:
            self.shedder.did(advice.step, advice.platform, self.now, used)
            self.steps.append((self.now, advice.step, advice.platform))
            if advice.step is ShedStep.SHED:
                self.gone.append(advice.platform)
            else:
                assert self.gone.pop() == advice.platform
        self.now += 2.0

    def run(self, seconds: float, ram: Callable[[float], float]) -> None:
        """Read `ram(seconds from now)` every two seconds, with a real forecast."""
        began = self.now
        while self.now - began < seconds:
            self.look(ram(self.now - began))

    def names(self, step: ShedStep) -> list[PlatformName]:
        return [name for _, taken, name in self.steps if taken is step]


@pytest.mark.parametrize(
    ("specs", "order"),
    [
        pytest.param(
            [spec("bridge", 20), spec("bot", 10)], ("bot", "bridge"), id="the lowest"
        ),
        pytest.param([spec("b"), spec("a")], ("b", "a"), id="equal: as in the file"),
        pytest.param([spec("db", 50)], (), id="not with the usual priority"),
        pytest.param([spec("db", 60, on_shed="stop db")], ("db",), id="but if it says"),
        pytest.param([spec("db", 1, protected=True)], (), id="never what is protected"),
        pytest.param([spec("own", 1, probe="canary")], (), id="never the canary"),
        pytest.param(
            [spec("db", 5), spec("api", 30, needs=["db"])],
            ("api", "db"),
            id="who depends on it goes first",
        ),
        pytest.param(
            [spec("db", 5), spec("api", 90, needs=["db"])],
            (),
            id="not what something that stays depends on",
        ),
        pytest.param(
            [spec("a", 5, needs=["b"]), spec("b", 5, needs=["a"])],
            ("a", "b"),
            id="a circle is no reason to look for ever",
        ),
    ],
)
def test_who_goes_first(specs: list[CheckSpec], order: tuple[str, ...]) -> None:
    assert shed_order(specs) == order


def test_low_priorities_are_asked_less_often_under_load() -> None:
    assert [pace_of(10, one) for one in LoadState] == [1.0, 2.0, 4.0]
    assert [pace_of(50, one) for one in LoadState] == [1.0, 1.0, 1.0]


def test_over_the_limit_one_after_the_other_goes_the_lowest_first() -> None:
    host = Host()
    host.run(95, lambda _: 85.0)
    assert host.names(ShedStep.SHED) == [BOT, BRIDGE, MODEL]
    assert [at for at, _, _ in host.steps] == [0.0, 30.0, 60.0]


def test_what_ran_out_of_memory_waits_less() -> None:
    host = Host()
    host.run(25, lambda _: 96.0)
    assert [at for at, _, _ in host.steps] == [0.0, 10.0, 20.0]


def test_between_the_limits_nothing_moves() -> None:
    host = Host()
    host.look(85.0)
    host.run(3600, lambda _: 72.0)
    assert host.names(ShedStep.SHED) == [BOT]
    assert host.names(ShedStep.RESTORE) == []


def test_they_come_back_in_reverse_once_it_was_calm_for_long() -> None:
    host = Host()
    host.run(62, lambda _: 82.0)
    host.now = 100.0
    host.run(3600, lambda _: 30.0)
    assert host.names(ShedStep.SHED) == [BOT, BRIDGE, MODEL]
    assert host.names(ShedStep.RESTORE) == [MODEL, BRIDGE, BOT]
    back = [at for at, step, _ in host.steps if step is ShedStep.RESTORE]
    assert back[0] >= 100.0 + 120.0
    assert all(late - soon >= 120.0 for soon, late in pairwise(back))


def test_nobody_comes_back_where_the_room_that_it_gave_would_be_filled_again() -> None:
    host = Host()
    host.look(85.0)  # the bot goes
    host.run(1700, lambda _: 60.0)  # 60 + the 25 that it gave is over 80
    assert host.names(ShedStep.RESTORE) == []
    host.run(200, lambda _: 50.0)
    assert host.names(ShedStep.RESTORE) == [BOT]


def test_after_half_an_hour_of_calm_it_may_try_all_the_same() -> None:
    host = Host()
    host.look(85.0)
    host.run(1900, lambda _: 60.0)
    assert host.names(ShedStep.RESTORE) == [BOT]


def test_a_full_disk_is_no_reason_to_stop_anything() -> None:
    host = Host()
    host.look(40.0, disk=99.0)
    assert host.steps == []


def test_a_limit_that_is_foreseen_is_told_and_nobody_goes_for_it() -> None:
    host = Host()
    host.look(60.0, {"ram": seen(60.0, trend=0.1)})  # 80 % in 200 s
    assert host.early == [(0.0, BOT)]
    assert host.steps == []


def test_what_should_be_below_the_limit_soon_is_left_to_pass_for_a_minute() -> None:
    host, passing = Host(), {"ram": seen(82.0, later=55.0)}
    while host.now <= 62.0:
        host.look(82.0, passing)
    assert [at for at, _, _ in host.steps] == [60.0]


def test_nobody_comes_back_into_a_growth() -> None:
    host = Host()
    host.look(85.0)
    while host.now < 600.0:
        host.look(60.0, {"ram": seen(60.0, later=90.0)})
    assert host.names(ShedStep.RESTORE) == []


def test_who_has_to_go_soon_after_he_came_back_stays_away_longer() -> None:
    host = Host(order=(BOT,))
    for _ in range(2):  # somebody else takes and gives the room
        host.run(60, lambda _: 85.0)
        host.run(300, lambda _: 20.0)
    assert host.names(ShedStep.RESTORE) == [BOT]
    assert host.gone == [BOT]
    host.run(300, lambda _: 20.0)
    assert host.names(ShedStep.RESTORE) == [BOT, BOT]


def test_no_reading_moves_nothing() -> None:
    shedder = Shedder()
    assert shedder.advise(0.0, {}, {}, LIMITS, lambda: BOT, ()) is None
    assert shedder.advise(1e6, {}, {}, LIMITS, lambda: BOT, (BOT,)) is None


Signal = Callable[[float], float]


@st.composite
def noise(draw: st.DrawFn, *, middle: float, most: float) -> Signal:
    """White noise, a slow wave and steps together, at most `most` from the middle."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    parts = [draw(st.floats(0, 1)) for _ in range(3)]
    total = sum(parts) or 1.0
    white, wave, square = (most * part / total for part in parts)
    period, step = draw(st.floats(4, 1800)), draw(st.floats(4, 1800))

    def signal(at: float) -> float:
        high = 1 if int(at / step) % 2 else -1
        swing = wave * math.sin(2 * math.pi * at / period) + square * high
        return middle + swing + rng.uniform(-white, white)

    return signal


@settings(deadline=None, max_examples=60)
@given(noise(middle=80.0, most=14.9))
def test_noise_around_the_limit_never_makes_anybody_come_back(ram: Signal) -> None:
    host = Host()
    host.run(1800, ram)
    assert host.names(ShedStep.RESTORE) == []
    assert len(set(host.names(ShedStep.SHED))) == len(host.names(ShedStep.SHED))


@settings(deadline=None, max_examples=60)
@given(noise(middle=65.0, most=14.9))
def test_noise_around_the_recovered_figure_makes_nobody_go_again(ram: Signal) -> None:
    host = Host()
    host.look(90.0)
    host.run(1800, ram)
    assert host.names(ShedStep.SHED) == [BOT]


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.floats(0, 30)] * 3),
    st.floats(0, 3),
    st.integers(0, 2**32),
)
def test_what_comes_back_with_all_that_it_used_does_not_go_to_and_fro(
    sizes: tuple[float, ...], jitter: float, seed: int
) -> None:
    """The host itself answers: who is gone uses nothing, who is back all of it."""
    host, rng = Host(), random.Random(seed)
    used = dict(zip(ORDER, sizes, strict=True))

    def ram(_: float) -> float:
        here = sum(size for name, size in used.items() if name not in host.gone)
        return 45.0 + here + rng.uniform(-jitter, jitter)

    host.run(1800, ram)
    assert host.names(ShedStep.RESTORE) == []


@settings(deadline=None, max_examples=60)
@given(noise(middle=60.0, most=40.0))
def test_whatever_the_host_does_nobody_goes_more_than_three_times_in_half_an_hour(
    ram: Signal,
) -> None:
    host, forecaster = Host(), Forecaster()
    known: dict[str, Forecast] = {}
    while host.now < 1800.0:
        value = min(100.0, max(0.0, ram(host.now)))
        if host.now % 10 == 0:
            forecaster.observe(host.now, value)
            if (forecast := forecaster.forecast()) is not None:
                known = {"ram": forecast}
        host.look(value, known)
    shed = host.names(ShedStep.SHED)
    assert all(shed.count(name) <= 3 for name in ORDER)
