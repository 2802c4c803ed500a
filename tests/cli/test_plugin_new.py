"""`plugin new`: what it writes works as it is, and nothing is written over."""

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conductor_tui.cli import main
from conductor_tui.cli.exits import ExitCode
from conductor_tui.plugin import ENTRY_POINTS

NAMES = ("matrix", "redis", "Foo.bar-x_2", "7days", "class", "json")
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # none of those that we use
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def new(*words: str) -> Result:
    return CliRunner().invoke(main, ["plugin", "new", *words])


def python(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a module on what was written, with our package on its path."""
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")
    }
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(CHECKOUT), **ALONE},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_what_it_writes_pass(name: str, tmp_path: Path) -> None:
    assert new(name).exit_code == ExitCode.OK
    plain = ("-p", "no:cacheprovider", "-W", "error", "-q")
    done = python(tmp_path / name, "pytest", *plain)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_its_entry_point_leads_to_its_class(name: str, tmp_path: Path) -> None:
    new(name)
    project = tomllib.loads((tmp_path / name / "pyproject.toml").read_text())
    module, _, attribute = project["project"]["entry-points"][ENTRY_POINTS][
        name
    ].partition(":")
    code = (tmp_path / name / "src" / module / "__init__.py").read_text()
    assert f"class {attribute}:" in code
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == [
        f"src/{module}"
    ]
    assert importlib.util.find_spec(module) is None, "it is in the way of another"


def test_the_readme_has_a_table_that_toml_takes(tmp_path: Path) -> None:
    new("foo.bar")
    readme = (tmp_path / "foo.bar" / "README.md").read_text()
    start = readme.index("[plugin.")
    table = readme[start : readme.index("\n\n", start)]
    lines = [line.strip() for line in table.splitlines()]
    settings = tomllib.loads("\n".join(lines))
    assert settings["plugin"]["foo.bar"]["config"]["port"] == 8080


@pytest.mark.parametrize("tool", ["ruff", "mypy"])
def test_linters_have_nothing_to_say(tool: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    new("matrix")
    new("single", "--file")
    (tmp_path / "single.py").rename(tmp_path / "matrix" / "src" / "single.py")
    words = {
        "ruff": ("ruff", "check", "--isolated", "--no-cache", "--select", "E,F,I,UP,B"),
        "mypy": ("mypy", "--strict", "--cache-dir", os.devnull, "--config-file", ""),
    }
    done = python(tmp_path / "matrix", *words[tool], "src")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_single_file_has_the_class_that_files_have(tmp_path: Path) -> None:
    done = new("matrix", "plugins", "--file")
    assert done.exit_code == ExitCode.OK
    assert done.stdout == "plugins/matrix.py\n"
    assert "now: conductor-tui plugin check ./plugins/matrix.py" in done.stderr
    assert "class Plugin:" in (tmp_path / "plugins" / "matrix.py").read_text()
    assert [one.name for one in tmp_path.iterdir()] == ["plugins"]


def test_pip_is_never_told_a_bare_name() -> None:
    assert "pip install ./requests " in new("requests").stderr
    assert "pip install './two words' " in new("other", "two words").stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["a b"], "letters, digits", id="a space"),
        pytest.param(["../up"], "letters, digits", id="a path"),
        pytest.param([".hidden"], "begin with", id="a dot first"),
        pytest.param(["--", "-x"], "begin with", id="a dash first"),
        pytest.param([""], "empty", id="empty"),
        pytest.param(["x" * 65], "64", id="too long"),
        pytest.param(["東京"], "a to z", id="no letter that a module could have"),
        pytest.param(["a\x1bb"], r"\x1b", id="what a terminal would obey"),
    ],
)
def test_a_name_that_cannot_be_is_said_and_nothing_written(
    words: list[str], said: str, tmp_path: Path
) -> None:
    done = new(*words)
    assert done.exit_code == ExitCode.USAGE
    assert said in done.stderr
    assert "\x1b" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    kept = tmp_path / "matrix" / "notes"
    kept.parent.mkdir()
    kept.write_text("mine")
    (tmp_path / "matrix.py").symlink_to("nowhere")
    for words in (["matrix"], ["matrix", "--file"], ["other", "matrix/notes"]):
        done = new(*words)
        assert done.exit_code == ExitCode.USAGE
        assert "is there already" in done.stderr
    assert [one.name for one in kept.parent.iterdir()] == ["notes"]
    assert kept.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert new("matrix", "here").exit_code == ExitCode.OK
    assert (tmp_path / "here" / "pyproject.toml").is_file()


def test_a_place_that_cannot_be_written_is_named() -> None:
    done = new("matrix", "/proc/nothing")
    assert done.exit_code == ExitCode.USAGE
    assert "/proc/nothing" in done.stderr
