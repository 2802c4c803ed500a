"""A look at ourselves: can this process still connect to anything at all?"""

import asyncio
import socket
import time

from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line

WITHIN_S = 0.2
_SONG = b"tweet"


class LoopbackCanary:
    """Satisfies ports.Canary. Listens only while it sings, on 127.0.0.1."""

    async def sing(self) -> Finding:
        began = time.monotonic()
        try:
            async with asyncio.timeout(WITHIN_S):
                heard = await _sing()
        except TimeoutError:
            words = f"loopback did not answer within {WITHIN_S * 1000:.0f} ms"
            return Finding(Outcome.FAILED, words)
        except OSError as error:
            words = one_line((error.strerror or str(error)).lower())
            return Finding(Outcome.FAILED, f"loopback: {words}")
        if heard != _SONG:
            return Finding(Outcome.FAILED, "loopback lost what was sent over it")
        took_ms = (time.monotonic() - began) * 1000
        return Finding(Outcome.PASSED, f"loopback answers in {took_ms:.1f} ms")


async def _sing() -> bytes:
    """Return what came back over a connection from us to us."""
    loop = asyncio.get_running_loop()
    with _socket() as listener, _socket() as caller:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        await loop.sock_connect(caller, listener.getsockname())
        called, _ = await loop.sock_accept(listener)
        with called:
            await loop.sock_sendall(called, _SONG)
            return await loop.sock_recv(caller, len(_SONG))


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setblocking(False)
    return made
