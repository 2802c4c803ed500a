"""A real SMTP server (aiosmtpd) on a loopback port, on the test's own loop."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(slots=True)
class Mailbox:
    """What came. `refuses` gives the reply to a recipient, `replies` that to DATA, in
    turn, the last for ever. `login` is who may in, as user and password.
    """

    refuses: dict[str, str] = field(default_factory=dict)
    replies: list[str] = field(default_factory=lambda: ["250 taken"])
    login: tuple[bytes, bytes] | None = None
    port: int = 0
    hello: list[str] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    was_tls: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(one.original_content or b"", policy=default)
            for one in self.envelopes
        ]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.hello.append(str(session.host_name))
        self.heard.set()
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply.startswith("250"):
            self.envelopes.append(envelope)
            self.was_tls.append(session.ssl is not None)
        return reply

    def check(
        self, server: SMTP, session: Session, envelope: Envelope, how: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=self.logins[-1] == self.login, handled=False)


@asynccontextmanager
async def mailbox(
    box: Mailbox | None = None,
    *,
    starttls: ssl.SSLContext | None = None,
    implicit: ssl.SSLContext | None = None,
) -> AsyncIterator[Mailbox]:
    box = box or Mailbox()
    servers: list[SMTP] = []

    def serve() -> SMTP:
        server = SMTP(
            box,
            hostname="mail.example.org",
            ident="test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=box.check if box.login else None,
            auth_required=starttls is not None and box.login is not None,
            auth_require_tls=starttls is not None,
            loop=asyncio.get_running_loop(),
        )
        servers.append(server)
        return server

    async with listening(serve, implicit) as port:
        box.port = port
        yield box
        for server in servers:
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()


@asynccontextmanager
async def listening(
    protocol: Callable[[], asyncio.BaseProtocol], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
