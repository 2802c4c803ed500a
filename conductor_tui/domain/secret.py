"""Text that must not be shown: passwords, tokens, what `${VAR}` brought in."""

from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST_HIDDEN = 4  # of a shorter one every other word would be blanked out


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
    """Return `text` with the label of each secret in the place of its value."""
    for secret in sorted(secrets, key=lambda one: -len(one.value)):
        if len(secret.value) >= SHORTEST_HIDDEN:
            text = text.replace(secret.value, secret.label)
    return text
