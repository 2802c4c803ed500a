"""What every test of a command needs."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from conductor_tui.cli import asking
from conductor_tui.places import http_sockets


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no command find the conductor that this machine itself may run in /run."""

    def ours(environ: Mapping[str, str], euid: int) -> tuple[Path, ...]:
        return http_sockets(environ, euid)[:1]

    monkeypatch.setattr(asking, "http_sockets", ours)
