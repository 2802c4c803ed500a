"""A worker that does as it should: what goes in, what comes out, and how it ends."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conductor_tui.adapters.plugins.host import WorkerHost
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSettings,
    PluginSource,
)
from conductor_tui.domain.plugin_calls import (
    PluginBusy,
    PluginError,
    Request,
    RequestRefused,
)
from conductor_tui.domain.secret import Secret
from conductor_tui.ports import Worker
from tests.adapters.plugins.hosting import (
    LIMITS,
    begin,
    checked,
    end_of,
    hosting,
    is_alive,
    until,
)

HALF = ("begun", "WARNING:root:half-way")
FILE = """
import asyncio, logging, os, sys
from dataclasses import dataclass
from conductor_tui.plugin import *

requires_nothing = True

@dataclass
class Config:
    port: int
    host: str = "127.0.0.1"
    def __post_init__(self):
        if self.port > 65535:
            raise ValueError(f"port must be at most 65535, not {self.port}")

class Plugin:
    Config = Config
    requires = ["db"]
    async def initialize(self, config):
        print("begun with", config, "and", os.environ.get("CONDUCTOR_TUI_TOKEN"))
        if config.host == "nowhere":
            raise ConfigInvalid("host: nowhere is no host")
        self.config = config
    async def health_check(self):
        words = f"{self.config.host} is well"
        return PluginHealth(is_healthy=True, detail=words, warns=True)
    async def handle_request(self, request):
        match request.payload:
            case {"wait": seconds}:
                await asyncio.sleep(seconds)
            case "fail":
                raise PluginError("come back later", retry_after_s=7)
            case "refuse":
                raise RequestRefused("never")
            case "tell":
                print("be", end=""); print("gun"); await asyncio.sleep(0)
                logging.warning("half-way")
                print("not ended", end="")
                await asyncio.to_thread(print, "two\\nlines", file=sys.stderr)
            case "leak":
                print("the word is", self.config.host, file=sys.stderr)
                raise PluginError(f"cannot reach {self.config.host}")
        return Reply(payload={"id": request.id, "attempt": request.attempt,
                              "got": request.payload, "of": dict(request.metadata)},
                     detail="done")
    async def shutdown(self):
        print("bye")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.py"
    path.write_text(FILE)
    return path


def opened(
    host: WorkerHost,
    file: Path,
    config: dict[str, object] | None = None,
    *,
    isolate: bool = True,
    secrets: tuple[Secret, ...] = (),
    at_once: int = 8,
    waiting: int = 64,
) -> Worker:
    limits = replace(LIMITS, at_once=at_once, waiting=waiting)
    settings = PluginSettings(
        name=PluginName("matrix"),
        use="matrix",
        isolate=isolate,
        limits=limits,
        config={"port": 8080} if config is None else config,
        secrets=secrets,
    )
    source = PluginSource(name="matrix", origin=PluginOrigin.FILE, reference=str(file))
    return host.open(settings, source)


BOTH = pytest.mark.parametrize("isolate", [True, False], ids=["isolated", "own"])


@BOTH
async def test_it_is_loaded_begun_asked_and_shut_down(
    file: Path, isolate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDUCTOR_TUI_TOKEN", "secret")
    async with hosting() as here:
        worker = opened(here.host, file, isolate=isolate)
        assert list(await worker.load()) == ["db"]
        await worker.initialize()
        finding = await worker.check()
        assert finding.outcome is Outcome.PASSED
        assert (finding.detail, finding.warns) == ("127.0.0.1 is well", True)
        request = Request(id="r-1", payload=[1, "é"], metadata={"a": "b"}, attempt=2)
        reply = await worker.ask(request)
        assert reply.payload == {
            "id": "r-1",
            "attempt": 2,
            "got": [1, "é"],
            "of": {"a": "b"},
        }
        assert reply.detail == "done"
        assert (worker.figures.asked, worker.figures.failed) == (2, 0)
        await worker.stop()
        if isolate:  # its own output; nothing of ours stands in its environment
            assert [line.text for line in worker.take_log()] == [
                "begun with Config(port=8080, host='127.0.0.1') and None",
                "bye",
            ]


@BOTH
@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "its settings: port: missing"),
        ({"port": "80"}, "its settings: port: input should be a valid integer"),
        ({"port": 70000}, "port must be at most 65535, not 70000"),
        ({"port": 1, "prt": 2}, "prt: there is no such setting: there are port, host"),
        ({"port": 1, "host": "nowhere"}, "its settings: host: nowhere is no host"),
    ],
)
async def test_a_settings_error_is_told_in_words_and_is_final(
    file: Path, isolate: bool, config: dict[str, object], words: str
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file, config, isolate=isolate)
        with pytest.raises(PluginFailed) as failed:
            await begin(worker)
        assert words in str(failed.value)
        assert failed.value.is_final
        await worker.stop()


