import subprocess
import sys

import pytest

from conductor_tui.tui.stylesheets import stylesheet


@pytest.mark.parametrize("name", ["app", "overview", "platform", "trip", "help"])
def test_every_screen_finds_its_stylesheet(name: str) -> None:
    assert stylesheet(name).is_file()


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("conductor_tui", "asyncio"),
        ("conductor_tui.cli", "textual"),
        ("conductor_tui.cli.status", "textual"),
        ("conductor_tui.cli.dashboard", "aiobreaker"),
        ("conductor_tui.tui.app", "psutil"),
        ("conductor_tui.adapters.settings.file", "pydantic"),
        ("conductor_tui.adapters.calendar", "cronsim"),
    ],
)
def test_an_import_does_not_pay_for_what_it_may_never_need(
    module: str, absent: str
) -> None:
    code = f"import sys, {module}; print({absent!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
