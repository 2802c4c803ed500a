"""What comes of a request that a program sends through the conductor."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from conductor_tui.client.dialing import Answer
from conductor_tui.domain.errors import AskRefused, CallRefused
from conductor_tui.domain.ids import PlatformName

DELIVERED_STATUS, KEPT_STATUS = 200, 202
_REJECTED = "rejected"


class Sent(NamedTuple):
    """A request that was accepted. Delivered: `reply` is what the platform answered.
    Otherwise it waits as dead letter `letter`, and `words` say why.
    """

    id: str
    outcome: str
    reply: Any = None
    platform: str = ""
    letter: int | None = None
    words: str = ""
    attempts: int = 0
    is_repeated: bool = False

    @property
    def is_delivered(self) -> bool:
        return self.letter is None or self.outcome == "delivered"


def request_body(**said: object) -> Mapping[str, object]:
    """Return what is said of a request: nothing of what nobody named."""
    payload = said.pop("payload")
    named = {key: value for key, value in said.items() if value not in (None, "")}
    return {**named, "payload": payload}


def sent(answer: Answer, to: str) -> Sent:
    """Return what came of it. Raises CallRefused where the breaker let nothing through
    and nothing was kept, AskRefused for all else that was not accepted.
    """
    said = answer.document
    if answer.status not in (DELIVERED_STATUS, KEPT_STATUS):
        if said.get("outcome") == _REJECTED:
            raise CallRefused(PlatformName(to), answer.words, said.get("retry_after_s"))
        raise AskRefused(answer.words, answer.status)
    reply = said.get("reply")
    return Sent(
        id=str(said.get("id", "")),
        outcome=str(said.get("outcome", "")),
        reply=reply.get("payload") if isinstance(reply, dict) else None,
        platform=str(said.get("platform") or ""),
        letter=said.get("letter"),
        words=str(said.get("words", "")),
        attempts=int(said.get("attempts", 0)),
        is_repeated=bool(said.get("repeated")),
    )
