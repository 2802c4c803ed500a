"""The file probe, on real files whose times the test sets."""

import asyncio
import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.probes import newest
from conductor_tui.adapters.probes.file import (
    FileProbe,
    Options,
    judge,
    open_probe,
    shown_target,
)
from conductor_tui.adapters.probes.newest import FileState, newest_match
from conductor_tui.adapters.probes.size import parse_size, size_words
from conductor_tui.domain.check import Finding, Outcome
from tests.adapters.probes.loops import on_both_loops
from tests.adapters.probes.test_shortage import no_file_to_open

NOW = 1_900_000_000.0
HOUR = 3600.0
_ASK_AS_NOBODY = """
import asyncio, os, sys
from conductor_tui.adapters.probes.file import Options, open_probe
os.setgid(65534)
os.setuid(65534)
finding = asyncio.run(open_probe(Options(target=sys.argv[1], exists=False))())
print(finding.outcome, finding.detail)
"""


def write(path: Path, *, age_s: float = 0.0, size: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (NOW - age_s, NOW - age_s))
    return path


async def ask(options: Options) -> Finding:
    return await FileProbe(options, now=lambda: NOW)()


def state(*, age_s: float = 0.0, size: int = 0) -> FileState:
    return FileState("/f", NOW - age_s, size, is_file=True)


@on_both_loops
async def test_a_file_that_is_there_passes_with_its_age_and_size(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "f", age_s=3 * HOUR, size=1500)
    finding = await ask(Options(target=str(path)))
    assert finding == Finding(Outcome.PASSED, "3 h old, 1.5 KB")


@on_both_loops
async def test_a_missing_file_fails(tmp_path: Path) -> None:
    finding = await ask(Options(target=str(tmp_path / "f")))
    assert finding == Finding(Outcome.FAILED, "no such file")


async def test_a_file_that_must_not_be_there_passes_when_it_is_not(
    tmp_path: Path,
) -> None:
    options = Options(target=str(tmp_path / "f"), exists=False)
    assert await ask(options) == Finding(Outcome.PASSED, "no such file")
    write(tmp_path / "f")
    words = "it is there: 0 s old, 0 bytes"
    assert await ask(options) == Finding(Outcome.FAILED, words)


async def test_a_path_through_a_file_is_a_missing_file(tmp_path: Path) -> None:
    path = write(tmp_path / "f")
    finding = await ask(Options(target=f"{path}/g"))
    assert finding == Finding(Outcome.FAILED, "no such file")


async def test_the_home_folder_may_be_written_as_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "f")
    assert (await ask(Options(target="~/f"))).outcome is Outcome.PASSED


async def test_a_link_is_followed_and_one_to_nothing_is_a_missing_file(
    tmp_path: Path,
) -> None:
    target = write(tmp_path / "f", size=7)
    (tmp_path / "link").symlink_to(target)
    options = Options(target=str(tmp_path / "link"))
    assert (await ask(options)).detail == "0 s old, 7 bytes"
    target.unlink()
    assert await ask(options) == Finding(Outcome.FAILED, "no such file")


async def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    finding = await ask(Options(target=str(tmp_path / "a")))
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.startswith("links that lead in a circle: /")


async def test_a_folder_has_an_age_but_no_size(tmp_path: Path) -> None:
    os.utime(tmp_path, (NOW - HOUR, NOW - HOUR))
    finding = await ask(Options(target=str(tmp_path), max_age="2h"))
    assert finding == Finding(Outcome.PASSED, "1 h old")
    finding = await ask(Options(target=str(tmp_path), min_size=1))
    assert finding == Finding(Outcome.FAILED, "not a regular file: 1 h old")


@pytest.mark.parametrize(
    ("options", "found", "words"),
    [
        pytest.param(
            Options(target="/f", max_age="26h"),
            state(age_s=48 * HOUR),
            "older than 26h: 2 d old, 0 bytes",
            id="too old",
        ),
        pytest.param(
            Options(target="/f", min_age="10m"),
            state(age_s=599),
            "newer than 10m: 9 m old, 0 bytes",
            id="too new",
        ),
        pytest.param(
            Options(target="/f", min_size="10MB"),
            state(size=9_999_999),
            "smaller than 10MB: 0 s old, 10.0 MB",
            id="too small",
        ),
        pytest.param(
            Options(target="/f", max_size=100),
            state(size=101),
            "bigger than 100: 0 s old, 101 bytes",
            id="too big",
        ),
        pytest.param(
            Options(target="/f", max_age="1h", min_size=1),
            state(age_s=2 * HOUR),
            "older than 1h, smaller than 1: 2 h old, 0 bytes",
            id="two limits at once",
        ),
    ],
)
def test_a_broken_limit_fails_and_is_named(
    options: Options, found: FileState, words: str
) -> None:
    assert judge(options, found, NOW) == Finding(Outcome.FAILED, words)


