"""Moments as people write them, and the line that names one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conductor_tui.domain.events import ConductorStarted, Envelope
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import Seq
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.past import meant, parse_moment, past_line
from conductor_tui.tui.present.spans import cells
from tests.build import NODE, turned

LENS = Lens(EPOCH, UTC)
BERLIN = Lens(EPOCH, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("11:59", "2030-01-01T11:59:00"),
        (" 9:05:07 ", "2030-01-01T09:05:07"),
        ("12:00:01", "2029-12-31T12:00:01"),  # today it is still to come
        ("yesterday 23:00", "2029-12-31T23:00:00"),
        ("10m ago", "2030-01-01T11:50:00"),
        ("1h 30m ago", "2030-01-01T10:30:00"),
        ("2029-12-24 18:00", "2029-12-24T18:00:00"),
        ("2029-12-24T18:00:30Z", "2029-12-24T18:00:30"),
        ("2029-12-24T18:00+02:00", "2029-12-24T16:00:00"),
    ],
)
def test_a_moment_is_written_as_people_say_it(text: str, moment: str) -> None:
    assert parse_moment(text, LENS) == datetime.fromisoformat(moment).replace(
        tzinfo=UTC
    )


def test_without_a_zone_it_is_in_that_of_the_operator() -> None:
    assert parse_moment("12:59", BERLIN) == EPOCH - timedelta(minutes=1)
    assert parse_moment("2029-12-24 18:00", BERLIN).hour == 17
    assert meant(EPOCH, BERLIN) == "2030-01-01 13:00:00, 0 s ago"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write a time of day"),
        ("25:00", "no time of day"),
        ("soon", '"soon" is no moment'),
        ("x ago", '"x" is no duration'),
        ("99999999999d ago", "is no duration"),
        ("2031-01-01 00:00", "is still to come"),
        ("2029-13-01", "is no moment"),
        ("0001-01-01T00:00Z", "no journal is so old"),
        ("0001-01-01T00:00+14:00", "is no moment"),
        ("3000000h ago", "no journal is so old"),
        ("[red]\x1b[2J", "is no moment"),
    ],
)
def test_anything_else_is_refused_with_the_way_out(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        parse_moment(text, LENS)
    assert "\x1b" not in str(refused.value)


def past(*envelopes: Envelope, at: datetime = EPOCH) -> Snapshot:
    return Snapshot(mode=Mode.PAST, at=at, started_at=at, log=envelopes)


def shown(snapshot: Snapshot, width: int, later_s: float = 180) -> str:
    lens = Lens(EPOCH + timedelta(seconds=later_s), UTC)
    line = past_line(snapshot, lens, width)
    assert cells(line) == width
    return "".join(span.text for span in line).rstrip()


def failed(why: str = "connection refused") -> Envelope:
    event = turned("redis", Health.HEALTHY, Health.FAILED, why)
    return Envelope(seq=Seq(1), node=NODE, at=EPOCH, event=event)


def test_the_line_names_the_moment_what_happened_then_and_the_keys() -> None:
    words = shown(past(failed()), 120)
    assert words.startswith(" PAST 12:00:00  (3 m ago)  redis ")
    assert "connection refused" in words
    assert words.endswith("[ ] step  S seek  End live")


def test_several_things_at_one_moment_are_counted() -> None:
    assert "(+1 more)" in shown(past(failed(), failed()), 120)


def test_what_happened_before_is_not_of_that_moment() -> None:
    late = past(failed(), at=EPOCH + timedelta(seconds=1))
    assert "redis" not in shown(late, 120)


@pytest.mark.parametrize("width", [1, 10, 20, 40, 60, 80])
def test_it_fits_any_width(width: int) -> None:
    assert len(shown(past(failed("x" * 200)), width)) <= width


def test_while_no_conductor_ran_it_says_so() -> None:
    off = Snapshot(mode=Mode.PAST, at=EPOCH, off_since=EPOCH)
    assert "no conductor ran then: nothing is known" in shown(off, 100)


def test_a_start_is_told() -> None:
    event = ConductorStarted(before=None)
    started = Envelope(seq=Seq(1), node=NODE, at=EPOCH, event=event)
    assert "conductor" in shown(past(started), 100)


def test_a_first_good_word_is_named_though_it_has_no_line() -> None:
    event = turned("redis", Health.UNKNOWN, Health.HEALTHY)
    first = Envelope(seq=Seq(1), node=NODE, at=EPOCH, event=event)
    assert "redis HEALTHY" in shown(past(first), 100)
