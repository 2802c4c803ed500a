"""`kill -9` in the midst of requests: a small round of the benchmark."""

import pytest

from tests.bench import letters


@pytest.mark.server
def test_what_was_accepted_is_done_once_whatever_dies() -> None:
    with letters.somewhere() as place:
        tally = letters.run(place, requests=120, kills=2)
        letters.settle(place)
        wanted = {f"k-{number}" for number in range(120)}
        assert tally.delivered + tally.kept == 120
        assert wanted <= set(place.lines("deliveries"))
        assert sorted(place.lines("effects")) == sorted(wanted)
