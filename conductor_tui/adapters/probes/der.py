"""Just enough of DER (ITU-T X.690) to walk through a certificate."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

SEQUENCE, SET = 0x30, 0x31

Item: TypeAlias = tuple[int, bytes]
"""A tag, one byte of it, and the content behind it."""


def items(content: bytes) -> Iterator[Item]:
    """Yield what stands one after the other in `content`.

    Raises ValueError where it is cut, or where a tag or a length has a form that no
    certificate needs.
    """
    at = 0
    while at < len(content):
        tag = content[at]
        length, start = _length(content, at + 1)
        at = start + length
        if tag & 0x1F == 0x1F or at > len(content):
            raise ValueError("DER that is cut short, or no DER at all")
        yield tag, content[start:at]


def inside(content: bytes, tag: int = SEQUENCE) -> Sequence[Item]:
    """Return what stands in the one item that `content` begins with.

    Raises ValueError where that has another tag, or none is there.
    """
    first = next(items(content), None)
    if first is None or first[0] != tag:
        raise ValueError(f"DER without the item {tag:#x} that is due here")
    return list(items(first[1]))


def _length(content: bytes, at: int) -> tuple[int, int]:
    """Return the length written at `at`, and where the content begins."""
    first = content[at] if at < len(content) else 0xFF
    if first < 0x80:
        return first, at + 1
    size = first & 0x7F
    if not 1 <= size <= 4 or at + size >= len(content):
        raise ValueError("DER with a length that leads out of it")
    return int.from_bytes(content[at + 1 : at + 1 + size]), at + 1 + size
