"""Settings as the text of a conductor.toml: what `config show` and `init` write.

What is written here is read back by `file`, so every value has one way to
be written: durations as `format_duration` has them, tables as dotted keys.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import TypeAlias

from conductor_tui.adapters.settings.toml_text import escaped, toml_value
from conductor_tui.domain.agent import AgentSpec
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
from conductor_tui.domain.text import visible

Notes: TypeAlias = Mapping[str, str]
"""Words on where a value came from, by its key in the table (`retry.attempts`)."""

MANY = 1000
_MANY_WORDS = f"""\
More than {MANY} platforms: each says only where it differs from [engine] and from the
defaults of its probe."""
_LINE = 400  # characters of a comment's line; nobody reads on
_NONE = object()


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
        _comment(comment),
        _table("[engine]", _engine_rows(settings), notes.get("engine", {})),
        _table("[load]", _load_rows(settings), notes.get("load", {})),
        *_platform_blocks(settings, notes, written),
        *(window_text(window) for window in settings.maintenance),
        _table("[agents]", _create_rows(settings.create), notes.get("agents", {})),
        *_agent_blocks(settings, notes, written),
        _table("[listen]", doors, notes.get("listen", {})),
    ]
    return "\n".join(block for block in blocks if block)


def _platform_blocks(
    settings: Settings,
    notes: Mapping[str, Notes],
    written: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    is_full = len(settings.platforms) <= MANY
    if not is_full:
        yield _comment(_MANY_WORDS)
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
        yield _comment(agent.spec.origin) + _table(
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
    return _comment(comment) + _table("[[platform]]", chosen, notes or {})


def window_text(window: MaintenanceWindow) -> str:
    """Return one `[[maintenance]]` table, ending in a newline."""
    return _table("[[maintenance]]", _window_rows(window), {})


@dataclass(frozen=True, slots=True)
class _Row:
    """One `key = value`. Without a default it is always written. `is_raw`: as it
    stands in a file, variables and all.
    """

    key: str
    value: object
    default: object = _NONE
    is_raw: bool = False

    @property
    def is_default(self) -> bool:
        return self.value == self.default


def _table(header: str, rows: Iterator[_Row], notes: Notes) -> str:
    lines = [header]
    for row in rows:
        note = notes.get(row.key, "")
        behind = f"  # {visible(note, _LINE)}" if note else ""
        value = toml_value(row.value if row.is_raw else escaped(row.value))
        lines.append(f"{row.key} = {value}{behind}")
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    lines = [f"# {visible(line, _LINE)}".rstrip() for line in text.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _engine_rows(settings: Settings) -> Iterator[_Row]:
    engine = settings.engine
    yield from _check_rows(settings.defaults, CheckDefaults())
    spacing_s = engine.spacing_s
    yield _Row("stagger", "spread" if spacing_s is None else format_duration(spacing_s))
    yield _Row("max_checks_at_once", engine.max_checks_at_once)
    yield _Row("history", format_duration(engine.history_s))


def _load_rows(settings: Settings) -> Iterator[_Row]:
    for limit in fields(settings.load):
        yield _Row(limit.name, _number(getattr(settings.load, limit.name)))


def _platform_rows(
    platform: PlatformSettings, usual: CheckDefaults, written: Mapping[str, object]
) -> Iterator[_Row]:
    spec = platform.spec
    yield _Row("name", spec.platform)
    yield _Row("probe", spec.probe)
    yield from _option_rows(platform.options, written)
    yield _Row("group", spec.group, "")
    yield _Row("tags", spec.tags, ())
    yield _Row("depends_on", spec.depends_on, ())
    yield _Row("paused", spec.paused, False)
    own = CheckDefaults(
        interval_s=spec.interval_s,
        timeout_s=spec.timeout_s,
        retry=spec.retry,
        breaker=spec.breaker,
        slow_after_s=spec.slow_after_s,
        rise=spec.rise,
    )
    yield from _check_rows(own, usual)


def _option_rows(options: object, written: Mapping[str, object]) -> Iterator[_Row]:
    """Yield the probe's own keys. An option that is None is one that is not given."""
    if not is_dataclass(options):
        raise TypeError(f"a probe's options are a dataclass, not {options!r}")
    for option in fields(options):
        in_file = f"{option.name}_file"
        key = in_file if in_file in written else option.name
        if key in written:
            yield _Row(key, written[key], is_raw=True)
            continue
        value = getattr(options, option.name)
        default = option.default
        if option.default_factory is not MISSING:
            default = option.default_factory()
        if value is not None:
            yield _Row(option.name, value, default)


