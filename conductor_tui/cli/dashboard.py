"""The dashboard: the engine in a thread of its own, the screens in front of it."""

import gc
import getpass
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conductor_tui.adapters.settings.keymap import find_keymap, load_keymap
from conductor_tui.adapters.settings.source import file_words
from conductor_tui.cli.options import settings_source
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible

if TYPE_CHECKING:
    from conductor_tui.cli.attaching import Attachment
    from conductor_tui.tui.action import Action
    from conductor_tui.tui.commanding import Operator


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the options of the dashboard say. `connect` is the address of a conductor,
    "" for the daemon of this user, if one runs; `inside`: none of them.
    """

    config: str | None = None
    connect: str = ""
    token_file: Path | None = None
    inside: bool = False
    read_only: bool = False
    ascii: bool = False
    mouse: bool = True


def open_dashboard(wishes: Wishes) -> int:
    """Show the control room until the operator leaves; return the exit code.

    The settings are read first: what is wrong with them is told in the shell, not
    on a screen that closes.
    """
    gc.disable()  # nothing is garbage yet: looking for it took a tenth of the start
    try:
        attachment = _attachment(wishes)
        if attachment is None:
            return _open_inside(wishes)
        try:
            return _open_attached(wishes, attachment)
        finally:
            attachment.hang_up()
    finally:
        gc.enable()


def _attachment(wishes: Wishes) -> "Attachment | None":
    """Return the conductor to attach to; None: there is none, so we bring our own."""
    from conductor_tui.cli.attaching import attach_to, daemon_here

    if wishes.connect:
        return attach_to(wishes.connect, wishes.token_file)
    if wishes.inside:
        return None
    if wishes.config is None:
        return daemon_here(None)
    source = settings_source(wishes.config)
    socket = source.load().listen.socket
    return daemon_here(source.path, Path(socket) if socket else None)


def _open_attached(wishes: Wishes, to: "Attachment") -> int:
    keys, operator = _keys(), _operator()
    from conductor_tui.adapters.api.remote_archive import RemoteArchive
    from conductor_tui.adapters.api.remote_letters import remote_letter
    from conductor_tui.adapters.api.remote_session import RemoteClock
    from conductor_tui.adapters.letter_box import LetterBox
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.cli.attaching import open_session
    from conductor_tui.tui.app import ConductorApp
    from conductor_tui.tui.engine_thread import EngineThread
    from conductor_tui.tui.run import run_app

    session = open_session(to, operator.by, operator.origin)
    engine = EngineThread(session)
    engine.start()  # what it says can come while the screen is built
    app = ConductorApp(
        session,
        RemoteClock(session, SystemClock()),
        engine=engine,
        operator=operator,
        archive=RemoteArchive(to.client),
        letters=LetterBox(partial(remote_letter, to.client)),
        known_as=lambda: session.known_as,
        read_only=wishes.read_only,
        ascii=wishes.ascii,
        ready=_tidy_up_again,
    )
    if keys is not None:
        app.wear_keys(keys)
    app.desk.say(f"attached to {to.where}: it watches {to.hello.get('source')}")
    return run_app(app, mouse=wishes.mouse)


def _open_inside(wishes: Wishes) -> int:
    source = settings_source(wishes.config)
    settings = source.load()
    keys, operator = _keys(), _operator()
    from conductor_tui.adapters.letter_box import LetterBox
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.cli.local_engine import LocalEngine
    from conductor_tui.tui.app import ConductorApp
    from conductor_tui.tui.engine_thread import EngineThread
    from conductor_tui.tui.run import run_app

    host = LocalEngine(
        settings,
        source=source,
        read_only=wishes.read_only,
        viewer=(operator.by, operator.origin),
    )
    app = ConductorApp(
        host.session,
        SystemClock(),
        engine=EngineThread(host),
        operator=operator,
        archive=host.archive,
        letters=LetterBox(host.letter),
        read_only=wishes.read_only,
        ascii=wishes.ascii,
        ready=_tidy_up_again,
    )
    if keys is not None:
        app.wear_keys(keys)
    app.desk.say(welcome(settings))
    return run_app(app, mouse=wishes.mouse)


def _operator() -> "Operator":
    from conductor_tui.tui.commanding import Operator

    return Operator(by=_user(), origin=_origin())


def _keys() -> "Sequence[Action] | None":
    """Return the table of actions with the keys that a person has given them."""
    file = find_keymap(os.environ)
    if file is None:
        return None
    from conductor_tui.tui.keymap import read_keymap, remapped

    return remapped(read_keymap(load_keymap(file), file_words(file)))


def _tidy_up_again() -> None:
    """What the start has made stays to the end: it is not looked through again."""
    gc.freeze()
    gc.enable()


def welcome(settings: Settings) -> str:
    """Say what this run goes by: a forgotten file must not pass for discovery."""
    if settings.platforms:
        return f"what is watched stands in {settings.source}"
    return settings.source


def _user() -> str:
    """Who sits here: through sudo, the person and not root."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a uid without a name, as in some containers
        name = f"uid {os.getuid()}"
    return visible(name, limit=64)


def _origin() -> str:
    """Where they came from: the address of the ssh client, or the terminal."""
    client = os.environ.get("SSH_CONNECTION", "").split()
    if client:
        return visible(f"ssh from {client[0]}", limit=64)
    try:
        return visible(os.ttyname(0), limit=64)
    except OSError:
        return "no terminal"
