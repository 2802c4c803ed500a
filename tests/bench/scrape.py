"""Do scrapes make checks late?

    python -m tests.bench.scrape [PLATFORMS]

A daemon watches so many files of this host. It tells how late its checks began, first
left alone, then while /metrics is asked for every second: the median over 20 s of the
99th percentile of each 2 s.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from conductor_tui.adapters.api.client import Client
from tests.bench.attach import daemon, settings, watched


def main() -> None:
    platforms = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory(prefix=".scrape-", dir=Path.home()) as name:
        path = settings(Path(name), platforms)
        client = Client(f"unix:{name}/run/conductor-tui/conductor.sock")
        took: list[float] = []
        sizes: list[int] = []

        def scrape() -> None:
            began = time.monotonic()
            connection = client.connection()
            connection.request("GET", "/metrics")
            sizes.append(len(connection.getresponse().read()))
            connection.close()
            took.append(time.monotonic() - began)
            time.sleep(max(0.0, 1.1 - took[-1]))  # later than it is made anew

        with daemon(path, client) as pid:
            time.sleep(10.0)
            alone = watched(client, pid, lambda: time.sleep(1.0))
            scraped = watched(client, pid, scrape)
    said = {
        "late p99 alone, ms": alone["late_p99_ms"],
        "scraped each second, ms": scraped["late_p99_ms"],
        "a scrape takes, s": round(sorted(took)[len(took) // 2], 2),
        "and has, kB": max(sizes) // 1000,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