@pytest.mark.parametrize(
    "options",
    [
        Options(target="/f", max_age="1h"),
        Options(target="/f", min_age="1h"),
        Options(target="/f", warn_age="1h"),
        Options(target="/f", min_size=10),
        Options(target="/f", max_size=10),
        Options(target="/f", warn_size="10B"),
    ],
)
def test_a_limit_holds_at_its_very_value(options: Options) -> None:
    found = state(age_s=HOUR, size=10)
    assert judge(options, found, NOW) == Finding(Outcome.PASSED, "1 h old, 10 bytes")


def test_a_pass_beyond_a_warning_limit_needs_a_look() -> None:
    options = Options(target="/f", warn_age="1h", max_age="3h", warn_size="1KiB")
    finding = judge(options, state(age_s=2 * HOUR, size=2000), NOW)
    words = "older than 1h, bigger than 1KiB: 2 h old, 2.0 KB"
    assert finding == Finding(Outcome.PASSED, words, warns=True)


def test_a_file_from_the_future_never_grows_old_and_so_needs_a_look() -> None:
    found = state(age_s=-3 * HOUR)
    finding = judge(Options(target="/f", max_age="1h"), found, NOW)
    assert finding.warns
    assert finding.detail.startswith("from the future (is a clock wrong?): dated 3 h")
    assert not judge(Options(target="/f"), found, NOW).warns


@on_both_loops
async def test_a_pattern_judges_its_newest_match_and_names_it(tmp_path: Path) -> None:
    write(tmp_path / "a.dump", age_s=48 * HOUR)
    write(tmp_path / "b.dump", age_s=2 * HOUR, size=3)
    write(tmp_path / "c.dump", age_s=24 * HOUR)
    write(tmp_path / "d.log")
    options = Options(target=f"{tmp_path}/*.dump", max_age="26h")
    assert await ask(options) == Finding(Outcome.PASSED, "b.dump, 2 h old, 3 bytes")


async def test_a_pattern_without_a_match_fails(tmp_path: Path) -> None:
    for pattern in (f"{tmp_path}/*.dump", f"{tmp_path}/none/*", f"{tmp_path}/*/x"):
        finding = await ask(Options(target=pattern))
        assert finding == Finding(Outcome.FAILED, "nothing matches")


async def test_a_pattern_may_stand_for_folders(tmp_path: Path) -> None:
    write(tmp_path / "2030-01-01" / "db.dump", age_s=9)
    write(tmp_path / "2030-01-02" / "db.dump", age_s=5, size=1)
    write(tmp_path / "other" / "db.dump")
    finding = await ask(Options(target=f"{tmp_path}/20[0-9]?-*/db.dump"))
    assert finding.detail == "db.dump, 5 s old, 1 byte"


async def test_two_stars_stand_for_any_number_of_folders(tmp_path: Path) -> None:
    write(tmp_path / "a.dump", age_s=9)
    write(tmp_path / "x" / "y" / "b.dump", age_s=5)
    (tmp_path / "x" / "back").symlink_to(tmp_path)  # else it would never end
    finding = await ask(Options(target=f"{tmp_path}/**/*.dump"))
    assert finding.detail.startswith("b.dump, 5 s old")


def test_two_stars_at_the_end_stand_for_everything_below(tmp_path: Path) -> None:
    path = write(tmp_path / "x" / "y", age_s=-9)
    found = newest_match(f"{tmp_path}/**", only_files=True)
    assert found is not None
    assert found.path == str(path)


def test_folders_nested_deeper_than_python_can_call_are_looked_through(
    tmp_path: Path,
) -> None:
    (tmp_path / "stays").touch()
    inner = str(tmp_path)
    for _ in range(1100):
        inner += "/d"
        os.mkdir(inner)
    try:
        assert newest_match(f"{tmp_path}/**/nothing") is None
    finally:
        os.removedirs(inner)  # pytest, too, calls itself once per level


_NAMES = st.sampled_from(["a", "b", ".a", "ab"])


@given(
    files=st.sets(st.lists(_NAMES, min_size=1, max_size=3).map("/".join), max_size=6),
    parts=st.lists(
        st.sampled_from(["*", "**", "?", "a*", ".*", "a", "[!a]", "*b", "[.]a"]),
        min_size=1,
        max_size=3,
    ),
)
def test_the_match_is_the_one_that_the_standard_librarys_glob_would_find(
    files: set[str], parts: list[str]
) -> None:
    pattern = "/".join(parts)
    with TemporaryDirectory() as folder:
        for age_s, name in enumerate(sorted(files)):
            if not os.path.lexists(f"{folder}/{name}"):
                with suppress(NotADirectoryError, FileExistsError):
                    write(Path(folder, name), age_s=age_s)
        names = glob(pattern, root_dir=folder, recursive=True)
        # "a/" is what it says of "a/**" where "a" is a file: that is no folder
        named = [Path(folder, name) for name in names if not name.endswith("/")]
        paths = [path for path in named if path.is_file()]
        found = newest_match(f"{folder}/{pattern}", only_files=True)
        wanted = max(paths, key=lambda path: path.stat().st_mtime, default=None)
    assert (found.path if found else None) == (str(wanted) if wanted else None)


