"""nginx on loopback: one process, its own folder, plain and with TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.daemon import binary, free_port, running

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running server. Its access log has a line per request: "CONNECTION STATUS"."""

    port: int
    scheme: str
    access_log: Path

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def requests(self) -> list[tuple[int, int]]:
        """Return (number of the connection, status) of each request.

        nginx logs after it has answered: only after its end is the last one there.
        """
        lines = self.access_log.read_text("utf-8").splitlines()
        return [(int(a), int(b)) for a, b in (line.split() for line in lines)]


@contextmanager
def nginx(
    folder: Path,
    locations: str = "",
    *,
    certificate: Certificate | None = None,
    port: int | None = None,
) -> Iterator[Nginx]:
    """Run nginx until the block ends; skip the test where it is not installed.

    `locations` goes into the server block; "/" answers 200 unless it says otherwise.
    With a certificate the port speaks TLS and nothing else.
    """
    port = port or free_port()
    folder.mkdir(exist_ok=True)
    access_log = folder / "access.log"
    access_log.touch()
    conf = folder / "nginx.conf"
    conf.write_text(_conf(folder, port, locations, certificate), "utf-8")
    argv = [binary("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(conf)]
    with running(argv, port=port, log=folder / "nginx.log"):
        yield Nginx(port, "https" if certificate else "http", access_log)


def _conf(
    folder: Path, port: int, locations: str, certificate: Certificate | None
) -> str:
    tls, speaks = "", ""
    if certificate is not None:
        speaks = " ssl"
        tls = f"ssl_certificate {certificate.chain};"
        tls += f" ssl_certificate_key {certificate.key};"
    temporary = "".join(f"{n}_temp_path {folder}/{n};\n" for n in _TEMPORARY)
    root = "" if "location / " in locations else 'location / { return 200 "here\\n"; }'
    return f"""
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    {temporary}
    log_format counted '$connection $status';
    access_log {folder}/access.log counted;
    keepalive_requests 100000;
    server {{
        listen 127.0.0.1:{port}{speaks};
        {tls}
        {locations}
        {root}
    }}
}}
"""
