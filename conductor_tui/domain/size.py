"""Sizes as people write them: `256MB`, `1.5GB`, `64MiB`."""

import re

_UNITS = {
    "GiB": 2**30,
    "MiB": 2**20,
    "KiB": 2**10,
    "GB": 10**9,
    "MB": 10**6,
    "KB": 10**3,
}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,3})?) ?(GiB|MiB|KiB|GB|MB|KB)")


def parse_size(text: str) -> int:
    """Return the bytes in `text`. Raises ValueError, in words, for anything else."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is not a size: write a number and a unit, such as "
            '"256MB" (units: KB, MB, GB, KiB, MiB, GiB)'
        )
    return round(float(found[1]) * _UNITS[found[2]])


def format_size(size: int) -> str:
    """Return the exact size as `parse_size` reads it: 256_000_000 -> `256MB`."""
    for unit, bytes_each in sorted(_UNITS.items(), key=lambda one: -one[1]):
        number = size / bytes_each
        if number >= 1 and round(number, 3) * bytes_each == size:
            return f"{number:.3f}".rstrip("0").rstrip(".") + unit
    return f"{size / 1000:.3f}KB"
