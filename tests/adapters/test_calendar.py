"""Windows open and close when the clock on the wall there says so."""

from datetime import UTC, datetime, timedelta

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.calendar import CronCalendar
from conductor_tui.domain.pause import MaintenanceWindow, Selection

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(cron: str, lasts_s: float, zone: str = "UTC") -> MaintenanceWindow:
    return MaintenanceWindow(
        name="w", selection=Selection(), cron=cron, lasts_s=lasts_s, zone=zone
    )


def open_until(found: MaintenanceWindow, now: str) -> datetime | None:
    return CronCalendar().open_until(found, at(now))


NIGHTLY = window("0 2 * * *", 3600, BERLIN)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        pytest.param("2026-01-10T00:59:59.9", None, id="winter, just before"),
        pytest.param("2026-01-10T01:00", "2026-01-10T02:00", id="winter, at its start"),
        pytest.param("2026-01-10T01:59:59.9", "2026-01-10T02:00", id="just before end"),
        pytest.param("2026-01-10T02:00", None, id="at its end"),
        pytest.param("2026-07-10T00:30", "2026-07-10T01:00", id="summer"),
        pytest.param("2026-07-10T01:30", None, id="summer, an hour after"),
        # 2026-03-29: at 01:00 UTC clocks go from 02:00 to 03:00
        pytest.param("2026-03-29T00:59", None, id="spring: 02:00 has not come"),
        pytest.param("2026-03-29T01:00", "2026-03-29T02:00", id="spring: 03:00 begins"),
        pytest.param("2026-03-29T01:59", "2026-03-29T02:00", id="spring: a whole hour"),
        pytest.param("2026-03-29T02:00", None, id="spring: over"),
        pytest.param("2026-03-30T00:00", "2026-03-30T01:00", id="the day after spring"),
        # 2026-10-25: at 01:00 UTC clocks go from 03:00 back to 02:00
        pytest.param("2026-10-24T23:59", None, id="autumn: 01:59"),
        pytest.param("2026-10-25T00:00", "2026-10-25T01:00", id="autumn: first 02:00"),
        pytest.param("2026-10-25T00:59", "2026-10-25T01:00", id="autumn: first 02:59"),
        pytest.param("2026-10-25T01:00", None, id="autumn: the second 02:00"),
        pytest.param("2026-10-25T01:30", None, id="autumn: the second 02:30"),
        pytest.param("2026-10-26T01:00", "2026-10-26T02:00", id="the day after autumn"),
    ],
)
def test_an_hour_at_two_in_berlin(now: str, ends: str | None) -> None:
    assert open_until(NIGHTLY, now) == (at(ends) if ends else None)


@pytest.mark.parametrize(
    ("cron", "lasts_s", "now", "ends"),
    [
        pytest.param(
            "0 22 L * *",
            4 * 3600,
            "2026-03-01T01:30",
            "2026-03-01T02:00",
            id="the last of February into March",
        ),
        pytest.param(
            "0 22 L * *", 4 * 3600, "2026-02-27T23:00", None, id="not a day before"
        ),
        pytest.param(
            "0 0 31 * *", 3600, "2026-04-30T00:30", None, id="April has no 31st"
        ),
        pytest.param(
            "0 0 29 2 *", 3600, "2026-02-28T00:30", None, id="no leap year: no 29th"
        ),
        pytest.param(
            "0 2 * * 6,0",
            3600,
            "2026-03-07T02:30",
            "2026-03-07T03:00",
            id="a Saturday",
        ),
        pytest.param("0 2 * * 6,0", 3600, "2026-03-06T02:30", None, id="a Friday"),
        pytest.param(
            "0 20 * * 5",
            60 * 3600,
            "2026-03-08T12:00",
            "2026-03-09T08:00",
            id="a whole week-end",
        ),
        pytest.param(
            "0,30 8 * * *",
            45 * 60,
            "2026-03-08T08:10",
            "2026-03-08T09:15",
            id="two that overlap are one",
        ),
        pytest.param(
            "0 8,9 * * *",
            3600,
            "2026-03-08T08:10",
            "2026-03-08T10:00",
            id="two that touch are one",
        ),
    ],
)
def test_by_cron(cron: str, lasts_s: float, now: str, ends: str | None) -> None:
    found = open_until(window(cron, lasts_s), now)
    assert found == (at(ends) if ends else None)


def test_a_window_without_a_gap_is_open_at_each_end_that_it_named() -> None:
    always, known = window("0 * * * *", 5400, BERLIN), CronCalendar()
    now = at("2026-10-24T10:00")
    for _ in range(5):
        ends = known.open_until(always, now)
        assert ends is not None
        assert ends > now
        now = ends


def test_once_is_from_start_to_end() -> None:
    once = MaintenanceWindow(
        name="move",
        selection=Selection(),
        starts=at("2026-01-01T10:00"),
        ends=at("2026-01-01T12:00"),
    )
    known = CronCalendar()
    assert known.open_until(once, at("2026-01-01T09:59")) is None
    assert known.open_until(once, at("2026-01-01T10:00")) == once.ends
    assert known.open_until(once, at("2026-01-01T11:59")) == once.ends
    assert known.open_until(once, at("2026-01-01T12:00")) is None
    assert known.open_until(once, at("2026-01-01T11:00")) == once.ends


def test_cron_is_asked_at_boundaries_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def counted(expression: str, moment: datetime) -> object:
        asked.append(expression)
        return CronSim(expression, moment)

    monkeypatch.setattr("cronsim.CronSim", counted)
    known, now = CronCalendar(), at("2026-01-10T00:00")
    opened = 0
    for _ in range(3 * 3600):
        opened += known.open_until(NIGHTLY, now) is not None
        now += timedelta(seconds=1)
    assert opened == 3600
    assert len(asked) == 3


MINUTES = st.integers(0, 366 * 24 * 60)
CRONS = st.sampled_from(
    ["0 2 * * *", "30 2 * * *", "15 1,2,3 * * *", "*/20 * * * *", "0 0 1 * *"]
)


@given(
    cron=CRONS,
    minutes=st.lists(MINUTES, min_size=1, max_size=4),
    lasts=MINUTES.map(lambda n: 60.0 * (1 + n % 240)),
)
def test_what_is_remembered_is_what_a_fresh_look_finds(
    cron: str, minutes: list[int], lasts: float
) -> None:
    known, found = CronCalendar(), window(cron, lasts, BERLIN)
    for minute in minutes:
        now = at("2026-01-01T00:00") + timedelta(minutes=minute)
        fresh = CronCalendar().open_until(found, now)
        assert (known.open_until(found, now) is None) == (fresh is None)


# Timetables


@pytest.mark.parametrize(
    ("after", "next_at"),
    [
        pytest.param("2026-01-10T00:30", "2026-01-10T01:00", id="winter"),
        pytest.param("2026-01-10T01:00", "2026-01-11T01:00", id="exactly then"),
        pytest.param("2026-07-10T00:30", "2026-07-11T00:00", id="summer"),
        pytest.param("2026-03-29T00:30", "2026-03-29T01:00", id="the hour left out"),
        pytest.param("2026-10-25T00:00", "2026-10-26T01:00", id="the hour twice"),
    ],
)
def test_the_next_time_follows_the_clock_on_the_wall_there(
    after: str, next_at: str
) -> None:
    assert CronCalendar().next_after("0 2 * * *", BERLIN, at(after)) == at(next_at)


def test_without_a_zone_it_is_the_hosts() -> None:
    found = CronCalendar().next_after("*/5 * * * *", "", at("2026-01-10T00:01"))
    assert found == at("2026-01-10T00:05")
