import errno
import socket
from collections.abc import Callable

import pytest

from conductor_tui.adapters import canary
from conductor_tui.adapters.canary import LoopbackCanary
from conductor_tui.domain.check import Outcome
from tests.adapters.probes.loops import on_both_loops


@on_both_loops
async def test_a_host_that_is_well_hears_itself() -> None:
    finding = await LoopbackCanary().sing()
    assert finding.outcome is Outcome.PASSED
    assert finding.detail.startswith("loopback answers in ")


async def test_without_a_free_file_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(canary, "_socket", refuse)
    finding = await LoopbackCanary().sing()
    assert finding.outcome is Outcome.FAILED
    assert finding.detail == "loopback: too many open files"


async def test_a_loopback_that_swallows_everything_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The caller connects elsewhere: to a listener that nobody accepts from."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        make: Callable[[], socket.socket] = canary._socket
        made: list[socket.socket] = []

        def divert() -> socket.socket:
            made.append(_Diverted(deaf.getsockname()) if not made else make())
            return made[-1]

        monkeypatch.setattr(canary, "_socket", divert)
        finding = await LoopbackCanary().sing()
    assert finding.outcome is Outcome.FAILED
    assert finding.detail == "loopback did not answer within 200 ms"


class _Diverted(socket.socket):
    """A listener that gives another's address for its own."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_STREAM)
        self.setblocking(False)
        self._address = address

    def getsockname(self) -> tuple[str, int]:
        return self._address
