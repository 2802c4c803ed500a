"""`on_shed` and `on_restore` of a platform in: how it makes room under load."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conductor_tui.adapters.menders.kinds import kind_of, options_type, words_of
from conductor_tui.adapters.settings.expand import brought
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.schema import (
    PlatformTable,
    RestoreTable,
    ShedTable,
)
from conductor_tui.adapters.settings.secrets import hidden
from conductor_tui.adapters.settings.words import KeyPath, Problem, Raw
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.secret import Secret
from conductor_tui.domain.settings import PluginSwitch, ShedAction, ShedSettings

_KINDS = ("command", "systemd", "docker", "plugin")
_OWN = {"directory": "command", "user": "systemd", "socket": "docker", "stop": "docker"}
_HOW = (
    'say what to do: systemd = "bot.service", or docker = "bot", or plugin = "bot", or '
    'command = ["/usr/local/bin/stop-bot"]'
)
_BACK = 'say how it comes back: on_restore = { command = ["/usr/local/bin/start-bot"] }'
TIMEOUT_S = ShedAction(action=None).timeout_s


def read_shedding(
    table: PlatformTable,
    written: Raw,
    at: KeyPath,
    reading: Reading,
    problems: list[Problem],
) -> ShedSettings | None:
    """Return what is done under load and after it; None where nothing is written, and,
    with words in `problems`, where it cannot be.
    """
    if table.on_shed is None and table.on_restore is None:
        return None
    told = [written.get("on_shed"), written.get("on_restore")]
    secrets = tuple(dict.fromkeys(brought(told, reading.environ)))
    reading.secrets += secrets
    found = list(_problems(table, at))
    if not found and table.on_shed is not None:
        try:
            return _settings(table.on_shed, table.on_restore, secrets)
        except ValueError as error:
            found.append(Problem((*at, "on_shed"), str(error)))
    problems += found
    return None


def _problems(table: PlatformTable, at: KeyPath) -> Iterator[Problem]:
    shed, back = table.on_shed, table.on_restore
    if shed is None:
        yield Problem((*at, "on_restore"), "says nothing without on_shed")
        return
    here = (*at, "on_shed")
    given = [key for key in _KINDS if getattr(shed, key) is not None]
    if not given:
        yield Problem(here, _HOW)
        return
    for key in given[1:]:
        yield Problem((*here, key), f"{given[0]} stands here too: keep one of them")
    for key, kind in _OWN.items():
        if kind not in given and getattr(shed, key) is not None:
            yield Problem((*here, key), f"says nothing without {kind}: take it out")
    is_command = given[0] == "command"
    if is_command and (back is None or back.command is None):
        yield Problem(here, _BACK)
    if not is_command and back is not None:
        words = f"{given[0]} brings it back by itself: take it out"
        yield Problem((*at, "on_restore"), words)


def _settings(
    shed: ShedTable, back: RestoreTable | None, secrets: tuple[Secret, ...]
) -> ShedSettings:
    """Raises ValueError in words."""
    one, other = _actions(shed, back)
    back_s = shed.timeout if back is None else back.timeout
    return ShedSettings(
        shed=_action(one, shed.timeout, secrets),
        restore=_action(other, back_s, secrets),
    )


def _actions(shed: ShedTable, back: RestoreTable | None) -> tuple[object, object]:
    if shed.plugin is not None:
        name = PluginName(shed.plugin)
        return PluginSwitch(name, is_on=False), PluginSwitch(name, is_on=True)
    if shed.systemd is not None:
        unit = options_type("systemd")(unit=shed.systemd, user=bool(shed.user))
        return replace(unit, verb="stop"), replace(unit, verb="start")
    if shed.docker is not None:
        box = options_type("docker")(container=shed.docker)
        box = replace(box, socket=shed.socket or box.socket)
        gone, here = ("stop", "start") if shed.stop else ("pause", "unpause")
        return replace(box, verb=gone), replace(box, verb=here)
    assert back is not None
    return _command(shed), _command(back)


def _command(table: ShedTable | RestoreTable) -> object:
    words, directory = tuple(table.command or ()), table.directory or ""
    return options_type("command")(command=words, directory=directory)


def _action(
    action: object, timeout_s: float | None, secrets: tuple[Secret, ...]
) -> ShedAction:
    words = action.words if isinstance(action, PluginSwitch) else words_of(action)
    return ShedAction(
        action=action,
        words=hidden(words, secrets),
        timeout_s=TIMEOUT_S if timeout_s is None else timeout_s,
        secrets=secrets,
    )


def shed_values(shedding: ShedSettings) -> Iterator[tuple[str, object, object]]:
    """Yield (key, value, default) as the file has them, for `config show`."""
    action: Any = shedding.shed.action
    if isinstance(action, PluginSwitch):
        yield "on_shed.plugin", action.plugin, None
    elif (kind := kind_of(action)) == "systemd":
        yield "on_shed.systemd", action.unit, None
        yield "on_shed.user", action.user, False
    elif kind == "docker":
        usual = options_type(kind)(container=action.container).socket
        yield "on_shed.docker", action.container, None
        yield "on_shed.socket", action.socket, usual
        yield "on_shed.stop", action.verb == "stop", False
    else:
        back: Any = shedding.restore.action
        yield "on_shed.command", action.command, None
        yield "on_shed.directory", action.directory, ""
        yield "on_restore.command", back.command, None
        yield "on_restore.directory", back.directory, ""
        yield from _timeout("on_restore", shedding.restore)
    yield from _timeout("on_shed", shedding.shed)


def _timeout(key: str, action: ShedAction) -> Iterator[tuple[str, object, object]]:
    timeout, usual = format_duration(action.timeout_s), format_duration(TIMEOUT_S)
    yield f"{key}.timeout", timeout, usual
