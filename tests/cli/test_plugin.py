"""`plugin list`, `enable`, `disable`, `reload`, `log`: of a daemon that really runs."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import cleandoc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main, plugin
from conductor_tui.cli.exits import ExitCode
from conductor_tui.domain.errors import AskRefused
from tests.cli.serving import PROGRAM, Serving, daemon

SETTINGS = """
[plugins]
folder = "plugins"
[plugin.loud]
[plugin.broken]
restarts = 1
"""
LOUD = """
from conductor_tui.plugin import PluginHealth, Reply

class Plugin:
    async def initialize(self, config):
        print("it begins")
        print("\\x1b[2Jnot a word for a terminal")

    async def health_check(self):
        return PluginHealth(is_healthy=True)

    async def handle_request(self, request):
        return Reply()

    async def shutdown(self):
        pass
"""
BROKEN = LOUD.replace('print("it begins")', 'raise RuntimeError("no way")')
CODE = {"loud": LOUD, "broken": BROKEN, "idle": LOUD, "later": LOUD}


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    with daemon(SETTINGS) as here:
        folder = here.folder / "plugins"
        folder.mkdir(mode=0o755)
        for name, code in CODE.items():
            (folder / f"{name}.py").write_text(code)
            (folder / f"{name}.py").chmod(0o644)
        here.serve()
        until_it_wrote(here, "loud")
        yield here


def until_it_wrote(here: Serving, name: str) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if len(here.client.ask("GET", f"/v1/plugins/{name}", key="log")["log"]) > 1:
            return
        pause.wait(0.02)
    raise AssertionError(f"{name} never wrote a word")


@pytest.fixture(autouse=True)
def ours(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(serving.folder))
    monkeypatch.setenv("CONDUCTOR_CONFIG", str(serving.settings))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["plugin", *words])


def listed() -> dict[str, dict[str, object]]:
    found = json.loads(run("list", "--json").stdout)
    return {one["name"]: one for one in found}


def test_enabled_it_runs_when_the_command_returns() -> None:
    done = run("enable", "idle")
    assert (done.exit_code, done.stderr) == (ExitCode.OK, "")
    assert done.stdout.endswith("idle: ACTIVE\n")
    assert listed()["idle"]["state"] == "ACTIVE"
    again = run("enable", "idle")
    assert again.exit_code == ExitCode.UNAVAILABLE
    assert "idle: it is ACTIVE already" in again.stderr
    assert run("disable", "idle").exit_code == ExitCode.OK
    assert listed()["idle"]["state"] == "DISABLED"


class Looks:
    """A conductor that finds what is new when it is asked to enable it."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def ask(
        self, method: str, path: str, said: object = None, *, key: str = "words"
    ) -> dict[str, object]:
        if path == "/v1/plugins":
            return {"plugins": [{"name": name} for name in self.states]}
        name, _, verb = path.removeprefix("/v1/plugins/").partition("/")
        if (method, name, verb) == ("POST", "fresh", "enable"):
            self.states[name] = "ACTIVE"
            return {"words": "enabled: it begins now"}
        if name not in self.states:
            raise AskRefused(f"no plug-in is called {name!r}", 404)
        limits = {"start_s": 10.0, "stop_s": 2.0}
        since = "2030-01-01T12:00:00+00:00"
        state = self.states[name]
        return {"since": since, "state": state, "why": "", "limits": limits}


def test_what_was_installed_a_moment_ago_is_asked_for_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = Looks()
    monkeypatch.setattr(plugin, "client", lambda *_: looks)
    done = run("enable", "fresh")
    assert (done.exit_code, done.stderr) == (ExitCode.OK, "")
    assert done.stdout == "fresh: enabled: it begins now\nfresh: ACTIVE\n"
    wrong = run("enable", "frsh")
    assert wrong.exit_code == ExitCode.USAGE
    assert "did you mean fresh?" in wrong.stderr


