"""What a caller gets instead of a call that was not made."""

from typing import Literal, TypeAlias

from conductor_tui.domain.errors import ConductorError

Reason: TypeAlias = Literal["held", "open", "half_open", "own", "lost"]
_WORDS: dict[str, str] = {
    "held": "HELD",
    "open": "OPEN",
    "half_open": "HALF_OPEN",
    "own": "OPEN in this process",
    "lost": "the conductor is not heard",
}


class Rejected(ConductorError):
    """A breaker said no: the call was not run.

    `reason` is "held" (a person holds it), "open" or "half_open" (the conductor's
    breaker), "own" (this process's own failures) or "lost" (`on_lost="deny"`). `who`
    moved it, `why` in words. `retry_after` is in seconds; None: nobody knows.
    """

    def __init__(
        self,
        platform: str,
        reason: Reason,
        who: str,
        why: str,
        retry_after: float | None,
    ) -> None:
        # all of them are args, so that it can be pickled: pools of processes do that
        super().__init__(platform, reason, who, why, retry_after)
        self.platform, self.reason = platform, reason
        self.who, self.why, self.retry_after = who, why, retry_after

    def __str__(self) -> str:
        words = f"{self.platform}: {_WORDS[self.reason]}"
        if self.who:
            words += f" by {self.who}"
        if self.why:
            words += f": {self.why}"
        if self.retry_after is not None:
            words += f" (again in {self.retry_after:.3g} s)"
        return words
