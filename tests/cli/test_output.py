"""What is printed arrives whole, however little of it the system takes at a time."""

import io
import json
import sys

import pytest
from click import echo

from conductor_tui.cli import main
from conductor_tui.cli.output import keep_what_is_not_taken_at_once


class Sipping(io.RawIOBase):
    """A file that takes a little of each write, as a pipe may that is full."""

    def __init__(self) -> None:
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.taken += bytes(data[:1000])
        return min(len(data), 1000)


def unbuffered(monkeypatch: pytest.MonkeyPatch) -> Sipping:
    """Stand for stdout, as Python opens it under PYTHONUNBUFFERED. No fixture: pytest
    puts its own stdout in place between the setup and the test.
    """
    file = Sipping()
    stdout = io.TextIOWrapper(file, "utf-8", write_through=True)  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "__stdout__", stdout)
    return file


def test_unbuffered_output_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sipping = unbuffered(monkeypatch)
    with pytest.raises(SystemExit) as left:
        main(["config", "schema"])
    assert left.value.code == 0
    assert json.loads(sipping.taken)["type"] == "object"


def test_unbuffered_output_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sipping = unbuffered(monkeypatch)
    keep_what_is_not_taken_at_once()
    echo("so far")
    assert sipping.taken == b"so far\n"
    echo("and so on", nl=False)
    assert sipping.taken == b"so far\nand so on"
