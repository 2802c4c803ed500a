"""One line of a digest: whom it is about, how that is now, and what happened."""

from dataclasses import dataclass

from conductor_tui.tui.present.spans import Span

OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`state` is how it is now, OVER where nothing of it is left; `weight` how bad that
    is, 0 when over; `lasted_s` how long it was.
    """

    about: str
    sign: Span
    state: Span
    words: str
    weight: int = 0
    lasted_s: float = 0.0

    @property
    def order(self) -> tuple[int, float, str]:
        """What digests are sorted by: worst first, what is over last."""
        return -self.weight, -self.lasted_s, self.about


def times(what: str, count: int) -> str:
    """Return `breaker opened`, or `breaker opened 3 times`."""
    return what if count == 1 else f"{what} {count} times"


def many(count: int, noun: str) -> str:
    """Return `1 alert`, `3 alerts`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
