"""What the tests of shipped plug-ins have in common."""

import pytest

from conductor_tui.platforms import looking


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a server of this test may be slow, and is to be waited for."""
    monkeypatch.setattr(looking, "PATIENCE_S", 30.0)
