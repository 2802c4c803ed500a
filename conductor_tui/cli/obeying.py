"""After a trip or a reset: do the programs that hold the breaker go by it?"""

import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document
from conductor_tui.domain.errors import ConductorError

WITHIN_S, LOOK_S = 2.0, 0.05


def wait_until_obeyed(to: Client, answers: Sequence[Document]) -> None:
    """Add to what was granted in how many of the programs it is in force ("applied" of
    "clients"), once it is in all, or after WITHIN_S; a script may rely on it then.
    """
    until = time.monotonic() + WITHIN_S
    for answer in answers:
        if not answer["granted"] or "epoch" not in answer:
            continue
        traffic = _traffic(to, answer, until)
        if traffic.get("clients"):
            count, of = traffic["applied"], traffic["clients"]
            answer |= {"applied": count, "clients": of}
            answer["words"] = f"{answer['words']}; applied on {count}/{of}"


def _traffic(to: Client, answer: Document, until: float) -> dict[str, Any]:
    """Return the newest figures of a platform; {} once its breaker has moved on."""
    path = f"/v1/platforms/{quote(str(answer['name']), safe='')}"
    while True:
        try:
            seen = to.ask("GET", path, key="traffic")
        except ConductorError:  # it was granted all the same
            return {}
        traffic: dict[str, Any] = seen["traffic"]
        if seen["epoch"] != answer["epoch"]:
            return {}
        is_whole = traffic["applied"] == traffic["clients"]
        if is_whole or time.monotonic() >= until:
            return traffic
        time.sleep(LOOK_S)
