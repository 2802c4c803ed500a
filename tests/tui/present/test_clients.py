"""The programs that ask our breakers, in words: whom a trip stops, who goes by it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.client import ClientView, Holding, Traffic
from conductor_tui.domain.ids import Epoch, PlatformName
from conductor_tui.domain.roster import Roster
from conductor_tui.domain.snapshot import Mode, Snapshot
from conductor_tui.domain.viewer import Lost
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present.clients import (
    Reach,
    Reaches,
    blast_radius,
    note,
    per_second,
    reach,
    with_note,
)
from conductor_tui.tui.present.clients_page import clients_table, traffic_line
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import Line, Span, text_of
from tests.build import client, hold, holding
from tests.tui.present.views import LENS

API, DB = PlatformName("api"), PlatformName("db")
TRIPPED = BreakerView(
    state=BreakerState.HELD, epoch=Epoch(3), since=EPOCH, hold=hold(), by="root"
)
LATER = Lens(EPOCH + timedelta(seconds=5), LENS.zone)


def day(*clients: ClientView, mode: Mode = Mode.LIVE) -> Snapshot:
    return Snapshot(mode=mode, clients=Roster({one.id: one for one in clients}))


def calling(name: str = "api", hz: float = 107.0) -> Holding:
    return holding(name, traffic=Traffic(calls_hz=hz))


def held_by(*holdings: Holding) -> Reach:
    """A reach of clients bot-0, bot-1 ... that came 5 s before LATER."""
    some = [(client(f"bot-{n}", n + 1, one), one) for n, one in enumerate(holdings)]
    return Reach(tuple(some))


def table(held: Reach, breaker: BreakerView, lens: Lens = LATER) -> list[str]:
    return [text_of(x).strip() for x in clients_table(held, breaker, lens, 100)]


def tones(line: Line) -> dict[str, str]:
    return {span.text.strip(): span.tone for span in line}


@pytest.mark.parametrize(
    ("hz", "words"),
    [
        (0.0, "0/s"),
        (0.01, "<0.1/s"),
        (0.44, "0.4/s"),
        (9.96, "10/s"),
        (199.4, "199/s"),
        (999.6, "1.0k/s"),
        (12_345.0, "12k/s"),
        (999_499.0, "999k/s"),
        (1_200_000.0, "1.2M/s"),
    ],
)
def test_a_rate_never_takes_more_than_six_cells(hz: float, words: str) -> None:
    assert per_second(hz) == words
    assert len(words) <= 6


# The blast radius


def test_a_trip_says_whom_it_stops_the_busiest_first() -> None:
    world = day(
        client("idle", 9, calling(hz=0.0)),
        client("bot-b", 813, calling(hz=7.0)),
        client("bot-a", 812, calling(hz=207.0)),
        client("elsewhere", 1, calling("db")),
    )
    assert blast_radius(world, [API]) == (
        "Stops 3 clients (214 calls/s): bot-a pid 812, bot-b pid 813 and 1 more. "
        "Its checks stop at once."
    )


def test_of_many_targets_the_calls_are_added_and_a_client_counts_once() -> None:
    world = day(client("bot-a", 812, calling("api", 10.0), calling("db", 20.0)))
    assert blast_radius(world, [API, DB]) == (
        "Stops 1 client (30 calls/s): bot-a pid 812. Their checks stop at once."
    )


def test_clients_that_are_silent_are_stopped_all_the_same() -> None:
    world = day(client("bot-a", None, calling(hz=0.0)))
    assert blast_radius(world, [API]).startswith(
        "Stops 1 client (no calls now): bot-a. "
    )


def test_where_nobody_holds_it_only_checks_stop() -> None:
    assert blast_radius(day(client("bot-a", 812, calling("db"))), [API]) == (
        "No client holds it: only its checks stop, at once."
    )
    assert "holds them: only their checks" in blast_radius(day(), [API, DB])


@pytest.mark.parametrize("mode", [Mode.PAST, Mode.STALE, Mode.STOPPED])
def test_of_clients_that_nobody_can_know_nothing_is_said(mode: Mode) -> None:
    world = day(client("bot-a", 812, calling()), mode=mode)
    assert blast_radius(world, [API]) == "Its checks stop at once."
    assert reach(world, API).held == ()
    assert not Reaches().of(world)


def test_a_conductor_that_is_not_heard_leaves_nothing_known() -> None:
    lost = Lost(at=EPOCH, why="connection refused", retry_at=EPOCH)
    world = replace(day(client("bot-a", 812, calling())), lost=lost)
    assert reach(world, API).held == ()


# Is it in force?


@pytest.mark.parametrize(
    ("epochs", "words", "tone"),
    [
        pytest.param([3, 3], "applied on 2/2", "muted", id="everywhere"),
        pytest.param([3, 2], "applied on 1/2", "degraded", id="one is behind"),
        pytest.param([None], "applied on 0/1", "degraded", id="one was told nothing"),
    ],
)
def test_it_says_on_how_many_a_word_is_in_force(
    epochs: list[int | None], words: str, tone: str
) -> None:
    noted = note(held_by(*(holding(epoch=one) for one in epochs)), TRIPPED, LATER)
    assert noted is not None
    assert (noted.words.text, noted.words.tone) == (words, tone)


def test_a_second_is_granted_to_the_word_and_to_who_has_just_come() -> None:
    soon = Lens(EPOCH + timedelta(seconds=0.9), LENS.zone)
    behind = held_by(holding(epoch=2))
    assert behind.is_late(TRIPPED, LATER)
    assert not behind.is_late(TRIPPED, soon)
    came = replace(client("bot-a", 812), at=LATER.now)
    assert not Reach(((came, holding(epoch=None)),)).is_late(TRIPPED, LATER)


def test_nobody_is_asked_about_what_nobody_holds() -> None:
    assert note(None, TRIPPED, LATER) is None
    assert note(Reach(), TRIPPED, LATER) is None


def test_a_breaker_that_is_closed_everywhere_needs_no_note() -> None:
    line = (Span("next check in 2 s"),)
    closed = BreakerView()
    noted = note(held_by(holding()), closed, LATER)
    assert with_note(line, noted, closed, 60) == line


@pytest.mark.parametrize(
    ("epoch", "width", "words"),
    [
        pytest.param(3, 44, "until 14:20   applied on 1/1", id="with room"),
        pytest.param(3, 24, "until 14:20   on 1/1", id="with less"),
        pytest.param(3, 16, "until 14:20", id="what is well gives way"),
        pytest.param(2, 16, "until 1… on 0/1", id="what is not takes its place"),
        pytest.param(2, 9, "until 14:20", id="but not all of it"),
    ],
)
def test_the_note_stands_at_the_right(epoch: int, width: int, words: str) -> None:
    noted = note(held_by(holding(epoch=epoch)), TRIPPED, LATER)
    line = text_of(with_note((Span("until 14:20"),), noted, TRIPPED, width))
    assert line.split() == words.split()


def test_reaches_are_found_anew_only_when_a_client_said_something() -> None:
    found, world = Reaches(), day(client("bot-a", 812, calling(), calling("db")))
    first = found.of(world)
    assert set(first) == {API, DB}
    assert found.of(replace(world, read_only=True)) is first
    assert found.of(day()) == {}


# The page


@pytest.mark.parametrize(
    ("one", "breaker", "words", "tone"),
    [
        (holding(epoch=3), TRIPPED, "applied", "muted"),
        (holding(epoch=2), TRIPPED, "not yet", "degraded"),
        (holding(epoch=None), TRIPPED, "no word of ours yet", "degraded"),
        (
            holding(state=BreakerState.OPEN, streak=3, error="refused"),
            BreakerView(),
            "own OPEN: refused",
            "failed",
        ),
        (
            holding(epoch=3, state=BreakerState.OPEN, streak=3, error="refused"),
            TRIPPED,
            "applied",
            "muted",
        ),
        (
            holding(streak=2, error="refused"),
            BreakerView(),
            "applied, 2 failed in a row: refused",
            "muted",
        ),
    ],
)
def test_a_client_says_what_it_goes_by(
    one: Holding, breaker: BreakerView, words: str, tone: str
) -> None:
    line = clients_table(held_by(one), breaker, LATER, 120)[1]
    said = [span for span in line if span.text.strip()][-1]
    assert said.text.rstrip().split("  ")[-1] == words
    assert said.tone == tone


def test_who_does_not_go_by_it_stands_above_who_does() -> None:
    shut = holding(state=BreakerState.OPEN, error="refused")
    lines = table(held_by(holding(), shut, holding(epoch=None)), BreakerView())
    assert [line.split()[0] for line in lines[1:4]] == ["bot-2", "bot-1", "bot-0"]


def test_of_many_that_are_calm_ten_are_listed_and_of_others_all() -> None:
    calm = table(held_by(*[holding(epoch=3)] * 30), TRIPPED)
    assert len(calm) == 1 + 10 + 1 + 1
    assert calm[-2] == "and 20 more, which need nobody"
    late = table(held_by(*[holding(epoch=2)] * 30), TRIPPED)
    assert len(late) == 1 + 30 + 1
    crowd = table(held_by(*[holding(epoch=2)] * 50), TRIPPED)
    assert crowd[-2] == "and 10 more"


def test_its_user_and_from_where_it_comes_have_a_column_with_room() -> None:
    held = held_by(holding())
    wide = clients_table(held, BreakerView(), LATER, 120)
    assert "root, unix socket   " in text_of(wide[1])
    assert "pid 1," not in text_of(wide[1])
    assert "root" not in text_of(clients_table(held, BreakerView(), LATER, 100)[1])


def test_without_clients_there_is_no_table() -> None:
    assert clients_table(Reach(), BreakerView(), LATER, 120) == ()


def test_traffic_is_that_of_all_clients_together() -> None:
    sent = Traffic(calls_hz=99.5, rejected_hz=6.0)
    held = held_by(holding(traffic=sent), holding(traffic=sent))
    line = traffic_line(held, BreakerView(), 100)
    assert text_of(line).split() == [
        *("traffic", "199/s", "failed", "0/s", "rejected", "12/s"),
        *("from", "2", "clients"),
    ]
    assert tones(line)["12/s"] == "degraded"
    assert tones(traffic_line(held, TRIPPED, 100))["12/s"] == "plain"


def test_without_traffic_it_says_how_programs_get_there() -> None:
    line = traffic_line(Reach(), BreakerView(), 79)
    assert "(conductor_tui.client, conductor-tui admit)" in text_of(line)
    assert {span.tone for span in line} == {"muted"}