def test_reloaded_it_has_another_process() -> None:
    before = listed_pid("loud")
    assert run("reload", "loud").exit_code == ExitCode.OK
    assert listed_pid("loud") != before


def listed_pid(name: str) -> int:
    pid = listed()[name]["pid"]
    assert isinstance(pid, int)
    return pid


def test_one_that_cannot_begin_is_told_with_its_words() -> None:
    done = run("enable", "broken")
    assert done.exit_code == ExitCode.DEGRADED
    assert "broken: FAILED: initialize raised RuntimeError: no way" in done.stderr


def test_the_list_says_what_each_is_and_takes() -> None:
    run("enable", "broken")
    done = run("list")
    assert done.exit_code == ExitCode.FAILED
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert f"pid {listed_pid('loud')}" in lines["loud"]
    assert "loud.py" in lines["loud"]
    assert "RuntimeError: no way" in lines["broken"]
    assert "pid" not in lines["broken"]


def test_the_wide_list_says_all(serving: Serving) -> None:
    said = run("list", "--wide").stdout
    assert f"    code: {serving.folder}/plugins/loud.py\n" in said
    assert "    platforms: loud\n" in said
    assert "    ACTIVE since " in said


def test_its_log_is_what_it_wrote_and_nothing_for_a_terminal() -> None:
    done = run("log", "loud")
    assert done.exit_code == ExitCode.OK
    assert "stdout  it begins\n" in done.stdout
    assert "not a word for a terminal" in done.stdout
    assert "\x1b" not in done.stdout


@contextmanager
def following(serving: Serving, name: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [*PROGRAM, "plugin", "log", name, "--follow"],
        env=serving.environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_its_log_goes_on(serving: Serving) -> None:
    with following(serving, "later") as process:
        assert process.stdout is not None
        told = []
        for verb in ("enable", "reload"):
            assert run(verb, "later").exit_code == ExitCode.OK
            told += [process.stdout.readline() for _ in range(2)]
    words = [line.partition("  stdout  ")[2] for line in told]
    assert words[::2] == ["it begins\n"] * 2
    assert all(word.endswith("not a word for a terminal\n") for word in words[1::2])
    assert run("log", "later").stdout == "".join(told)


@pytest.mark.parametrize("verb", ["enable", "disable", "reload", "log"])
def test_a_name_that_is_none_has_a_hint(verb: str) -> None:
    done = run(verb, "luod")
    assert done.exit_code == ExitCode.USAGE
    assert "did you mean loud?" in done.stderr
    assert "there are: loud, broken" in run(verb, "zzzzz").stderr


def test_following_one_that_is_none_has_a_hint() -> None:
    done = run("log", "luod", "--follow")
    assert done.exit_code == ExitCode.USAGE
    assert "did you mean loud?" in done.stderr


def test_without_a_conductor_it_lists_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    done = run("list")
    assert done.exit_code == ExitCode.UNKNOWN
    assert "nothing runs; this is what is installed" in done.stderr
    rows = {tuple(line.split()) for line in done.stdout.splitlines()}
    assert ("loud", "enabled", "loud.py") in rows
    assert ("idle", "not", "enabled", "idle.py") in rows
    assert listed()["idle"]["enabled"] is False


@pytest.mark.parametrize("name", plugin.plugin.commands)
def test_each_help_has_its_exit_status_and_an_example(name: str) -> None:
    words = cleandoc(plugin.plugin.commands[name].help or "")
    assert "\b\nExit status: 0" in words
    assert f"\b\nExamples:\n  conductor-tui plugin {name}" in words or (
        name == "reload" and f"&& conductor-tui plugin {name}" in words
    )


def test_nobody_at_the_named_place_is_no_list(tmp_path: Path) -> None:
    done = run("list", "--via", f"unix:{tmp_path}/none.sock")
    assert done.exit_code == ExitCode.UNAVAILABLE
    assert done.stdout == ""
