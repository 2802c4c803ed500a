"""Secrets kept out of words that quote a server, which may echo what it was sent."""

from collections.abc import Sequence
from dataclasses import replace

from conductor_tui.domain.check import Finding
from conductor_tui.domain.secret import SHORTEST_HIDDEN, Secret, without_secrets


def hidden(finding: Finding, secrets: Sequence[Secret]) -> Finding:
    """Return the finding with labels in the place of secrets, shortened ones too."""
    words = without_secrets(finding.detail, secrets)
    if "…" in words:
        for secret in secrets:
            words = _without_beginnings(words, secret)
    return finding if words == finding.detail else replace(finding, detail=words)


def _without_beginnings(words: str, secret: Secret) -> str:
    """Replace "hunt…", what is left of "hunter2" where a long text was cut in it."""
    for length in range(len(secret.value) - 1, SHORTEST_HIDDEN - 1, -1):
        words = words.replace(f"{secret.value[:length]}…", f"{secret.label}…")
    return words
