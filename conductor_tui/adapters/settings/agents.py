"""[[agent]], [agents] and [listen] in; who is listened for, and where, out."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

from conductor_tui.adapters.settings.agent_schema import (
    AgentsTable,
    AgentTable,
    ListenTable,
)
from conductor_tui.adapters.settings.layers import read_layer
from conductor_tui.adapters.settings.maintenance import system_zone
from conductor_tui.adapters.settings.picking import Check, Layer, Where, notes_of, pick
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.recovery import read_recovery
from conductor_tui.adapters.settings.rows import Notes
from conductor_tui.adapters.settings.secrets import label_of, read_named
from conductor_tui.adapters.settings.values import ShareOf
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw, suggestion
from conductor_tui.domain.agent import AgentSpec, Detector
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import (
    AgentSettings,
    CreateSettings,
    ListenSettings,
    PlatformSettings,
)

CRON_GRACE_S = 3600.0
_SHORTEST_SECRET = 8
_CREATE, _LISTEN = CreateSettings(), ListenSettings()
_USUAL = AgentSpec(agent=AgentId(""))
_RHYTHM: Mapping[str, object] = {
    "interval": _USUAL.interval_s,
    "failure_threshold": _USUAL.threshold,
    "grace": ShareOf(0.5),
    "detector": _USUAL.detector,
}


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """One [[agent]] as far as it could be read; `settings` only without problems."""

    name: str | None
    uuid: str | None
    token: Secret | None
    notes: Notes
    written: Mapping[str, Any]
    settings: AgentSettings | None


@dataclass(frozen=True, slots=True)
class Agents:
    """[agents]: what agents have that say nothing else, and who may come."""

    layer: Layer
    create: CreateSettings
    notes: Notes


@dataclass(frozen=True, slots=True)
class Listening:
    """[listen], and its secrets as they are written there."""

    settings: ListenSettings
    written: Mapping[str, Any]


def read_agents(raw: Any, problems: list[Problem]) -> Agents:
    layer = read_layer(AgentsTable, raw, ("agents",), problems)
    rhythm = _rhythm([layer])
    limit = pick("limit", _CREATE.limit, [layer])
    expires = pick("expires", _CREATE.expires_s, [layer])
    create = CreateSettings(
        names=layer.table.names or "",
        limit=limit.value,
        expires_s=expires.value,
        usual=replace(_spec(_USUAL, rhythm), is_created=True, expires_s=expires.value),
    )
    notes = notes_of({**rhythm, "limit": limit, "expires": expires})
    return Agents(replace(layer, where=Where.AGENTS), create, notes)


def read_agent(
    raw: Raw,
    written: Raw,
    position: int,
    agents: Agents,
    file: str,
    reading: Reading,
    problems: list[Problem],
) -> AgentEntry:
    """`written` is the table before variables were filled in."""
    at: KeyPath = ("agent", position)
    known = len(problems)
    own, secrets = _secrets(AgentTable.SECRETS, raw, written, at, reading, problems)
    layer = read_layer(AgentTable, own, at, problems)
    table: AgentTable = layer.table
    problems += _missing(layer, at)
    rhythm = _rhythm([layer, agents.layer])
    problems += _cron_problems(layer, at)
    settings = None
    told = written.get("recovery")
    recovery = read_recovery(table.recovery, told, at, reading, problems)
    if table.name is not None and len(problems) == known:
        spec = AgentSpec(
            agent=AgentId(table.name),
            cron=table.cron or "",
            zone=(table.zone or system_zone()) if table.cron else "",
            group=table.group or "",
            tags=tuple(table.tags or ()),
            origin=f"{file}, [[agent]] {position + 1}",
        )
        settings = AgentSettings(
            spec=_spec(spec, rhythm),
            uuid=table.uuid or "",
            token=secrets.get("token"),
            notify=bool(table.notify),
            recovery=recovery,
        )
    shown = _as_written(AgentTable.SECRETS, written)
    notes = notes_of(rhythm)
    return AgentEntry(
        table.name, table.uuid, secrets.get("token"), notes, shown, settings
    )


def read_listen(
    raw: Any, written: Any, reading: Reading, problems: list[Problem]
) -> Listening:
    at: KeyPath = ("listen",)
    raw, written = (one if isinstance(one, dict) else {} for one in (raw, written))
    own, secrets = _secrets(ListenTable.SECRETS, raw, written, at, reading, problems)
    table: ListenTable = read_layer(ListenTable, own, at, problems).table
    problems += _door_problems(table)
    settings = ListenSettings(
        socket=_place(table.socket),
        datagrams=_place(table.datagrams),
        http=table.http or "",
        udp=table.udp or "",
        token=secrets.get("token"),
        ping_key=secrets.get("ping_key"),
        tokens=table.tokens,
        certificate=table.tls_certificate or "",
        key=table.tls_key or "",
    )
    return Listening(settings, _as_written(ListenTable.SECRETS, written))


def agents_alike(entries: Sequence[AgentEntry]) -> Iterator[Problem]:
    """Yield what two agents cannot both have: beats would reach the wrong one."""
    for key in ("name", "uuid", "token"):
        first: dict[object, int] = {}
        for position, entry in enumerate(entries):
            value = getattr(entry, key)
            if isinstance(value, Secret):
                value = value.value
            if value and first.setdefault(value, position) != position:
                words = (
                    f"agent[{first[value] + 1}] has this {key} too: give every agent "
                    "one of its own"
                )
                yield Problem(("agent", position, key), words)


def unheard(
    platforms: Sequence[PlatformSettings | None],
    entries: Sequence[AgentEntry],
    agents: Agents,
) -> Iterator[Problem]:
    """Yield the platforms that wait for heartbeats which nobody listens for."""
    names = [entry.name for entry in entries if entry.name is not None]
    may_come = re.compile(agents.create.names or "(?!)")
    for position, platform in enumerate(platforms):
        if platform is None or platform.spec.probe != "heartbeat":
            continue
        agent = platform.spec.target
        if agent not in names and not may_come.fullmatch(agent):
            way_out = suggestion(agent, names) or "add an [[agent]] with this name"
            words = f"no agent is called {agent!r}: {way_out}"
            yield Problem(("platform", position, "target"), words)


def _rhythm(layers: Sequence[Layer]) -> Check:
    return {key: pick(key, usual, layers) for key, usual in _RHYTHM.items()}


def _spec(spec: AgentSpec, rhythm: Check) -> AgentSpec:
    """Return the spec with this rhythm. A share is one of its interval."""
    interval_s, grace = rhythm["interval"].value, rhythm["grace"].value
    if isinstance(grace, ShareOf):
        grace = CRON_GRACE_S if spec.cron else grace.share * interval_s
    return replace(
        spec,
        interval_s=interval_s,
        threshold=rhythm["failure_threshold"].value,
        grace_s=grace,
        detector=Detector(rhythm["detector"].value),
    )


def _missing(layer: Layer, at: KeyPath) -> Iterator[Problem]:
    if layer.table.name is None and "name" not in layer.bad:
        words = 'missing: every agent needs a name, such as name = "agent-001"'
        yield Problem((*at, "name"), words)


def _cron_problems(layer: Layer, at: KeyPath) -> Iterator[Problem]:
    """Yield what does not go together with cron, or without it."""
    table: AgentTable = layer.table
    if table.cron is None:
        if table.zone is not None and "cron" not in layer.bad:
            yield Problem((*at, "zone"), "says nothing without cron: add cron")
        return
    for key in ("interval", "failure_threshold", "detector"):
        if getattr(table, key) is not None:
            words = "cron says already when it beats: keep one of the two"
            yield Problem((*at, key), words)
    if isinstance(table.grace, ShareOf):
        words = 'cron has no interval to have a share of: write a duration such as "1h"'
        yield Problem((*at, "grace"), words)


def _door_problems(table: ListenTable) -> Iterator[Problem]:
    has_both = table.tls_certificate and table.tls_key
    if bool(table.tls_certificate) != bool(table.tls_key):
        missing = "tls_key" if table.tls_certificate else "tls_certificate"
        yield Problem(
            ("listen", missing), "missing: TLS needs a certificate and its key"
        )
    if table.http is None:
        return
    if not has_both and not _is_this_host(table.http.rpartition(":")[0]):
        words = (
            'must be this host itself, such as "127.0.0.1:7474", while there is no '
            "TLS: add tls_certificate and tls_key, or a server in front that does it"
        )
        yield Problem(("listen", "http"), words)


def _is_this_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _place(written: bool | str | None) -> str | None:
    """Return the path; "" for none, None for the usual one."""
    if isinstance(written, str):
        return written
    return "" if written is False else None


def _secrets(
    names: Sequence[str],
    raw: Raw,
    written: Raw,
    at: KeyPath,
    reading: Reading,
    problems: list[Problem],
) -> tuple[dict[str, Any], dict[str, Secret]]:
    """Return the other keys, and the secrets by name."""
    keys = [key for name in names for key in (name, f"{name}_file")]
    own = {key: value for key, value in raw.items() if key not in keys}
    given = {key: raw[key] for key in keys if key in raw}
    found = read_named(given, written, at, reading, problems)
    for name, secret in found.items():
        if len(secret.value) < _SHORTEST_SECRET:
            words = f"too short to guard anything: at least {_SHORTEST_SECRET} long"
            key = name if name in raw else f"{name}_file"
            problems.append(Problem((*at, key), words))
    return own, found


def _as_written(names: Sequence[str], written: Raw) -> dict[str, Any]:
    """Return secrets as they may be shown, and the files of others."""
    shown = {
        key: written[key]
        for key in (f"{name}_file" for name in names)
        if key in written
    }
    return shown | {key: label_of(written[key]) for key in names if key in written}
