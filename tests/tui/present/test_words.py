"""Numbers, times and faces."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.domain.health import Health
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.testing import EPOCH
from conductor_tui.tui.present import words
from conductor_tui.tui.present.glyphs import BARS, HEALTH, to_ascii
from conductor_tui.tui.present.lens import Lens
from tests.tui.present.views import LENS, breaker, view


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 ms"),
        (0.0004, "0.4 ms"),
        (0.00994, "9.9 ms"),
        (0.00996, "10 ms"),
        (0.18, "180 ms"),
        (0.9996, "1.0 s"),
        (1.9, "1.9 s"),
        (9.96, "10 s"),
        (120.0, "120 s"),
    ],
)
def test_latency_never_needs_more_than_six_cells(seconds: float, text: str) -> None:
    assert words.latency(seconds) == text
    assert len(text) <= 6


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "0 B/s"), (999.6, "1 kB/s"), (182_400.0, "182 kB/s"), (3.2e9, "3.2 GB/s")],
)
def test_rates(rate: float, text: str) -> None:
    assert words.rate(rate) == text


def test_a_time_of_day_is_the_operators_own() -> None:
    tokyo = Lens(EPOCH, timezone(timedelta(hours=9)))

    assert words.stamp(EPOCH, tokyo) == "21:00:00"
    assert words.stamp(EPOCH, LENS) == "12:00:00"


def test_a_moment_of_another_day_has_its_date() -> None:
    night = Lens(datetime(2030, 1, 1, 0, 1, tzinfo=UTC), UTC)

    assert words.stamp(night.now - timedelta(minutes=2), night) == "12-31 23:59:00"
    assert words.stamp_width([night.now, night.now - timedelta(hours=1)], night) == 14


@pytest.mark.parametrize(
    ("seen", "word", "glyph", "quiet"),
    [
        pytest.param(view(), "HEALTHY", "●", True, id="well"),
        pytest.param(view(Health.DEGRADED), "DEGRADED", "▲", False, id="degraded"),
        pytest.param(view(Health.CRITICAL), "CRITICAL", "◆", False, id="critical"),
        pytest.param(view(Health.FAILED), "FAILED", "✖", False, id="failed"),
        pytest.param(view(Health.UNKNOWN), "UNKNOWN", "?", True, id="not checked yet"),
        pytest.param(view(word_s=11), "HEALTHY", "?", False, id="well, but stale"),
        pytest.param(
            view(breaker=breaker(BreakerState.OPEN)),
            "HEALTHY",
            "●",
            False,
            id="an open breaker needs a person even where the checks pass",
        ),
        pytest.param(
            view(Health.FAILED, breaker(BreakerState.HELD)),
            "HELD",
            "■",
            False,
            id="a hold stands in the place of the health",
        ),
    ],
)
def test_faces(seen: PlatformView, word: str, glyph: str, quiet: bool) -> None:
    face = words.face(seen, EPOCH)

    assert (face.word, face.glyph, face.quiet) == (word, glyph, quiet)


def test_every_sign_of_ours_has_an_ascii_stand_in_of_one_cell() -> None:
    ours = "".join(HEALTH.values()) + BARS + "■×‖·▌▸…↓↑█"
    ascii = to_ascii(ours)

    assert ascii.isascii()
    assert len(ascii) == len(ours)
    assert len(set(to_ascii("".join(HEALTH.values())))) == len(HEALTH)


def test_names_from_outside_are_as_wide_in_ascii() -> None:
    assert to_ascii("größe ● 日本") == "gro?e + ????"
    assert to_ascii("e\u0301") == "e"  # the accent has no cell of its own
