"""Over TCP a token may what its scopes say; every other is turned away and audited."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from conductor_tui.adapters.api import site
from conductor_tui.adapters.api.client import Client
from conductor_tui.adapters.api.inside import Inside
from conductor_tui.adapters.api.rights import Right
from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.adapters.api.tokens import TokenFile
from conductor_tui.domain.errors import AskRefused, NobodyListens
from conductor_tui.domain.secret import Secret
from conductor_tui.engine.local_session import LocalSession
from tests.engine.stage import Stage, stage
from tests.servers.certificates import Authority

OURS = "the token of [listen]"
KEYS = {"/v1/platforms": "platforms", "/v1/hello": "protocol"}
_ASKERS = ThreadPoolExecutor(2)  # the loop's own waits for what the server imports


async def _beside(
    work: Callable[..., object], *given: object, **named: object
) -> object:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_ASKERS, partial(work, *given, **named))


@dataclass
class Guarded:
    """A conductor behind TCP, with a token file and an audit."""

    on: Stage
    tokens: TokenFile
    address: str
    audit: list[tuple[str, str, str, str]] = field(default_factory=list)

    def token(self, *rights: Right) -> str:
        name = "-".join(rights)
        return self.tokens.create(name, frozenset(rights), None)[1]

    async def ask(
        self, method: str, path: str, token: str = "", body: object = None
    ) -> int:
        """Return the status."""
        client = Client(f"http://{self.address}", Secret(token) if token else None)
        said = body if isinstance(body, dict) else None
        try:
            await _beside(client.ask, method, path, said, key=KEYS.get(path, "words"))
        except AskRefused as error:
            return error.status
        return 200


@asynccontextmanager
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    tokens = TokenFile(tmp_path / "tokens.json")
    async with stage() as on:
        session = LocalSession(on.hub)
        loop = asyncio.get_running_loop()
        session.attach(loop, on.conductor.control.handle)
        audit: list[tuple[str, str, str, str]] = []
        inside = Inside(
            session=session, tokens=tokens, audit=lambda *one: audit.append(one)
        )
        way = HttpWay("127.0.0.1:0", token=Secret(OURS), inside=inside)
        await way.open(on.conductor.heart)
        try:
            yield Guarded(on, tokens, way.address, audit)
        finally:
            await way.close()


TRIP = {"why": "swap"}


@pytest.mark.parametrize(
    ("rights", "method", "path", "status"),
    [
        pytest.param([Right.READ], "GET", "/v1/platforms", 200, id="read, reads"),
        pytest.param([Right.READ], "GET", "/v1/hello", 200, id="read, greets"),
        pytest.param(
            [Right.READ], "POST", "/v1/breakers/api/trip", 403, id="read, trips"
        ),
        pytest.param([Right.BEAT], "GET", "/v1/platforms", 403, id="beat, reads"),
        pytest.param([Right.BEAT], "GET", "/v1/stream", 403, id="beat, streams"),
        pytest.param(
            [Right.CONTROL], "POST", "/v1/breakers/api/trip", 200, id="control, trips"
        ),
        pytest.param([Right.CONTROL], "GET", "/v1/events", 403, id="control, reads"),
        pytest.param([Right.READ], "POST", "/v1/agents/a/beat", 403, id="read, beats"),
        pytest.param([Right.BEAT], "GET", "/v1/agents", 403, id="beat, reads agents"),
        pytest.param([], "POST", "/v1/agents/a/beat", 401, id="no token, beats"),
        pytest.param([], "GET", "/v1/platforms", 401, id="no token, reads"),
        pytest.param([], "POST", "/v1/commands", 401, id="no token, commands"),
    ],
)
async def test_a_token_may_what_its_scopes_say(
    tmp_path: Path, rights: list[Right], method: str, path: str, status: int
) -> None:
    async with guarded(tmp_path) as here:
        token = here.token(*rights) if rights else ""
        body = TRIP if method == "POST" else None
        assert await here.ask(method, path, token, body) == status
        assert bool(here.audit) is (status != 200)


async def test_who_is_turned_away_stands_in_the_audit(tmp_path: Path) -> None:
    async with guarded(tmp_path) as here:
        await here.ask("POST", "/v1/breakers/api/trip", here.token(Right.READ), TRIP)
        [(by, origin, about, why)] = here.audit
        assert (by, origin) == ("somebody", "http, 127.0.0.1")
        assert about == "POST /v1/breakers"
        assert why == "this token may read, not control"


async def test_the_answer_names_the_token_that_asked(tmp_path: Path) -> None:
    async with guarded(tmp_path) as here:
        token = here.token(Right.CONTROL)
        await here.ask("POST", "/v1/breakers/api/trip", token, TRIP)
        hold = here.on.view().breaker.hold
        assert hold is not None
        assert (hold.by, hold.origin) == ("token control", "http, 127.0.0.1")


async def test_the_token_of_listen_opens_everything(tmp_path: Path) -> None:
    async with guarded(tmp_path) as here:
        assert await here.ask("GET", "/v1/platforms", OURS) == 200
        assert await here.ask("POST", "/v1/breakers/api/trip", OURS, TRIP) == 200


async def test_a_token_that_is_revoked_opens_nothing_more(tmp_path: Path) -> None:
    async with guarded(tmp_path) as here:
        token = here.token(Right.READ)
        assert await here.ask("GET", "/v1/platforms", token) == 200
        here.tokens.revoke("read")
        assert await here.ask("GET", "/v1/platforms", token) == 401


async def test_the_stream_of_a_token_ends_when_it_is_revoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "LOOK_S", 0.01)
    async with guarded(tmp_path) as here:
        _, keeps = here.tokens.create("other", frozenset({Right.READ}), None)
        revoked = await _streaming(here, here.token(Right.READ))
        stays = await _streaming(here, keeps)
        here.tokens.revoke("read")
        await revoked[0].readuntil(b"\r\n0\r\n\r\n")  # the last chunk
        await here.ask("POST", "/v1/breakers/api/trip", OURS, TRIP)
        await stays[0].readuntil(b"swap")
        for _, writer in (revoked, stays):
            writer.close()
            await writer.wait_closed()


async def _streaming(
    here: Guarded, token: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = here.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    ask = f"GET /v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}"
    writer.write(f"{ask}\r\n\r\n".encode())
    await reader.readuntil(b'{"hello"')
    return reader, writer


async def test_one_address_has_so_many_connections_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "MOST_OF_ONE", 1)
    async with guarded(tmp_path) as here:
        _, first = await _streaming(here, OURS)
        host, port = here.address.split(":")
        reader, second = await asyncio.open_connection(host, int(port))
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        for writer in (first, second):
            writer.close()
            await writer.wait_closed()


def _as_nobody(path: Path, said: bytes) -> bytes:
    """Return what the socket answers another user."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(path))
                sock.sendall(said)
                os.write(write, sock.recv(65536))
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
async def test_another_user_is_refused_whoever_let_them_at_the_socket() -> None:
    audit: list[tuple[str, str, str, str]] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "http.sock"
        async with stage() as on:
            inside = Inside(
                session=LocalSession(on.hub), audit=lambda *one: audit.append(one)
            )
            way = HttpWay(path, inside=inside)
            await way.open(on.conductor.heart)
            try:
                os.chmod(folder, 0o755)
                path.chmod(0o666)
                head = b"POST /v1/breakers/api/trip HTTP/1.1\r\nHost: x\r\n"
                said = head + b"Content-Length: 2\r\n\r\n{}"
                answer = await _beside(_as_nobody, path, said)
            finally:
                await way.close()
    assert isinstance(answer, bytes)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"only the user of this conductor, and root" in answer
    assert [one[1] for one in audit] == ["unix socket"]


