"""Each bad plug-in, alone, in a real process: it is killed or FAILED within its limit,
says why, and leaves nothing behind; and its neighbour goes on.
"""

import asyncio
from dataclasses import replace

import pytest

from conductor_tui.domain.check import Outcome
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.plugin_calls import PluginError, Request
from tests.adapters.plugins.hosting import (
    LIMITS,
    begin,
    checked,
    end_of,
    hosting,
    is_alive,
    marked,
    until,
)

KILLED = {
    "LoopsInCheck": "it hung: its loop did not answer for 500ms",
    "SleepsBlocking": "it hung: its loop did not answer for 500ms",
    "AllocatesInChildren": "of memory: at most 200MiB, killed",
    "FloodsStdout": "it flooded its output: more than 256KiB in a minute",
    "FloodsStderrWithoutLines": "it flooded its output: more than 256KiB in a minute",
    "ForksWithoutEnd": "processes: at most 16, killed",
    "Exits": "it exited by itself with code 7",
    "ForksAndExits": "it exited by itself with code 3",
    "WillNotDie": "it hung: it did not let go of a cancelled call for 500ms",
    "ClosesItsPipes": "it ",  # closed its connection, or exited where its loop needs it
    "WritesGarbage": "it sent garbage",
    "WritesStrangeFrames": "it sent garbage: an answer that nobody waits for",
    "Crashes": "it was killed by SIGSEGV",
}


@pytest.mark.parametrize("name", KILLED)
async def test_it_is_killed_in_words_and_nothing_of_it_is_left(name: str) -> None:
    async with hosting() as here:
        good, bad = await here.begun("Good"), await here.begun(name)
        pid = bad.figures.pid
        assert is_alive(pid)
        await checked(bad)
        why = await end_of(bad)
        assert KILLED[name] in why
        await bad.stop()
        assert (bad.figures.pid, bad.figures.rss_bytes) == (None, 0)
        assert not is_alive(pid)
        assert marked() == []
        finding = await checked(good)
        assert finding is not None
        assert finding.outcome is Outcome.PASSED
        await good.stop()


@pytest.mark.parametrize("name", ["BurnsTheCpu", "ChildrenBurnTheCpu"])
async def test_who_takes_too_much_of_the_cpu_is_killed_though_it_answers(
    name: str,
) -> None:
    async with hosting() as here:
        bad = await here.begun(name, limits=replace(LIMITS, cpu_s=1.0, hang_s=5.0))
        words = "it took more than 1s of CPU time in a minute: killed"
        assert await end_of(bad) == words
        await bad.stop()
        assert marked() == []


@pytest.mark.parametrize("name", ["LoopsBehindItsBack", "RaisesBehindItsBack"])
async def test_what_it_does_behind_our_back_is_noticed_without_a_check(
    name: str,
) -> None:
    async with hosting() as here:
        bad = await here.begun(name)
        assert await end_of(bad) in (
            "it hung: its loop did not answer for 500ms",
            "it exited by itself with code 1",
        )
        await bad.stop()


FAILING = {
    "ExitsByException": "health_check raised SystemExit: 9",
    "InterruptsItself": "health_check raised KeyboardInterrupt",
    "CancelsItself": "health_check raised CancelledError",
    "RaisesInCheck": "health_check raised RuntimeError: not today (bad.py:",
    "AnswersWithGarbage": "health_check must return a PluginHealth, not 'all is well'",
    "HalfHealthy": "health_check gave is_healthy='yes', no bool",
    "IsNotAsync": "health_check must be async: it returned PluginHealth(",
    "RecursesWithoutEnd": "health_check raised RecursionError",
    "OpensFiles": "health_check raised OSError: [Errno 24]",
    "Allocates": "health_check raised MemoryError",
    "RaisesItsLimits": "health_check raised ValueError",
}


@pytest.mark.parametrize("name", FAILING)
async def test_it_is_unhealthy_in_words_and_goes_on(name: str) -> None:
    async with hosting() as here:
        bad = await here.begun(name)
        finding = await checked(bad, 10.0)
        assert finding is not None
        assert finding.outcome is Outcome.FAILED
        assert finding.detail.startswith(FAILING[name])
        assert list(bad.take_errors()) != []
        assert is_alive(bad.figures.pid)
        await bad.stop()


NOT_BEGUN = {
    "LoopsInInitialize": (False, "it took longer than 1s to initialize: killed"),
    "WaitsInInitialize": (False, "it took longer than 1s to initialize: killed"),
    "ExitsInInitialize": (False, "it exited by itself with code 7"),
    "RaisesEverywhere": (False, "initialize raised RuntimeError: not today"),
    "imports_for_ever:X": (False, "it took longer than 1s to be imported: killed"),
    "exits_at_import:X": (True, "it cannot be imported: SystemExit: 5"),
    "breaks_at_import:X": (True, "it cannot be imported: OSError: no such thing"),
    "nowhere:X": (True, "it cannot be imported: ModuleNotFoundError"),
    "bad:Nobody": (True, "it cannot be imported: AttributeError"),
    "bad:MARK": (True, "no class"),
    "bad:WELL": (True, "no class"),
    "bad:Request": (True, "has no initialize and no health_check"),
}


