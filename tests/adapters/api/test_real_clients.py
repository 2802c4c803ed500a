"""Programs of others, as they are, against the real server over TCP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which

import pytest

from conductor_tui.adapters.api.server import HttpWay
from conductor_tui.adapters.ingest.sender import Outgoing, send
from conductor_tui.domain.errors import BeatRefused
from conductor_tui.domain.heartbeat import BeatKind
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.secret import Secret
from conductor_tui.engine.heart import Heart
from tests.adapters.api.visit import UUID, agent, heart_of, last_of

KEY = "a-ping-key"


@pytest.fixture
async def heart() -> Heart:
    known = agent("backup", uuid=UUID, token="tok-en", group="core")
    return await heart_of(known, ping_key=KEY, names="(service:)?web.*")


@pytest.fixture
async def address(heart: Heart) -> AsyncIterator[str]:
    way = HttpWay("127.0.0.1:0", token=Secret("let-me-in"))
    await way.open(heart)
    yield way.address
    await way.close()


async def test_healthchecks_io_pings_by_uuid_and_by_name(
    heart: Heart, address: str
) -> None:
    client_module = pytest.importorskip("healthchecks_io")

    def ping() -> list[object]:
        url = f"http://{address}/ping/"
        with client_module.Client(api_key="x", ping_key=KEY, ping_url=url) as client:
            told = [client.start_ping(uuid=UUID), client.success_ping(slug="backup")]
            told.append(client.exit_code_ping(3, uuid=UUID, data="disk full"))
            with pytest.raises(client_module.CheckNotFoundError):
                client.fail_ping(slug="nobody")
        return told

    assert await asyncio.to_thread(ping) == [(True, "OK")] * 3
    last = last_of(heart, "backup")
    assert (last.kind, last.exit_code, last.words) == (BeatKind.FAIL, 3, "disk full")


async def test_healthchecks_wrapper_tells_a_run_and_its_traceback(
    heart: Heart, address: str
) -> None:
    wrapper = pytest.importorskip("healthchecks_wrapper")

    def run() -> None:
        url = f"http://{address}/ping/{UUID}"
        with wrapper.HealthCheck(url, suppress_exceptions=True):
            raise LookupError("no such table")

    await asyncio.to_thread(run)
    last = last_of(heart, "backup")
    assert last.kind is BeatKind.FAIL
    assert last.words.endswith("LookupError: no such table")
    assert last.duration_s is not None


async def test_py_consul_registers_passes_and_reads_a_ttl_check(
    heart: Heart, address: str
) -> None:
    consul = pytest.importorskip("consul")
    host, _, port = address.rpartition(":")

    def run() -> dict[str, str]:
        client = consul.Consul(host=host, port=int(port), token="let-me-in")
        ttl = consul.Check.ttl("10s")
        assert client.agent.check.register("web", check=ttl)
        assert client.agent.check.ttl_pass("web", notes="all well")
        assert client.agent.service.register("web-shop", service_id="web:2", check=ttl)
        assert client.agent.check.ttl_warn("service:web:2")
        assert client.agent.check.ttl_fail("service:web:2", notes="gone")
        checks = client.agent.checks()
        assert client.agent.service.deregister("web:2")
        assert client.agent.check.deregister("web")
        assert not client.agent.check.ttl_pass("nobody")
        client.http.session.close()
        return {name: one["Status"] for name, one in checks.items()}

    assert await asyncio.to_thread(run) == {
        "backup": "critical",
        "web": "passing",
        "service:web:2": "critical",
    }
    assert list(heart.agents) == ["backup"]


async def _curl(*arguments: str) -> str:
    program = which("curl")
    if program is None:
        pytest.skip("curl is not here")
    child = await asyncio.create_subprocess_exec(
        program, "-sS", *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    return said.decode()


async def test_curl_pushes_as_for_uptime_kuma(heart: Heart, address: str) -> None:
    url = f"http://{address}/api/push/tok-en?status=down&msg=no+db&ping=12"
    assert await _curl(url) == '{"ok":true}'
    last = last_of(heart, "backup")
    assert (last.kind, last.words, last.duration_s) == (BeatKind.FAIL, "no db", 0.012)


async def test_curl_reports_as_for_gatus(heart: Heart, address: str) -> None:
    url = f"http://{address}/api/v1/endpoints/core_backup/external?success=true"
    bearer = "Authorization: Bearer tok-en"
    assert await _curl("-X", "POST", "-H", bearer, f"{url}&duration=10s") == ""
    assert last_of(heart, "backup").duration_s == 10.0


async def test_curl_sends_a_long_body_and_json(
    heart: Heart, address: str, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    output.write_text("x" * 300_000)
    ping = f"http://{address}/ping/{UUID}"
    assert await _curl("--data-binary", f"@{output}", ping) == "OK"
    beat = f"http://{address}/v1/agents/backup/beat"
    bearer = "Authorization: Bearer let-me-in"
    said = await _curl("-H", bearer, "--json", '{"words": "well"}', beat)
    assert said == '{"agent": "backup", "heard": "taken"}'
    view = heart.view(AgentId("backup"))
    assert view is not None
    assert view.beats == 2


async def test_our_own_sender_is_heard_and_told_why_not(
    heart: Heart, address: str
) -> None:
    url, token = f"http://{address}", Secret("let-me-in")

    def beat(name: str, token: Secret | None) -> str:
        return send(Outgoing(agent=name, metadata={"cpu": 3}), url, token)

    assert await asyncio.to_thread(beat, "backup", token) == "taken"
    assert last_of(heart, "backup").note == '{"cpu": 3}'
    with pytest.raises(BeatRefused, match="no agent is called 'nobody'"):
        await asyncio.to_thread(beat, "nobody", token)
    with pytest.raises(BeatRefused, match="needs `Authorization: Bearer`"):
        await asyncio.to_thread(beat, "backup", None)
