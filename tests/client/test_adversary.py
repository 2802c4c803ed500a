"""What would have let calls through, or stopped them for ever."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor_tui.client import Client, Rejected, link, watching
from conductor_tui.client.breaker import Breaker
from conductor_tui.client.dialing import Place, open_stream, place
from conductor_tui.client.watching import Watch
from conductor_tui.client.words import Words
from tests.client.conducting import DEADLINE_S, END, FakeConductor, word, words
from tests.client.telling import Desk, FakeLink
from tests.client.test_link import admits, eventually


@pytest.fixture
def here(tmp_path: Path) -> Iterator[FakeConductor]:
    with FakeConductor(tmp_path) as conductor:
        yield conductor


def reason(breaker: Breaker) -> str:
    try:
        breaker.cancel(breaker.admit())
    except Rejected as no:
        return no.reason
    return "through"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("on_lost", "state", "expected"),
    [
        ("keep", "HELD", "held"),
        ("allow", "HELD", "held"),
        ("deny", "CLOSED", "through"),
        ("keep", "HALF_OPEN", "half_open"),
    ],
)
def test_a_childs_first_call_does_not_take_its_conductor_for_lost(
    here: FakeConductor,
    monkeypatch: pytest.MonkeyPatch,
    on_lost: str,
    state: str,
    expected: str,
) -> None:
    def slowly(to: Place, path: str, within_s: float) -> object:
        threading.Event().wait(0.05)  # a call that waits for no word comes before
        return open_stream(to, path, within_s)

    here.first = [words(word(state, 1))]
    with Client("p", url=here.url, on_lost=on_lost, first_word_s=DEADLINE_S) as client:  # type: ignore[arg-type]
        breaker = client.breaker("redis")
        assert reason(breaker) == expected
        end, start = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(int(DEADLINE_S))
            monkeypatch.setattr(link, "open_stream", slowly)
            os.write(start, reason(breaker).encode())
            os._exit(0)
        os.waitpid(child, 0)
        here.say(END)  # there were two streams: the parent's goes with the conductor
        os.close(start)
        with os.fdopen(end) as pipe:
            assert pipe.read() == expected


@pytest.mark.parametrize(
    "line",
    [
        b'{"breaker": {"name": "redis", "state": "CLOSED", "by": "", "why": "", '
        b'"retry_in_s": null, "epoch": 1e999}}\n',
    ],
    ids=["no number"],
)
def test_a_number_that_is_none_ends_the_stream_but_not_its_reader(
    here: FakeConductor, line: bytes
) -> None:
    open_word = {**word("OPEN", 1), "trial": "any", "retry_in_s": 0.0}
    here.first = [words(open_word)]
    with Client("p", url=here.url, first_word_s=DEADLINE_S) as client:
        breaker = client.breaker("redis")
        assert not admits(breaker)
        here.say(line)
        here.say(END)
        eventually(lambda: sum("stream" in one for one in here.asked) > 1)
        assert client.wait(DEADLINE_S)
        here.say({"breaker": word("CLOSED", 2)})
        eventually(lambda: admits(breaker))


def test_a_grant_that_cannot_be_read_reaches_no_caller() -> None:
    some = Words(lambda: None)
    breaker = some.breaker("redis", lambda: Desk(FakeLink()).breaker)
    some.take(words({**word("OPEN", 1), "trial": "any", "retry_in_s": 0.0}))
    trial = {"platform": "redis", "permit": "p", "retry_in_s": None, "epoch": "x"}
    with pytest.raises(ValueError, match="invalid literal"):
        some.take({"trial": trial})
    assert not admits(breaker)


@pytest.mark.parametrize("status", [422, 503])
def test_whose_reports_are_not_taken_makes_its_own_trials(
    here: FakeConductor, status: int
) -> None:
    here.post_status = status
    with Client("p", url=here.url, first_word_s=DEADLINE_S) as client:
        breaker = client.breaker("redis", failures=1, reset_after_s=0.01)
        with pytest.raises(OSError, match="ill"), breaker:
            raise OSError("ill")
        eventually(lambda: admits(breaker))
        assert client.is_connected  # not because the fake one's silence made it lost


def test_a_name_that_no_report_can_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="200 characters at the most, not 201"):
        Client(url="unix:/nowhere").breaker("x" * 201)


def test_a_watch_that_is_closed_while_it_dials_ends(
    here: FakeConductor, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.first = []
    watch = Watch(place(here.url, ""), None)
    dial = open_stream

    def closed_meanwhile(to: Place, path: str, within_s: float) -> object:
        sock = dial(to, path, within_s)
        watch.close()
        return sock

    monkeypatch.setattr(watching, "open_stream", closed_meanwhile)
    here.say({"events": []})
    reading = threading.Thread(target=lambda: list(watch), daemon=True)
    reading.start()
    reading.join(watching.SILENT_S / 2)
    assert not reading.is_alive()
