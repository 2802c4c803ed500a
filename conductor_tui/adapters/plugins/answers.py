"""What a worker answers, made ours: nothing is believed before it was looked at."""

from typing import Any

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.plugin_calls import (
    PluginError,
    PluginHealth,
    Reply,
    RequestRefused,
)
from conductor_tui.domain.text import one_line


class NoAnswer(ValueError):
    """What came is none of the answers that there are."""


def finding_of(health: PluginHealth) -> Finding:
    outcome = Outcome.PASSED if health.is_healthy else Outcome.FAILED
    detail = one_line(health.detail)
    if not detail and not health.is_healthy:
        detail = "the plug-in says it is unhealthy"
    return Finding(outcome, detail, warns=health.is_healthy and health.warns)


def health_of(answer: dict[str, Any]) -> PluginHealth:
    """Raises NoAnswer."""
    match answer:
        case {"is_healthy": bool(well), "detail": str(detail), "warns": bool(warns)}:
            return PluginHealth(is_healthy=well, detail=detail, warns=warns)
        case _:
            raise NoAnswer("a health")


def reply_of(answer: dict[str, Any]) -> Reply:
    """Raises NoAnswer."""
    match answer:
        case {"payload": payload, "detail": str(detail)}:
            return Reply(payload=payload, detail=one_line(detail))
        case _:
            raise NoAnswer("a reply")


def names_of(answer: dict[str, Any]) -> list[str]:
    """Raises NoAnswer."""
    names = answer.get("requires")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise NoAnswer("a list of names")
    return names


class Trouble(Exception):
    """A worker answered with an error. `kind` is one of `serving._KINDS`, or
    "cancelled".
    """

    def __init__(
        self, kind: str, words: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__(words)
        self.kind, self.retry_after_s = kind, retry_after_s

    def as_plugin_error(self) -> PluginError:
        """Return what whoever asked gets."""
        words = str(self)
        if self.kind == "refused":
            return RequestRefused(words)
        return PluginError(words, retry_after_s=self.retry_after_s)


def trouble_of(error: Any) -> Trouble:
    """Raises NoAnswer."""
    match error:
        case {"kind": str(kind), "words": str(words)}:
            after = error.get("retry_after_s")
            is_time = isinstance(after, int | float) and 0 <= after < 1e9
            return Trouble(kind, one_line(words, 400), after if is_time else None)
        case _:
            raise NoAnswer("an error")
