"""Copying: what goes to the terminal, through which multiplexer, and what is said."""

from base64 import b64decode
from pathlib import Path

import pytest

from conductor_tui.domain.breaker import BreakerState
from conductor_tui.tui import clipboard
from conductor_tui.tui.clipboard import LIMIT, Copy, cut, put, sequence
from tests.build import added, failed, hold, moved
from tests.tui import long_days
from tests.tui.shell import Shell

XTERM = {"TERM": "xterm-256color"}


def taken(written: str) -> str:
    """What a terminal finds in one bare sequence."""
    head, _, rest = written.partition("\x1b]52;c;")
    assert head == ""
    coded, bell, after = rest.partition("\a")
    assert (bell, after) == ("\a", "")
    return b64decode(coded).decode()


def test_a_terminal_takes_the_text_as_it_was() -> None:
    assert taken(sequence("déjà vu\n日本", XTERM)) == "déjà vu\n日本"


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"},
        {"TERM": "tmux-256color"},
    ],
    ids=["here", "beyond an ssh"],
)
def test_tmux_gets_it_bare_and_wrapped(environ: dict[str, str]) -> None:
    bare, _, wrapped = sequence("hello", environ).partition("\x1bPtmux;")
    assert taken(bare) == "hello"
    assert wrapped.endswith("\x1b\\")
    assert taken(wrapped.removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b")) == "hello"


def test_gnu_screen_gets_it_in_pieces_that_it_hands_on() -> None:
    text = "x" * 5000
    pieces = sequence(text, {"TERM": "screen", "STY": "1.pts"}).split("\x1b\\")
    assert all(piece.startswith("\x1bP") for piece in pieces[:-1])
    assert max(map(len, pieces)) < 768
    assert taken("".join(piece.removeprefix("\x1bP") for piece in pieces)) == text


def test_what_is_too_long_is_cut_at_the_end_of_a_line() -> None:
    text, is_cut = cut("\n".join(["é" * 500] * 100))
    assert is_cut
    assert len(text.encode()) <= LIMIT
    assert all(len(line) == 500 for line in text.split("\n"))
    assert len(sequence("x" * LIMIT, XTERM)) <= 100_000


@pytest.mark.parametrize("length", [0, 10, LIMIT])
def test_what_fits_is_not_cut(length: int) -> None:
    assert cut("x" * length) == ("x" * length, False)


def test_the_sentence_says_what_was_copied_and_promises_nothing() -> None:
    written: list[str] = []
    said = put(Copy("a\x1b]0;evil\nb", "2 lines"), written.append, XTERM)
    assert said == "copied 2 lines (if your terminal allows OSC 52)"
    assert [taken(one) for one in written] == ["a\\x1b]0;evil\nb"]
    long = Copy("x\n" * LIMIT, "many lines")
    assert "cut at 74,994 bytes" in put(long, written.append, XTERM)


def test_nothing_is_copied_where_there_is_nothing() -> None:
    written: list[str] = []
    assert "nothing to copy" in put(Copy("", "0 lines"), written.append, XTERM)
    assert written == []


def test_a_console_without_a_clipboard_gets_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    written: list[str] = []
    said = put(Copy("a\nb", "2 lines"), written.append, {"TERM": "linux"})
    (file,) = tmp_path.iterdir()
    assert written == []
    assert said.endswith(f"2 lines in {file}")
    assert file.read_text() == "a\nb\n"
    assert file.stat().st_mode & 0o077 == 0


def test_where_not_even_a_file_can_be_made_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    said = put(Copy("a", "1 line"), lambda text: None, {"TERM": "vt100"})
    assert "no clipboard, and no file can be made" in said


def test_inside_a_multiplexer_the_terminal_behind_it_may_have_a_clipboard() -> None:
    written: list[str] = []
    put(Copy("a", "1 line"), written.append, {"TERM": "linux", "STY": "1.pts"})
    assert len(written) == 1
    assert clipboard.is_wrapped({"TERM": "linux", "TMUX": "x"})


class Copying(Shell):
    """A shell that remembers what was sent to its terminal."""

    @property
    def copied(self) -> str:
        assert self.app._driver is not None
        return taken("".join(text for text in self._written if "]52;" in text))

    async def take(self, *keys: str) -> str:
        """Press keys and return what the terminal was given."""
        self._written: list[str] = []
        driver = self.app._driver
        assert driver is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERM", "xterm")
            patch.delenv("TMUX", raising=False)
            patch.delenv("STY", raising=False)
            patch.setattr(driver, "write", self._written.append)
            await self.press(*keys)
        return self.copied


@pytest.mark.parametrize("keys", [("y",), ("enter", "y")], ids=["overview", "page"])
async def test_a_platform_is_copied_as_a_short_incident(keys: tuple[str, ...]) -> None:
    shell = Copying(
        added("api"), failed("api"), moved("api", BreakerState.HELD, held=hold("a`b"))
    )
    async with shell.running():
        text = await shell.take(*keys)
        assert text.startswith("### `api` is DEGRADED, breaker HELD\n")
        assert "HELD by root" in text
        assert "2030-01-01 12:00:00 +0000" in text
        assert text.count("```") == 2
        assert "a`b" not in text.partition("```")[0]  # it would end the code
        assert shell.said.startswith("copied api as Markdown")


@pytest.mark.parametrize(
    ("key", "words"), [("3", "not measured"), ("4", "This screen")]
)
async def test_a_page_is_copied_as_it_stands(key: str, words: str) -> None:
    shell = Copying()
    async with shell.running():
        await shell.press(key)
        assert words in await shell.take("y")
        assert shell.said.startswith("copied the page")


async def test_without_a_platform_there_is_nothing_to_copy() -> None:
    async with Shell(long_days.LOADED).running() as shell:
        await shell.press("y")
        assert "no platform is picked" in shell.said


async def test_marked_platforms_are_copied_together() -> None:
    shell = Copying(added("api"), added("db"), added("queue"))
    async with shell.running():
        await shell.press("space", "space")
        text = await shell.take("y")
        assert text.count("### `") == 2
        assert shell.said.startswith("copied 2 platforms as Markdown")
