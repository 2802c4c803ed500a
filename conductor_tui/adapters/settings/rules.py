"""What must fit together in the values that count."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from conductor_tui.adapters.settings.picking import Check, Picked, Where
from conductor_tui.adapters.settings.words import KeyPath, Problem
from conductor_tui.domain.duration import format_duration

KEPT_RESULTS = 100_000  # per platform: 13 bytes each, twice


def check_problems(check: Check, at: KeyPath) -> Iterator[Problem]:
    """Yield what does not fit together in one table's check."""
    return _broken(_CHECK_RULES, check, at)


def load_problems(load: Check) -> Iterator[Problem]:
    return _broken(_LOAD_RULES, load, ("load",))


def _broken(rules: "_Rules", values: Check, at: KeyPath) -> Iterator[Problem]:
    """Yield the rules that are broken, each as a problem of its first key.

    What was inherited whole is not looked at again: it was a problem of [engine].
    """
    for rule, keys in rules.items():
        picked = [values[key] for key in keys]
        is_sound = all(one.is_sound for one in picked)
        if is_sound and any(one.where is Where.HERE for one in picked):
            words = rule(*(one.value for one in picked))
            if words:
                yield _problem(keys[0], picked[0], at, words)


def _problem(key: str, picked: Picked, at: KeyPath, words: str) -> Problem:
    value = picked.value
    if key not in _NUMBERS:
        value = format_duration(value)
    elif value == int(value):  # 65, not 65.0: as a person writes it
        value = int(value)
    return Problem((*at, *key.split(".")), words, value, picked.where)


def _recovered_rule(recovered_at: float, degraded_at: float) -> str | None:
    if recovered_at < degraded_at:
        return None
    return f"not below degraded_at ({degraded_at:g}): lower it, or raise degraded_at"


def _emergency_rule(emergency_at: float, degraded_at: float) -> str | None:
    if emergency_at >= degraded_at:
        return None
    return f"below degraded_at ({degraded_at:g}): raise it, or lower degraded_at"


def _timeout_rule(timeout_s: float, interval_s: float) -> str | None:
    if timeout_s <= interval_s:
        return None
    return (
        f"longer than the interval ({format_duration(interval_s)}): make the timeout "
        "shorter or the interval longer"
    )


def _retry_rule(
    attempts: int, timeout_s: float, wait_s: float, max_wait_s: float, interval_s: float
) -> str | None:
    """All attempts and the longest waits between them are inside the interval."""
    waits_s = sum(min(max_wait_s, wait_s * 2**n) for n in range(attempts - 1))
    whole_s = round(attempts * timeout_s + waits_s, 3)
    if attempts == 1 or whole_s <= interval_s:
        return None
    return (
        f"{attempts} attempts of {format_duration(timeout_s)} and waits of "
        f"{format_duration(waits_s)} between them can take {format_duration(whole_s)}, "
        f"longer than the interval ({format_duration(interval_s)}): make attempts "
        "fewer, the timeout or the waits shorter, or the interval longer"
    )


def _slow_rule(
    slow_after_s: float | None,
    timeout_s: float,
    attempts: int,
    wait_s: float,
    max_wait_s: float,
) -> str | None:
    """The slowest pass takes all attempts and the longest waits between them."""
    waits_s = sum(min(max_wait_s, wait_s * 2**n) for n in range(attempts - 1))
    whole_s = round(attempts * timeout_s + waits_s, 3)
    if slow_after_s is None or slow_after_s < whole_s:
        return None
    return (
        f"never reached: a check that passes takes {format_duration(whole_s)} at most "
        "(timeout x attempts and waits): make slow_after shorter or the timeout longer"
    )


def _max_wait_rule(max_wait_s: float, wait_s: float) -> str | None:
    if max_wait_s >= wait_s:
        return None
    return (
        f"shorter than wait ({format_duration(wait_s)}): make it at least as long, or "
        "the wait shorter"
    )


def _max_reset_rule(max_reset_s: float, reset_after_s: float) -> str | None:
    if max_reset_s >= reset_after_s:
        return None
    return (
        f"shorter than reset_after ({format_duration(reset_after_s)}): make it at "
        "least as long, or reset_after shorter"
    )


def _history_rule(interval_s: float, history_s: float) -> str | None:
    if interval_s > history_s:
        return (
            f"longer than the history that is kept ({format_duration(history_s)}): "
            "make [engine] history longer or the interval shorter"
        )
    if history_s / interval_s <= KEPT_RESULTS:
        return None
    return (
        f"a history of {format_duration(history_s)} would be "
        f"{history_s / interval_s:.0f} results, more than the {KEPT_RESULTS} that are "
        "kept of one platform: make [engine] history shorter or the interval longer"
    )


_Rules: TypeAlias = Mapping[Callable[..., str | None], tuple[str, ...]]
"""A rule, and the keys that it gets, the one to blame first."""

_CHECK_RULES: _Rules = {
    _timeout_rule: ("timeout", "interval"),
    _retry_rule: (
        "retry.attempts",
        "timeout",
        "retry.wait",
        "retry.max_wait",
        "interval",
    ),
    _slow_rule: (
        "slow_after",
        "timeout",
        "retry.attempts",
        "retry.wait",
        "retry.max_wait",
    ),
    _max_wait_rule: ("retry.max_wait", "retry.wait"),
    _max_reset_rule: ("breaker.max_reset", "breaker.reset_after"),
    _history_rule: ("interval", "history"),
}
_LOAD_RULES: _Rules = {
    _recovered_rule: ("recovered_at", "degraded_at"),
    _emergency_rule: ("emergency_at", "degraded_at"),
}
_NUMBERS = frozenset({"retry.attempts", "recovered_at", "emergency_at"})
