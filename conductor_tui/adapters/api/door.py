"""What every protocol needs: the ear, who is known to it, and who may come in.

On a unix socket the mode of its file is the guard. Over TCP it is a secret: the token
of [listen] opens everything, an agent's own token whatever is only about that agent.
How often somebody may beat is not bounded: the engine tells beats together, so they
cost no memory however many come. Wrong secrets are counted, with where they come from.
"""

import asyncio
import hmac
from functools import cached_property
from typing import TYPE_CHECKING

from conductor_tui.adapters.api.exchange import Ask
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.known import Known
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Ear, Session

if TYPE_CHECKING:
    from conductor_tui.adapters.api.broadcast import Broadcast


class Door:
    """`inside` is all that HTTP reaches but the ear: see `Inside`."""

    def __init__(
        self, ear: Ear, token: Secret | None, inside: Inside | None = None
    ) -> None:
        self.ear, self._token, self.inside = ear, token, inside or Inside()
        self.closing = asyncio.Event()
        self._agents = ear.agents
        self._known = Known(self._agents)

    @cached_property
    def broadcast(self) -> "Broadcast":
        """The stream for all who read it. Asked for only where there is a session."""
        from conductor_tui.adapters.api.broadcast import Broadcast

        assert self.session is not None
        return Broadcast(self.session)

    @property
    def session(self) -> Session | None:
        return self.inside.session

    @property
    def known(self) -> Known:
        """The indexes of the agents as they are now."""
        if self.ear.agents is not self._agents:
            self._agents = self.ear.agents
            self._known = Known(self._agents)
        return self._known

    def lets_in(self, ask: Ask, agent: AgentId | None = None, given: str = "") -> bool:
        """True when the request may be about `agent`, or about anything if None.
        `given` is a secret that stands elsewhere than in `Authorization: Bearer`.
        """
        if ask.is_local:
            return True
        given = given or bearer(ask)
        is_ours = is_same(given, self._token)
        if is_ours or agent is None:
            return is_ours
        settings = self.ear.agents.get(agent)
        return settings is not None and is_same(given, settings.token)

    def wrong_secret(self, ask: Ask, what: str) -> None:
        """Count it, so that a person sees it."""
        self.ear.turn_away(f"{what} from {ask.peer or 'the socket'}: a wrong secret")


def bearer(ask: Ask) -> str:
    """Return the token in `Authorization: Bearer ...` (RFC 6750), or ""."""
    scheme, _, token = ask.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_same(given: str, secret: Secret | None) -> bool:
    """Compare in a time that tells nothing. No secret is the same as none."""
    if secret is None or not secret.reveal() or not given:
        return False
    return hmac.compare_digest(
        given.encode(errors="replace"), secret.reveal().encode(errors="replace")
    )