@BOTH
async def test_its_errors_come_out_as_what_they_are(file: Path, isolate: bool) -> None:
    async with hosting() as here:
        worker = opened(here.host, file, isolate=isolate)
        await begin(worker)
        with pytest.raises(PluginError, match="come back later") as error:
            await worker.ask(Request(id="1", payload="fail"))
        assert error.value.retry_after_s == 7
        with pytest.raises(RequestRefused, match="never"):
            await worker.ask(Request(id="2", payload="refuse"))
        assert list(worker.take_errors()) == []  # it meant them
        await worker.stop()


@BOTH
async def test_no_word_of_it_holds_a_secret(file: Path, isolate: bool) -> None:
    secret = Secret("hunter2.example", "${HOST}")
    config: dict[str, object] = {"port": 1, "host": "hunter2.example"}
    async with hosting() as here:
        worker = opened(here.host, file, config, isolate=isolate, secrets=(secret,))
        await begin(worker)
        assert (await worker.check()).detail == "${HOST} is well"
        with pytest.raises(PluginError, match=r"cannot reach \$\{HOST\}"):
            await worker.ask(Request(id="1", payload="leak"))
        await worker.stop()
        said = [line.text for line in worker.take_log()]
        assert not any("hunter2" in text for text in said)


async def test_a_line_that_a_request_causes_begins_with_its_id(file: Path) -> None:
    async with hosting() as here:
        worker = opened(here.host, file)
        await begin(worker)
        worker.take_log()
        asked = (Request(id=one, payload="tell") for one in ("order-1", "order-2"))
        await asyncio.gather(*(worker.ask(one) for one in asked))
        await worker.stop()
        said = sorted(line.text for line in worker.take_log())
        assert said == sorted(
            ["bye"]
            + [
                f"[{one}] {text}"
                for one in ("order-1", "order-2")
                for text in (*HALF, "two", "lines", "not ended")
            ]
        )


@BOTH
async def test_a_reply_that_comes_too_late_is_an_error_and_it_goes_on(
    file: Path, isolate: bool
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file, isolate=isolate)
        await begin(worker)
        slow = Request(id="1", payload={"wait": 60}, deadline_s=0.05)
        with pytest.raises(PluginError, match="no reply within 50ms"):
            await worker.ask(slow)
        assert (await worker.ask(Request(id="2"))).detail == "done"
        assert worker.figures.in_flight == 0
        await worker.stop()


@BOTH
async def test_so_many_at_once_so_many_wait_and_more_are_turned_away(
    file: Path, isolate: bool
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file, isolate=isolate, at_once=2, waiting=1)
        await begin(worker)
        slow = Request(id="1", payload={"wait": 0.2})
        asked = [asyncio.create_task(worker.ask(slow)) for _ in range(3)]
        await until(lambda: worker.figures.waiting == 1)
        assert worker.figures.in_flight == 2
        with pytest.raises(PluginBusy, match="2 requests are under way and 1 wait"):
            await worker.ask(slow)
        replies = await asyncio.gather(*asked)
        assert len(replies) == 3
        assert (worker.figures.in_flight, worker.figures.waiting) == (0, 0)
        await worker.stop()


async def test_many_requests_at_once_get_each_their_own_reply(file: Path) -> None:
    async with hosting() as here:
        worker = opened(here.host, file, at_once=100)
        await begin(worker)
        requests = [
            Request(id=str(n), payload={"n": n, "text": "x" * n * 100})
            for n in range(100)
        ]
        replies = await asyncio.gather(*map(worker.ask, requests))
        got = [reply.payload["got"] for reply in replies]  # type: ignore[index, call-overload]
        assert got == [request.payload for request in requests]
        await worker.stop()


