"""One run of the dashboard, from a look at the terminal to an exit code."""

import os
import sys

from conductor_tui.tui import terminal, themes
from conductor_tui.tui.app import ConductorApp
from conductor_tui.tui.guards import Guards

NO_TERMINAL = 64
DRAIN_WITHIN_S = 4.0


def run_app(app: ConductorApp, *, mouse: bool = True) -> int:
    """Run the app to its end and return the exit code for the process.

    0 quit, 64 no terminal, 70 the engine ended by itself, 128+n ended by signal n
    (129 also when the terminal is gone). What went wrong stands on stderr. Without
    `mouse` the terminal keeps it, to select text.
    """
    words = terminal.refusal(os.environ, terminal.standard_streams())
    if words:
        _complain(words)
        return NO_TERMINAL
    _suit(app)
    with Guards(app.leave):
        app.run(mouse=mouse)
    if app.last_words:
        _complain(app.last_words)
    _stop_engine(app)
    return app.exit_code


def _suit(app: ConductorApp) -> None:
    """Fit the app to what this terminal can show."""
    errors = sys.__stderr__
    environ = terminal.as_it_came(os.environ)
    if errors and terminal.wants_ascii(environ, errors.encoding):
        app.ascii = True
    reconfigure = getattr(errors, "reconfigure", None)
    if reconfigure:  # a sign that cannot be said must not become `\u2581`
        reconfigure(errors="replace")
    app.theme = themes.first_theme(
        no_color=app.no_color, colors=terminal.colors(app.console.color_system)
    )


def _stop_engine(app: ConductorApp) -> None:
    """Let the engine drain. One that hangs is left behind: its threads would hold
    the process for ever.
    """
    if app.engine is None or app.engine.stop(DRAIN_WITHIN_S):
        return
    _complain(f"the engine did not stop within {DRAIN_WITHIN_S:g} s and was left")
    os._exit(app.exit_code)


def _complain(words: str) -> None:
    sys.stderr.write(f"conductor-tui: {words}\n")
    sys.stderr.flush()