@pytest.mark.parametrize("name", NOT_BEGUN)
async def test_it_cannot_begin_and_says_why(name: str) -> None:
    is_final, words = NOT_BEGUN[name]
    module, _, attribute = name.rpartition(":")
    module = f"tests.adapters.plugins.hostile.{module or 'bad'}"
    async with hosting() as here:
        limits = replace(LIMITS, start_s=1.0)
        bad = here.open(attribute, module=module, limits=limits)
        with pytest.raises(PluginFailed) as failed:
            await begin(bad)
        assert words in str(failed.value)
        assert failed.value.is_final is is_final
        pid = bad.figures.pid
        await bad.stop()
        assert not is_alive(pid)


async def test_binary_on_stdout_comes_out_as_text_that_cannot_hurt() -> None:
    async with hosting() as here:
        bad = await here.begun("PrintsBinary")
        finding = await checked(bad)
        assert finding is not None
        assert finding.outcome is Outcome.PASSED
        await bad.stop()
        lines = [line.text for line in bad.take_log()]
        assert all(text.isprintable() for text in lines)
        assert any("\\x1b[2J" in text for text in lines)


async def test_children_do_not_outlive_their_parents_nor_it() -> None:
    async with hosting() as here:
        bad = await here.begun("ForksChildren")
        await checked(bad)
        # who was forked twice is an orphan: it is killed while the worker lives
        await until(lambda: len(marked()) == 2)
        await bad.stop()
        assert marked() == []


async def test_a_child_in_a_group_of_its_own_goes_too() -> None:
    async with hosting() as here:
        bad = await here.begun("LeavesItsGroup")
        await checked(bad)
        await until(lambda: len(marked()) == 1)
        await bad.stop()
        assert marked() == []


async def test_threads_that_will_not_end_keep_nobody() -> None:
    async with hosting() as here:
        bad = await here.begun("LeavesThreads")
        await checked(bad)
        pid = bad.figures.pid
        await bad.stop()
        assert not is_alive(pid)


async def test_a_shutdown_that_hangs_has_its_time_and_no_more() -> None:
    async with hosting() as here:
        bad = await here.begun("HangsInShutdown")
        pid = bad.figures.pid
        await bad.stop()
        assert not is_alive(pid)
        assert list(bad.take_errors()) == [
            "its shutdown took longer than 500ms: killed"
        ]


async def test_what_it_raises_at_shutdown_is_told() -> None:
    async with hosting() as here:
        bad = await here.begun("RaisesInCheck")
        await bad.stop()
        [words] = bad.take_errors()
        assert words.startswith("at shutdown: shutdown raised RuntimeError: nor at")


GARBAGE = {
    "object": "handle_request gave a payload that is no JSON",
    "nan": "handle_request gave a payload that is no JSON",
    "deep": "handle_request gave a payload that is no JSON",
    "circle": "handle_request gave a payload that is no JSON",
    "huge": "its reply cannot be sent",
    "detail": "handle_request gave detail=7, no str",
    "nothing": "handle_request must return a Reply, not None",
}


@pytest.mark.parametrize("payload", GARBAGE)
async def test_garbage_for_a_reply_is_an_error_and_it_goes_on(payload: str) -> None:
    async with hosting() as here:
        bad = await here.begun("AnswersWithGarbage")
        with pytest.raises(PluginError, match=GARBAGE[payload]):
            await bad.ask(Request(id="1", payload=payload))
        with pytest.raises(PluginError, match=GARBAGE["nothing"]):
            await bad.ask(Request(id="2", payload=None))
        await bad.stop()


async def test_a_request_that_loops_ends_at_its_deadline_and_the_worker_with_it() -> (
    None
):
    async with hosting() as here:
        bad = await here.begun("LoopsInRequest")
        asked = asyncio.create_task(bad.ask(Request(id="1", deadline_s=0.2)))
        with pytest.raises(PluginError, match="no reply within 200ms"):
            await asked
        assert "it hung" in await end_of(bad)
        await bad.stop()


async def test_whoever_asks_while_it_dies_hears_why() -> None:
    async with hosting() as here:
        bad = await here.begun("Exits")
        asked = [asyncio.create_task(bad.check()) for _ in range(5)]
        findings = await asyncio.gather(*asked)
        assert {one.detail for one in findings} == {"it exited by itself with code 7"}
        await bad.stop()


@pytest.mark.parametrize("name", ["ThreadsWithoutEnd"])
async def test_threads_without_end_meet_the_limit_of_memory(name: str) -> None:
    async with hosting() as here:
        bad = await here.begun(name)
        finding = await checked(bad, 5.0)
        if finding is None:  # or it takes so long that it hangs
            assert "hung" in await end_of(bad)
        else:
            assert finding.outcome is Outcome.FAILED
        await bad.stop()
        assert marked() == []
