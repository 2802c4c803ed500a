"""[alerts], [[channel]] and [journal] in; what alerts and who is told out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conductor_tui.adapters.channels.kinds import shown_target
from conductor_tui.adapters.settings.alert_found import KEYS, Alerting, Subjects
from conductor_tui.adapters.settings.alert_schema import (
    AlertRuleTable,
    AlertsTable,
    ChannelTable,
    JournalTable,
)
from conductor_tui.adapters.settings.kind_options import Kinds
from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.options import CHANNELS
from conductor_tui.adapters.settings.picking import Layer, Where, notes_of, pick
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.secrets import hidden
from conductor_tui.adapters.settings.shape import rules_of, tables_of
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw, suggestion
from conductor_tui.domain.alert import Scope, Severity
from conductor_tui.domain.alert_settings import (
    AlertRule,
    AlertSettings,
    ChannelSettings,
    JournalSettings,
)
from conductor_tui.domain.ids import ChannelName

_USUAL = AlertSettings()
_KINDS = Kinds(CHANNELS, ChannelTable, "a channel", {})
_KINDS_OF_SUBJECTS = ("platform", "agent", "breaker", "recovery")
_OTHER_SUBJECTS = ("load:host", "conductor:", "channel:", "group:")


def read_alerts(
    raw: Raw,
    written: Raw,
    file: str,
    known: Subjects,
    reading: Reading,
    problems: list[Problem],
) -> Alerting:
    """`written` is the file before variables were filled in."""
    own = raw.get("alerts")
    own = own if isinstance(own, dict) else {}
    plain = {key: value for key, value in own.items() if key != "rule"}
    layer = read_layer(AlertsTable, plain, ("alerts",), problems)
    outer = replace(layer, where=Where.ALERTS)
    rules = []
    notes = {"alerts": notes_of(_picked([layer]))}
    for n, table in rules_of(raw):
        at: KeyPath = ("alerts", "rule", n)
        inner = read_layer(AlertRuleTable, table, at, problems)
        problems += _strangers(inner.table, known, at)
        problems += _rule_problems([inner, outer], at)
        rules.append(_rule([inner, outer]))
        notes[f"alerts.rule[{n + 1}]"] = notes_of(_picked([inner, outer]))
    problems += _rule_problems([layer], ("alerts",))
    channels, shown = _channels(raw, written, file, known, reading, problems)
    high, low = _USUAL.flap_high, _USUAL.flap_low
    if isinstance(layer.table.flapping, tuple):
        high, low = layer.table.flapping
    settings = AlertSettings(
        rule=_rule([layer]),
        rules=tuple(rules),
        channels=tuple(channels),
        max_age_s=pick("max_age", _USUAL.max_age_s, [layer]).value,
        flap_high=high,
        flap_low=low,
    )
    kept = _journal(raw, problems)
    return Alerting(settings, kept, notes, shown)


def _journal(raw: Raw, problems: list[Problem]) -> JournalSettings:
    usual = JournalSettings()
    layers = [read_layer(JournalTable, raw.get("journal"), ("journal",), problems)]
    return JournalSettings(
        path=layers[0].table.path,
        keep_events_s=pick("keep_events", usual.keep_events_s, layers).value,
        max_bytes=pick("max_size", usual.max_bytes, layers).value,
    )


def _picked(layers: Sequence[Layer]) -> Mapping[str, Any]:
    return {key: pick(key, usual, layers) for key, usual in KEYS.items()}


def _rule(layers: Sequence[Layer]) -> AlertRule:
    picked = {key: one.value for key, one in _picked(layers).items()}
    remind_s = picked["remind"]
    return AlertRule(
        scope=_scope(layers[0].table),
        states=picked["states"],
        after=picked["after"],
        cooldown_s=picked["cooldown"],
        remind_s=None if remind_s is None or math.isinf(remind_s) else remind_s,
        severity=picked["severity"],
        flapping=picked["flapping"] is not False,
    )


def _rule_problems(layers: Sequence[Layer], at: KeyPath) -> Iterator[Problem]:
    table, picked = layers[0].table, _picked(layers)
    own = [key for key in ("remind", "cooldown") if getattr(table, key) is not None]
    remind, cooldown = picked["remind"], picked["cooldown"]
    is_sound = remind.is_sound and cooldown.is_sound and remind.value is not None
    if own and is_sound and remind.value < cooldown.value:
        words = "remind is shorter than cooldown: raise it, or lower cooldown"
        yield Problem((*at, own[0]), words)
    if table.states is not None and not table.states:
        yield Problem((*at, "states"), 'an empty list: name some, such as ["FAILED"]')
    if len(at) > 1 and isinstance(table.flapping, tuple):
        words = "its percentages stand in [alerts]: write true or false here"
        yield Problem((*at, "flapping"), words)


def _scope(table: Any) -> Scope:
    return Scope(
        names=frozenset(getattr(table, "names", None) or ()),
        groups=frozenset(getattr(table, "groups", None) or ()),
        tags=frozenset(getattr(table, "tags", None) or ()),
    )


def _strangers(table: Any, known: Subjects, at: KeyPath) -> Iterator[Problem]:
    """Yield the names, groups and tags that nobody has."""
    for key, there, what in (
        ("names", known.names, "no platform or agent has the name"),
        ("groups", known.groups, "nobody is in the group"),
        ("tags", known.tags, "nobody has the tag"),
    ):
        words = getattr(table, key)
        if words is not None and not words:
            yield Problem((*at, key), "an empty list: name some, or take the key out")
        for word in words or ():
            if there is not None and not _is_there(word, key, there):
                hint = suggestion(word, sorted(there)) or "use one that is in this file"
                yield Problem((*at, key), f'{what} "{word}": {hint}')


def _is_there(word: str, key: str, there: frozenset[str]) -> bool:
    if word in there:
        return True
    kind, _, name = word.partition(":")
    if key != "names" or not name:
        return False
    return (kind in _KINDS_OF_SUBJECTS and name in there) or word.startswith(
        _OTHER_SUBJECTS
    )


def _channels(
    raw: Raw,
    written: Raw,
    file: str,
    known: Subjects,
    reading: Reading,
    problems: list[Problem],
) -> tuple[list[ChannelSettings], dict[str, Mapping[str, Any]]]:
    """Return the channels, and by table what is not shown as it came out."""
    places, first = dict(tables_of(written, "channel")), dict[str, int]()
    channels, shown = [], dict[str, Mapping[str, Any]]()
    for n, table in tables_of(raw, "channel"):
        at: KeyPath = ("channel", n)
        channel = _channel(table, places[n], n, file, known, reading, problems)
        if channel is None:
            continue
        if first.setdefault(channel.name, n) != n:
            words = f"channel[{first[channel.name] + 1}] has this name too"
            way_out = "give every channel a name of its own"
            problems.append(Problem((*at, "name"), f"{words}: {way_out}"))
        channels.append(channel)
        shown[f"channel[{n + 1}]"] = _KINDS.as_written(channel.kind, places[n])
    return channels, shown


def _channel(
    raw: Raw,
    written: Raw,
    position: int,
    file: str,
    known: Subjects,
    reading: Reading,
    problems: list[Problem],
) -> ChannelSettings | None:
    at: KeyPath = ("channel", position)
    own = _KINDS.own(raw)
    layer = read_layer(ChannelTable, own, at, problems)
    table: ChannelTable = layer.table
    for key, example in (("name", "ops"), ("kind", "webhook")):
        if getattr(table, key) is None and key not in layer.bad:
            words = f'missing: every channel needs a {key}, such as {key} = "{example}"'
            problems.append(Problem((*at, key), words))
    problems += _strangers(table, known, at)
    start = len(reading.secrets)
    others = {key: raw[key] for key in raw if key not in own}
    options = _KINDS.read(table.kind, others, written, at, reading, problems)
    if table.name is None or table.kind is None or options is None:
        return None
    secrets = tuple(dict.fromkeys(reading.secrets[start:]))
    return ChannelSettings(
        name=ChannelName(table.name),
        kind=table.kind,
        options=options,
        least=Severity(table.severity or Severity.INFO),
        scope=_scope(table),
        timeout_s=table.timeout or 10.0,
        secrets=secrets,
        target=hidden(shown_target(options), secrets),
        origin=f"{file}, [[channel]] {position + 1}",
    )
