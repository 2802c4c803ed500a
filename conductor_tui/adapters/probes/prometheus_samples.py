"""The values that a PromQL query gave, and the thresholds they are held against."""

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from conductor_tui.adapters.probes.http_json import member, text_at
from conductor_tui.domain.text import one_line

_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\S+)\s*")
_TRUE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_SHOWN_LABELS = 110


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value. `metric` is what the server says of it: its labels by name."""

    value: float
    metric: object = None

    @property
    def labels(self) -> str:
        """The labels as PromQL writes them, cleaned for the screen."""
        return _labels(self.metric)

    @property
    def is_number(self) -> bool:
        return not math.isnan(self.value)

    def words(self, compared: str = "") -> str:
        """Return "0.97", or '0.97 > 0.9 for up{job="node"}'."""
        value = f"{_shown(self.value)}{compared}"
        labels = self.labels
        return f"{value} for {labels}" if labels else value


@dataclass(frozen=True, slots=True)
class Threshold:
    """A comparison that is bad news when it is true; `sign` is "" for any value."""

    sign: str
    bound: float = 0.0

    def is_true(self, sample: Sample) -> bool:
        return not self.sign or _TRUE[self.sign](sample.value, self.bound)

    def worst(self, samples: Iterable[Sample]) -> Sample:
        """Return the sample furthest in the bad direction; the first of equals."""
        values = list(samples)
        if self.sign.startswith("<"):
            return min(values, key=lambda one: one.value)
        if self.sign.startswith(">"):
            return max(values, key=lambda one: one.value)
        return values[0]

    def words(self, sample: Sample) -> str:
        """Return '0.97 > 0.9 for up{job="node"}'."""
        return sample.words(f" {self.sign} {_shown(self.bound)}" if self.sign else "")


def parse_threshold(text: str, *, key: str) -> Threshold | None:
    """Return the threshold in "> 0.9" or "any"; None for "".

    Raises ValueError in words; `key` is the option's.
    """
    if not text.strip():
        return None
    if text.strip() == "any":
        return Threshold("")
    match = _COMPARISON.fullmatch(text)
    bound = _number(match[2]) if match else math.nan
    if match is None or math.isnan(bound):
        raise ValueError(
            f'{key} must be a comparison with a number, such as "> 0.9" or "== 1", '
            f'or "any", not {one_line(text, 60)!r}'
        )
    return Threshold(match[1], bound)


def read_samples(data: object) -> tuple[Sample, ...]:
    """Return the samples of an instant vector or a scalar, in the server's order.

    Raises ValueError in words for anything else.
    """
    result = member(data, "result")
    match text_at(data, "resultType"):
        case "scalar" if isinstance(result, list):
            return (Sample(_value(result)),)
        case "vector" if isinstance(result, list):
            return tuple(_sample(one) for one in result)
        case "matrix":
            raise ValueError(
                "the query gives a range of values per series, not one: use a function "
                "over it, such as max_over_time()"
            )
        case "string":
            raise ValueError("the query gives a string, not a number")
        case _:
            raise ValueError("JSON that is no answer of Prometheus")


def _sample(series: object) -> Sample:
    metric, pair = member(series, "metric"), member(series, "value")
    if pair is None and member(series, "histogram") is not None:
        raise ValueError(
            f"{_labels(metric)} is a histogram, not a number: use a function such as "
            "histogram_quantile()"
        )
    return Sample(_value(pair), metric)


def _value(pair: object) -> float:
    """Return the number in [time, "0.97"]."""
    text = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
    if not isinstance(text, str):
        raise ValueError("JSON that is no answer of Prometheus")
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a value that is no number: {one_line(text, 40)}") from None


def _labels(metric: object) -> str:
    if not isinstance(metric, dict):
        return ""
    pairs = ", ".join(f'{k}="{v}"' for k, v in metric.items() if k != "__name__")
    name = str(metric.get("__name__", ""))
    return one_line(f"{name}{{{pairs}}}" if pairs else name, _SHOWN_LABELS)


def _number(text: str) -> float:
    """Return NaN for what is no number."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _shown(value: float) -> str:
    """Return "0.97", "1234567" or "+Inf", as Prometheus spells it."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.6g}"
