"""Plug-ins of packages: whatever a package left behind, the others are found."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.plugins.packages import plugins_of_packages
from conductor_tui.adapters.plugins.registry import InstalledPlugins
from conductor_tui.domain.plugin import PluginSource, plugin_name_problem
from conductor_tui.worker.loading import load_class
from tests.adapters.plugins.installs import GROUP, distribution, plugins


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on sys.path, for packages."""
    place = tmp_path / "site"
    place.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(place))
    yield place
    for name in set(sys.modules) - before:
        if name.startswith("made_for_a_test"):
            del sys.modules[name]


def find() -> dict[str, PluginSource]:
    return {one.name: one for one in plugins_of_packages()}


def look() -> dict[str, PluginSource]:
    registry = InstalledPlugins({"HOME": "/nonexistent"}, euid=1000)
    return {one.name: one for one in registry.look(None)}


def echo(site: Path, package: str = "echo-plugin", **more: str) -> Path:
    return distribution(site, package, f"[{GROUP}]\necho = echo:Echo\n", **more)


# found, and not imported


def test_of_a_hundred_packages_none_is_imported_though_it_would_be_noticed(
    site: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    modules = plugins(site, 100, mark)
    found = look()
    assert {f"made-{number}" for number in range(100)} <= set(found)
    assert not mark.exists()
    assert not set(modules) & set(sys.modules)
    importlib.import_module(modules[0])
    assert mark.exists()


def test_a_package_installed_within_one_tick_of_the_disks_clock_is_found(
    site: Path,
) -> None:
    os.utime(site, (1, 1))
    assert "echo" not in find()
    echo(site)
    os.utime(site, (1, 1))  # to whoever goes by it, nothing has changed
    assert find()["echo"].words == "echo-plugin 1.0"


def test_a_package_that_was_removed_is_gone(site: Path) -> None:
    info = echo(site)
    assert "echo" in find()
    for file in info.iterdir():
        file.unlink()
    info.rmdir()
    assert "echo" not in find()


def test_the_package_that_python_would_import_hides_another_version_of_it(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo(site, "Echo.Plugin", version="1.0")
    (tmp_path / "first").mkdir()
    echo(tmp_path / "first", "echo-plugin", version="2.0")
    monkeypatch.syspath_prepend(str(tmp_path / "first"))
    assert [one.version for one in plugins_of_packages() if one.name == "echo"] == [
        "2.0"
    ]


# the same name


def test_the_same_two_packages_are_named_in_the_same_order_at_every_look(
    site: Path,
) -> None:
    for package in ("two", "one", "three"):
        echo(site, package)
    words = "one 1.0, three 1.0 and two 1.0 are all called echo: keep one of them"
    assert look()["echo"].trouble == words
    assert look()["echo"] == look()["echo"]


def test_a_package_that_brings_one_name_twice_is_told_of(site: Path) -> None:
    distribution(site, "twice", f"[{GROUP}]\necho = a:A\necho = b:B\n")
    assert look()["echo"].trouble.startswith("twice 1.0 brings more than one echo")


# how it is written


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("made_for_a_test_x:Plugin", id="plain"),
        pytest.param("made_for_a_test_x : Plugin", id="blanks"),
        pytest.param("made_for_a_test_x:Plugin [extra]", id="an extra"),
        pytest.param("made_for_a_test_x:Plugin[a, b]  ", id="extras"),
    ],
)
def test_however_an_entry_point_is_written_its_class_can_be_loaded(
    value: str, site: Path
) -> None:
    distribution(site, "x", f"[{GROUP}]\nx = {value}\n")
    methods = ("initialize", "health_check", "handle_request", "shutdown")
    code = "".join(f"    async def {one}(self): ...\n" for one in methods)
    (site / "made_for_a_test_x.py").write_text(f"class Plugin:\n{code}")
    source = find()["x"]
    assert (source.reference, source.trouble) == ("made_for_a_test_x:Plugin", "")
    assert load_class(source.reference, is_file=False).__name__ == "Plugin"


@pytest.mark.parametrize(
    "value",
    ["module", "module:", ":Class", "a b:C", "a..b:C", ".a:C", "a:1st", "a-b:C"],
)
def test_what_is_not_a_module_and_a_class_is_told(value: str, site: Path) -> None:
    distribution(site, "x", f"[{GROUP}]\nx = {value}\n")
    words = f"its entry point must be module:Class, not '{value}'"
    assert find()["x"].trouble == words


def test_a_group_that_only_begins_like_ours_is_not_ours(site: Path) -> None:
    distribution(site, "x", f"[{GROUP}.old]\nx = x:X\n[other]\ny = y:Y\n")
    assert not {"x", "y"} & set(find())


# broken packages


@pytest.mark.parametrize(
    "entry_points",
    [
        pytest.param(b"\xff\xfe not UTF-8 " + GROUP.encode(), id="not UTF-8"),
        pytest.param(f"[{GROUP}]\nno equals sign\n", id="a line without ="),
        pytest.param(f"[{GROUP}\nx = x:X\n", id="no end of the section"),
        pytest.param("", id="empty"),
        pytest.param(None, id="not there"),
    ],
)
def test_a_package_with_a_broken_list_does_not_cost_the_others(
    entry_points: str | bytes | None, site: Path
) -> None:
    distribution(site, "aaa-broken", entry_points)
    echo(site)
    distribution(site, "zzz-broken", entry_points)
    assert find()["echo"].trouble == ""


def test_a_package_whose_list_cannot_be_read_is_named(site: Path) -> None:
    distribution(site, "cut-short", f"[{GROUP}]\nno equals sign\n")
    assert "its entry_points.txt cannot be read" in find()["cut-short"].trouble


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        pytest.param(None, "a package without a name", id="none"),
        pytest.param("Version: 1.0\n", "a package without a name 1.0", id="no name"),
        pytest.param("Name: echo\n", "echo", id="no version"),
    ],
)
def test_a_package_without_half_of_its_metadata_still_brings_its_plug_in(
    metadata: str | None, words: str, site: Path
) -> None:
    distribution(site, "echo", f"[{GROUP}]\necho = echo:Echo\n", metadata=metadata)
    source = find()["echo"]
    assert (source.words, source.trouble) == (words, "")


def test_nothing_that_a_terminal_obeys_comes_from_a_package(site: Path) -> None:
    points = f"[{GROUP}]\nred\x1b[31m = x:X\nodd = a\x1b]0;b:C\n"
    metadata = "Name: bell\x07\nVersion: 1\x1b[0m\n"
    distribution(site, "bell", points, metadata=metadata)
    shown = [one for one in plugins_of_packages() if one.package.startswith("bell")]
    assert len(shown) == 2
    for one in shown:
        words = (one.name, one.reference, one.package, one.version, one.trouble)
        assert "".join(words).isprintable()
        assert one.trouble


# every name


@given(name=st.text(max_size=80))
def test_a_name_is_good_or_there_are_words_on_it(name: str) -> None:
    problem = plugin_name_problem(name)
    is_good = name[:1].isalnum() and all(
        char.isalnum() or char in "._-" for char in name
    )
    assert (problem == "") == (is_good and len(name) <= 64)
    assert problem or name.isprintable()
