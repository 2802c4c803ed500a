"""What the properties of a systemd unit mean for who depends on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SINCE = {  # which of its times is told, as `systemctl status` does
    "active": "ActiveEnterTimestamp",
    "reloading": "ActiveEnterTimestamp",
    "inactive": "InactiveEnterTimestamp",
    "failed": "InactiveEnterTimestamp",
}
_ON_THE_WAY = ("activating", "reloading", "refreshing")
_RESULTS = {
    "exit-code": "it ended with an error",
    "signal": "it was killed by a signal",
    "core-dump": "it crashed and dumped core",
    "watchdog": "its watchdog had no sign of life",
    "oom-kill": "it was killed for want of memory",
    "timeout": "it took too long",
    "start-limit-hit": "it was started too often: see systemctl reset-failed",
    "resources": "the system had not enough for it",
    "dependency": "a unit that it needs did not start",
}


@dataclass(slots=True)
class UnitReader:
    """Judges one unit, check after check. It remembers the count of restarts: a
    service that crashes and comes back is active at nearly every look.
    """

    name: str
    expect: Collection[str]
    restarts: int | None = None

    def judge(self, unit: object, result: object, restarts: object) -> Finding:
        """Return what the properties come to: those of the interface Unit, Result,
        and the NRestarts of a service.
        """
        count = restarts if isinstance(restarts, int) else 0
        known, self.restarts = self.restarts, count
        if not isinstance(unit, dict):
            return Finding(Outcome.FAILED, "no answer of systemd")
        state, sub = str(unit.get("ActiveState")), str(unit.get("SubState"))
        words = f"{state} ({sub})"
        if state in self.expect:
            restarted = 0 if known is None else count - known
            return _expected(words, unit, restarted)
        is_coming = state in _ON_THE_WAY and not sub.startswith("auto-restart")
        if is_coming and "active" in self.expect:
            return Finding(Outcome.PASSED, one_line(words), warns=True)
        words = self._load_words(unit) or f"{words}{_result_words(result)}"
        return Finding(Outcome.FAILED, one_line(words))

    def _load_words(self, unit: dict[object, object]) -> str:
        """Return why there is nothing to run; "" where the unit is loaded well."""
        match unit.get("LoadState"):
            case "not-found":
                return f"there is no unit {self.name}"
            case "masked":
                return "masked: see systemctl unmask"
            case "bad-setting" | "error" as state:
                said = unit.get("LoadError")  # a name and words
                why = said[1] if isinstance(said, list | tuple) and said[1:] else ""
                return f"its file cannot be used ({state}): {why}".removesuffix(": ")
            case _:
                return ""


def _expected(words: str, unit: dict[object, object], restarted: int) -> Finding:
    since = unit.get(_SINCE.get(str(unit.get("ActiveState")), ""))
    if isinstance(since, int) and since:  # microseconds; 0: never
        at = _EPOCH + timedelta(microseconds=since)
        words = f"{words} since {at:%Y-%m-%d %H:%M:%S} UTC"
    if restarted > 0:
        times = "once" if restarted == 1 else f"{restarted} times"
        words = f"{words}, restarted {times} since the last check"
    return Finding(Outcome.PASSED, one_line(words), warns=restarted > 0)


def _result_words(result: object) -> str:
    if not isinstance(result, str) or result in ("", "success"):
        return ""
    known = _RESULTS.get(result)
    return f": {known} ({result})" if known else f": {result}"
