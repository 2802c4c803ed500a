import pytest

from conductor_tui.adapters.probes.http_status import Expected, parse_expected


@pytest.mark.parametrize(
    ("expected", "passing", "failing"),
    [
        pytest.param((), [200, 301, 399], [199, 400, 500], id="the usual ones"),
        pytest.param((204,), [204], [200, 205], id="one status"),
        pytest.param(("200-499",), [200, 404, 499], [199, 500], id="a range"),
        pytest.param((204, "400-401"), [204, 400, 401], [200, 402], id="both"),
    ],
)
def test_statuses_and_ranges_say_what_passes(
    expected: tuple[Expected, ...], passing: list[int], failing: list[int]
) -> None:
    accepted = parse_expected(expected)
    assert all(any(status in some for some in accepted) for status in passing)
    assert not any(any(status in some for some in accepted) for status in failing)


@pytest.mark.parametrize("one", ["204", "2xx", "200-", "299-200", "20000-3", 99, 600])
def test_what_is_no_status_is_refused_in_words(one: Expected) -> None:
    with pytest.raises(ValueError, match="expect_status"):
        parse_expected((one,))
