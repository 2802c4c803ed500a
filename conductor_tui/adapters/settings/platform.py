"""One [[platform]] of a conductor.toml in; the platform out, or what is wrong."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from conductor_tui.adapters.settings.expand import without_usual
from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.kind_options import Kinds
from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.options import PROBES, shown_target
from conductor_tui.adapters.settings.picking import (
    Check,
    Layer,
    Where,
    check_defaults,
    notes_of,
    pick_check,
    pick_labels,
)
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.recovery import (
    hopeless,
    read_recovery,
    too_short,
)
from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.adapters.settings.rules import check_problems
from conductor_tui.adapters.settings.schema import PlatformTable
from conductor_tui.adapters.settings.secrets import HIDDEN, hidden
from conductor_tui.adapters.settings.shedding import read_shedding
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.domain.text import visible, without_passwords

_KINDS = Kinds(PROBES, PlatformTable, "a platform", HOMES)


@dataclass(frozen=True, slots=True)
class Entry:
    """One [[platform]] as far as it could be read; `settings` only without problems.

    `written` has the options that are not shown as they came out: with variables, and
    the files of secrets.
    """

    name: str | None
    check: Check
    labels: Check
    notes: Notes
    written: Mapping[str, Any]
    settings: PlatformSettings | None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a platform in its file."""

    groups: Mapping[str, Layer]
    defaults: Layer
    engine: Layer
    file: str
    reading: Reading


def read_platform(
    raw: Raw, written: Raw, position: int, around: Around, problems: list[Problem]
) -> Entry:
    """`written` is the table before variables were filled in."""
    at: KeyPath = ("platform", position)
    own = _KINDS.own(raw)
    layer = read_layer(PlatformTable, own, at, problems)
    table: PlatformTable = layer.table
    problems += _missing(layer, at)
    others = {key: raw[key] for key in raw if key not in own}
    start = len(around.reading.secrets)
    options = _KINDS.read(table.probe, others, written, at, around.reading, problems)
    layers = _layers(layer, around)
    check, labels = pick_check(layers), pick_labels(layers)
    problems += check_problems(check, at)
    problems += _out_of_time(options, check, at)
    settings, shown = None, dict[str, Any]()
    if table.name is not None and table.probe is not None and options is not None:
        shown = _KINDS.as_written(table.probe, written)
        secrets = tuple(dict.fromkeys(around.reading.secrets[start:]))
        target = hidden(_target(options, shown), secrets)
        origin = f"{around.file}, [[platform]] {position + 1}"
        spec = _spec(table, check, labels, target, origin)
        told = written.get("recovery")
        recovery = read_recovery(table.recovery, told, at, around.reading, problems)
        problems += [*hopeless(recovery, spec, at), *too_short(options, spec, at)]
        shedding = read_shedding(table, written, at, around.reading, problems)
        if shedding is not None:
            spec = replace(spec, on_shed=shedding.shed.words)
        settings = PlatformSettings(
            spec=spec,
            options=options,
            secrets=secrets,
            recovery=recovery,
            shedding=shedding,
        )
    notes = {**notes_of(check), **notes_of(labels), **_unwritten(raw, options)}
    return Entry(table.name, check, labels, notes, shown, settings)


def _layers(own: Layer, around: Around) -> list[Layer]:
    """Return where a platform's values are looked for, the nearest first."""
    outer = [replace(around.defaults, where=Where.DEFAULTS), around.engine]
    group = own.table.group
    if group is None:
        group = around.defaults.table.group
    if group in around.groups:
        outer = [replace(around.groups[group], where=Where.GROUP), *outer]
    return [own, *outer]


def _out_of_time(options: object, check: Check, at: KeyPath) -> Iterator[Problem]:
    """Yield a timeout that is over before the probe could even have asked."""
    timeout, least_s = check["timeout"], getattr(options, "least_s", 0.0)
    if timeout.is_sound and 0 < timeout.value <= least_s:
        words = (
            f"this check takes at least {format_duration(least_s)}: raise it, or let "
            "the probe do less"
        )
        value = format_duration(timeout.value)
        yield Problem((*at, "timeout"), words, value, timeout.where)


def _missing(layer: Layer, at: KeyPath) -> Iterator[Problem]:
    examples = {"name": "discord", "probe": "http"}
    for key, example in examples.items():
        if getattr(layer.table, key) is None and key not in layer.bad:
            words = (
                f'missing: every platform needs a {key}, such as {key} = "{example}"'
            )
            yield Problem((*at, key), words)


def _target(options: Any, shown: Mapping[str, Any]) -> str:
    """Return the words for what is touched, with variables as they are written."""
    names = {option.name for option in fields(options)}
    told = {key: _cut(value) for key, value in shown.items() if key in names}
    if not told:
        return shown_target(options)
    look = copy.copy(options)
    for key, value in told.items():
        object.__setattr__(look, key, value)
    try:
        return shown_target(look)
    except (ValueError, TypeError, LookupError, AttributeError):
        # the variable is a part that its probe looks at: a scheme, a port
        written = told.get("target")
        target = written if isinstance(written, str) else HIDDEN
        return visible(without_passwords(target), 200)


def _cut(written: Any) -> Any:
    match written:
        case str():
            return without_usual(written)
        case list():
            return tuple(_cut(item) for item in written)
        case _:
            return written


def _spec(
    table: PlatformTable, check: Check, labels: Check, target: str, origin: str
) -> CheckSpec:
    usual = check_defaults(check)
    return CheckSpec(
        platform=PlatformName(table.name or ""),
        probe=table.probe or "",
        target=target,
        interval_s=usual.interval_s,
        timeout_s=usual.timeout_s,
        retry=usual.retry,
        breaker=usual.breaker,
        slow_after_s=usual.slow_after_s,
        rise=usual.rise,
        group=labels["group"].value,
        tags=labels["tags"].value,
        depends_on=tuple(PlatformName(one) for one in labels["depends_on"].value),
        paused=labels["paused"].value,
        priority=labels["priority"].value,
        protected=labels["protected"].value,
        origin=origin,
    )


def _unwritten(raw: Raw, options: Any) -> dict[str, str]:
    names = [one.name for one in fields(options)] if options else []
    return {
        name: Where.DEFAULT
        for name in names
        if name not in raw and f"{name}_file" not in raw
    }