async def test_without_any_token_tcp_is_not_opened(tmp_path: Path) -> None:
    inside = Inside(tokens=TokenFile(tmp_path / "tokens.json"))
    async with stage() as on:
        way = HttpWay("127.0.0.1:0", inside=inside)
        with pytest.raises(OSError, match="conductor-tui token create"):
            await way.open(on.conductor.heart)


async def test_too_many_commands_are_told_to_wait(tmp_path: Path) -> None:
    async with guarded(tmp_path) as here:
        host, port = here.address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        ask = "POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        answers = []
        for _ in range(130):
            writer.write(ask.encode())
            answers.append(await _answer(reader))
        writer.close()
        await writer.wait_closed()
        assert any(status == 429 and "retry-after" in head for status, head in answers)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    await reader.readexactly(length)
    return int(head.split()[1]), head


async def test_over_tls_a_token_opens_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue("localhost", "127.0.0.1")
    certificate, key = str(issued.chain), str(issued.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.chain))
    tokens = TokenFile(tmp_path / "tokens.json")
    _, secret = tokens.create("reader", frozenset({Right.READ}), None)
    async with stage() as on:
        inside = Inside(session=LocalSession(on.hub), tokens=tokens)
        way = HttpWay("127.0.0.1:0", inside=inside, certificate=certificate, key=key)
        await way.open(on.conductor.heart)
        try:
            port = way.address.rpartition(":")[2]
            client = Client(f"https://localhost:{port}", Secret(secret))
            said = await _beside(client.ask, "GET", "/v1/platforms", key="platforms")
            assert json.dumps(said)
            monkeypatch.delenv("SSL_CERT_FILE")
            with pytest.raises(NobodyListens, match=r"not trusted .*SSL_CERT_FILE"):
                await _beside(client.ask, "GET", "/v1/platforms", key="platforms")
        finally:
            await way.close()


async def test_a_key_of_another_certificate_is_said(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("rubbish")
    path = str(tmp_path / "c.pem")
    async with stage() as on:
        way = HttpWay("127.0.0.1:0", token=Secret(OURS), certificate=path, key=path)
        with pytest.raises(OSError, match="no certificate and its key"):
            await way.open(on.conductor.heart)
