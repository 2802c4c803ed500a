"""The folder of plug-ins: what lies in it, what is wrong with it, whom root trusts."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conductor_tui.adapters.plugins.registry import (
    InstalledPlugins,
    folder_trouble,
    source_of_file,
)
from conductor_tui.domain.plugin import (
    PluginOrigin,
    PluginSource,
    plugin_name_problem,
)
from conductor_tui.domain.text import visible

USER = 1000
BARE = {"HOME": "/nonexistent"}
is_root = os.geteuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="only root gives files away")


def look(
    folder: Path | None, environ: dict[str, str] = BARE, euid: int = USER
) -> dict[str, PluginSource]:
    """Return what the folder brings, by the names of the files."""
    found = InstalledPlugins(environ, euid).look(
        None if folder is None else str(folder)
    )
    return {one.words: one for one in found if one.origin is PluginOrigin.FILE}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "plugins"
    place.mkdir(mode=0o755)
    return place


@contextmanager
def working_in(place: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


# which files are plug-ins


def test_without_a_word_it_is_the_users_own_folder(tmp_path: Path) -> None:
    own = tmp_path / "conductor-tui" / "plugins"
    own.mkdir(parents=True)
    (own / "echo.py").write_text("")
    assert set(look(None, {"XDG_CONFIG_HOME": str(tmp_path)})) == {"echo.py"}
    assert not look(None, {"HOME": str(tmp_path)})


def test_a_folder_and_a_file_are_told_by_their_absolute_paths(folder: Path) -> None:
    file = folder / "echo.py"
    file.write_text("")
    with working_in(folder.parent):
        assert look(Path("plugins"))["echo.py"].reference == str(file)
    with working_in(folder):
        assert source_of_file(Path("echo.py"), USER).reference == str(file)


def test_a_link_to_a_file_is_called_as_the_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "v2.py").write_text("")
    (folder / "echo.py").symlink_to(tmp_path / "v2.py")
    source = look(folder)["echo.py"]
    assert (source.name, source.reference) == ("echo", str(folder / "echo.py"))
    assert source.trouble == ""


def test_what_is_no_file_says_so_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    (folder / "package.py").mkdir()
    with socket.socket(socket.AF_UNIX) as ear, working_in(folder):
        ear.bind("ear.py")
        found = look(folder)
    assert set(found) == {"pipe.py", "package.py", "ear.py"}
    assert all(one.trouble.endswith("is no file") for one in found.values())


def test_links_to_nowhere_and_in_a_circle_are_told(folder: Path) -> None:
    (folder / "gone.py").symlink_to(folder / "nothing")
    (folder / "round.py").symlink_to(folder / "round.py")
    for euid in (0, USER):
        found = look(folder, euid=euid)
        assert "gone.py cannot be read: no such file" in found["gone.py"].trouble
        assert "round.py cannot be read: too many" in found["round.py"].trouble


@pytest.mark.skipif(is_root, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(folder: Path) -> None:
    (folder / "echo.py").write_text("")
    (folder / "echo.py").chmod(0)
    assert "cannot be read: permission denied" in look(folder)["echo.py"].trouble


def test_a_path_with_what_a_terminal_obeys_is_told_and_shown_escaped(
    tmp_path: Path,
) -> None:
    place = tmp_path / "red\x1b[31m"
    place.mkdir()
    (place / "echo.py").write_text("")
    source = look(place)["echo.py"]
    assert "has characters that cannot be shown" in source.trouble
    assert (source.reference + source.trouble).isprintable()


names = st.one_of(
    st.text(max_size=70),
    st.from_regex(r"\A[._]?[a-z0-9._-]{0,9}(\.py)?\Z"),
    st.binary(max_size=20).map(os.fsdecode),
).filter(lambda name: name.strip(".") and not set(name) & {"/", "\0"})


@settings(max_examples=60, deadline=None)
@given(st.sets(names, max_size=8))
def test_whatever_the_files_are_called_each_is_found_or_is_none(
    called: set[str],
) -> None:
    with tempfile.TemporaryDirectory() as place:
        called = {name for name in called if _make(Path(place, f"{name}.py"))}
        found = look(Path(place))
    meant = {name for name in called if not name.startswith(("_", "."))}
    good = {name for name in meant if not plugin_name_problem(name)}
    assert {one.name for one in found.values() if not one.trouble} == good
    assert bool(meant - good) == any(one.trouble for one in found.values())
    for one in found.values():
        words = one.name + one.reference + one.trouble
        assert visible(words, 9999) == words


def _make(file: Path) -> bool:
    """Make a file, where the disk takes its name."""
    try:
        file.touch(exist_ok=False)
    except (OSError, ValueError):
        return False
    return True


# what is wrong with the folder


def test_a_folder_that_can_be_used_is_no_trouble(folder: Path) -> None:
    assert folder_trouble(str(folder), BARE, USER) == ""
    assert folder_trouble(str(folder), BARE, 0) == "" or not is_root


def test_the_usual_folder_need_not_be_there_but_a_named_one_must(
    tmp_path: Path,
) -> None:
    assert folder_trouble(None, BARE, USER) == ""
    words = folder_trouble(str(tmp_path / "gone"), BARE, USER)
    assert words == f"the folder of plug-ins {tmp_path}/gone is not there: make it"


def test_a_file_in_its_place_and_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    words = folder_trouble(str(tmp_path / "file"), BARE, USER)
    assert words.endswith("/file cannot be read: not a directory")
    words = folder_trouble(str(tmp_path / "round"), BARE, USER)
    assert "/round cannot be read: too many levels" in words


@pytest.mark.skipif(is_root, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(folder: Path) -> None:
    folder.chmod(0)
    assert "permission denied" in folder_trouble(str(folder), BARE, USER)
    folder.chmod(0o700)


# whom root trusts


@needs_root
def test_root_refuses_a_folder_that_others_can_write(folder: Path) -> None:
    (folder / "echo.py").write_text("")
    folder.chmod(0o777)
    words = f"`chmod go-w {folder}`"
    assert words in folder_trouble(str(folder), BARE, 0)
    assert words in look(folder, euid=0)["echo.py"].trouble
    assert folder_trouble(str(folder), BARE, USER) == ""


@needs_root
def test_root_refuses_what_lies_in_a_place_like_tmp(folder: Path) -> None:
    (folder / "echo.py").write_text("")
    folder.chmod(0o1777)
    words = "make root run any code: move it to a directory of root's own"
    assert words in look(folder, euid=0)["echo.py"].trouble
    assert "/etc/conductor-tui/plugins" in folder_trouble(str(folder), BARE, 0)


@needs_root
def test_root_refuses_a_link_into_the_folder_of_another_user(
    folder: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "echo.py").write_text("")
    (folder / "echo.py").symlink_to(theirs / "echo.py")
    assert look(folder, euid=0)["echo.py"].trouble == ""
    os.chown(theirs, USER, -1)
    words = f"{theirs} belongs to user {USER}, who could make root run any code: "
    assert look(folder, euid=0)["echo.py"].trouble.startswith(words)


@needs_root
def test_root_refuses_a_link_to_a_folder_of_another_user(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "echo.py").write_text("")
    link = tmp_path / "link"
    link.symlink_to(folder)
    os.chown(folder, USER, -1)
    words = f"{folder} belongs to user {USER}"
    assert words in look(link, euid=0)["echo.py"].trouble
    assert words in folder_trouble(str(link), BARE, 0)


@needs_root
@pytest.mark.parametrize("beside", ["_helper.py", "json.py", "fast.so", "__pycache__"])
def test_root_refuses_what_could_import_something_of_others(
    beside: str, folder: Path
) -> None:
    (folder / "echo.py").write_text("")
    place = folder / beside
    place.touch() if place.suffix else place.mkdir()
    assert look(folder, euid=0)["echo.py"].trouble == ""
    place.chmod(0o777)
    assert f"can write {place}, and so" in look(folder, euid=0)["echo.py"].trouble
    assert look(folder)["echo.py"].trouble == ""


@needs_root
def test_root_refuses_a_package_of_others_beside_the_file_but_no_data(
    folder: Path,
) -> None:
    (folder / "echo.py").write_text("")
    for name in ("package", "data"):
        (folder / name).mkdir()
        os.chown(folder / name, USER, -1)
    (folder / "notes.txt").touch()
    (folder / "notes.txt").chmod(0o666)
    assert look(folder, euid=0)["echo.py"].trouble == ""
    (folder / "package" / "__init__.py").touch()
    words = f"{folder}/package belongs to user {USER}"
    assert look(folder, euid=0)["echo.py"].trouble.startswith(words)


@needs_root
def test_a_link_to_nowhere_beside_a_file_is_only_its_own_trouble(
    folder: Path,
) -> None:
    (folder / "echo.py").write_text("")
    (folder / "gone.py").symlink_to(folder / "nothing")
    (folder / "__pycache__").symlink_to(folder / "__pycache__")
    assert look(folder, euid=0)["echo.py"].trouble == ""


@pytest.mark.parametrize("euid", [0, USER])
def test_a_file_in_no_folder_is_told(euid: int, tmp_path: Path) -> None:
    source = source_of_file(tmp_path / "gone" / "echo.py", euid)
    assert source.trouble.endswith("echo.py cannot be read: no such file or directory")
