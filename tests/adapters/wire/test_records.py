"""Records as JSON: what is kept is what was there."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from conductor_tui.adapters.wire.records import decode, encode
from conductor_tui.domain.alert import Delivery
from conductor_tui.ports import AlertRecord
from tests.adapters.journal.records import RECORDS, delivery, silence


@settings(deadline=None)  # the first one makes the adapters
@given(record=RECORDS)
def test_every_record_comes_back_as_it_was(record: AlertRecord) -> None:
    assert decode(type(record), encode(record)) == record


def test_what_is_no_text_is_kept_as_a_question_mark() -> None:
    record = replace(silence(), why="half of \ud83d")

    assert decode(type(record), encode(record)) == replace(record, why="half of ?")


def test_what_a_later_version_added_is_left_out() -> None:
    body = json.loads(encode(delivery())) | {"colour": "red"}

    assert decode(Delivery, json.dumps(body)) == delivery()


def test_what_is_no_record_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="notice"):
        decode(Delivery, '{"id": 1, "channel": "ops"}')
