"""The dashboard: the engine in a thread of its own, the screens in front of it."""

import gc
import getpass
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from conductor_tui.adapters.settings.keymap import find_keymap, load_keymap
from conductor_tui.adapters.settings.source import file_words
from conductor_tui.cli.options import settings_source
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible

if TYPE_CHECKING:
    from conductor_tui.tui.actions import Action


def open_dashboard(
    config: str | None, *, read_only: bool, ascii: bool, mouse: bool
) -> int:
    """Show the control room until the operator leaves; return the exit code.

    The settings are read first: what is wrong with them is told in the shell, not
    on a screen that closes.
    """
    gc.disable()  # nothing is garbage yet: looking for it took a tenth of the start
    try:
        return _open(config, read_only=read_only, ascii=ascii, mouse=mouse)
    finally:
        gc.enable()


def _open(config: str | None, *, read_only: bool, ascii: bool, mouse: bool) -> int:
    source = settings_source(config)
    settings = source.load()
    keys = _keys()
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.cli.local_engine import LocalEngine
    from conductor_tui.tui.app import ConductorApp
    from conductor_tui.tui.commanding import Operator
    from conductor_tui.tui.engine_thread import EngineThread
    from conductor_tui.tui.run import run_app

    host = LocalEngine(settings, source=source, read_only=read_only)
    app = ConductorApp(
        host.session,
        SystemClock(),
        engine=EngineThread(host),
        operator=Operator(by=_user(), origin=_origin()),
        read_only=read_only,
        ascii=ascii,
        ready=_tidy_up_again,
    )
    if keys is not None:
        app.wear_keys(keys)
    app.desk.say(welcome(settings))
    return run_app(app, mouse=mouse)


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
