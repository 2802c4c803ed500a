"""What is installed is found, and nothing of it is imported."""

import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.plugins.registry import (
    InstalledPlugins,
    source_of_file,
    usual_folder,
)
from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSource,
    plugin_name_problem,
)


def install(place: Path, package: str, points: str, version: str = "1.0") -> None:
    """Leave a distribution in a folder, as an installer does."""
    info = place / f"{package}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[conductor_tui.platforms]\n{points}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    return place


def look(folder: Path | None = None) -> dict[str, PluginSource]:
    """Return what somebody finds who is not root, and has no folder of his own."""
    registry = InstalledPlugins({"HOME": "/nonexistent"}, euid=1000)
    found = registry.look(None if folder is None else str(folder))
    return {one.name: one for one in found}


def test_a_hundred_entry_points_are_found_and_none_is_imported(site: Path) -> None:
    for n in range(100):
        (site / f"bad_{n}.py").write_text("raise SystemExit('imported')")
        install(site, f"bad_{n}", f"bad-{n} = bad_{n}:Plugin")
    found = look()
    assert len([name for name in found if name.startswith("bad-")]) == 100
    assert not [name for name in sys.modules if name.startswith("bad_")]
    assert found["bad-7"] == PluginSource(
        name="bad-7",
        origin=PluginOrigin.PACKAGE,
        reference="bad_7:Plugin",
        package="bad_7",
        version="1.0",
    )


def test_what_is_installed_while_we_run_is_found_at_the_next_look(site: Path) -> None:
    assert "echo" not in look()
    install(site, "echo-plugin", "echo = echo:Echo")
    assert look()["echo"].words == "echo-plugin 1.0"


def test_two_of_one_name_are_both_named_and_neither_is_used(
    site: Path, tmp_path: Path
) -> None:
    install(site, "one", "echo = one:Echo")
    install(site, "two", "echo = two:Echo")
    (tmp_path / "web.py").write_text("")
    install(site, "three", "web = three:Web")
    found = look(tmp_path)
    assert "one 1.0 and two 1.0 are both called echo" in found["echo"].trouble
    assert "three 1.0 and web.py are both called web" in found["web"].trouble


@pytest.mark.parametrize(
    ("point", "name", "words"),
    [
        ("a b = x:Y", "a b", "its name cannot be used: letters, digits"),
        ("echo = just_a_module", "echo", "must be module:Class, not 'just_a_module'"),
        ("odd = not a module:Y", "odd", "must be module:Class"),
    ],
)
def test_an_entry_point_that_cannot_be_used_says_why(
    site: Path, point: str, name: str, words: str
) -> None:
    install(site, "strange", point)
    assert words in look()[name].trouble


def test_a_file_in_the_folder_is_one_unless_it_is_hidden(tmp_path: Path) -> None:
    for name in ("matrix.py", "_helper.py", ".swap.py", "notes.txt", "a b.py"):
        (tmp_path / name).write_text("raise SystemExit('imported')")
    (tmp_path / "folder.py").mkdir()
    found = {name: one for name, one in look(tmp_path).items() if one.origin == "file"}
    assert set(found) == {"matrix", "a b", "folder"}
    assert found["matrix"].reference == str(tmp_path / "matrix.py")
    assert found["matrix"].words == "matrix.py"
    assert not found["matrix"].trouble
    assert "cannot be used" in found["a b"].trouble
    assert "is no file" in found["folder"].trouble


def test_a_folder_that_is_not_there_or_not_a_folder_has_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "nowhere", tmp_path / "file"):
        assert not [one for one in look(place).values() if one.origin == "file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to others")
def test_root_runs_nothing_that_others_could_write(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    file = folder / "matrix.py"
    file.write_text("")
    assert source_of_file(file, euid=0).trouble == ""
    file.chmod(0o666)
    assert "users other than root can write" in source_of_file(file, euid=0).trouble
    file.chmod(0o644)
    os.chown(file, 1000, -1)
    assert "belongs to user 1000" in source_of_file(file, euid=0).trouble
    os.chown(file, 0, -1)
    folder.chmod(0o777)
    assert f"chmod go-w {folder}" in source_of_file(file, euid=0).trouble
    assert source_of_file(file, euid=1000).trouble == ""


def test_the_usual_folder_is_the_users_own() -> None:
    home = usual_folder({"HOME": "/home/ann"})
    assert home == Path("/home/ann/.config/conductor-tui/plugins")
    configured = usual_folder({"HOME": "/home/ann", "XDG_CONFIG_HOME": "/cfg"})
    assert configured == Path("/cfg/conductor-tui/plugins")
    relative = usual_folder({"HOME": "/home/ann", "XDG_CONFIG_HOME": "cfg"})
    assert relative == home


@given(st.text(string.printable, max_size=70))
def test_a_name_that_may_be_is_one_that_needs_no_quotes_anywhere(name: str) -> None:
    if not plugin_name_problem(name):
        assert name == name.strip()
        assert len(name) <= 64
        assert not set(name) & set("/\\'\" \t\n\r=[]{}:,;#$")
        assert name[0] not in "._-"


def test_what_an_author_imports_brings_nothing_heavy() -> None:
    heavy = ("textual", "pydantic", "asyncio", "aiohttp", "conductor_tui.engine")
    code = (
        "import sys, conductor_tui.plugin; "
        f"print([one for one in {heavy!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
