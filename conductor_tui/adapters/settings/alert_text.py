"""Settings of alerts as text: [alerts], its rules, [[channel]], [journal], recovery."""

from collections.abc import Iterator, Mapping, Sequence

from conductor_tui.adapters.settings.recovery import recovery_values
from conductor_tui.adapters.settings.rows import (
    NONE,
    Notes,
    Row,
    comment_text,
    option_rows,
    table_text,
)
from conductor_tui.adapters.settings.secrets import hidden
from conductor_tui.adapters.settings.shedding import shed_values
from conductor_tui.adapters.settings.toml_text import escaped
from conductor_tui.domain.alert import Scope
from conductor_tui.domain.alert_settings import (
    AlertRule,
    AlertSettings,
    ChannelSettings,
    JournalSettings,
    RecoverySettings,
)
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import Settings, ShedSettings
from conductor_tui.domain.size import format_size


def alert_blocks(
    settings: Settings,
    notes: Mapping[str, Notes],
    written: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    alerts = settings.alerts
    yield table_text("[alerts]", _alert_rows(alerts), notes.get("alerts", {}))
    for n, rule in enumerate(alerts.rules, start=1):
        noted = notes.get(f"alerts.rule[{n}]", {})
        rows = (*_scope_rows(rule.scope), *_rule_rows(rule))
        yield table_text("[[alerts.rule]]", iter(rows), noted)
    for n, channel in enumerate(alerts.channels, start=1):
        rows = (*_channel_rows(channel, written.get(f"channel[{n}]", {})),)
        yield comment_text(channel.origin) + table_text("[[channel]]", iter(rows), {})
    if settings.journal != JournalSettings():
        yield table_text("[journal]", _journal_rows(settings.journal), {})


def _journal_rows(journal: JournalSettings) -> Iterator[Row]:
    if journal.path is not None:
        yield Row("path", journal.path)
    yield Row("keep_events", format_duration(journal.keep_events_s))
    yield Row("max_size", format_size(journal.max_bytes))


def shed_rows(shedding: ShedSettings | None) -> Iterator[Row]:
    if shedding is not None:
        for key, value, default in shed_values(shedding):
            shown = _as_written(escaped(value), shedding.shed.secrets)
            usual = default if value == default else NONE
            yield Row(key, shown, usual, is_raw=True)


def recovery_rows(recovery: RecoverySettings | None) -> Iterator[Row]:
    if recovery is not None:
        for key, value, default in recovery_values(recovery):
            shown = _as_written(escaped(value), recovery.secrets)
            usual = default if value == default else NONE
            yield Row(f"recovery.{key}", shown, usual, is_raw=True)


def _as_written(value: object, secrets: Sequence[Secret]) -> object:
    """Return a value with variables in the place of what they brought in."""
    match value:
        case str():
            return hidden(value, secrets)
        case list() | tuple():
            return [_as_written(item, secrets) for item in value]
        case _:
            return value


def _alert_rows(alerts: AlertSettings) -> Iterator[Row]:
    for row in _rule_rows(alerts.rule):
        if row.key == "flapping" and row.value:
            limits = {"high": alerts.flap_high, "low": alerts.flap_low}
            yield Row("flapping", limits)
        else:
            yield row
    yield Row("max_age", format_duration(alerts.max_age_s))


def _rule_rows(rule: AlertRule) -> Iterator[Row]:
    yield Row("states", sorted(rule.states))
    yield Row("after", rule.after)
    yield Row("cooldown", format_duration(rule.cooldown_s))
    remind_s = rule.remind_s
    yield Row("remind", False if remind_s is None else format_duration(remind_s))
    if rule.severity is not None:
        yield Row("severity", rule.severity.lower())
    yield Row("flapping", rule.flapping)


def _scope_rows(scope: Scope) -> Iterator[Row]:
    for key in ("names", "groups", "tags"):
        if getattr(scope, key):
            yield Row(key, sorted(getattr(scope, key)))


def _channel_rows(
    channel: ChannelSettings, written: Mapping[str, object]
) -> Iterator[Row]:
    yield Row("name", channel.name)
    yield Row("kind", channel.kind)
    yield from option_rows(channel.options, written)
    yield Row("severity", channel.least.lower())
    yield from _scope_rows(channel.scope)
    yield Row("timeout", format_duration(channel.timeout_s))
