"""Dead letters, written into a file."""

import json
import stat
from pathlib import Path

import pytest

from conductor_tui.adapters.letter_box import LetterBox
from conductor_tui.domain.ids import LetterId
from tests.tui.letter_days import letters

EVERY = {one.id: one for one in letters()}


def test_each_is_a_line_of_json_with_its_payload_and_its_errors(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    numbers = [LetterId(3), LetterId(404), LetterId(7)]
    assert LetterBox(EVERY.get).export(numbers, file) == 2
    first, second = map(json.loads, file.read_text().splitlines())
    assert first["request"]["payload"] == {"text": "disk of db3 at 91 %"}
    assert first["errors"][0]["words"] == "answered 503: upstream"
    assert second["view"]["state"] == "GIVEN UP"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        LetterBox(EVERY.get).export([LetterId(3)], file)
    assert file.read_text() == "mine"
