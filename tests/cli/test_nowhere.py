import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from conductor_tui.cli import main


def test_a_working_directory_that_was_removed_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    os.rmdir(gone)
    result = CliRunner().invoke(main, ["config", "check"])
    assert result.exit_code == 0
