"""Durations as Go writes them: "1m30s", "250ms", "-1.5h" (time.ParseDuration)."""

import re

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # micro sign
    "μs": 1e-6,  # Greek mu
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART = re.compile(
    r"(\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(ns|us|µs|μs|ms|s|m|h)", re.ASCII
)
_LONGEST = 100
_MOST_S = 2**63 / 1e9  # Go counts nanoseconds in an int64


def go_seconds(text: str) -> float:
    """Return the seconds. Raises ValueError with the words of Go."""
    quoted = '"' + text[:_LONGEST].replace('"', '\\"') + '"'
    sign, rest = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    seconds, end = 0.0, 0
    while len(text) <= _LONGEST and (part := _PART.match(rest, end)):
        seconds, end = seconds + float(part[1]) * _UNITS[part[2]], part.end()
    if not rest or end < len(rest) or seconds > _MOST_S:
        is_bare = rest.replace(".", "", 1).isdigit()
        what = "missing unit in duration" if is_bare else "invalid duration"
        raise ValueError(f"time: {what} {quoted}")
    return sign * seconds
