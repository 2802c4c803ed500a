"""`plugin check`: each step in words, and a code for how it ended; real workers."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from click import Context
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.plugin_check import check

Write = Callable[..., Path]

WHOLE = """
    from dataclasses import dataclass
    from conductor_tui.plugin import ConfigInvalid, PluginHealth, Reply

    @dataclass
    class Settings:
        room: str = "!lobby"

    class Plugin:
        Config = Settings

        async def initialize(self, config):
            self.room = config.room
            print("it begins in", self.room)
            if not self.room.startswith("!"):
                raise ConfigInvalid(f"room must begin with !, not {self.room!r}")

        async def health_check(self):
            return PluginHealth(is_healthy=self.room != "!gone", detail=self.room)

        async def handle_request(self, request):
            return Reply()

        async def shutdown(self):
            if self.room == "!stuck":
                raise RuntimeError("it does not let go")
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes a plug-in and the settings that lead to it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("CONDUCTOR_CONFIG", raising=False)

    def write(code: str, settings: str = "") -> Path:
        folder = tmp_path / "plugins"
        folder.mkdir(mode=0o755)
        file = folder / "matrix.py"
        file.write_text(dedent(code))
        file.chmod(0o644)
        config = tmp_path / "conductor.toml"
        config.write_text(f'[plugins]\nfolder = "plugins"\n{settings}')
        config.chmod(0o600)
        return file

    return write


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["plugin", "check", *words])


def test_one_that_works_is_told_step_by_step(write: Write) -> None:
    file = write(WHOLE)
    done = run("matrix")
    assert done.exit_code == ExitCode.OK, done.stderr
    first, *steps = done.stdout.splitlines()
    assert first == f"matrix: {file} (matrix.py)"
    assert [step.partition(" (")[0] for step in steps] == [
        "  imported, its settings are good",
        "  initialized",
        "  asked for its health",
        "  healthy: !lobby",
        "  shut down",
    ]
    assert "  stdout: it begins in !lobby" in done.stderr


@pytest.mark.parametrize(
    ("room", "code", "said"),
    [
        pytest.param("'!gone'", ExitCode.DEGRADED, "not healthy: !gone", id="unwell"),
        pytest.param("'!stuck'", ExitCode.DEGRADED, "let go", id="no shutdown"),
        pytest.param("7", ExitCode.SETTINGS, "room: input should be", id="schema"),
        pytest.param("'lobby'", ExitCode.SETTINGS, "must begin with !", id="its word"),
    ],
)
def test_what_is_wrong_has_words_and_a_code(
    write: Write, room: str, code: ExitCode, said: str
) -> None:
    write(WHOLE, f"[plugin.matrix.config]\nroom = {room}\n")
    done = run("matrix")
    assert done.exit_code == code
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("import nowhere_at_all", "nowhere_at_all", id="no such module"),
        pytest.param("class Other: ...", "has no class Plugin", id="no class"),
        pytest.param("class Plugin: ...", "has no initialize", id="no methods"),
        pytest.param("import os; os._exit(3)", "exited by itself", id="an exit"),
        pytest.param(
            WHOLE.replace('print("it begins in", self.room)', "raise KeyError('k')"),
            "KeyError",
            id="raises",
        ),
    ],
)
def test_what_cannot_begin_is_failed(write: Write, code: str, said: str) -> None:
    write(code)
    done = run("matrix")
    assert done.exit_code == ExitCode.FAILED
    assert said in done.stderr
    assert "initialized" not in done.stdout


def test_a_file_anywhere_is_checked_with_the_settings_of_its_name(
    write: Write, tmp_path: Path
) -> None:
    file = write(WHOLE, '[plugin.matrix.config]\nroom = "!own"\n')
    other = tmp_path / "elsewhere"
    other.mkdir()
    moved = file.rename(other / "matrix.py")
    done = run(str(moved))
    assert done.exit_code == ExitCode.OK
    assert "healthy: !own" in done.stdout


def test_another_plug_in_of_the_same_code_has_its_own_settings(write: Write) -> None:
    write(WHOLE, '[plugin.chat]\nuse = "matrix"\nconfig = { room = "!chat" }\n')
    assert "healthy: !chat" in run("chat").stdout


def test_a_secret_is_not_told(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM", "!hidden-room")
    write(WHOLE, '[plugin.matrix.config]\nroom = "${ROOM}"\n')
    done = run("matrix")
    assert done.exit_code == ExitCode.OK
    assert "!hidden-room" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("matrx", "did you mean matrix?", id="written wrongly"),
        pytest.param("zzz", "; there are: ", id="unknown"),
        pytest.param("gone.py", "gone.py: no such file", id="no file"),
        pytest.param("plugins", "pip install ./plugins", id="a folder"),
    ],
)
def test_what_is_none_is_said(write: Write, words: str, said: str) -> None:
    write(WHOLE)
    done = run(words)
    assert done.exit_code == ExitCode.USAGE
    assert said in done.stderr


def test_tab_offers_what_is_installed_and_imports_none_of_it(write: Write) -> None:
    write("raise SystemExit('imported')", "[plugin.mail]\n[plugin.other]\n")
    [argument] = [one for one in check.params if one.name == "name"]
    context = Context(check)
    offered = argument.shell_complete(context, "ma")
    assert [one.value for one in offered] == ["mail", "matrix"]
    [path] = argument.shell_complete(context, "./ma")
    assert path.type == "file"
