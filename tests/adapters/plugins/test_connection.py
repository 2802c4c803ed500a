"""Frames over a socket: what the other side may say, and what ends it."""

import asyncio
import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.plugins.connection import Connection, Gone, Trouble
from conductor_tui.worker.frames import HEAD, LARGEST, Frames, NoFrame, encode

HELLO = {"hello": 1, "pid": 7}


class Other:
    """The worker's end, by hand."""

    def __init__(self) -> None:
        ours, self.socket = socket.socketpair()
        self.broken: list[str] = []
        self.connection = Connection(ours, self.broken.append)
        self._frames = Frames()

    def say(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.socket.sendall(HEAD.pack(len(body)) + body)

    def heard(self) -> list[dict[str, object]]:
        return self._frames.feed(self.socket.recv(1 << 20))

    async def __aenter__(self) -> "Other":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.connection.close("over")
        self.socket.close()


async def soon() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "hello", [{"hello": 2}, {"hello": "1"}, {"n": 1, "ok": {}}, {}]
)
async def test_who_greets_otherwise_is_not_spoken_with(hello: object) -> None:
    async with Other() as other:
        other.say(hello)
        await soon()
        assert other.broken == ["it sent garbage: no hello of protocol 1"]


async def test_each_answer_finds_who_asked_whatever_their_order() -> None:
    async with Other() as other:
        other.say(HELLO)
        calls = [asyncio.create_task(other.connection.call("ask")) for _ in range(3)]
        await soon()
        numbers = [message["n"] for message in other.heard()]
        for number in reversed(numbers):
            other.say({"n": number, "ok": {"number": number}})
        answers = await asyncio.gather(*calls)
        assert [answer["number"] for answer in answers] == numbers


async def test_an_error_is_one_and_says_its_kind() -> None:
    async with Other() as other:
        other.say(HELLO)
        call = asyncio.create_task(other.connection.call("ask"))
        await soon()
        error = {"kind": "failed", "words": "no\nway", "retry_after_s": 3}
        other.say({"n": other.heard()[0]["n"], "error": error})
        with pytest.raises(Trouble, match="no way") as trouble:
            await call
        assert (trouble.value.kind, trouble.value.retry_after_s) == ("failed", 3)


async def test_a_call_that_is_cancelled_is_cancelled_over_there_once() -> None:
    async with Other() as other:
        other.say(HELLO)
        call = asyncio.create_task(other.connection.call("ask"))
        await soon()
        [asked] = other.heard()
        call.cancel()
        await soon()
        [cancelled] = other.heard()
        assert (cancelled["do"], cancelled["which"]) == ("cancel", asked["n"])
        assert other.connection.oldest_given_up_s() > 0
        other.say({"n": asked["n"], "error": {"kind": "cancelled", "words": ""}})
        await soon()
        assert other.connection.oldest_given_up_s() == 0
        assert other.broken == []


@pytest.mark.parametrize(
    "message",
    [
        [],
        1,
        {"n": 99, "ok": {}},
        {"n": "1", "ok": {}},
        {"ok": {}},
        {"n": 1, "ok": 7},
        {"n": 1, "error": {"kind": 1}},
        {"n": 1},
    ],
)
async def test_what_is_no_answer_ends_it(message: object) -> None:
    async with Other() as other:
        other.say(HELLO)
        call = asyncio.create_task(other.connection.call("ask"))
        await soon()
        other.say(message)
        await soon()
        [words] = other.broken
        assert words.startswith("it sent garbage")
        other.connection.close(words)
        with pytest.raises(Gone):
            await call


async def test_an_end_tells_everybody_who_waits() -> None:
    async with Other() as other:
        calls = [asyncio.create_task(other.connection.call("ask")) for _ in range(3)]
        await soon()
        other.socket.close()
        await soon()
        assert other.broken == ["it closed its connection"]
        other.connection.close("it exited")
        for call in calls:
            with pytest.raises(Gone, match="it exited"):
                await call
        with pytest.raises(Gone):
            await other.connection.call("ask")


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.integers()), max_size=5),
    st.integers(1, 50),
)
def test_frames_come_out_whole_however_they_were_cut(
    messages: list[dict[str, int]], cut: int
) -> None:
    data = b"".join(encode(message) for message in messages)
    frames, found = Frames(), list[dict[str, int]]()
    for start in range(0, len(data), cut):
        found += frames.feed(data[start : start + cut])
    assert found == messages


@given(st.binary(max_size=200))
def test_garbage_is_no_frame_and_nothing_else(data: bytes) -> None:
    try:
        found = Frames().feed(data)
    except NoFrame:
        return
    assert all(isinstance(one, dict) for one in found)


def test_what_json_has_not_and_what_is_too_large_is_not_sent() -> None:
    for message in ({"x": float("nan")}, {"x": "y" * (LARGEST + 1)}, {"x": object()}):
        with pytest.raises((ValueError, TypeError)):
            encode(message)
    with pytest.raises(NoFrame):
        Frames().feed(HEAD.pack(LARGEST + 1))
