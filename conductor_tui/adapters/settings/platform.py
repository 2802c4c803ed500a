"""One [[platform]] of a conductor.toml in; the platform out, or what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.options import (
    option_homes,
    option_names,
    read_options,
    shown_target,
)
from conductor_tui.adapters.settings.rules import (
    Check,
    Layer,
    Where,
    check_defaults,
    check_problems,
    notes_of,
    pick_check,
)
from conductor_tui.adapters.settings.schema import HOMES, PlatformTable
from conductor_tui.adapters.settings.text import Notes
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw, unknown_key
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.settings import PlatformSettings


@dataclass(frozen=True, slots=True)
class Entry:
    """One [[platform]] as far as it could be read; `settings` only without problems."""

    name: str | None
    check: Check
    notes: Notes
    settings: PlatformSettings | None


def read_platform(
    raw: Raw, position: int, engine: Layer, file: str, problems: list[Problem]
) -> Entry:
    at: KeyPath = ("platform", position)
    own = {key: raw[key] for key in raw if key in PlatformTable.model_fields}
    layer = read_layer(PlatformTable, own, at, problems)
    table: PlatformTable = layer.table
    problems += _missing(layer, at)
    others = {key: raw[key] for key in raw if key not in own}
    options = _options(table.probe, others, at, problems)
    check = pick_check([layer, engine])
    problems += check_problems(check, at)
    settings = None
    if table.name is not None and table.probe is not None and options is not None:
        origin = f"{file}, [[platform]] {position + 1}"
        settings = PlatformSettings(
            spec=_spec(table, check, shown_target(options), origin), options=options
        )
    notes = {**notes_of(check), **_unwritten(raw, options)}
    return Entry(table.name, check, notes, settings)


def _missing(layer: Layer, at: KeyPath) -> Iterator[Problem]:
    examples = {"name": "discord", "probe": "http"}
    for key, example in examples.items():
        if getattr(layer.table, key) is None and key not in layer.bad:
            words = (
                f'missing: every platform needs a {key}, such as {key} = "{example}"'
            )
            yield Problem((*at, key), words)


def _options(
    kind: str | None, raw: Raw, at: KeyPath, problems: list[Problem]
) -> object | None:
    """Return the probe's options; None, and words in `problems`, where they are bad."""
    names = option_names(kind)
    known = [*PlatformTable.model_fields, *names]
    what = f'a platform with probe = "{kind}"' if kind else "a platform"
    unknown = [key for key in raw if key not in names]
    homes = {**option_homes(), **HOMES} if unknown else HOMES
    problems += [
        Problem((*at, key), unknown_key(key, known, what, homes)) for key in unknown
    ]
    if kind is None:
        return None
    mine = {key: value for key, value in raw.items() if key in names}
    options, found = read_options(kind, mine, at)
    problems += found
    return options


def _spec(table: PlatformTable, check: Check, target: str, origin: str) -> CheckSpec:
    usual = check_defaults(check)
    return CheckSpec(
        platform=PlatformName(table.name or ""),
        probe=table.probe or "",
        target=target,
        interval_s=usual.interval_s,
        timeout_s=usual.timeout_s,
        retry=usual.retry,
        breaker=usual.breaker,
        group=table.group or "",
        origin=origin,
    )


def _unwritten(raw: Raw, options: Any) -> dict[str, str]:
    names = ["group", *(one.name for one in fields(options))] if options else []
    return {name: Where.DEFAULT for name in names if name not in raw}
