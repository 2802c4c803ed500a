"""What is said over an open stream: send, read, and judge the answer."""

import asyncio

from conductor_tui.adapters.probes.connection import READ_LIMIT
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.text import one_line


async def converse(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    send: str,
    expect: str,
) -> Finding:
    """Send `send` as UTF-8; pass when the answer holds `expect` in its first 64 KiB.

    Empty: not sent, not read. Raises OSError when the connection breaks.
    """
    if send:
        writer.write(send.encode())
        await writer.drain()
    if not expect:
        return Finding(Outcome.PASSED, "connected")
    expected = expect.encode()
    return _judge(await _answer(reader, expected), expected)


async def _answer(reader: asyncio.StreamReader, expected: bytes) -> bytes:
    """Read until the answer holds `expected`, ends, or has filled READ_LIMIT."""
    seen = bytearray()
    while expected not in seen and len(seen) < READ_LIMIT:
        chunk = await reader.read(READ_LIMIT - len(seen))
        if not chunk:
            break
        seen += chunk
    return bytes(seen)


def _judge(answer: bytes, expected: bytes) -> Finding:
    shown = one_line(answer[:200].decode(errors="replace"), 60)
    if expected in answer:
        return Finding(Outcome.PASSED, f"answered {shown!r}")
    wanted = one_line(expected.decode(), 60)
    if not answer:
        words = f"closed the connection without an answer; {wanted!r} was expected"
    else:
        words = f"the answer does not contain {wanted!r}: {shown!r}"
    return Finding(Outcome.FAILED, words)
