"""The connection to a conductor, whatever that does: words are kept, nothing hangs."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conductor_tui.client import AsyncClient, Client, Rejected
from conductor_tui.client.breaker import Breaker
from conductor_tui.domain.errors import AskRefused, BeatRefused, NobodyListens
from tests.client.conducting import DEADLINE_S, END, FakeConductor, word, words


@pytest.fixture
def here(tmp_path: Path) -> Iterator[FakeConductor]:
    with FakeConductor(tmp_path) as conductor:
        yield conductor


@pytest.fixture
def client(here: FakeConductor) -> Iterator[Client]:
    with Client("bot-a", url=here.url, first_word_s=DEADLINE_S) as client:
        yield client


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds: what another thread is about to do."""
    pause = threading.Event()
    for _ in range(int(DEADLINE_S / 0.01)):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


def admits(breaker: Breaker) -> bool:
    try:
        breaker.cancel(breaker.admit())
    except Rejected:
        return False
    return True


def test_the_first_call_knows_already(here: FakeConductor, client: Client) -> None:
    here.first = [words(word("HELD", 4))]
    with pytest.raises(Rejected) as info:
        client.breaker("redis").admit()
    assert (info.value.reason, info.value.who) == ("held", "ann")


def test_it_says_who_it_is_and_what_it_goes_by(
    here: FakeConductor, client: Client
) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    said = here.post_with("breakers")["breakers"]["redis"]
    assert (said["epoch"], said["state"], said["reports"]) == (0, "CLOSED", False)
    stream = next(one for one in here.asked if "stream" in one)
    assert "name=bot-a" in stream
    assert "POST /v1/clients/c1 " in "\n".join(here.asked)


def test_only_its_first_conductor_counts_from_the_beginning(
    here: FakeConductor, client: Client
) -> None:
    assert admits(client.breaker("redis"))
    here.say(END)
    eventually(lambda: sum("stream" in one for one in here.asked) > 1)
    streams = [one for one in here.asked if "stream" in one]
    assert ["new=1" in one for one in streams[:2]] == [True, False]


def test_a_word_is_in_force_before_it_is_said_to_be(
    here: FakeConductor, client: Client
) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    here.say({"breaker": word("HELD", 1)})
    while here.post_with("breakers")["breakers"]["redis"]["epoch"] != 1:
        pass
    assert not admits(breaker)


def test_the_last_word_is_kept_and_the_next_conductor_is_found(
    here: FakeConductor, client: Client
) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    here.say({"breaker": word("HELD", 1)})
    eventually(lambda: not admits(breaker))
    here.go()
    eventually(lambda: not client.is_connected)
    assert not admits(breaker)
    here.first = [words(is_whole=False)]  # it has only just begun
    here.listen()
    assert client.wait(DEADLINE_S)
    assert not admits(breaker)
    here.say({"breaker": word("CLOSED", 2)})
    eventually(lambda: admits(breaker))


def test_what_a_whole_conductor_does_not_know_binds_nobody(
    here: FakeConductor, client: Client
) -> None:
    breaker = client.breaker("redis")
    here.first = [words(word("HELD", 1))]
    assert not admits(breaker)
    here.first = [words()]
    here.say(END)
    eventually(lambda: admits(breaker))


def test_a_platform_that_is_removed_binds_nobody(
    here: FakeConductor, client: Client
) -> None:
    here.first = [words(word("HELD", 1))]
    breaker = client.breaker("redis")
    assert not admits(breaker)
    here.say({"removed": "redis"})
    eventually(lambda: admits(breaker))


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON at all\n",
        b"[1, 2]\n",
        b'{"breaker": {"name": "redis"}}\n',
        b'{"breaker": {"name": "redis", "state": "AJAR"}}\n',
        b'{"hello": {"client": "../../x", "report_s": 1}}\n',
        b"\xff\xfe\n",
        b'{"breaker"',
    ],
    ids=["text", "a list", "half a word", "no state", "no id", "no UTF-8", "half"],
)
def test_what_cannot_be_read_ends_the_stream_and_it_is_opened_again(
    here: FakeConductor, client: Client, line: bytes
) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    here.say(line)
    here.say(END)
    eventually(lambda: sum("stream" in one for one in here.asked) > 1)
    here.say({"breaker": word("HELD", 9)})
    eventually(lambda: not admits(breaker))


def test_lines_may_come_in_pieces(here: FakeConductor, client: Client) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    for piece in (b'{"bre', b'aker": {"name": "redis", "state": "HELD", "epoch": 1,'):
        here.say(piece)
    here.say(
        b'"by": "", "why": "", "retry_in_s": null, "trial": "check", "failures": 3, '
        b'"reset_after_s": 30, "hosts": []}}\n{}\n\n{}\n'
    )
    eventually(lambda: not admits(breaker))


def test_a_trial_is_asked_for_granted_and_told(
    here: FakeConductor, client: Client
) -> None:
    open_word = {**word("OPEN", 1), "trial": "any", "retry_in_s": 0.0}
    here.first = [words(open_word)]
    breaker = client.breaker("redis")
    assert not admits(breaker)
    assert here.post_with("ask")["ask"] == ["redis"]
    trial = {"platform": "redis", "permit": "p1", "retry_in_s": None, "epoch": 2}
    here.say({"breaker": {**open_word, "state": "HALF_OPEN", "epoch": 2}})
    here.say({"trial": trial})
    eventually(lambda: breaker._trials.grant is not None)
    permit = breaker.admit()
    assert not admits(breaker)
    breaker.settle(permit, OSError("ill"))
    [tried] = here.post_with("tried")["tried"]
    assert tried == {"permit": "p1", "outcome": "failed", "error": "OSError: ill"}


