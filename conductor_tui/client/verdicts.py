"""The conductor's word about each breaker, as it was told last."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from conductor_tui.domain.states import BreakerState
from conductor_tui.domain.text import one_line

ANY = "any"  # whoever comes first may be the trial


class Verdict(NamedTuple):
    """`retry_at` is monotonic seconds; None: no trial is due by itself."""

    name: str
    state: BreakerState
    epoch: int
    by: str = ""
    why: str = ""
    retry_at: float | None = None
    trial: str = "check"
    failures: int = 3
    reset_after_s: float = 30.0
    hosts: tuple[str, ...] = ()

    @property
    def admits(self) -> bool:
        return self.state is BreakerState.CLOSED

    @property
    def stands(self) -> bool:
        """True for one that no time and no trial ends."""
        is_kept = self.state is BreakerState.HELD and self.retry_at is None
        return self.admits or is_kept

    def retry_after(self, now: float) -> float | None:
        """Return the seconds until it may be asked again; None: nobody knows."""
        return None if self.retry_at is None else max(0.0, self.retry_at - now)

    def is_trial_due(self, now: float) -> bool:
        """True when a call of ours may be the trial, if the conductor grants it."""
        if self.trial != ANY or self.state in (BreakerState.CLOSED, BreakerState.HELD):
            return False
        is_due = self.retry_at is not None and self.retry_at <= now
        return is_due or self.state is BreakerState.HALF_OPEN


def read_verdict(said: Mapping[str, Any], now: float) -> Verdict:
    """Return what a line says. Raises ValueError, KeyError or TypeError for none."""
    retry_in_s = said["retry_in_s"]
    return Verdict(
        name=str(said["name"]),
        state=BreakerState(said["state"]),
        epoch=int(said["epoch"]),
        by=one_line(str(said["by"]), 100),
        why=one_line(str(said["why"]), 300),
        retry_at=None if retry_in_s is None else now + float(retry_in_s),
        trial=str(said["trial"]),
        failures=max(1, int(said["failures"])),
        reset_after_s=max(0.0, float(said["reset_after_s"])),
        hosts=tuple(str(one) for one in said["hosts"]),
    )


class Mirror:
    """All that the conductor told, by name. Replaced piecewise by one thread; read by
    any: a look at a dict needs no lock.
    """

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.by_host: dict[str, str] = {}
        self.is_whole = False

    def put(self, verdict: Verdict) -> None:
        before = self.verdicts.get(verdict.name)
        self.verdicts[verdict.name] = verdict
        if before is None or before.hosts != verdict.hosts:
            self._index()

    def remove(self, name: str) -> None:
        if self.verdicts.pop(name, None) is not None:
            self._index()

    def begin(self, verdicts: Mapping[str, Verdict], *, is_whole: bool) -> set[str]:
        """Start again from these; return the names whose word is no more. While the
        conductor is not whole, what it does not name keeps its last word.
        """
        gone = self.verdicts.keys() - verdicts.keys() if is_whole else set()
        kept = {} if is_whole else self.verdicts
        self.verdicts = {**kept, **verdicts}
        self.is_whole = is_whole
        self._index()
        return gone

    def _index(self) -> None:
        every = self.verdicts.values()
        self.by_host = {host: one.name for one in every for host in one.hosts}
