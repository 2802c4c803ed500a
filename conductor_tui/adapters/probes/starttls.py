"""How a plain connection is turned into TLS, in the words of each protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from conductor_tui.domain.text import one_line

Dialog: TypeAlias = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]
"""Talks until the next byte may be TLS. Raises Refusal, in the server's words."""

_MOST_LINES = 100
_POSTGRES_SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Refusal(Exception):
    """The server would not go on to TLS, or speaks another protocol."""


async def _smtp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _reply(reader, "220")
    writer.write(b"EHLO conductor-tui\r\n")
    await _reply(reader, "250")
    writer.write(b"STARTTLS\r\n")
    await _reply(reader, "220")


async def _ftp(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _reply(reader, "220")
    writer.write(b"AUTH TLS\r\n")
    await _reply(reader, "234")


async def _imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _expect(await _line(reader), "* OK")
    writer.write(b"a STARTTLS\r\n")
    line = await _line(reader)
    for _ in range(_MOST_LINES):
        if not line.startswith("* "):  # what the server tells unasked
            break
        line = await _line(reader)
    _expect(line, "a OK")


async def _pop3(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _expect(await _line(reader), "+OK")
    writer.write(b"STLS\r\n")
    _expect(await _line(reader), "+OK")


async def _postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_POSTGRES_SSL_REQUEST)
    answer = await reader.read(1)
    if answer == b"N":
        raise Refusal("the server has TLS turned off")
    if answer != b"S":
        said = one_line(answer.decode("utf-8", "backslashreplace"))
        raise Refusal(f"not PostgreSQL: it said {said!r}" if said else _CLOSED)


DIALOGS: Mapping[str, Dialog] = MappingProxyType(
    {"smtp": _smtp, "imap": _imap, "pop3": _pop3, "ftp": _ftp, "postgres": _postgres}
)
PORTS: Mapping[str, int] = MappingProxyType(
    {"smtp": 25, "imap": 143, "pop3": 110, "ftp": 21, "postgres": 5432}
)
_CLOSED = "closed without an answer"


async def _reply(reader: asyncio.StreamReader, code: str) -> None:
    """Read one reply of SMTP or FTP; all lines of it but the last go "250-"."""
    line = await _line(reader)
    for _ in range(_MOST_LINES):
        if line[3:4] != "-":
            break
        line = await _line(reader)
    _expect(line, code)


async def _line(reader: asyncio.StreamReader) -> str:
    try:
        line = await reader.readline()
    except ValueError:  # longer than the reader's limit
        raise Refusal("it said a line without end") from None
    if not line:
        raise Refusal(_CLOSED)
    return line.decode("utf-8", "backslashreplace")


def _expect(line: str, beginning: str) -> None:
    if not line.upper().startswith(beginning.upper()):
        raise Refusal(f'it said "{one_line(line, 80)}", not "{beginning}"')
