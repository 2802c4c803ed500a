"""Which value counts, and where it comes from.

A value is looked for in the platform's table, then in its group's, in [defaults], in
[engine], then among the built-in ones. A cap that nobody wrote gives way to the value
below it: who writes `reset_after = "10m"` need not write a `max_reset` too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, TypeAlias

from conductor_tui.domain.check import BreakerSpec, RetrySpec, TrialBy
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.settings import CheckDefaults, EngineSettings


class Where(StrEnum):
    """Where a value was found; the words stand behind it in `config show`."""

    HERE = ""
    GROUP = "from [group]"
    DEFAULTS = "from [defaults]"
    ENGINE = "from [engine]"
    AGENTS = "from [agents]"
    ALERTS = "from [alerts]"
    DEFAULT = "default"
    RAISED = "default, raised to what it caps"


@dataclass(frozen=True, slots=True)
class Picked:
    """A value (durations in seconds). `is_sound` is False where it is a stand-in for
    one that was refused: nothing may be concluded from it.
    """

    value: Any
    where: Where
    is_sound: bool = True


@dataclass(frozen=True, slots=True)
class Layer:
    """A table that was read: its values, and the keys that were refused."""

    table: Any
    bad: frozenset[str]
    where: Where


Check: TypeAlias = Mapping[str, Picked]
"""How one platform is checked, by key: `interval`, `retry.attempts` and so on."""

_USUAL, _ENGINE = CheckDefaults(), EngineSettings()
_DEFAULTS: Mapping[str, float | str | None] = {
    "interval": _USUAL.interval_s,
    "timeout": _USUAL.timeout_s,
    "slow_after": _USUAL.slow_after_s,
    "rise": _USUAL.rise,
    "retry.attempts": _USUAL.retry.attempts,
    "retry.wait": _USUAL.retry.wait_s,
    "retry.max_wait": _USUAL.retry.max_wait_s,
    "breaker.failures": _USUAL.breaker.failures,
    "breaker.reset_after": _USUAL.breaker.reset_after_s,
    "breaker.backoff": _USUAL.breaker.backoff,
    "breaker.max_reset": _USUAL.breaker.max_reset_s,
    "breaker.trial": _USUAL.breaker.trial,
    "breaker.quorum": _USUAL.breaker.quorum,
}
_LABELS: Mapping[str, object] = {
    "group": "",
    "tags": (),
    "depends_on": (),
    "paused": False,
    "priority": 50,
    "protected": False,
}
_CAPS = {"retry.max_wait": "retry.wait", "breaker.max_reset": "breaker.reset_after"}


def pick(key: str, default: Any, layers: Sequence[Layer]) -> Picked:
    """Return the value of `key` from the nearest layer that has one."""
    head, _, tail = key.partition(".")
    for layer in layers:
        if head in layer.bad:
            return Picked(default, layer.where, is_sound=False)
        value = getattr(layer.table, head, None)
        if tail and value is not None:
            value = getattr(value, tail)
        if value is not None:
            return Picked(value, layer.where)
    return Picked(default, Where.DEFAULT)


def pick_check(layers: Sequence[Layer]) -> Check:
    check = {key: pick(key, usual, layers) for key, usual in _DEFAULTS.items()}
    check["history"] = pick("history", _ENGINE.history_s, layers)
    for cap, below in _CAPS.items():
        if check[cap].where is Where.DEFAULT and check[cap].value < check[below].value:
            check[cap] = replace(check[below], where=Where.RAISED)
    return check


def pick_labels(layers: Sequence[Layer]) -> Check:
    """Return what a platform has beside its check: its group, tags and so on."""
    return {key: pick(key, usual, layers) for key, usual in _LABELS.items()}


def check_defaults(check: Check) -> CheckDefaults:
    """Return the check as domain values."""
    return CheckDefaults(
        interval_s=check["interval"].value,
        timeout_s=check["timeout"].value,
        retry=RetrySpec(
            attempts=check["retry.attempts"].value,
            wait_s=check["retry.wait"].value,
            max_wait_s=check["retry.max_wait"].value,
        ),
        breaker=BreakerSpec(
            failures=check["breaker.failures"].value,
            reset_after_s=check["breaker.reset_after"].value,
            backoff=check["breaker.backoff"].value,
            max_reset_s=check["breaker.max_reset"].value,
            trial=TrialBy(check["breaker.trial"].value),
            quorum=check["breaker.quorum"].value,
        ),
        slow_after_s=check["slow_after"].value,
        rise=check["rise"].value,
    )


def notes_of(values: Mapping[str, Picked]) -> dict[str, str]:
    return {key: picked.where for key, picked in values.items()}


def pick_load(layers: Sequence[Layer]) -> Check:
    usual = LoadLimits()
    return {
        limit.name: pick(limit.name, getattr(usual, limit.name), layers)
        for limit in fields(usual)
    }
