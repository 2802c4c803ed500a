"""What a program pays that imports the client: nothing of the rest of us."""

import subprocess
import sys

HEAVY = (
    "textual rich asyncio pydantic aiohttp httpx requests structlog sqlite3 ssl "
    "http.client dataclasses inspect logging"
)


def test_importing_the_client_loads_nothing_heavy() -> None:
    code = f"""
import sys
before = set(sys.modules)
from conductor_tui.client import Client, Rejected
Client("bot").breaker("redis")
loaded = set(sys.modules) - before
print(*sorted(loaded & set({HEAVY!r}.split())))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.split() == []


def test_the_rest_is_loaded_when_it_is_named() -> None:
    code = """
import sys
import conductor_tui.client as client
assert "asyncio" not in sys.modules
print(client.AsyncClient.__name__, client.Beater.__name__, "asyncio" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["AsyncClient", "Beater", "True"], done.stderr
