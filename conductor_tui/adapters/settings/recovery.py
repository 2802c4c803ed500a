"""`recovery = { ... }` of a platform or an agent in; what is tried out."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from conductor_tui.adapters.menders.kinds import (
    KINDS,
    kind_of,
    options_type,
    words_of,
)
from conductor_tui.adapters.settings.expand import brought
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.schema import RecoveryTable
from conductor_tui.adapters.settings.secrets import hidden
from conductor_tui.adapters.settings.words import KeyPath, Problem
from conductor_tui.domain.alert_settings import RecoverySettings
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.duration import format_duration, parse_duration
from conductor_tui.domain.secret import Secret

_USUAL = RecoverySettings(action=None)
_OWN = {"command": ("directory",), "systemd": ("user",), "docker": ("socket",)}
_MAIN = {"command": "command", "systemd": "unit", "docker": "container"}
_HOW = (
    'say what to do: command = ["/usr/local/bin/mend"], or systemd = "redis.service", '
    'or docker = "redis"'
)


def read_recovery(
    table: RecoveryTable | None,
    written: object,
    at: KeyPath,
    reading: Reading,
    problems: list[Problem],
) -> RecoverySettings | None:
    """Return what is tried; None, and words in `problems`, where it cannot be.

    `written` is the table before variables were filled in: what those brought in is
    a secret.
    """
    if table is None:
        return None
    brought_in = tuple(dict.fromkeys(brought(written, reading.environ)))
    reading.secrets += brought_in
    at = (*at, "recovery")
    found = list(_problems(table, at))
    if not found:
        try:
            action = _action(table)
        except ValueError as error:
            found.append(Problem(at, str(error)))
        else:
            return _settings(table, action, brought_in)
    problems += found
    return None


def hopeless(
    recovery: RecoverySettings | None, spec: CheckSpec, at: KeyPath
) -> Iterator[Problem]:
    """Yield a time to help in that is over before the platform is asked again."""
    if recovery is None:
        return
    if spec.probe == "canary":
        words = "a canary fails on purpose: there is nothing to mend, take it out"
        yield Problem((*at, "recovery"), words)
        return
    needed_s = spec.breaker.reset_after_s + spec.interval_s
    if recovery.helps_within_s < needed_s:
        words = (
            f"nothing is checked for {format_duration(spec.breaker.reset_after_s)} "
            "after it failed (breaker.reset_after), so this would never be seen to "
            f'help: write at least "{format_duration(needed_s)}"'
        )
        value = format_duration(recovery.helps_within_s)
        yield Problem((*at, "recovery", "helps_within"), words, value)


def too_short(options: object, spec: CheckSpec, at: KeyPath) -> Iterator[Problem]:
    """Yield a drill that is over before the platform could be FAILED."""
    lasts = getattr(options, "lasts", "")
    needed_s = spec.breaker.failures * spec.interval_s
    if spec.probe == "canary" and parse_duration(lasts) < needed_s:
        words = (
            f"over before it is FAILED ({spec.breaker.failures} failures, every "
            f"{format_duration(spec.interval_s)}), so nobody would be told: write at "
            f'least "{format_duration(needed_s)}"'
        )
        yield Problem((*at, "lasts"), words, lasts)


def _problems(table: RecoveryTable, at: KeyPath) -> Iterator[Problem]:
    given = [key for key in KINDS if getattr(table, key) is not None]
    if not given:
        yield Problem(at, _HOW)
        return
    for key in given[1:]:
        yield Problem((*at, key), f"{given[0]} stands here too: keep one of them")
    for kind, keys in _OWN.items():
        for key in keys:
            if kind not in given and getattr(table, key) is not None:
                yield Problem((*at, key), f"says nothing without {kind}: take it out")


def _action(table: RecoveryTable) -> object:
    """Return the action's own options. Raises ValueError in words."""
    [kind] = [key for key in KINDS if getattr(table, key) is not None]
    main = getattr(table, kind)
    given = {key: getattr(table, key) for key in _OWN[kind]}
    given = {key: value for key, value in given.items() if value is not None}
    given[_MAIN[kind]] = tuple(main) if isinstance(main, list) else main
    return options_type(kind)(**given)


def _settings(
    table: RecoveryTable, action: object, secrets: tuple[Secret, ...]
) -> RecoverySettings:
    given: Mapping[str, Any] = {
        "budget": table.budget,
        "within_s": table.within,
        "cooldown_s": table.cooldown,
        "backoff": table.backoff,
        "timeout_s": table.timeout,
        "helps_within_s": table.helps_within,
    }
    said = {key: value for key, value in given.items() if value is not None}
    words = hidden(words_of(action), secrets)
    return RecoverySettings(action=action, words=words, secrets=secrets, **said)


def recovery_values(recovery: RecoverySettings) -> Iterator[tuple[str, object, object]]:
    """Yield (key, value, default) as the file has them, for `config show`."""
    action, kind = recovery.action, kind_of(recovery.action)
    yield kind, getattr(action, _MAIN[kind]), None
    for option in fields(options_type(kind)):
        if option.name in _OWN[kind]:
            yield option.name, getattr(action, option.name), option.default
    yield "budget", recovery.budget, _USUAL.budget
    yield "within", format_duration(recovery.within_s), format_duration(_USUAL.within_s)
    cooldown, usual = recovery.cooldown_s, _USUAL.cooldown_s
    yield "cooldown", format_duration(cooldown), format_duration(usual)
    yield "backoff", recovery.backoff, _USUAL.backoff
    timeout, usual = recovery.timeout_s, _USUAL.timeout_s
    yield "timeout", format_duration(timeout), format_duration(usual)
    helps, usual = recovery.helps_within_s, _USUAL.helps_within_s
    yield "helps_within", format_duration(helps), format_duration(usual)
