"""Text that must not be shown: passwords, tokens, what `${VAR}` brought in."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from conductor_tui.domain.text import CUT, one_line, visible

SHORTEST_HIDDEN = 4  # of a shorter one every other word would be blanked out
_LONGEST_ESCAPE = 10  # \U0001f600: so many characters may stand for one


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that prints as `label`. Only `reveal` tells it.

    `label` is what stands in its place wherever it would be seen: `***`, or the
    `${VAR}` that a person wrote.
    """

    value: str
    label: str = "***"

    def __str__(self) -> str:
        return self.label

    def __repr__(self) -> str:
        return f"Secret({self.label!r})"

    def reveal(self) -> str:
        return self.value


def without_secrets(text: str, secrets: Iterable[Secret]) -> str:
    """Return `text` with the label of each secret in the place of its value.

    Also where a text was cut in the middle of one ("hunt…" of "hunter2"), or was made
    printable, put on one line, or quoted as JSON or as Python, and the secret with it.
    """
    for secret in sorted(secrets, key=lambda one: -len(one.value)):
        for form in _forms(secret.value):
            if len(form) >= SHORTEST_HIDDEN:
                text = _without(text, form, secret.label)
    return text


@lru_cache(maxsize=1024)
def _forms(value: str) -> tuple[str, ...]:
    """Return how a text may show it, the longest first: each may hold the next."""
    whole = _LONGEST_ESCAPE * len(value)
    quoted = (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value))
    forms = {value, visible(value, whole), one_line(value, whole)}
    forms |= {form[1:-1] for form in quoted}
    return tuple(sorted(forms, key=len, reverse=True))


def _without(text: str, value: str, label: str) -> str:
    text = text.replace(value, label)
    if CUT not in text:
        return text
    for length in range(min(len(value), len(text)) - 1, SHORTEST_HIDDEN - 1, -1):
        text = text.replace(f"{value[:length]}{CUT}", f"{label}{CUT}")
    return text
