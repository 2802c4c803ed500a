"""`send`, to a real daemon with a real plug-in in a process of its own."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from conductor_tui.client import AsyncClient, Client
from conductor_tui.domain.errors import AskRefused, CallRefused
from tests.cli.serving import PROGRAM, Serving, daemon

ECHO = """
import asyncio
from conductor_tui.plugin import PluginError, PluginHealth, Reply, RequestRefused

class Plugin:
    async def initialize(self, config):
        pass
    async def health_check(self):
        return PluginHealth(is_healthy=True)
    async def handle_request(self, request):
        match request.payload:
            case "fail":
                raise PluginError("the other side is gone")
            case "refuse":
                raise RequestRefused("there is no such room")
            case "wait":
                await asyncio.sleep(60)
        return Reply(payload=[request.id, request.payload, dict(request.metadata)])
    async def shutdown(self):
        pass
"""
SOON = ("--deadline", "200ms", "--no-keep")
SETTINGS = """
[plugin.echo]
[[platform]]
name = "disk"
probe = "file"
target = "/etc/passwd"
"""


@pytest.fixture(scope="module")
def conductor() -> Iterator[Serving]:
    with daemon(SETTINGS) as there:
        folder = there.folder / "plugins"
        folder.mkdir(mode=0o700)
        (folder / "echo.py").write_text(ECHO)
        there.serve()
        _until_active(there)
        yield there


def _until_active(there: Serving) -> None:
    while True:
        found = there.client.ask("GET", "/v1/plugins", key="plugins")["plugins"]
        if any((one["name"], one["state"]) == ("echo", "ACTIVE") for one in found):
            return


def send(
    there: Serving, *words: str, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, "send", *words],
        env=there.environ,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_payload_of_the_reply_is_printed(conductor: Serving) -> None:
    done = send(conductor, "echo", '{"n": 1}', "-m", "from=ann", "--id", "order-1")
    assert done.returncode == 0
    assert json.loads(done.stdout) == [
        "order-1",
        {"n": 1},
        {"from": "ann", "idempotency-key": "order-1"},
    ]


def test_text_comes_from_stdin_and_the_whole_answer_can_be_seen(
    conductor: Serving,
) -> None:
    done = send(conductor, "echo", "-", "--text", "--json", stdin="df -h\nsays\n")
    answer = json.loads(done.stdout)
    assert answer["reply"]["payload"][1] == "df -h\nsays\n"
    assert (answer["outcome"], answer["attempts"]) == ("delivered", 1)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["echo", '"fail"', "--no-keep"], 1, "echo: the other side is gone"),
        (["echo", '"refuse"'], 64, "echo: there is no such room"),
        (["echo", '"wait"', *SOON], 1, "no reply within 200ms"),
        (["disk", "1"], 64, "disk is only watched"),
        (["nope", "1"], 64, "no platform is called 'nope'"),
        (["echo", "{"], 64, "the payload is no JSON"),
        (["echo", "1", "-m", "x"], 64, "write KEY=VALUE"),
        (["echo", "1", "--deadline", "soon"], 64, "--deadline"),
        (["@", "1"], 64, "add --type"),
        (["@", "1", "--type", "news"], 64, "no [[route]] takes requests of type"),
        (["echo", "1", "--no-wait", "--no-keep"], 64, "leave out --no-keep"),
        (["echo", "1", "--key", "a b"], 64, "key: "),
        (["echo", f'"{"x" * 70_000}"'], 64, "longer than 65536 bytes"),
    ],
)
def test_what_came_of_it_is_the_exit_code_and_the_words(
    conductor: Serving, words: list[str], code: int, said: str
) -> None:
    done = send(conductor, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_while_it_is_held_it_is_not_now(conductor: Serving) -> None:
    ask = conductor.client.ask
    ask("POST", "/v1/breakers/echo/trip", {"why": "moving"})
    try:
        done = send(conductor, "echo", "1", "--no-keep")
        assert done.returncode == 75
        assert "echo: breaker HELD" in done.stderr
        kept = send(conductor, "echo", "1")
        assert (kept.returncode, kept.stdout) == (0, "")
        assert "echo: kept as dead letter" in kept.stderr
    finally:
        ask("POST", "/v1/breakers/echo/reset")
    assert send(conductor, "echo", "1").returncode == 0


def test_the_same_key_is_delivered_once(conductor: Serving) -> None:
    words = ("echo", '"pay"', "--key", "order-812", "--json")
    first, second = (json.loads(send(conductor, *words).stdout) for _ in range(2))
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert second["reply"] == first["reply"]
    other = send(conductor, "echo", '"pay twice"', "--key", "order-812")
    assert other.returncode == 64
    assert "was that of another request" in other.stderr


def letters(there: Serving, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, "dead-letters", *words],
        env=there.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def until_none(there: Serving) -> None:
    while letters(there, "list").returncode:
        pass


def test_a_dead_letter_is_listed_shown_exported_redriven_and_discarded(
    conductor: Serving,
) -> None:
    ask = conductor.client.ask
    until_none(conductor)
    ask("POST", "/v1/breakers/echo/trip", {"why": "moving"})
    try:
        for payload in ('"fail"', '{"text": "hello"}'):
            assert send(conductor, "echo", payload, "-m", "room=ops").returncode == 0
        found = letters(conductor, "list", "--json")
        assert found.returncode == 1
        numbers = [str(one["id"]) for one in json.loads(found.stdout)]
        listed = letters(conductor, "list", "--to", "echo").stdout.splitlines()
        assert [line.split()[:2] for line in listed] == [[n, "echo"] for n in numbers]
        shown = letters(conductor, "show", numbers[1]).stdout
        assert '"text": "hello"' in shown
        assert "room: ops" in shown
        assert "rejected  breaker HELD" in shown
        to = conductor.folder / "letters.jsonl"
        assert letters(conductor, "export", str(to)).returncode == 0
        whole = [json.loads(line) for line in to.read_text().splitlines()]
        assert [one["request"]["payload"] for one in whole] == [
            "fail",
            {"text": "hello"},
        ]
        again = letters(conductor, "export", str(to))
        assert (again.returncode, "is there already" in again.stderr) == (64, True)
        later = letters(conductor, "redrive", "--all")
        assert later.stdout == "2 are redriven later: its breaker is HELD\n"
        done = letters(conductor, "discard", numbers[0], "--why", "sent by hand")
        assert (done.returncode, done.stdout) == (0, "1 discarded\n")
        assert letters(conductor, "show", numbers[0]).returncode == 64
        assert letters(conductor, "discard", "--why", "x").returncode == 64
    finally:
        ask("POST", "/v1/breakers/echo/reset")
    until_none(conductor)


def test_a_program_sends_and_hears_what_came_of_it(conductor: Serving) -> None:
    with Client("shop", url=f"unix:{conductor.socket}") as client:
        sent = client.dispatch("echo", {"n": 1}, metadata={"from": "ann"}, id="order-2")
        assert (sent.is_delivered, sent.platform) == (True, "echo")
        assert sent.reply[:2] == ["order-2", {"n": 1}]
        with pytest.raises(AskRefused, match="there is no such room"):
            client.dispatch("echo", "refuse")
        with pytest.raises(AskRefused, match="no platform is called 'nope'"):
            client.dispatch("nope", 1)
        until_none(conductor)
        client.trip("echo", why="moving")
        try:
            with pytest.raises(CallRefused, match="HELD"):
                client.dispatch("echo", 1, keep=False)
            kept = client.dispatch("echo", 2, key="order-7")
            again = client.dispatch("echo", 2, key="order-7")
            assert (kept.is_delivered, kept.outcome) == (False, "kept")
            assert (again.letter, again.is_repeated) == (kept.letter, True)
        finally:
            client.reset("echo")
        until_none(conductor)


async def test_a_program_of_asyncio_sends_too(conductor: Serving) -> None:
    async with AsyncClient("shop", url=f"unix:{conductor.socket}") as client:
        sent = await client.dispatch("echo", {"n": 3}, wait=False)
        assert (sent.outcome, sent.reply) == ("kept", None)
        sent = await client.dispatch("echo", {"n": 4})
        assert sent.reply[1] == {"n": 4}
    until_none(conductor)
