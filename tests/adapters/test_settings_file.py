"""Which file is read, whether it is trusted, and what it comes to."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.probes.kinds import KINDS, options_type
from conductor_tui.adapters.settings import file as settings_file
from conductor_tui.adapters.settings.file import find_settings, load_settings
from conductor_tui.adapters.settings.schema import PlatformTable
from conductor_tui.adapters.settings.tables import read_tables
from conductor_tui.domain.check import BreakerSpec, RetrySpec, TrialBy
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible
from tests.adapters.settings_files import platform

USER = 1000  # for a reader who is not root: trust is not the question


def load(tmp_path: Path, text: str | bytes) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(path, euid=USER)


def problem(path: Path, *, euid: int = USER) -> str:
    """Return the only problem of a file."""
    with pytest.raises(SettingsError) as caught:
        load_settings(path, euid=euid)
    (words,) = caught.value.problems
    return words


def outcome(raw: Mapping[str, object]) -> tuple[Settings | None, tuple[str, ...]]:
    """Return the settings that parsed tables come to, or their problems."""
    try:
        return read_tables(raw, "c.toml").settings, ()
    except SettingsError as error:
        return None, error.problems


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "etc" / "conductor.toml"
    monkeypatch.setattr(settings_file, "SYSTEM_FILE", path)
    return path


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


# which file


def test_the_nearest_file_is_taken(tmp_path: Path, system: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    environ = {"HOME": str(home)}
    assert find_settings(None, environ, here) is None
    put(system)
    assert find_settings(None, environ, here) == system
    own = put(home / ".config" / "conductor-tui" / "conductor.toml")
    assert find_settings(None, environ, here) == own
    xdg = put(tmp_path / "xdg" / "conductor-tui" / "conductor.toml")
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert find_settings(None, environ, here) == xdg
    local = put(here / "conductor.toml")
    assert find_settings(None, environ, here) == local
    environ["CONDUCTOR_CONFIG"] = "by-variable.toml"
    assert find_settings(None, environ, here) == here / "by-variable.toml"
    assert find_settings("by-flag.toml", environ, here) == here / "by-flag.toml"


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="nothing is set"),
        pytest.param({"CONDUCTOR_CONFIG": ""}, id="the variable is empty"),
        pytest.param({"XDG_CONFIG_HOME": "rel"}, id="the XDG directory is relative"),
    ],
)
def test_no_file_is_found_where(
    environ: Mapping[str, str], tmp_path: Path, system: Path
) -> None:
    assert find_settings(None, environ, tmp_path) is None


def test_a_link_that_leads_nowhere_is_told_and_not_passed_over(
    tmp_path: Path, system: Path
) -> None:
    link = tmp_path / "conductor.toml"
    link.symlink_to("gone.toml")
    assert find_settings(None, {}, tmp_path) == link
    assert "no such file" in problem(link)


def test_without_a_file_what_listens_is_watched() -> None:
    settings = load_settings(None)
    assert settings.discover
    assert settings.platforms == ()
    assert "no conductor.toml" in settings.source


def test_pydantic_is_loaded_only_once_a_file_is_read() -> None:
    script = (
        "import sys\n"
        "from conductor_tui.adapters.settings.file import load_settings\n"
        "load_settings(None)\n"
        "sys.exit('pydantic' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# reading


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "x.toml: no such file: give the right path" in problem(tmp_path / "x.toml")


def test_a_directory_is_told(tmp_path: Path) -> None:
    assert "a directory: name the file in it" in problem(tmp_path)


def test_a_pipe_is_told_and_does_not_hold_us_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in problem(tmp_path / "pipe")


def test_a_link_to_itself_is_told(tmp_path: Path) -> None:
    link = tmp_path / "loop"
    link.symlink_to(link)
    assert "cannot be read: too many levels of symbolic links" in problem(link)


def test_an_unreadable_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)  # root may read everything
    assert "you may not read it: ask its owner for `chmod`" in problem(tmp_path)


def test_a_huge_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))
    assert "larger than 1 MiB: is this the right file?" in problem(path)


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_bytes('# one\nname = "Zürich"\n'.encode("latin-1"))
    assert "conductor.toml, line 2: the byte 0xfc is not UTF-8" in problem(path)


def test_a_byte_order_mark_and_foreign_line_ends_are_read(tmp_path: Path) -> None:
    text = platform().replace("\n", "\r\n")
    assert len(load(tmp_path, b"\xef\xbb\xbf" + text.encode()).platforms) == 1


def test_a_file_of_comments_alone_is_a_choice(tmp_path: Path) -> None:
    assert load(tmp_path, "# watch what listens\n").discover


@pytest.mark.parametrize("depth", [100, 480, 490, 500, 510, 2000])
def test_whatever_the_depth_of_lists_words_are_the_answer(
    depth: int, tmp_path: Path
) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(f"[engine]\nx = {'[' * depth}'a'{']' * depth}\n")
    assert "conductor.toml: " in problem(path)


# trust


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root owns as root")


@needs_root
def test_root_refuses_a_file_that_others_can_write(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(platform())
    assert load_settings(path, euid=0).platforms
    path.chmod(0o666)
    assert f"`chmod go-w {path}`" in problem(path, euid=0)
    assert load_settings(path, euid=USER).platforms


@needs_root
def test_root_refuses_a_directory_that_others_can_write(tmp_path: Path) -> None:
    path = tmp_path / "conductor.toml"
    path.write_text(platform())
    tmp_path.chmod(0o1777)
    assert "such as /etc/conductor-tui" in problem(path, euid=0)


@needs_root
def test_root_refuses_a_link_into_the_directory_of_another_user(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "real.toml").write_text(platform())
    os.chown(theirs, USER, -1)
    link = tmp_path / "conductor.toml"
    link.symlink_to(theirs / "real.toml")
    assert f"{theirs} belongs to user {USER}" in problem(link, euid=0)
    assert "such as /etc/conductor-tui" in problem(link, euid=0)


# what it comes to


def test_every_key_of_the_file_reaches_the_settings(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[engine]\nstagger = "100ms"\nmax_checks_at_once = 7\nhistory = "1h"\n'
        "[load]\ndegraded_at = 70\nrecovered_at = 60.5\nemergency_at = 90\n"
        + platform(
            "discord",
            'group = "bots"',
            'interval = "10s"',
            'timeout = "800ms"',
            'retry = { attempts = 2, wait = "10ms", max_wait = "1s" }',
            "breaker.failures = 5",
            'breaker.reset_after = "1m"',
            "breaker.backoff = 2",
            'breaker.max_reset = "10m"',
            'breaker.trial = "any"',
            "breaker.quorum = 3",
            "expect_status = [200, 204]",
        ),
    )
    assert settings.engine.spacing_s == pytest.approx(0.1)
    assert settings.engine.max_checks_at_once == 7
    assert settings.engine.history_s == 3600
    assert settings.load.recovered_at == 60.5
    (found,) = settings.platforms
    assert (found.spec.platform, found.spec.group) == ("discord", "bots")
    assert (found.spec.interval_s, found.spec.timeout_s) == (10, 0.8)
    assert found.spec.retry == RetrySpec(attempts=2, wait_s=0.01, max_wait_s=1)
    assert found.spec.breaker == BreakerSpec(
        failures=5,
        reset_after_s=60,
        backoff=2,
        max_reset_s=600,
        trial=TrialBy.ANY,
        quorum=3,
    )
    assert found.spec.target == "http://127.0.0.1:8080/"
    assert found.spec.origin.endswith("conductor.toml, [[platform]] 1")
    assert isinstance(found.options, options_type("http"))
    assert not settings.discover


def test_what_a_platform_leaves_out_is_taken_from_the_engine_key_by_key(
    tmp_path: Path,
) -> None:
    settings = load(
        tmp_path,
        '[engine]\ninterval = "10s"\ntimeout = "1s"\nretry = { attempts = 3 }\n'
        'breaker = { failures = 7, reset_after = "1m" }\n'
        + platform("a", 'retry.wait = "20ms"', "breaker.failures = 2"),
    )
    spec = settings.platforms[0].spec
    assert (spec.interval_s, spec.timeout_s) == (10, 1)
    assert (spec.retry.attempts, spec.retry.wait_s) == (3, 0.02)
    assert (spec.breaker.failures, spec.breaker.reset_after_s) == (2, 60)


def test_without_platforms_the_engine_is_for_what_is_discovered(tmp_path: Path) -> None:
    settings = load(tmp_path, '[engine]\ninterval = "20s"\nbreaker.failures = 9\n')
    assert settings.discover
    assert settings.defaults.interval_s == 20
    assert settings.defaults.breaker.failures == 9
    found = load(tmp_path, platform()).platforms[0]
    assert settings.defaults.applied_to(found).spec.interval_s == 20


def test_a_cap_that_nobody_wrote_gives_way(tmp_path: Path) -> None:
    lines = ('breaker.reset_after = "10m"', 'retry.wait = "1s"')
    spec = load(tmp_path, platform("a", *lines)).platforms[0].spec
    assert spec.breaker.max_reset_s == 600
    assert spec.retry.max_wait_s == 1


def test_three_checks_of_a_tenth_fill_three_tenths(tmp_path: Path) -> None:
    text = '[engine]\nstagger = "100ms"\ninterval = "300ms"\n'
    settings = load(tmp_path, text + platform("a") + platform("b") + platform("c"))
    assert len(settings.platforms) == 3


def test_a_bad_engine_does_not_raise_echoes_in_its_platforms() -> None:
    raw = {
        "engine": {"interval": "soon"},
        "platform": [
            {"name": "a", "probe": "tcp", "target": "a:1", "timeout": "30s"},
            {"name": "b", "probe": "tcp", "target": "b:1"},
        ],
    }
    with pytest.raises(SettingsError) as caught:
        read_tables(raw, "c.toml")
    assert len(caught.value.problems) == 1


@given(name=st.text(max_size=80), group=st.text(max_size=80))
def test_any_text_for_a_name_is_taken_clean_or_refused(name: str, group: str) -> None:
    table = {"name": name, "group": group, "probe": "tcp", "target": "a:1"}
    loaded, problems = outcome({"platform": [table]})
    names = [one.spec.platform for one in loaded.platforms] if loaded else []
    assert all(1 <= len(name) <= 64 and visible(name) == name for name in names)
    assert all(line.startswith("c.toml: platform[1]") for line in problems)
    assert len(names) == (not problems)


_JUNK = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
_KEYS = ["name", "probe", "interval", "timeout", "retry", "breaker", "target", "send"]
_KEYS += ["tags", "depends_on", "group", "paused", "headers", "password_file", "rise"]
_TIMES = ["start", "end", "daily", "weekdays", "at", "cron", "for", "zone", "platforms"]
_TABLES = st.dictionaries(st.sampled_from(_KEYS) | st.text(), _JUNK)
_WINDOWS = st.dictionaries(st.sampled_from(_TIMES) | st.text(), _JUNK)


@given(
    engine=_JUNK | _TABLES,
    tables=st.lists(_TABLES | _JUNK, max_size=3),
    load=_TABLES,
    groups=_JUNK | st.dictionaries(st.text(), _TABLES, max_size=2),
    windows=_JUNK | st.lists(_WINDOWS | _JUNK, max_size=2),
)
def test_no_junk_makes_the_reader_crash(
    engine: object, tables: list[object], load: object, groups: object, windows: object
) -> None:
    raw = {"engine": engine, "platform": tables, "load": load, "defaults": load}
    _, problems = outcome({**raw, "group": groups, "maintenance": windows})
    assert all(line.startswith("c.toml: ") for line in problems)
    assert not any("Input should" in line for line in problems)


@pytest.mark.parametrize(
    "kind",
    KINDS,
)
def test_no_option_of_a_probe_hides_behind_a_key_of_the_platform(kind: str) -> None:
    options = {option.name for option in fields(options_type(kind))}
    assert options & set(PlatformTable.model_fields) == set()


@pytest.mark.parametrize(
    ("written", "found"),
    [("1", 1), ("10000", 10_000), ('"50%"', 0.5), ('"0.5%"', 0.005), ('"100%"', 1.0)],
)
def test_a_quorum_is_a_number_of_clients_or_a_share_of_them(
    tmp_path: Path, written: str, found: float
) -> None:
    (platform_,) = load(
        tmp_path, platform("a", f"breaker.quorum = {written}")
    ).platforms
    quorum = platform_.spec.breaker.quorum
    assert (quorum, type(quorum)) == (found, type(found))


@pytest.mark.parametrize(
    "written",
    ["0", "-1", "10001", "1.5", "true", '"0%"', '"101%"', '"two"', '""', "[2]"],
)
def test_a_quorum_that_is_none_is_refused_with_the_way_out(
    tmp_path: Path, written: str
) -> None:
    with pytest.raises(SettingsError) as info:
        load(tmp_path, platform("a", f"breaker.quorum = {written}"))
    [problem] = info.value.problems
    assert "breaker.quorum" in problem
    assert '"50%"' in problem


@pytest.mark.parametrize("written", ['"call"', '""', "true", "1"])
def test_who_may_try_is_one_of_two(tmp_path: Path, written: str) -> None:
    with pytest.raises(SettingsError) as info:
        load(tmp_path, platform("a", f"breaker.trial = {written}"))
    [problem] = info.value.problems
    assert "breaker.trial" in problem
