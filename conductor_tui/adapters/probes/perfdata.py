"""What a Nagios plug-in prints: a line for people, and numbers behind a "|".

Format: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios".
"""

import re
from typing import NamedTuple

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_MEASURE = re.compile(
    rf"(?<!\S)(?:'(?P<quoted>(?:[^']|'')*)'|(?P<bare>[^\s='|]+))"
    rf"=(?P<value>{_NUMBER})(?P<unit>[^\s;\d]*)(?:;\S*)?(?=\s|$)"
)


class Measure(NamedTuple):
    """One number. `unit` is as printed: "", "s", "ms", "%", "B", "KB", "c" ..."""

    label: str
    value: float
    unit: str

    def __str__(self) -> str:
        space = " " if self.unit not in ("", "%") else ""
        return f"{self.label} {self.value:g}{space}{self.unit}"


def split_output(output: str) -> tuple[str, tuple[Measure, ...]]:
    """Return the first line without its perfdata, and the measures of all lines.

    Further lines are long text, and after another "|" more perfdata.
    """
    first, _, rest = output.lstrip("\r\n").partition("\n")
    text, _, perfdata = first.partition("|")
    _, _, more = rest.partition("|")
    return text.strip(), parse_perfdata(f"{perfdata} {more}")


def parse_perfdata(text: str) -> tuple[Measure, ...]:
    """Return the measures in `'label'=value[unit];warn;crit;min;max ...`, in order.

    What is not of that form, or has no number (`U`: unknown), is left out.
    """
    return tuple(
        Measure(_label(match), float(match["value"]), match["unit"])
        for match in _MEASURE.finditer(text)
    )


def _label(match: "re.Match[str]") -> str:
    quoted = match["quoted"]
    return match["bare"] if quoted is None else quoted.replace("''", "'")
