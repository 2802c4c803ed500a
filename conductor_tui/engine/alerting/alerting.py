"""Alerts, from what happens to who is told."""

from collections.abc import Callable

from conductor_tui.domain.commands import AlertCommand
from conductor_tui.engine.refusal import Refused

Answer = Callable[[AlertCommand, bool, str], None]


class Alerting:
    """Watches the stream, opens and closes alerts, and has people told."""

    def ask(self, command: AlertCommand, answer: Answer) -> None:
        """Carry a command out; `answer` is called once what it did is kept."""
        raise Refused("alerts are not kept yet")