def _window_rows(window: MaintenanceWindow) -> Iterator[_Row]:
    chosen = window.selection
    yield _Row("name", window.name)
    for key in ("platforms", "groups", "tags"):
        if getattr(chosen, key):
            yield _Row(key, getattr(chosen, key))
    if window.starts and window.ends:
        yield _Row("start", window.starts)
        yield _Row("end", window.ends)
    else:
        yield _Row("cron", window.cron)
        yield _Row("for", format_duration(window.lasts_s))
        yield _Row("zone", window.zone)


def _agent_rows(agent: AgentSettings, written: Mapping[str, object]) -> Iterator[_Row]:
    spec = agent.spec
    yield _Row("name", spec.agent)
    if spec.cron:
        yield _Row("cron", spec.cron)
        yield _Row("zone", spec.zone)
        yield _Row("grace", format_duration(spec.grace_s))
    else:
        yield from _rhythm_rows(spec)
    yield _Row("group", spec.group)
    yield _Row("tags", spec.tags)
    yield _Row("notify", agent.notify)
    if agent.uuid:
        yield _Row("uuid", agent.uuid)
    for key, value in written.items():
        yield _Row(key, value, is_raw=True)


def _rhythm_rows(spec: AgentSpec) -> Iterator[_Row]:
    yield _Row("interval", format_duration(spec.interval_s))
    yield _Row("failure_threshold", spec.threshold)
    yield _Row("grace", format_duration(spec.grace_s))
    yield _Row("detector", spec.detector.value)


def _create_rows(create: CreateSettings) -> Iterator[_Row]:
    yield from _rhythm_rows(create.usual)
    yield _Row("names", create.names)
    yield _Row("limit", create.limit)
    yield _Row("expires", format_duration(create.expires_s))


def _listen_rows(
    listen: ListenSettings, written: Mapping[str, object]
) -> Iterator[_Row]:
    for key in ("socket", "datagrams"):
        place = getattr(listen, key)
        yield _Row(key, True if place is None else place or False)
    for key in ("http", "udp"):
        if getattr(listen, key):
            yield _Row(key, getattr(listen, key))
    for key, value in written.items():
        yield _Row(key, value, is_raw=True)


def _check_rows(own: CheckDefaults, usual: CheckDefaults) -> Iterator[_Row]:
    yield _duration("interval", own.interval_s, usual.interval_s)
    yield _duration("timeout", own.timeout_s, usual.timeout_s)
    if own.slow_after_s is not None:
        yield _duration("slow_after", own.slow_after_s, usual.slow_after_s or 0)
    yield _Row("rise", own.rise, usual.rise)
    retry, retries = own.retry, usual.retry
    yield _Row("retry.attempts", retry.attempts, retries.attempts)
    yield _duration("retry.wait", retry.wait_s, retries.wait_s)
    yield _duration("retry.max_wait", retry.max_wait_s, retries.max_wait_s)
    breaker, breakers = own.breaker, usual.breaker
    yield _Row("breaker.failures", breaker.failures, breakers.failures)
    yield _duration(
        "breaker.reset_after", breaker.reset_after_s, breakers.reset_after_s
    )
    yield _Row("breaker.backoff", _number(breaker.backoff), _number(breakers.backoff))
    yield _duration("breaker.max_reset", breaker.max_reset_s, breakers.max_reset_s)


def _duration(key: str, seconds: float, default_s: float) -> _Row:
    return _Row(key, format_duration(seconds), format_duration(default_s))


def _number(value: float) -> float:
    """Return 80 for 80.0: a person wrote it so."""
    return int(value) if value == int(value) else value
