"""The verdict on an http answer: its status first, then what its body says."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urljoin

from conductor_tui.adapters.probes.http_answer import Answer
from conductor_tui.adapters.probes.http_body import BodyRule, body_trouble
from conductor_tui.adapters.probes.http_target import Target, parse_target
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """`wanted` is the expected status as a person wrote it; empty: the usual rule."""

    target: Target
    wanted: str
    expected: Sequence[range]
    max_body: int
    body: Sequence[BodyRule] = ()

    def __call__(self, answer: Answer) -> Finding:
        words = _status_words(answer)
        if answer.is_cut:
            words = f"{words}, body over {self.max_body:,} bytes"
        if not any(answer.status in statuses for statuses in self.expected):
            wanted = f"{words}, expected {self.wanted}" if self.wanted else words
            return Finding(Outcome.FAILED, one_line(wanted))
        if not self.wanted and _leads_back(answer, self.target):
            return Finding(Outcome.FAILED, f"{words}: a redirect loop")
        if self.body:
            trouble = body_trouble(self.body, answer)
            if trouble:
                return Finding(Outcome.FAILED, f"{words}: {trouble}")
        return Finding(Outcome.PASSED, words)


def _status_words(answer: Answer) -> str:
    """Return "200 OK", or "301 Moved Permanently to https://example.org/"."""
    words = _named(answer.status, answer.reason)
    location = _location(answer)
    return f"{words} to {one_line(location, 100)}" if location else words


@lru_cache(maxsize=256)  # nearly always "200 OK"
def _named(status: int, reason: bytes) -> str:
    said = reason.decode("utf-8", "backslashreplace") or _usual_reason(status)
    return one_line(f"{status} {said}", 80)


def _usual_reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _location(answer: Answer) -> str:
    return (answer.header("location") or "") if 300 <= answer.status <= 399 else ""


def _leads_back(answer: Answer, target: Target) -> bool:
    location = _location(answer)
    if not location:
        return False
    try:
        there = urljoin(target.url, location).partition("#")[0]
        return parse_target(there) == target
    except ValueError:
        return False