async def test_a_request_that_is_too_large_is_refused_before_it_is_sent(
    file: Path,
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file)
        await begin(worker)
        with pytest.raises(RequestRefused, match="cannot be sent"):
            await worker.ask(Request(id="1", payload="x" * (2 << 20)))
        assert (await worker.ask(Request(id="2"))).detail == "done"
        await worker.stop()


async def test_a_cancelled_check_is_cancelled_over_there_and_the_next_one_answers(
    file: Path,
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file)
        await begin(worker)
        for _ in range(20):
            asked = asyncio.create_task(
                worker.ask(Request(id="1", payload={"wait": 9}))
            )
            await asyncio.sleep(0)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
        finding = await checked(worker)
        assert finding is not None
        assert finding.outcome is Outcome.PASSED
        await worker.stop()


async def test_code_that_was_changed_is_what_the_next_worker_runs(file: Path) -> None:
    async with hosting() as here:
        for word in ("first", "second"):
            file.write_text(FILE.replace("is well", word))  # noqa: ASYNC240
            worker = opened(here.host, file)
            await begin(worker)
            assert (await worker.check()).detail == f"127.0.0.1 {word}"
            await worker.stop()


async def test_stopping_twice_and_before_it_began_does_nothing(file: Path) -> None:
    async with hosting() as here:
        worker = opened(here.host, file)
        await worker.stop()
        await worker.stop()
        begun = opened(here.host, file)
        await begin(begun)
        await begun.stop()
        await begun.stop()


async def test_the_figures_are_of_the_whole_family(file: Path) -> None:
    async with hosting() as here:
        worker = await here.begun("LeavesItsGroup")
        await checked(worker)
        await until(lambda: worker.figures.processes == 2)
        assert worker.figures.rss_bytes > 1_000_000
        await worker.stop()
        assert worker.figures.pid is None


async def test_when_the_warden_dies_its_workers_do_and_the_next_one_begins(
    file: Path,
) -> None:
    async with hosting() as here:
        worker = opened(here.host, file)
        await begin(worker)
        pid = worker.figures.pid
        with open(f"/proc/{pid}/stat") as status:  # noqa: ASYNC230
            warden = int(status.read().rpartition(")")[2].split()[1])
        os.kill(warden, signal.SIGKILL)
        assert await end_of(worker) == "it was killed: the warden of plug-ins has died"
        await worker.stop()
        await until(lambda: not is_alive(pid))
        fresh = opened(here.host, file)
        await begin(fresh)
        assert (await fresh.check()).outcome is Outcome.PASSED
        await fresh.stop()


async def test_a_class_without_a_schema_gets_its_table(tmp_path: Path) -> None:
    path = tmp_path / "plain.py"
    path.write_text(
        FILE.replace("    Config = Config\n", "")
        .replace(
            "self.config = config", "self.config = type('C', (), {'host': str(config)})"
        )
        .replace("config.host ==", "config.get('host') ==")
    )
    async with hosting() as here:
        worker = opened(here.host, path, {"any": ["thing"]})
        await begin(worker)
        assert (await worker.check()).detail == "{'any': ['thing']} is well"
        await worker.stop()


async def test_while_we_stand_still_ourselves_nobody_else_is_said_to_hang() -> None:
    async with hosting() as here:
        worker = await here.begun("Good")
        minding = asyncio.create_task(worker.ended())
        for _ in range(3):
            await asyncio.sleep(0)  # a ping is on its way
            time.sleep(LIMITS.hang_s + 0.5)  # noqa: ASYNC251 - what blocks us
            finding = await checked(worker)
            assert finding is not None
            assert finding.outcome is Outcome.PASSED
        assert not minding.done()
        minding.cancel()
        await worker.stop()


async def test_a_hundred_deaths_leave_no_descriptor_open() -> None:
    async with hosting() as here:
        await (await here.begun("Good")).stop()
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(100):
            worker = await here.begun("Exits")
            await asyncio.gather(*[worker.check() for _ in range(10)])
            await worker.stop()
        assert len(os.listdir("/proc/self/fd")) == before


async def test_closing_the_host_leaves_no_process(file: Path) -> None:
    host = WorkerHost(SystemClock())
    worker = opened(host, file)
    await begin(worker)
    pid = worker.figures.pid
    await worker.stop()
    await host.close()
    await host.close()
    assert not is_alive(pid)
