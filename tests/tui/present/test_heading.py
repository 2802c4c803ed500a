"""The top of a platform's page."""

from datetime import UTC

from conductor_tui.domain.ids import PlatformName
from conductor_tui.tui.present.clients import note, reach
from conductor_tui.tui.present.heading import heading
from conductor_tui.tui.present.lens import Lens
from conductor_tui.tui.present.spans import text_of
from tests.tui import worlds

LENS = Lens(worlds.NOW, UTC)
WORST = worlds.worst()


BUSY = worlds.busy_clients()


def lines(name: str, width: int) -> list[str]:
    view = WORST.platforms[PlatformName(name)]
    return [text_of(line).rstrip() for line in heading(view, LENS, width)]


def with_clients(name: str, width: int) -> list[str]:
    view = BUSY.platforms[PlatformName(name)]
    applied = note(reach(BUSY, view.name), view.breaker, LENS)
    said = heading(view, LENS, width, applied=applied)
    return [text_of(line).rstrip() for line in said]


def test_heading_says_who_how_it_was_chosen_and_why() -> None:
    assert lines("discord", 70) == [
        " ✖ discord                                            FAILED for 18 s",
        "   http  https://gateway.internal/health",
        "   group bots   name from process, probe from port",
        "",
        "   OPEN 3/3 timed out after 800 ms, trial in 12 s",
        "",
    ]


def test_where_the_why_line_is_too_long_what_comes_next_has_its_own() -> None:
    assert lines("discord", 40)[4:] == [
        "   OPEN 3/3 timed out after 800 ms",
        "   trial in 12 s",
        "",
    ]


def test_a_stale_word_is_said_first() -> None:
    assert (
        lines("mailer", 70)[4] == "   STALE, last word 31 s ago, CLOSED, next check now"
    )


def test_on_how_many_clients_it_is_applied_stands_at_the_right() -> None:
    why, below = with_clients("llm", 90)[4:6]
    assert why.startswith('   HELD by root "swapping the model" until 14:20')
    assert why.endswith("   applied on 18/20")
    assert below == ""


def test_without_room_at_the_right_it_has_a_line_of_its_own() -> None:
    assert with_clients("llm", 70)[5] == "   applied on 18/20"
