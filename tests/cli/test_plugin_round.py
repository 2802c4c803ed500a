"""One round, without a conductor, with plug-ins in it: they begin first."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main

WELL = """
from conductor_tui.plugin import PluginHealth, Reply

class Plugin:
    async def initialize(self, config):
        self.word = config.get("word", "well")
    async def health_check(self):
        return PluginHealth(is_healthy=self.word == "well", detail=self.word)
    async def handle_request(self, request):
        return Reply()
    async def shutdown(self):
        pass
"""
SETTINGS = """
[plugin.echo]
requires = ["base"]
[plugin.base]
use = "echo"
[plugin.ill]
use = "echo"
[plugin.ill.config]
word = "no answer"
[plugin.off]
use = "echo"
enabled = false
[[platform]]
name = "chat"
probe = "plugin"
target = "echo"
timeout = "5s"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tmp_path.chmod(0o700)
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    (folder / "echo.py").write_text(WELL)
    path = tmp_path / "conductor.toml"
    path.write_text(SETTINGS)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 1000)  # the folder lies below /tmp
    return path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_each_is_asked_once_it_has_begun_by_its_platform_or_one_of_its_name(
    file: Path,
) -> None:
    done = run("status", "--once", "--json", "--config", str(file))
    found = {one["name"]: one for one in json.loads(done.stdout)["platforms"]}
    assert {name: one["health"] for name, one in found.items()} == {
        "chat": "HEALTHY",
        "base": "HEALTHY",
        "ill": "DEGRADED",
    }
    assert found["ill"]["detail"] == "no answer"


def test_one_can_be_checked_alone_with_what_it_requires(file: Path) -> None:
    done = run("check", "chat", "--once", "--config", str(file))
    assert done.exit_code == 0
    assert done.stdout.split()[:2] == ["chat", "passed"]
    assert run("check", "ill", "--once", "--config", str(file)).exit_code != 0


def test_one_that_is_off_is_no_platform(file: Path) -> None:
    done = run("check", "off", "--once", "--config", str(file))
    assert done.exit_code == 64
