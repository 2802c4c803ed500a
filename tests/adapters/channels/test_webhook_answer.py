"""What an HTTP answer means for a notice, and how long it asks us to wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.channels.webhook_answer import Answer, check, wait
from conductor_tui.domain.errors import DeliveryFailed

AT = "Wed, 21 Oct 2015 07:28:00 GMT"


def failure(answer: Answer) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        check(answer)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_has_taken_it(status: int) -> None:
    check(Answer(status, said="whatever"))


@pytest.mark.parametrize(
    "status", [301, 302, 307, 408, 409, 425, 429, 500, 502, 503, 504, 599]
)
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert not failure(Answer(status)).is_final


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 407, 410, 413, 415, 422, 451]
)
def test_what_will_never_be_taken_is_final(status: int) -> None:
    assert failure(Answer(status)).is_final


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(404, said="no_service"),
            "HTTP 404 Not Found: nothing is there: correct the url "
            "(it says: no_service)",
        ),
        (Answer(503), "HTTP 503 Service Unavailable"),
        (Answer(599), "HTTP 599"),
        (
            Answer(302, location="https://login.example.org/secret/path"),
            "HTTP 302: it leads on to https://login.example.org/..., and is not "
            "followed: write the final url",
        ),
        (
            Answer(301, location="/new"),
            "HTTP 301: it leads on to another path there, and is not followed: write "
            "the final url",
        ),
        (
            Answer(301, location="http://[::1"),
            "HTTP 301: it leads on to somewhere unreadable, and is not followed: "
            "write the final url",
        ),
    ],
)
def test_the_words_say_the_way_out(answer: Answer, words: str) -> None:
    assert str(failure(answer)) == words


@pytest.mark.parametrize(
    ("retry_after", "date", "wait_s"),
    [
        pytest.param("30", "", 30.0, id="seconds"),
        pytest.param("0.65", "", 0.65, id="Discord's fractions"),
        pytest.param(" 0 ", "", 0.0, id="now"),
        pytest.param("-5", "", 0.0, id="the past"),
        pytest.param("99999999", "", 86_400.0, id="far too long"),
        pytest.param("nan", "", None, id="no number"),
        pytest.param("inf", "", None, id="for ever"),
        pytest.param("", "", None, id="nothing"),
        pytest.param("soon", AT, None, id="words"),
        pytest.param("Wed, 21 Oct 2015 07:30:00 GMT", AT, 120.0, id="a date"),
        pytest.param("Wed, 21 Oct 2015 07:20:00 GMT", AT, 0.0, id="a date gone by"),
        pytest.param("Wed, 21 Oct 2015 07:30:00 GMT", "", None, id="no Date"),
        pytest.param("Wed, 99 Oct 2015 07:30:00 GMT", AT, None, id="no such date"),
    ],
)
def test_retry_after_is_seconds_or_a_date_against_its_own(
    retry_after: str, date: str, wait_s: float | None
) -> None:
    assert wait(retry_after, date) == wait_s
    answer = Answer(429, retry_after=retry_after, date=date)
    assert failure(answer).retry_in_s == wait_s


@given(st.text(), st.text())
def test_no_header_is_too_odd_to_be_read(retry_after: str, date: str) -> None:
    wait_s = wait(retry_after, date)
    assert wait_s is None or 0 <= wait_s <= 86_400
