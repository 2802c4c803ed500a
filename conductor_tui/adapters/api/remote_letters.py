"""A dead letter whole, as another conductor has it."""

from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.wire.records import adapter
from conductor_tui.domain.dead_letter import DeadLetter
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.ids import LetterId


def remote_letter(client: Client, letter: LetterId) -> DeadLetter | None:
    """Return it; None: it was delivered or discarded meanwhile. Blocks.

    Raises AskRefused, NobodyListens.
    """
    try:
        said = client.ask("GET", f"/v1/dead-letters/{letter}", key="view")
    except AskRefused as refused:
        if refused.status == 404:
            return None
        raise
    found: DeadLetter = adapter(DeadLetter).validate_python(said)
    return found
