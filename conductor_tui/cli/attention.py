"""Calls the person at this terminal: its bell, and a desktop notification."""

from contextlib import suppress

from conductor_tui.domain.alert_events import AttentionCalled


def call_person(call: AttentionCalled) -> None:
    """Write the call to the terminal that this process has, if it has one. Not to
    stdout: that may be a file or a pipe.
    """
    tty = "/dev/tty"
    with (
        suppress(OSError),  # no terminal: nobody is there to be called
        open(tty, "w", encoding="utf-8", errors="replace") as terminal,
    ):
        terminal.write(sequence(call))


def sequence(call: AttentionCalled) -> str:
    """Return the characters that a terminal obeys. Title and text are printable since
    they entered the model; a `;` would end the title of OSC 777.
    """
    bell = "\a" if call.bell else ""
    if call.how == "osc9":
        return f"\x1b]9;{call.title}: {call.text}\x1b\\{bell}"
    if call.how == "osc777":
        title = call.title.replace(";", ",")
        return f"\x1b]777;notify;{title};{call.text}\x1b\\{bell}"
    return bell
