"""Sizes of files as people write them: `512`, `10MB`, `1.5GiB`."""

import re

_UNITS = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([a-zA-Z]*)")


def parse_size(value: int | str, *, key: str) -> int:
    """Return the bytes in a number of bytes, or in a number and a unit: KB, MB, GB and
    TB are powers of 1000, KiB, MiB, GiB and TiB of 1024, in any case.

    Raises ValueError in words that name the `key`.
    """
    match = _SIZE.fullmatch(str(value))
    size = _UNITS.get(match[2].upper()) if match else None
    if match is None or size is None:
        raise ValueError(
            f"{key} = {value!r} is not a size: write bytes, or a number and a unit, "
            'such as 4096, "10MB" or "1.5GiB"'
        )
    return int(float(match[1]) * size) if "." in match[1] else int(match[1]) * size


def size_words(size: int) -> str:
    """Return a size with three digits or so: `999 bytes`, `1.5 MB`, `12 GB`."""
    for unit in ("TB", "GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            number = size / _UNITS[unit]
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{size} byte{'s' if size != 1 else ''}"
