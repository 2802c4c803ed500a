"""What Tab offers, in a real bash."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
from click.testing import CliRunner

from conductor_tui.cli import main
from conductor_tui.cli.completing import agent_names
from conductor_tui.cli.exits import ExitCode
from tests.cli.conductor_beside import Beside
from tests.servers.daemon import binary

Offered = Callable[..., list[str]]


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offered:
    """Return what bash offers behind the words, the last of them just begun."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    program = tmp_path / "bin" / "conductor-tui"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\nfrom conductor_tui.cli import main\nmain()\n"
    )
    program.chmod(0o755)
    script = CliRunner().invoke(main, ["completion", "bash"]).stdout
    bash = binary("bash")

    def offered(*words: str) -> list[str]:
        line = " ".join(("conductor-tui", *words))
        asked = (
            f"{script}\ncompopt() {{ :; }}\n"  # it works only while somebody types
            f"COMP_WORDS=({line}{' ' + repr('') if words[-1] == '' else ''})\n"
            f"COMP_CWORD={len(words)}\nCOMP_LINE={line!r}\n"
            "_conductor_tui_completion conductor-tui\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        path = f"{program.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            [bash, "--norc", "-c", asked],
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        return done.stdout.split()

    return offered


def test_commands_and_options_are_offered(offered: Offered) -> None:
    assert offered("tri") == ["trip"]
    assert offered("trip", "--rea") == ["--reason"]


def test_names_are_those_of_the_conductor_that_runs(
    offered: Offered, tmp_path: Path
) -> None:
    folder = tmp_path / "conductor-tui"
    folder.mkdir(mode=0o700)
    with Beside(folder / "conductor.sock").running():
        assert offered("trip", "") == ["api"]
        assert offered("trip", "x") == []
        assert offered("resume", "--group", "w") == ["web"]
        assert offered("events", "--platform", "a") == ["api"]
        assert offered("ack", "") == ["api"]
        assert offered("silence", "a") == ["api"]
        assert offered("beat", "") == []  # it listens to no agent


def test_without_a_conductor_no_name_is_offered_and_nothing_said(
    offered: Offered,
) -> None:
    assert offered("trip", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed_for_each_shell(
    shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)  # the shell need not be here
    done = CliRunner().invoke(main, ["completion", shell])
    assert done.exit_code == 0
    assert f"_CONDUCTOR_TUI_COMPLETE={shell}_complete" in done.stdout


def test_another_shell_is_64() -> None:
    done = CliRunner().invoke(main, ["completion", "tcsh"])
    assert done.exit_code == ExitCode.USAGE
    assert "'bash', 'fish', 'zsh'" in done.stderr


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """Run a server that answers everything so."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def names_at(via: str, begun: str = "") -> list[str]:
    context = click.Context(click.Command("beat"))
    context.params["via"] = via
    return agent_names(context, click.Argument(["agent"]), begun)


def test_no_name_is_offered_that_a_shell_would_take_apart() -> None:
    names = ["backup", "a b", "$(id)", "x;y", "\x1b[2J", "eu/nightly", ""]
    body = json.dumps({"agents": [{"agent": name} for name in names]}).encode()
    with answering(200, body) as via:
        assert names_at(via) == ["backup", "eu/nightly"]
        assert names_at(via, "b") == ["backup"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(500, b"oh", id="an error"),
        pytest.param(200, b"<html>", id="no JSON"),
        pytest.param(200, b"[]", id="no object"),
        pytest.param(200, b'{"agents": 7}', id="no list"),
        pytest.param(200, b'{"agents": [7, {}]}', id="no names"),
        pytest.param(200, b"[" * 100_000, id="a nest"),
    ],
)
def test_an_answer_of_something_else_offers_nothing(status: int, body: bytes) -> None:
    with answering(status, body) as via:
        assert names_at(via) == []


@pytest.mark.parametrize("via", ["nonsense", "udp://127.0.0.1:1", "unix:/nowhere"])
def test_an_address_of_nobody_offers_nothing(via: str) -> None:
    assert names_at(via) == []
