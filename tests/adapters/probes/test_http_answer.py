"""HTTP/1 answers out of bytes, however the network cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.probes.http_answer import (
    MAX_HEAD,
    MAX_HEADERS,
    Answer,
    AnswerReader,
    Heard,
    Trouble,
)

_ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
    b"2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\nX-A: no\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
    b"HTTP/1.1 200 OK\nX-A: b\n\nhello",
]


def _read(reader: AnswerReader, parts: list[bytes]) -> Heard:
    for part in parts:
        heard = reader.feed(part)
        if heard is not None:
            return heard
    return reader.end()


@pytest.mark.parametrize("answer", _ANSWERS)
@given(data=st.data())
def test_an_answer_is_the_same_however_it_is_cut(
    answer: bytes, data: st.DataObject
) -> None:
    places = data.draw(st.lists(st.integers(0, len(answer))).map(sorted))
    cuts = [0, *places, len(answer)]
    parts = [answer[a:b] for a, b in pairwise(cuts)]

    heard = _read(AnswerReader(100), parts)

    assert isinstance(heard, Answer)
    assert (heard.status, heard.reason, heard.body) == (200, b"OK", b"hello")
    assert (heard.header("x-a"), heard.is_cut) == ("b", False)


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_no_bytes_raise(parts: list[bytes]) -> None:
    head = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]

    assert isinstance(_read(AnswerReader(100), parts), Answer | Trouble)
    assert isinstance(_read(AnswerReader(100), head + parts), Answer | Trouble)


def test_one_reader_reads_one_answer_after_the_other() -> None:
    reader = AnswerReader(100)
    bodies = []
    for answer in _ANSWERS[:3]:
        reader.start()
        heard = reader.feed(answer)
        assert isinstance(heard, Answer)
        bodies.append(heard.body)
        assert reader.is_reusable

    assert bodies == [b"hello"] * 3


def test_a_body_of_just_the_limit_is_whole() -> None:
    heard = _read(AnswerReader(5), [_ANSWERS[0]])

    assert isinstance(heard, Answer)
    assert not heard.is_cut


def test_a_longer_body_is_cut_at_the_limit() -> None:
    reader = AnswerReader(4)
    heard = reader.feed(_ANSWERS[0])

    assert isinstance(heard, Answer)
    assert (heard.body, heard.is_cut, reader.is_reusable) == (b"hell", True, False)


def test_a_connection_that_now_speaks_something_else_is_not_reused() -> None:
    reader = AnswerReader(100)
    heard = reader.feed(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")

    assert isinstance(heard, Answer)
    assert (heard.status, reader.is_reusable) == (101, False)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        pytest.param(b"a: b\r\n" * MAX_HEADERS, Answer, id="as many as allowed"),
        pytest.param(b"a: b\r\n" * (MAX_HEADERS + 1), Trouble, id="one too many"),
        pytest.param(b"a: " + b"b" * MAX_HEAD + b"\r\n", Trouble, id="one too long"),
    ],
)
def test_headers_have_limits(headers: bytes, kind: type[Heard]) -> None:
    reader = AnswerReader(100)

    assert isinstance(_read(reader, [b"HTTP/1.1 204 OK\r\n", headers, b"\r\n"]), kind)
    assert isinstance(
        _read(AnswerReader(100), [b"HTTP/1.1 204 OK\r\n" + headers + b"\r\n"]), kind
    )


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        pytest.param(b"", None, id="no length: the end is the end"),
        pytest.param(b"Transfer-Encoding: gzip\r\n", None, id="another coding"),
        pytest.param(b"Transfer-Encoding: gzip, chunked\r\n", "body", id="chunks"),
        pytest.param(b"Content-Length: 10\r\n", "body", id="a length"),
    ],
)
def test_the_end_of_a_connection_ends_a_body_without_a_length(
    headers: bytes, words: str | None
) -> None:
    heard = _read(AnswerReader(100), [b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n"])

    if words is None:
        assert isinstance(heard, Answer)
    else:
        assert heard == Trouble("200, then closed in the middle of the body")


def test_a_reset_ends_no_body() -> None:
    reader = AnswerReader(100)
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\nhel")

    assert reader.end("reset") == Trouble("200, then reset in the middle of the body")


def test_a_header_is_found_in_any_case_and_told_as_it_is() -> None:
    answer = Answer(200, b"", ((b"LOCATION", b"\xff"), (b"location", b"second")))

    assert answer.header("Location") == "\\xff"
    assert answer.header("Other") is None
