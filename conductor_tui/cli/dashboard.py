"""The dashboard: the engine in a thread of its own, the screens in front of it."""

import getpass
import os

from conductor_tui.adapters.settings.keymap import find_keymap, load_keymap
from conductor_tui.adapters.settings.source import file_words
from conductor_tui.cli.options import settings_source
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible


def open_dashboard(
    config: str | None, *, read_only: bool, ascii: bool, mouse: bool
) -> int:
    """Show the control room until the operator leaves; return the exit code.

    The settings are read first: what is wrong with them is told in the shell, not
    on a screen that closes.
    """
    source = settings_source(config)
    settings = source.load()
    keys = find_keymap(os.environ)
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.cli.local_engine import LocalEngine
    from conductor_tui.tui.app import ConductorApp
    from conductor_tui.tui.commanding import Operator
    from conductor_tui.tui.keymap import read_keymap, remapped
    from conductor_tui.tui.run import run_app

    engine = LocalEngine(settings, source=source, read_only=read_only)
    app = ConductorApp(
        engine.session,
        SystemClock(),
        engine=engine,
        operator=Operator(by=_user(), origin=_origin()),
        read_only=read_only,
        ascii=ascii,
    )
    if keys is not None:
        app.wear_keys(remapped(read_keymap(load_keymap(keys), file_words(keys))))
    app.desk.say(welcome(settings))
    return run_app(app, mouse=mouse)


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
