"""Durations as people write them: `200ms`, `5s`, `15m`, `1h30m`, `2d`."""

import re

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(text: str) -> float:
    """Return the seconds in `text`. Raises ValueError, in words, for anything else."""
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(
            f'{text!r} is not a duration: write a number and a unit, such as "200ms", '
            '"5s", "1h30m" (units: ms, s, m, h, d)'
        )
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """Return the exact duration as `parse_duration` reads it: 90 -> `1m30s`."""
    left_ms = round(seconds * 1000)
    if left_ms <= 0:
        return "0s"
    words = []
    for unit, size_ms in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)):
        count, left_ms = divmod(left_ms, size_ms)
        if count:
            words.append(f"{count}{unit}")
    if left_ms % 1000 and left_ms < 1000 and not words:
        return f"{left_ms}ms"
    if left_ms:
        words.append(f"{left_ms / 1000:g}s")
    return "".join(words)


def short_duration(seconds: float) -> str:
    """Return one number and one unit, rounded down, for a column: `41 s`, `14 m`."""
    for unit, size_s in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size_s:
            return f"{int(seconds // size_s)} {unit}"
    return f"{max(0, int(seconds))} s"