async def test_a_leading_dot_is_matched_only_by_a_dot(tmp_path: Path) -> None:
    write(tmp_path / ".partial", age_s=-10)
    assert (await ask(Options(target=f"{tmp_path}/*"))).detail == "nothing matches"
    assert "partial" in (await ask(Options(target=f"{tmp_path}/.p*"))).detail


async def test_a_folder_is_no_match_where_a_size_is_wanted(tmp_path: Path) -> None:
    write(tmp_path / "f", age_s=60, size=5)
    (tmp_path / "newer").mkdir()
    finding = await ask(Options(target=f"{tmp_path}/*", min_size=1))
    assert finding.detail == "f, 1 m old, 5 bytes"


async def test_a_match_that_links_to_nothing_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "f").symlink_to(tmp_path / "gone")
    finding = await ask(Options(target=f"{tmp_path}/*"))
    assert finding == Finding(Outcome.FAILED, "nothing matches")


async def test_a_crowded_folder_is_not_looked_through_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "MOST_ENTRIES", 3)
    for name in "abcd":
        write(tmp_path / name)
    finding = await ask(Options(target=f"{tmp_path}/a*"))
    assert finding.outcome is Outcome.FAILED
    assert finding.detail.endswith("use a narrower pattern, or clear out the folder")


async def test_a_name_with_an_escape_in_it_is_made_harmless(tmp_path: Path) -> None:
    (tmp_path / "a\x1b]0;owned\x07\udcff").touch()
    finding = await ask(Options(target=f"{tmp_path}/a*"))
    assert finding.outcome is Outcome.PASSED
    assert finding.detail.isprintable()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", ["f", "*"])
def test_what_may_not_be_seen_is_not_taken_for_missing(
    tmp_path: Path, name: str
) -> None:
    tmp_path.chmod(0o700)
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_AS_NOBODY, str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.startswith("failed permission denied: conductor-tui runs as")
    assert "65534" in asked.stdout


@on_both_loops
async def test_a_hung_mount_holds_up_neither_the_loop_nor_a_cancellation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, mend = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hang(path: str) -> None:
        loop.call_soon_threadsafe(asked.set)
        mend.wait()

    monkeypatch.setattr("conductor_tui.adapters.probes.file.look_at", hang)
    probe = open_probe(Options(target=str(tmp_path / "f")))
    task = asyncio.ensure_future(probe())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    mend.set()
    assert (await probe()).detail == "no such file"
    probe.close()


async def test_without_a_file_to_open_a_check_is_inconclusive(tmp_path: Path) -> None:
    probe = open_probe(Options(target=f"{tmp_path}/*"))
    with no_file_to_open():
        finding = await probe()
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "ulimit -n" in finding.detail


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param({"target": ""}, "must be an absolute path", id="no path"),
        pytest.param({"target": "a/b"}, "not 'a/b'", id="a relative path"),
        pytest.param({"target": "/"}, "must be an absolute path", id="the root"),
        pytest.param({"target": "/a\0"}, "must be an absolute path", id="a NUL"),
        pytest.param({"max_age": "1"}, "max_age '1' is not a duration", id="age"),
        pytest.param({"min_size": "1 kilo"}, "min_size = '1 kilo' is not", id="size"),
        pytest.param({"max_size": -1}, "max_size = -1 is not a size", id="negative"),
        pytest.param(
            {"max_age": "1h", "warn_age": "60m"},
            "warn_age (60m) must be less than max_age (1h)",
            id="a warning that comes too late",
        ),
        pytest.param(
            {"max_size": "1KB", "min_size": "1KiB"},
            "min_size (1KiB) must be less than max_size (1KB)",
            id="sizes that no file has",
        ),
        pytest.param(
            {"exists": False, "max_age": "1h"},
            "exists = false leaves nothing for max_age to judge",
            id="the age of what must not be there",
        ),
    ],
)
def test_bad_options_are_refused_with_the_way_out(
    options: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        Options(**{"target": "/f", **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 0),
        ("512", 512),
        ("512B", 512),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("1.5GiB", 1_610_612_736),
        ("9007199254740993", 9_007_199_254_740_993),
    ],
)
def test_a_size_is_read_to_the_byte(value: int | str, size: int) -> None:
    assert parse_size(value, key="min_size") == size


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1500, "1.5 KB"),
        (12_345_678, "12 MB"),
        (4_000_000_000_000, "4.0 TB"),
    ],
)
def test_a_size_is_shown_in_few_digits(size: int, words: str) -> None:
    assert size_words(size) == words


def test_the_target_is_shown_as_written() -> None:
    assert shown_target(Options(target="~/*.dump")) == "~/*.dump"
