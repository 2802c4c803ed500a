"""What a terminal must be, and what is done where it can do less."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import pytest

from conductor_tui.tui import run, terminal, themes
from tests.tui.shell import Shell


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


TTYS: Mapping[str, TextIO | None] = {
    "stdin": Tty(),
    "stdout": Tty(),
    "stderr": Tty(),
}


def test_a_terminal_is_fine() -> None:
    assert terminal.refusal({"TERM": "xterm"}, TTYS) == ""


@pytest.mark.parametrize("name", ["stdin", "stdout", "stderr"])
@pytest.mark.parametrize("stream", [io.StringIO(), None], ids=["a pipe", "closed"])
def test_what_is_not_a_terminal_is_refused_by_name(
    name: str, stream: TextIO | None
) -> None:
    words = terminal.refusal({"TERM": "xterm"}, {**TTYS, name: stream})
    assert words.startswith(f"{name} is not a terminal")
    assert "conductor-tui status --once" in words


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}, {}])
def test_a_terminal_that_cannot_move_its_cursor_is_refused(
    environ: dict[str, str],
) -> None:
    words = terminal.refusal(environ, TTYS)
    assert words.startswith("TERM=")
    assert "conductor-tui status --once" in words


@pytest.mark.parametrize(
    ("environ", "encoding", "ascii"),
    [
        pytest.param({"LANG": "de_DE.UTF-8"}, "utf-8", False, id="utf-8"),
        pytest.param({"LC_ALL": "en_US.utf8"}, "UTF-8", False, id="utf8"),
        pytest.param({}, "utf-8", False, id="nothing said"),
        pytest.param({}, "iso8859-1", True, id="the output cannot"),
        pytest.param({"LANG": "de_DE.ISO-8859-1"}, "utf-8", True, id="latin-1"),
        pytest.param({"LC_ALL": "C"}, "utf-8", True, id="C, on purpose"),
        pytest.param(
            {"LC_ALL": "C.UTF-8", "LANG": "C"}, "utf-8", False, id="LC_ALL rules"
        ),
        pytest.param(
            {"LC_ALL": "", "LC_CTYPE": "C.UTF-8"}, "utf-8", False, id="empty is unset"
        ),
    ],
)
def test_ascii_is_chosen_outside_utf_8(
    environ: dict[str, str], encoding: str, ascii: bool
) -> None:
    assert terminal.wants_ascii(environ, encoding) is ascii


@pytest.mark.parametrize(
    ("began", "ascii"),
    [
        pytest.param(b"LANG=C\0TERM=linux\0", True, id="Python's own"),
        pytest.param(b"LANG=C\0LC_CTYPE=C.UTF-8\0", False, id="the operator's"),
    ],
)
def test_the_locale_that_python_puts_in_place_of_c_is_not_believed(
    tmp_path: Path, began: bytes, ascii: bool
) -> None:
    first = tmp_path / "environ"
    first.write_bytes(began)
    now = terminal.as_it_came({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, first)
    assert terminal.wants_ascii(now, "utf-8") is ascii


@pytest.mark.parametrize(
    ("no_color", "system", "theme"),
    [
        (False, "truecolor", themes.DARK),
        (False, "256", themes.DARK),
        (False, "standard", themes.SIXTEEN),
        (False, None, themes.MONOCHROME),
        (True, "truecolor", themes.MONOCHROME),
    ],
)
def test_the_first_theme_is_what_the_terminal_can_show(
    no_color: bool, system: str | None, theme: str
) -> None:
    colors = terminal.colors(system)
    assert themes.first_theme(no_color=no_color, colors=colors) == theme


def test_without_a_terminal_the_app_is_not_started(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipes = {"stdin": io.StringIO()}
    monkeypatch.setattr(terminal, "standard_streams", lambda: pipes)
    assert run.run_app(Shell().app) == 64
    assert capsys.readouterr().err == (
        "conductor-tui: stdin is not a terminal, and the dashboard needs one: "
        "use `conductor-tui status --once` for text\n"
    )
