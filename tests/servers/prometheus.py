"""A real prometheus that scrapes itself, with a data directory of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.servers.daemon import binary, free_port, running

_CONFIG = """\
global: {{ scrape_interval: 100ms, scrape_timeout: 100ms }}
scrape_configs:
  - job_name: self
    metrics_path: {prefix}/metrics
    static_configs: [ {{ targets: ["127.0.0.1:{port}"] }} ]
"""


@contextmanager
def prometheus_server(folder: Path, *, prefix: str = "") -> Iterator[int]:
    """Run a server for the time of a block and give its port.

    `prefix` such as "/prom" is the path that it is served under.
    """
    port = free_port()
    config = folder / "prometheus.yml"
    config.write_text(_CONFIG.format(port=port, prefix=prefix), "utf-8")
    argv = [binary("prometheus"), f"--config.file={config}"]
    argv += [f"--web.listen-address=127.0.0.1:{port}"]
    argv += [f"--storage.tsdb.path={folder / 'data'}", f"--web.route-prefix=/{prefix}"]
    with running(argv, port=port, log=folder / "prometheus.log"):
        _wait_until_ready(f"http://127.0.0.1:{port}{prefix}/-/ready")
        yield port


def _wait_until_ready(url: str) -> None:
    """It listens before it has opened its storage, and answers 503 until then."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=1):
                return
        except HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.02)
    raise RuntimeError(f"prometheus does not get ready: {url}")
