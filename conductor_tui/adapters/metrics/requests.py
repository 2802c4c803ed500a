"""The metrics of requests to platforms."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from conductor_tui.adapters.metrics.counting import Spread
from conductor_tui.adapters.metrics.family import Family, Kind, one
from conductor_tui.domain.dead_letter import LetterState, LetterView
from conductor_tui.domain.dispatch import DispatchFigures, DispatchOutcome
from conductor_tui.domain.snapshot import PlatformView

_LATER = (DispatchOutcome.KEPT, DispatchOutcome.NOT_KEPT)  # told by the letters
_SENT = tuple(one for one in DispatchOutcome if one not in _LATER)
REQUEST_RESULTS = {
    "success": (DispatchOutcome.DELIVERED, DispatchOutcome.REFUSED),
    "failure": (DispatchOutcome.FAILED, DispatchOutcome.TIMED_OUT),
}
"""What a request was to the breaker: one that the platform refused was answered."""


def request_families(views: Sequence[PlatformView]) -> Iterator[Family]:
    """Yield those of platforms that had any."""
    asked = [view for view in views if view.requests.total or view.requests.under_way]
    yield Family(
        "conductor_requests_total",
        Kind.COUNTER,
        "Requests to platforms, by what came of them.",
        tuple(
            (
                {"platform": str(view.name), "outcome": str(outcome)},
                view.requests.ended.get(outcome, 0),
            )
            for view in asked
            for outcome in _SENT
        ),
    )
    yield Family(
        "conductor_request_duration_seconds",
        Kind.HISTOGRAM,
        "How long a request took that was sent, with its waits and attempts.",
        tuple(
            ({"platform": str(view.name)}, together(Spread(), view.requests))
            for view in asked
        ),
    )
    for name, words, field in (
        ("under_way", "Requests under way.", "under_way"),
        ("waiting", "Requests that wait for their place.", "waiting"),
    ):
        yield Family(
            f"conductor_requests_{name}",
            Kind.GAUGE,
            words,
            tuple(
                ({"platform": str(view.name)}, getattr(view.requests, field))
                for view in asked
            ),
        )


def together(checks: Spread, requests: DispatchFigures) -> Spread:
    """Return how long both took: each is a call through the breaker."""
    counts = [
        check + request
        for check, request in zip(checks.counts, requests.took_counts, strict=True)
    ]
    return Spread(counts, checks.sum_s + requests.took_sum_s)


def letter_families(letters: Iterable[LetterView]) -> Iterator[Family]:
    """Yield how many dead letters there are, for whom and in which state, how large
    they are, and how old the oldest is.
    """
    counts: Counter[tuple[str, LetterState]] = Counter()
    oldest: dict[str, datetime] = {}
    size = 0
    for letter in letters:
        counts[letter.to, letter.state] += 1
        oldest.setdefault(letter.to, letter.at)  # they come oldest first
        size += letter.size_bytes
    yield Family(
        "conductor_dead_letters",
        Kind.GAUGE,
        "Requests that were accepted and not delivered yet; given_up: they wait for "
        "a person.",
        tuple(
            ({"to": to, "state": state.name.lower()}, counts[to, state])
            for to in oldest
            for state in LetterState
        ),
    )
    words = "Bytes of the payloads of all dead letters."
    yield one("conductor_dead_letters_bytes", words, size)
    yield Family(
        "conductor_dead_letters_oldest_timestamp_seconds",
        Kind.GAUGE,
        "When the oldest of them was accepted.",
        tuple(({"to": to}, at.timestamp()) for to, at in oldest.items()),
    )
