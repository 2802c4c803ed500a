"""What becomes of an output that nobody takes."""

import json
import os
import subprocess
import sys
from errno import EMFILE
from pathlib import Path

import pytest

from conductor_tui.cli.exits import CommandGroup, ExitCode

NAME = "日本語 💥"
SHOW = [sys.executable, "-m", "conductor_tui", "config", "show"]


def test_a_reader_that_left_is_no_health_of_anything() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(SHOW, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_full_disk_is_told_in_words() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(SHOW, stdout=full, stderr=subprocess.PIPE, check=False)
    words = b"conductor-tui: no space left on device\n"
    assert (done.returncode, done.stderr) == (74, words)


def test_without_a_file_to_open_it_still_ends_in_words(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(EMFILE, "Too many open files")

    group = CommandGroup(callback=refuse, invoke_without_command=True)
    with monkeypatch.context() as short:
        short.setattr(os, "open", refuse)  # pytest opens files as well
        with pytest.raises(SystemExit) as left:
            group.main([])
    assert left.value.code == ExitCode.IO_ERROR
    assert capfd.readouterr().err == "conductor-tui: too many open files\n"


def test_a_fault_of_our_own_is_no_degraded_platform(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Python's own exit code for it is 1."""

    def fail() -> None:
        raise RuntimeError("a bug")

    group = CommandGroup(callback=fail, invoke_without_command=True)
    with pytest.raises(SystemExit) as left:
        group.main([])
    assert left.value.code == ExitCode.SOFTWARE
    assert "RuntimeError: a bug" in capfd.readouterr().err


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_file_that_is_closed_does_not_end_the_engine(
    wide: Path, closed: str
) -> None:
    """Cron and daemons start programs so; uvloop aborted."""
    words = f'"{sys.executable}" -m conductor_tui --config {wide} check --all {closed}'
    assert subprocess.run(words, shell=True, check=False).returncode == 0


@pytest.mark.parametrize("command", ["check --all", "status --once", "config show"])
def test_a_name_beyond_the_charset_of_the_locale_is_escaped(
    wide: Path, command: str
) -> None:
    words = [sys.executable, "-m", "conductor_tui", "--config", str(wide)]
    charset = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [*words, *command.split()], env=charset, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["check --all --json", "status --once --json"])
def test_json_is_utf_8_in_any_locale(wide: Path, command: str) -> None:
    words = [sys.executable, "-m", "conductor_tui", "--config", str(wide)]
    charset = os.environ | {"PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(
        [*words, *command.split()], env=charset, capture_output=True, check=False
    )
    assert NAME in str(json.loads(done.stdout))


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A configuration whose platform has a name that few charsets hold."""
    file = tmp_path / "conductor.toml"
    probe = 'probe = "command"\ncommand = ["true"]\ntimeout = "5s"\n'
    file.write_text(f'[[platform]]\nname = "{NAME}"\n{probe}', encoding="utf-8")
    return file
