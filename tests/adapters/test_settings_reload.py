"""The file as it changes under us."""

import os
from pathlib import Path

import pytest

from conductor_tui.adapters.settings import file as settings_file
from conductor_tui.adapters.settings.reload import SettingsFile
from conductor_tui.domain.errors import SettingsError
from conductor_tui.ports import SettingsSource
from tests.adapters.settings_files import platform

USER = 1000


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_file, "SYSTEM_FILE", tmp_path / "etc" / "c.toml")


def source(tmp_path: Path, explicit: str | None = None) -> SettingsSource:
    return SettingsFile(explicit, {"HOME": str(tmp_path / "home")}, tmp_path, euid=USER)


def put(path: Path, text: str) -> Path:
    """Replace the file as editors do; its time is not ours to wait for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    before = path.stat().st_mtime_ns if path.exists() else 0
    os.replace(fresh, path)
    os.utime(path, ns=(before + 10**9, before + 10**9))
    return path


def names(settings: SettingsSource) -> list[str]:
    return [one.spec.platform for one in settings.load().platforms]


def test_nothing_has_changed_before_the_first_reading(tmp_path: Path) -> None:
    put(tmp_path / "conductor.toml", platform())
    assert not source(tmp_path).has_changed()


def test_a_file_that_is_written_again_has_changed_until_it_is_read(
    tmp_path: Path,
) -> None:
    path, file = put(tmp_path / "conductor.toml", platform("a")), source(tmp_path)
    assert names(file) == ["a"]
    assert not file.has_changed()
    put(path, platform("b"))
    assert file.has_changed()
    assert names(file) == ["b"]
    assert not file.has_changed()


def test_a_refused_file_is_news_only_once(tmp_path: Path) -> None:
    path, file = put(tmp_path / "conductor.toml", platform("a")), source(tmp_path)
    file.load()
    for text in ("no toml", platform("a", "rise = 0")):
        put(path, text)
        with pytest.raises(SettingsError):
            file.load()
        assert not file.has_changed()
    put(path, platform("c"))
    assert file.has_changed()


def test_a_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    path = put(tmp_path / "named.toml", platform("a"))
    file = source(tmp_path, "named.toml")
    file.load()
    path.unlink()
    assert file.has_changed()
    with pytest.raises(SettingsError, match="no such file"):
        file.load()
    assert not file.has_changed()
    put(path, platform("b"))
    assert file.has_changed()


def test_a_nearer_file_is_a_change(tmp_path: Path) -> None:
    put(tmp_path / "home/.config/conductor-tui/conductor.toml", platform("far"))
    file = source(tmp_path)
    assert names(file) == ["far"]
    near = put(tmp_path / "conductor.toml", platform("near"))
    assert file.has_changed()
    assert names(file) == ["near"]
    near.unlink()
    assert file.has_changed()
    assert names(file) == ["far"]


def test_a_first_file_is_a_change(tmp_path: Path) -> None:
    file = source(tmp_path)
    assert file.load().discover
    assert not file.has_changed()
    put(tmp_path / "conductor.toml", platform("a"))
    assert file.has_changed()


WITH_SECRET = platform("a", 'username = "eve"', 'password_file = "pw"')


def test_a_secret_that_is_written_again_is_a_change(tmp_path: Path) -> None:
    put(tmp_path / "conductor.toml", WITH_SECRET)
    secret, file = put(tmp_path / "pw", "hunter2"), source(tmp_path)
    file.load()
    assert not file.has_changed()
    put(secret, "hunter3")
    assert file.has_changed()
    (found,) = file.load().platforms
    assert [one.reveal() for one in found.secrets] == ["hunter3"]
    assert not file.has_changed()


def test_a_secret_that_was_missing_is_a_change_when_it_comes(tmp_path: Path) -> None:
    put(tmp_path / "conductor.toml", WITH_SECRET)
    file = source(tmp_path)
    with pytest.raises(SettingsError, match="no such file"):
        file.load()
    assert not file.has_changed()
    put(tmp_path / "pw", "hunter2")
    assert file.has_changed()
    assert names(file) == ["a"]


def test_a_file_that_went_is_a_slip_and_not_the_wish_to_discover(
    tmp_path: Path,
) -> None:
    path = put(tmp_path / "conductor.toml", platform("a"))
    file = source(tmp_path)
    file.load()
    path.unlink()
    assert file.has_changed()
    for _ in range(2):
        with pytest.raises(SettingsError, match="gone: what it said still holds"):
            file.load()
    assert not file.has_changed()
    put(path, platform("b"))
    assert names(file) == ["b"]
