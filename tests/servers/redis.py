"""A real redis-server, empty and without persistence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.daemon import binary, free_port, running


@contextmanager
def redis_server(
    folder: Path, *settings: str, port: int | None = None
) -> Iterator[int]:
    """Run a server for the time of a block and give its port.

    `settings` are arguments such as "--requirepass", "x".
    """
    port = port or free_port()
    argv = [binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    argv += ["--save", "", "--appendonly", "no", "--dir", str(folder), *settings]
    with running(argv, port=port, log=folder / "redis.log"):
        yield port