def test_without_a_conductor_nobody_waits(tmp_path: Path) -> None:
    with Client(url=f"unix:{tmp_path}/none", first_word_s=DEADLINE_S * 100) as client:
        assert admits(client.breaker("redis"))
        assert not client.is_connected


def test_one_that_does_not_answer_is_not_waited_for_twice(
    here: FakeConductor, tmp_path: Path
) -> None:
    here.first = []  # not a word
    with Client(url=here.url, first_word_s=0.01) as client:
        assert admits(client.breaker("redis"))
        assert admits(client.breaker("redis"))


def test_a_conductor_that_does_not_let_us_in_is_said_once_and_not_pressed(
    here: FakeConductor, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    here.refuses = (401, "who comes by TCP needs a token")
    with caplog.at_level(logging.WARNING, "conductor_tui.client"):
        for _ in range(100):
            assert admits(client.breaker("redis"))
    assert len(here.asked) == 1
    [record] = caplog.records
    assert "needs a token" in record.getMessage()


def test_a_conductor_that_has_no_room_is_asked_again(
    here: FakeConductor, client: Client
) -> None:
    here.refuses = (503, "512 connections are open")
    breaker = client.breaker("redis")
    assert admits(breaker)
    here.first = [words(word("HELD", 1))]
    here.refuses = None
    eventually(lambda: not admits(breaker))


def test_where_no_thread_can_begin_calls_go_through(
    here: FakeConductor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert admits(client.breaker("redis"))


def test_a_token_that_may_only_read_is_said_and_its_word_is_obeyed(
    here: FakeConductor, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    here.post_status = 403
    here.first = [words(word("HELD", 1))]
    with caplog.at_level(logging.WARNING, "conductor_tui.client"):
        breaker = client.breaker("redis")
        assert not admits(breaker)
        here.post()
        eventually(lambda: bool(caplog.records))
    assert "403" in caplog.records[0].getMessage()


def test_a_name_that_nothing_has_is_said_with_those_there_are(
    here: FakeConductor, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "conductor_tui.client"):
        breaker = client.breaker("reddis")
        assert admits(breaker)
        eventually(lambda: bool(caplog.records))
    assert "there are: redis" in caplog.records[0].getMessage()


def test_the_host_of_a_platform_is_known(here: FakeConductor, client: Client) -> None:
    assert client.platform_at("127.0.0.1:6379") == "redis"
    assert client.platform_at("127.0.0.1:80") is None


def test_a_client_that_is_closed_decides_on_by_its_last_word(
    here: FakeConductor, client: Client
) -> None:
    here.first = [words(word("HELD", 1))]
    breaker = client.breaker("redis")
    assert not admits(breaker)
    client.close()
    client.close()
    assert not admits(breaker)


def test_the_last_report_is_made_at_the_end(
    here: FakeConductor, client: Client
) -> None:
    breaker = client.breaker("redis")
    assert admits(breaker)
    here.post()
    for _ in range(7):
        breaker.settle(breaker.admit())
    client.close()
    last = 0
    while last != 8:
        last = here.post_with("breakers")["breakers"]["redis"]["calls"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"on_lost": "perhaps"},
        {"first_word_s": -1},
        {"url": "ftp://x"},
        {"url": "http://"},
        {"url": "conductor.sock"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_words(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|write"):
        Client(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"failures": 0}, {"reset_after_s": 0.0}, {"reset_after_s": -5.0}], ids=str
)
def test_a_breaker_that_cannot_be_is_refused_in_words(wrong: dict[str, float]) -> None:
    client = Client(url="unix:/nowhere")
    with pytest.raises(ValueError, match="must be"):
        client.breaker("redis", **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must be that of a platform"):
        client.breaker("")


def test_the_same_name_is_the_same_breaker() -> None:
    client = Client(url="unix:/nowhere")
    assert client.breaker("redis") is client.breaker("redis")


def test_commands_of_nobody_fail_in_words(tmp_path: Path) -> None:
    client = Client(url=f"unix:{tmp_path}/none")
    for ask in (
        lambda: client.trip("redis", why="x"),
        client.snapshot,
        lambda: client.beat("agent"),
    ):
        with pytest.raises(NobodyListens, match="No such file"):
            ask()


def test_commands_that_are_refused_say_why(here: FakeConductor, client: Client) -> None:
    here.post_status = 409
    with pytest.raises(AskRefused):
        client.reset("redis")
    with pytest.raises(BeatRefused):
        client.beat("agent")


async def test_the_first_word_is_awaited_without_holding_up_the_loop(
    here: FakeConductor,
) -> None:
    here.first = [words(word("HELD", 1))]
    async with AsyncClient("bot", url=here.url, first_word_s=DEADLINE_S) as client:
        with pytest.raises(Rejected):
            async with client.breaker("redis"):
                pytest.fail("it ran")
        assert client.is_connected
        assert await client.wait(1.0)
