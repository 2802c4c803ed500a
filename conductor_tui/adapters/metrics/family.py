"""What a metric is: a name, a kind, words, and its samples."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from conductor_tui.adapters.metrics.counting import Spread

Labels: TypeAlias = dict[str, str]
Sample: TypeAlias = tuple[Labels, float | Spread]


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...] = field(default=())


def one(name: str, words: str, value: float) -> Family:
    """Return a gauge without labels."""
    return Family(name, Kind.GAUGE, words, (({}, value),))
