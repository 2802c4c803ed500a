"""Settings as the text of a conductor.toml: what `config show` and `init` write.

What is written here is read back by `file`, so every value has one way to
be written: durations as `format_duration` has them, tables as dotted keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from conductor_tui.adapters.settings.alert_text import (
    alert_blocks,
    recovery_rows,
    shed_rows,
)
from conductor_tui.adapters.settings.plugin_text import plugin_blocks
from conductor_tui.adapters.settings.request_text import request_blocks
from conductor_tui.adapters.settings.rows import (
    Notes,
    Row,
    comment_text,
    option_rows,
    table_text,
)
from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.check import Quorum
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.pause import MaintenanceWindow
from conductor_tui.domain.settings import (
    AgentSettings,
    CheckDefaults,
    CreateSettings,
    ListenSettings,
    PlatformSettings,
    Settings,
)

MANY = 1000
_MANY_WORDS = f"""\
More than {MANY} platforms: each says only where it differs from [engine] and from the
defaults of its probe."""


def settings_text(
    settings: Settings,
    *,
    comment: str = "",
    notes: Mapping[str, Notes] | None = None,
    written: Mapping[str, Mapping[str, object]] | None = None,
) -> str:
    """Return the whole file, every default written out.

    Of more than MANY platforms each says only where it differs from [engine]: the
    file must stay small enough to be read again.
    `notes` has one entry per table: `engine`, `load`, `platform[1]` and so on; so has
    `written`, for options that are shown as they stand there: with their variables.
    """
    notes, written = notes or {}, written or {}
    doors = _listen_rows(settings.listen, written.get("listen", {}))
    blocks = [
        comment_text(comment),
        table_text("[engine]", _engine_rows(settings), notes.get("engine", {})),
        table_text("[load]", _load_rows(settings), notes.get("load", {})),
        *_platform_blocks(settings, notes, written),
        *(window_text(window) for window in settings.maintenance),
        table_text("[agents]", _create_rows(settings.create), notes.get("agents", {})),
        *_agent_blocks(settings, notes, written),
        table_text("[listen]", doors, notes.get("listen", {})),
        *alert_blocks(settings, notes, written),
        *plugin_blocks(settings, notes, written),
        *request_blocks(settings, notes),
    ]
    return "\n".join(block for block in blocks if block)


def _platform_blocks(
    settings: Settings,
    notes: Mapping[str, Notes],
    written: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    is_full = len(settings.platforms) <= MANY
    if not is_full:
        yield comment_text(_MANY_WORDS)
    for n, platform in enumerate(settings.platforms, start=1):
        yield platform_text(
            platform,
            comment=platform.spec.origin if is_full else "",
            full=is_full,
            notes=notes.get(f"platform[{n}]") if is_full else None,
            usual=None if is_full else settings.defaults,
            written=written.get(f"platform[{n}]"),
        )


def _agent_blocks(
    settings: Settings,
    notes: Mapping[str, Notes],
    written: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    for n, agent in enumerate(settings.agents, start=1):
        table = f"agent[{n}]"
        rows = _agent_rows(agent, written.get(table, {}))
        yield comment_text(agent.spec.origin) + table_text(
            "[[agent]]", rows, notes.get(table, {})
        )


def platform_text(
    platform: PlatformSettings,
    *,
    comment: str = "",
    full: bool = False,
    notes: Notes | None = None,
    usual: CheckDefaults | None = None,
    written: Mapping[str, object] | None = None,
) -> str:
    """Return one `[[platform]]` table, ending in a newline.

    Only what differs from the defaults is written, unless `full`; `usual` are those of
    the file's [engine], where it has one. A `comment` (any text, lines are kept) stands
    above; `notes` stand behind the values.
    """
    rows = _platform_rows(platform, usual or CheckDefaults(), written or {})
    chosen = (row for row in rows if full or not row.is_default)
    return comment_text(comment) + table_text("[[platform]]", chosen, notes or {})


def window_text(window: MaintenanceWindow) -> str:
    """Return one `[[maintenance]]` table, ending in a newline."""
    return table_text("[[maintenance]]", _window_rows(window), {})


def _engine_rows(settings: Settings) -> Iterator[Row]:
    engine = settings.engine
    yield from _check_rows(settings.defaults, CheckDefaults())
    spacing_s = engine.spacing_s
    yield Row("stagger", "spread" if spacing_s is None else format_duration(spacing_s))
    yield Row("max_checks_at_once", engine.max_checks_at_once)
    yield Row("history", format_duration(engine.history_s))


def _load_rows(settings: Settings) -> Iterator[Row]:
    for limit in fields(settings.load):
        value = getattr(settings.load, limit.name)
        yield Row(limit.name, value if isinstance(value, str) else _number(value))


def _platform_rows(
    platform: PlatformSettings, usual: CheckDefaults, written: Mapping[str, object]
) -> Iterator[Row]:
    spec = platform.spec
    yield Row("name", spec.platform)
    yield Row("probe", spec.probe)
    yield from option_rows(platform.options, written)
    yield Row("group", spec.group, "")
    yield Row("tags", spec.tags, ())
    yield Row("depends_on", spec.depends_on, ())
    yield Row("paused", spec.paused, False)
    yield Row("priority", spec.priority, 50)
    yield Row("protected", spec.protected, False)
    own = CheckDefaults(
        interval_s=spec.interval_s,
        timeout_s=spec.timeout_s,
        retry=spec.retry,
        breaker=spec.breaker,
        slow_after_s=spec.slow_after_s,
        rise=spec.rise,
    )
    yield from _check_rows(own, usual)
    yield from recovery_rows(platform.recovery)
    yield from shed_rows(platform.shedding)


def _window_rows(window: MaintenanceWindow) -> Iterator[Row]:
    chosen = window.selection
    yield Row("name", window.name)
    for key in ("platforms", "groups", "tags"):
        if getattr(chosen, key):
            yield Row(key, getattr(chosen, key))
    if window.starts and window.ends:
        yield Row("start", window.starts)
        yield Row("end", window.ends)
    else:
        yield Row("cron", window.cron)
        yield Row("for", format_duration(window.lasts_s))
        yield Row("zone", window.zone)


def _agent_rows(agent: AgentSettings, written: Mapping[str, object]) -> Iterator[Row]:
    spec = agent.spec
    yield Row("name", spec.agent)
    if spec.cron:
        yield Row("cron", spec.cron)
        yield Row("zone", spec.zone)
        yield Row("grace", format_duration(spec.grace_s))
    else:
        yield from _rhythm_rows(spec)
    yield Row("group", spec.group)
    yield Row("tags", spec.tags)
    yield Row("notify", agent.notify)
    if agent.uuid:
        yield Row("uuid", agent.uuid)
    for key, value in written.items():
        yield Row(key, value, is_raw=True)
    yield from recovery_rows(agent.recovery)


def _rhythm_rows(spec: AgentSpec) -> Iterator[Row]:
    yield Row("interval", format_duration(spec.interval_s))
    yield Row("failure_threshold", spec.threshold)
    yield Row("grace", format_duration(spec.grace_s))
    yield Row("detector", spec.detector.value)


def _create_rows(create: CreateSettings) -> Iterator[Row]:
    yield from _rhythm_rows(create.usual)
    yield Row("names", create.names)
    yield Row("limit", create.limit)
    yield Row("expires", format_duration(create.expires_s))


def _listen_rows(
    listen: ListenSettings, written: Mapping[str, object]
) -> Iterator[Row]:
    for key in ("socket", "datagrams"):
        place = getattr(listen, key)
        yield Row(key, True if place is None else place or False)
    for key, name in (
        *(("http", "http"), ("udp", "udp"), ("tokens", "tokens")),
        *(("tls_certificate", "certificate"), ("tls_key", "key")),
    ):
        if getattr(listen, name):
            yield Row(key, getattr(listen, name))
    for key, value in written.items():
        yield Row(key, value, is_raw=True)


def _check_rows(own: CheckDefaults, usual: CheckDefaults) -> Iterator[Row]:
    yield _duration("interval", own.interval_s, usual.interval_s)
    yield _duration("timeout", own.timeout_s, usual.timeout_s)
    if own.slow_after_s is not None:
        yield _duration("slow_after", own.slow_after_s, usual.slow_after_s or 0)
    yield Row("rise", own.rise, usual.rise)
    retry, retries = own.retry, usual.retry
    yield Row("retry.attempts", retry.attempts, retries.attempts)
    yield _duration("retry.wait", retry.wait_s, retries.wait_s)
    yield _duration("retry.max_wait", retry.max_wait_s, retries.max_wait_s)
    breaker, breakers = own.breaker, usual.breaker
    yield Row("breaker.failures", breaker.failures, breakers.failures)
    yield _duration(
        "breaker.reset_after", breaker.reset_after_s, breakers.reset_after_s
    )
    yield Row("breaker.backoff", _number(breaker.backoff), _number(breakers.backoff))
    yield _duration("breaker.max_reset", breaker.max_reset_s, breakers.max_reset_s)
    yield Row("breaker.trial", breaker.trial.value, breakers.trial.value)
    yield Row("breaker.quorum", _quorum(breaker.quorum), _quorum(breakers.quorum))


def _duration(key: str, seconds: float, default_s: float) -> Row:
    return Row(key, format_duration(seconds), format_duration(default_s))


def _quorum(value: Quorum) -> int | str:
    """Return it as a person writes it: 2, or "50%"."""
    return value if isinstance(value, int) else f"{_number(round(value * 100, 6))}%"


def _number(value: float) -> float:
    """Return 80 for 80.0: a person wrote it so."""
    return int(value) if value == int(value) else value
