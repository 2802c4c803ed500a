"""Trials that the conductor lends to this process: asked for, granted, told.

Who holds the breaker's lock may call; `now` is monotonic seconds.
"""

from conductor_tui.client.permits import Grant, Tried
from conductor_tui.domain.states import CallOutcome

GRANTED_S = 2.0  # one that no call takes in this time is given back
ASK_AGAIN_S = 1.0  # the conductor's answer may be lost with its connection


class Trials:
    """One breaker's. The link takes what is to be asked and told from here."""

    __slots__ = ("_ask_after", "_is_asking", "_tried", "grant")

    def __init__(self) -> None:
        self.grant: Grant | None = None
        self._tried: list[Tried] = []
        self._ask_after = 0.0
        self._is_asking = False

    def ask(self, now: float) -> bool:
        """Have one asked for; False where that was done a moment ago."""
        if self.grant is not None or now < self._ask_after:
            return False
        self._ask_after, self._is_asking = now + ASK_AGAIN_S, True
        return True

    def hear(self, grant: Grant | None, now: float, retry_in_s: float | None) -> None:
        """The conductor's answer; None: not now."""
        self._is_asking = False
        if grant is None:
            self._ask_after = now + (ASK_AGAIN_S if retry_in_s is None else retry_in_s)
            return
        self._ask_after = now
        self._give_back()
        self.grant = grant

    def take(self) -> str:
        """Use the grant that there is."""
        assert self.grant is not None
        permit, self.grant = self.grant.permit, None
        return permit

    def end(self, tried: Tried) -> None:
        self._tried.append(tried)

    def void(self) -> None:
        """Another connection: nothing of the one before is known there."""
        self.grant, self._is_asking, self._ask_after = None, False, 0.0
        self._tried.clear()

    def take_asked(self) -> bool:
        is_asking, self._is_asking = self._is_asking, False
        return is_asking

    def take_tried(self, now: float) -> list[Tried]:
        """Return those that ended, and what nobody used in time."""
        if self.grant is not None and self.grant.until < now:
            self._give_back()
        tried, self._tried = self._tried, []
        return tried

    def _give_back(self) -> None:
        if self.grant is not None:
            self._tried.append(Tried(self.grant.permit, CallOutcome.UNUSED))
            self.grant = None
