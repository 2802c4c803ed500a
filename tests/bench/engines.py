"""The check engines that are measured side by side: how each is set up and started.

All send the same request, GET /t/N of one nginx on loopback, every INTERVAL_S, to as
many targets as asked. Each is given the settings that make it as cheap as it can be.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from conductor_tui.cli.local_engine import LocalEngine, allow_open_files, loop_factory
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.schedule import hash_phase
from tests.servers.daemon import binary, free_port

INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Targets:
    """URLs http://127.0.0.1:PORT/t/0 and so on."""

    port: int
    count: int

    def path(self, number: int) -> str:
        return f"/t/{number}"

    @property
    def urls(self) -> list[str]:
        return [
            f"http://127.0.0.1:{self.port}{self.path(n)}" for n in range(self.count)
        ]


class Engine(Protocol):
    """Writes its settings into `folder`, and says which commands run it."""

    def __call__(self, targets: Targets, folder: Path) -> Sequence[Sequence[str]]: ...


def conductor(targets: Targets, folder: Path) -> Sequence[Sequence[str]]:
    """This package's whole engine, without a screen."""
    platforms = "".join(
        f'[[platform]]\nname = "t{n}"\nprobe = "http"\ntarget = "{url}"\n'
        for n, url in enumerate(targets.urls)
    )
    file = folder / "conductor.toml"
    file.write_text(platforms, "utf-8")
    file.chmod(0o600)
    return [_this("conductor", str(file))]


def bare_aiohttp(targets: Targets, folder: Path) -> Sequence[Sequence[str]]:
    """The reference: uvloop and aiohttp, one task per target, nothing is judged."""
    return [_this("aiohttp", str(targets.port), str(targets.count))]


def monit(targets: Targets, folder: Path) -> Sequence[Sequence[str]]:
    checks = "".join(
        f"check host t{n} with address 127.0.0.1\n"
        f'  if failed port {targets.port} protocol http request "{targets.path(n)}" '
        "then alert\n"
        for n in range(targets.count)
    )
    file = folder / "monitrc"
    head = f"set daemon {INTERVAL_S:g}\nset log {folder}/monit.log\n"
    state = f"set statefile {folder}/state\nset idfile {folder}/id\n"
    file.write_text(head + state + f"set pidfile {folder}/pid\n" + checks, "utf-8")
    file.chmod(0o600)
    return [[binary("monit"), "-I", "-c", str(file)]]


def haproxy(targets: Targets, folder: Path) -> Sequence[Sequence[str]]:
    backends = "".join(
        f"backend b{n}\n  option httpchk\n  http-check send meth GET uri "
        f"{targets.path(n)} ver HTTP/1.1 hdr Host 127.0.0.1\n"
        f"  server s 127.0.0.1:{targets.port} check inter {INTERVAL_S:g}s\n"
        for n in range(targets.count)
    )
    file = folder / "haproxy.cfg"
    head = "global\n  maxconn 64\n  ulimit-n 16000\n  spread-checks 0\n"
    times = "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n"
    idle = f"listen idle\n  bind 127.0.0.1:{free_port()}\n"  # it wants one listener
    file.write_text(f"{head}{times}  timeout server 1s\n{idle}{backends}", "utf-8")
    return [[binary("haproxy"), "-db", "-f", str(file)]]


def blackbox(targets: Targets, folder: Path) -> Sequence[Sequence[str]]:
    """prometheus, and the blackbox_exporter that it asks: both are counted."""
    exporter, own = free_port(), free_port()
    module = folder / "blackbox.yml"
    module.write_text("modules:\n  http:\n    prober: http\n", "utf-8")
    listed = "".join(f"          - {url}\n" for url in targets.urls)
    file = folder / "prometheus.yml"
    file.write_text(_SCRAPE.format(every=INTERVAL_S, listed=listed, port=exporter))
    return [
        [
            binary("prometheus-blackbox-exporter"),
            f"--config.file={module}",
            f"--web.listen-address=127.0.0.1:{exporter}",
        ],
        [
            binary("prometheus"),
            f"--config.file={file}",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{own}",
        ],
    ]


_SCRAPE = """\
global:
  scrape_interval: {every:g}s
scrape_configs:
  - job_name: blackbox
    metrics_path: /probe
    params: {{module: [http]}}
    static_configs:
      - targets:
{listed}
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_target}}
      - {{source_labels: [__param_target], target_label: instance}}
      - {{target_label: __address__, replacement: "127.0.0.1:{port}"}}
"""

ENGINES: dict[str, Engine] = {
    "aiohttp": bare_aiohttp,
    "conductor": conductor,
    "monit": monit,
    "haproxy": haproxy,
    "blackbox": blackbox,
}


def _this(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.engines", *arguments]


def _run_conductor(file: str) -> None:
    from conductor_tui.adapters.settings.file import load_settings

    LocalEngine(load_settings(Path(file))).run()


async def _run_aiohttp(targets: Targets) -> None:
    import aiohttp

    loop = asyncio.get_running_loop()
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    deadline = aiohttp.ClientTimeout(total=0.2)
    async with aiohttp.ClientSession(connector=connector, timeout=deadline) as session:

        async def watch(url: str) -> None:
            due = loop.time() + hash_phase(PlatformName(url), INTERVAL_S)
            while True:
                await asyncio.sleep(due - loop.time())
                try:
                    async with session.get(url) as answer:
                        await answer.read()
                except (TimeoutError, aiohttp.ClientError):
                    pass  # the reference judges nothing
                due += INTERVAL_S

        await asyncio.gather(*[watch(url) for url in targets.urls])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["conductor", file]:
            _run_conductor(file)
        case ["aiohttp", port, count]:
            allow_open_files()
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(_run_aiohttp(Targets(int(port), int(count))))
        case other:
            sys.exit(f"an engine and its arguments are needed, not {other}")
