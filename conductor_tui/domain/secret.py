"""Text that must not be shown: passwords, tokens, what `${VAR}` brought in."""

from collections.abc import Iterable
from dataclasses import dataclass

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
    printable or put on one line, and the secret with it.
    """
    for secret in sorted(secrets, key=lambda one: -len(one.value)):
        for form in _forms(secret.value):
            if len(form) >= SHORTEST_HIDDEN:
                text = _without(text, form, secret.label)
    return text


def _forms(value: str) -> Iterable[str]:
    whole = _LONGEST_ESCAPE * len(value)
    return dict.fromkeys((value, visible(value, whole), one_line(value, whole)))


def _without(text: str, value: str, label: str) -> str:
    text = text.replace(value, label)
    if CUT not in text:
        return text
    for length in range(min(len(value), len(text)) - 1, SHORTEST_HIDDEN - 1, -1):
        text = text.replace(f"{value[:length]}{CUT}", f"{label}{CUT}")
    return text
