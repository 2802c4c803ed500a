"""What every protocol needs: the ear, who is known to it, and who may come in.

On a unix socket the mode of its file is the guard, and the kernel says who is there: we
ourselves or root. Over TCP it is a secret: the token of [listen] opens everything, one
of the token file what its scopes say, an agent's own token whatever is only about that
agent. How often somebody may beat is not bounded: the engine tells beats together, so
they cost no memory however many come. Who is turned away is counted, with where they
come from, and stands in the audit.
"""

import asyncio
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from conductor_tui.adapters.api.exchange import Ask
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.known import Known
from conductor_tui.adapters.api.rights import ALL_RIGHTS, NO_RIGHTS, Right
from conductor_tui.domain.ids import AgentId, ClientId
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Ear, Session

if TYPE_CHECKING:
    from conductor_tui.adapters.api.broadcast import Broadcast, Reader
    from conductor_tui.adapters.api.verdicts import Verdicts


class Door:
    """`inside` is all that HTTP reaches but the ear: see `Inside`."""

    def __init__(
        self, ear: Ear, token: Secret | None, inside: Inside | None = None
    ) -> None:
        self.ear, self._token, self.inside = ear, token, inside or Inside()
        self.closing = asyncio.Event()
        self.readers: dict[ClientId, Reader] = {}  # what clients are told, by client
        self._agents = ear.agents
        self._known = Known(self._agents)

    @cached_property
    def broadcast(self) -> "Broadcast":
        """The stream for all who read it. Asked for only where there is a session."""
        from conductor_tui.adapters.api.broadcast import Broadcast

        assert self.session is not None
        return Broadcast(self.session)

    @cached_property
    def verdicts(self) -> "Verdicts":
        """The word about every breaker, for all who go by it. As `broadcast`."""
        from conductor_tui.adapters.api.verdicts import Verdicts

        assert self.session is not None
        return Verdicts(self.session)

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

    def rights(self, ask: Ask, given: str = "") -> frozenset[Right]:
        """Return what whoever asks may do. `given` is a secret that stands elsewhere
        than in `Authorization: Bearer`.
        """
        if ask.is_local:
            return ALL_RIGHTS if _is_ours(ask) else NO_RIGHTS
        given = given or bearer(ask)
        if is_same(given, self._token):
            return ALL_RIGHTS
        tokens = self.inside.tokens
        found = tokens.find(given, datetime.now(UTC)) if tokens and given else None
        return found.rights if found is not None else NO_RIGHTS

    def still_valid(self, ask: Ask) -> bool:
        """True while who reads a stream may: his token can end, or be revoked."""
        return Right.READ in self.rights(ask)

    def name_of(self, given: str) -> str:
        """Return what a token is called; "" for that of [listen]."""
        tokens = self.inside.tokens
        if tokens is None or not given or is_same(given, self._token):
            return ""
        found = tokens.find(given, datetime.now(UTC))
        return found.name if found is not None else ""

    def lets_in(self, ask: Ask, agent: AgentId | None = None, given: str = "") -> bool:
        """True when the request may bring a beat of `agent`, or be about heartbeats at
        all if None. `given` is as in `rights`.
        """
        wanted = Right.BEAT
        if agent is None and ask.method in ("GET", "HEAD"):
            wanted = Right.READ
        if wanted in self.rights(ask, given):
            return True
        settings = self.ear.agents.get(agent) if agent is not None else None
        given = given or bearer(ask)
        return settings is not None and is_same(given, settings.token)

    def wrong_secret(self, ask: Ask, what: str) -> None:
        """Count it, so that a person sees it."""
        self.ear.turn_away(f"{what} from {ask.peer or 'the socket'}: a wrong secret")
        self.turned_away(ask, "a wrong secret")

    def turned_away(self, ask: Ask, why: str) -> None:
        """Put it into the audit."""
        if self.inside.audit is not None:
            origin = f"http, {ask.peer}" if not ask.is_local else "unix socket"
            self.inside.audit("somebody", origin, f"{ask.method} {_place(ask)}", why)


def bearer(ask: Ask) -> str:
    """Return the token in `Authorization: Bearer ...` (RFC 6750), or ""."""
    return bearer_in(ask.headers)


def bearer_in(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_same(given: str, secret: Secret | None) -> bool:
    """Compare in a time that tells nothing. No secret is the same as none."""
    if secret is None or not secret.reveal() or not given:
        return False
    return hmac.compare_digest(
        given.encode(errors="replace"), secret.reveal().encode(errors="replace")
    )


def _is_ours(ask: Ask) -> bool:
    """True where the kernel says that it is we, or root. Who had gone before anybody
    could ask for him may nothing: his command would be carried out all the same.
    """
    if ask.process is None:  # it came by no socket
        return True
    process = ask.process()
    return process is not None and process.uid in (os.geteuid(), 0)


def _place(ask: Ask) -> str:
    """Return where it was meant for, without what may be a secret in it."""
    first = ask.path.split("/")[1:3]
    return "/" + "/".join(first if first[:1] == ["v1"] else first[:1])
