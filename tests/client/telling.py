"""A breaker on a fake clock and a link that says what the test says."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conductor_tui.client import breaker as module
from conductor_tui.client.breaker import Breaker, Counts
from conductor_tui.client.verdicts import Verdict
from conductor_tui.domain.breaker import BreakerState


class FakeLink:
    """Satisfies breaker.Link. Connected, and told, when the test says so."""

    def __init__(self, on_lost: str = "keep") -> None:
        self.is_told = self.is_connected = True
        self.on_lost, self.may_ask = on_lost, True
        self.wakes = self.first_words = 0

    @property
    def lends(self) -> bool:
        return self.is_connected and self.may_ask

    def first_word(self) -> None:
        self.first_words += 1
        self.is_told = True

    async def first_word_async(self) -> None:
        self.first_word()

    def wake(self) -> None:
        self.wakes += 1


class Desk:
    """One breaker, with all that it hears. `now` is its clock, in seconds."""

    def __init__(self, link: FakeLink, counts: Counts = Exception) -> None:
        self.now, self.link = 1000.0, link
        self.breaker = Breaker(
            "redis", link, failures=None, reset_after_s=None, counts=counts
        )
        self.epoch = 0

    def tell(
        self,
        state: BreakerState,
        *,
        trial: str = "check",
        retry_in_s: float | None = None,
    ) -> None:
        """The conductor's breaker makes a transition."""
        self.epoch += 1
        retry_at = None if retry_in_s is None else self.now + retry_in_s
        self.breaker.hear(
            Verdict(
                "redis",
                state,
                self.epoch,
                "ann",
                "swap",
                retry_at=retry_at,
                trial=trial,
            )
        )

    def grant(self, permit: str = "p-1") -> None:
        self.breaker.hear_trial(permit, self.epoch, None)

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.settle(self.breaker.admit(), OSError("refused"))

    def passes(self) -> None:
        self.breaker.settle(self.breaker.admit())


@contextmanager
def desk(link: FakeLink | None = None, counts: Counts = Exception) -> Iterator[Desk]:
    made = Desk(link or FakeLink(), counts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "monotonic", lambda: made.now)
        yield made
