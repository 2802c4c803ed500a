"""What goes over the socket of a worker: frames of JSON.

A frame is its length (4 bytes, big-endian) and as much UTF-8 JSON: an object. Ours
have `n` and `do`, the worker's answer has the same `n` and `ok` or `error`. The first
one is the worker's hello, with the version of this protocol.
"""

import json
import struct
from typing import Any

PROTOCOL = 1
LARGEST = 1024 * 1024  # bytes of JSON: read in some 10 ms
HEAD = struct.Struct(">I")


class NoFrame(ValueError):
    """The other side does not speak this protocol, or not any more."""


def encode(message: dict[str, Any]) -> bytes:
    """Return the frame. Raises ValueError or TypeError for what JSON has not, or what
    is too large.
    """
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if len(body) > LARGEST:
        raise ValueError(f"{len(body)} bytes of JSON: at most {LARGEST} can be sent")
    return HEAD.pack(len(body)) + body


class Frames:
    """Puts frames together from what was read."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, some: bytes) -> list[dict[str, Any]]:
        """Return the frames that are whole now. Raises NoFrame."""
        self._bytes += some
        found: list[dict[str, Any]] = []
        while len(self._bytes) >= HEAD.size:
            (length,) = HEAD.unpack_from(self._bytes)
            if length > LARGEST:
                raise NoFrame(f"a frame of {length} bytes")
            end = HEAD.size + length
            if len(self._bytes) < end:
                break
            found.append(_decoded(bytes(self._bytes[HEAD.size : end])))
            del self._bytes[:end]
        return found


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoFrame("no JSON") from error
    if not isinstance(message, dict):
        raise NoFrame("no JSON object")
    return message
