"""Debian's prometheus scrapes a daemon with many platforms of any name."""

import json
import subprocess
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from tests.cli.serving import PROGRAM, daemon
from tests.servers.daemon import binary, free_port, running

PLATFORMS = 300
HOSTILE = ['say \\"hi\\"', "back\\\\slash", 'x\\"} 1 fake{a=\\"b', "日本"]
_CONFIG = """\
global: {{ scrape_interval: 1s, scrape_timeout: 1s }}
scrape_configs:
  - job_name: conductor-tui
    authorization: {{ credentials_file: {token} }}
    static_configs: [ {{ targets: ["127.0.0.1:{port}"] }} ]
"""


@pytest.mark.server
def test_prometheus_reads_all_of_it(tmp_path: Path) -> None:
    prometheus = binary("prometheus")
    names = [*(f"p{number}" for number in range(PLATFORMS)), *HOSTILE]
    port, own = free_port(), free_port()
    text = f'[listen]\nhttp = "127.0.0.1:{port}"\n' + "".join(
        f'[[platform]]\nname = "{name}"\nprobe = "file"\ntarget = "{{here}}"\n'
        for name in names
    )
    with daemon(text) as here:
        made = ["token", "create", "prometheus", "--scope", "read"]
        token = subprocess.run(
            [*PROGRAM, *made, "--config", str(here.settings)],
            env=here.environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        (tmp_path / "token").write_text(token)
        here.serve()
        config = tmp_path / "prometheus.yml"
        config.write_text(_CONFIG.format(token=tmp_path / "token", port=port))
        argv = [prometheus, f"--config.file={config}"]
        argv += [f"--web.listen-address=127.0.0.1:{own}"]
        argv += [f"--storage.tsdb.path={tmp_path / 'data'}"]
        with running(argv, port=own, log=tmp_path / "prometheus.log"):
            found = _until(own, "count(platform_health_status == 0)", len(names))
            assert found == len(names)
            target = _targets(own)
            assert (target["health"], target["lastError"]) == ("up", "")
            assert _ask(own, "count(circuit_breaker_state)") == len(names)
            assert _ask(own, "sum(health_check_duration_seconds_count)") >= len(names)


def _until(port: int, query: str, wanted: float) -> float:
    """Ask until it is so, for a minute at the most."""
    end, found = time.monotonic() + 60, 0.0
    while found < wanted and time.monotonic() < end:
        time.sleep(0.2)
        found = _ask(port, query)
    return found


def _ask(port: int, query: str) -> float:
    url = f"http://127.0.0.1:{port}/api/v1/query?query={quote(query)}"
    try:
        with urlopen(url, timeout=5) as answer:
            found = json.load(answer)["data"]["result"]
    except OSError:
        return 0.0
    return float(found[0]["value"][1]) if found else 0.0


def _targets(port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/api/v1/targets"
    with urlopen(url, timeout=5) as answer:
        found: dict[str, str] = json.load(answer)["data"]["activeTargets"][0]
    return found
