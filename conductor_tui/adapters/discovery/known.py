"""What listening programs are known to be, by their process and by their port.

A program is in `PROGRAMS` with a probe only where sending to it is harmless on every
port in `only_on` (on any port where that is None). The rest are there for the port
on which their name stands alone; they are watched by `listen`, which sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

HTTP_PORTS = frozenset({80, 8000, 8008, 8080, 8081, 8088, 8888})
TLS_PORTS = frozenset({443, 8443, 9443})
_WEB_PORTS = HTTP_PORTS | TLS_PORTS


@dataclass(frozen=True, slots=True)
class Known:
    """A program. On its `home` ports its name needs no number.

    `words` is what a person calls it. `only_on` limits the probe to these ports; on
    others the program speaks something else.
    """

    name: str
    probe: str
    words: str
    home: frozenset[int] = frozenset()
    only_on: frozenset[int] | None = None

    def probe_on(self, port: int) -> str:
        """Return the probe that suits the program's socket on `port`."""
        suits = self.only_on is None or port in self.only_on
        return self.probe if suits else "listen"


def _web(*names: str, only_on: frozenset[int] | None = None) -> dict[str, Known]:
    words = "a web server"
    return {n: Known(n, "http", words, frozenset({80}), only_on) for n in names}


def _api(name: str, *ports: int) -> Known:
    """A program with one HTTP port among others, such as Consul."""
    return Known(name, "http", "an HTTP service", frozenset(ports), frozenset(ports))


def _quiet(name: str, words: str, *ports: int) -> Known:
    return Known(name, "listen", words, frozenset(ports))


_REDIS = Known("redis", "redis", "Redis", frozenset({6379}))
_POSTGRES = Known("postgres", "postgres", "PostgreSQL", frozenset({5432}))
_MYSQL = _quiet("mysql", "MySQL", 3306)
_SSH = _quiet("sshd", "an SSH server", 22)

PROGRAMS: Mapping[str, Known] = {
    **_web("nginx", "caddy", "lighttpd", "apache2", "httpd", "http.server"),
    **_web("uvicorn", "gunicorn", "hypercorn", "daphne", "granian", "waitress-serve"),
    **_web("puma", "unicorn", "next-server", "vite", "http-server", "jupyter-lab"),
    **_web("llama-server", "flask"),
    # these also forward plain TCP, which a GET would disturb
    **_web("haproxy", "traefik", "envoy", "varnishd", only_on=_WEB_PORTS),
    "ollama": Known("ollama", "http", "an LLM server", frozenset({11434})),
    "prometheus": _api("prometheus", 9090),
    "alertmanager": _api("alertmanager", 9093),
    "node_exporter": _api("node_exporter", 9100),
    "grafana": _api("grafana", 3000),
    "grafana-server": _api("grafana", 3000),
    "consul": _api("consul", 8500),
    "influxd": _api("influxd", 8086),
    "redis-server": _REDIS,
    "keydb-server": replace(_REDIS, name="keydb"),
    "valkey-server": replace(_REDIS, name="valkey"),
    "redis-sentinel": replace(_REDIS, name="sentinel", home=frozenset({26379})),
    "postgres": _POSTGRES,
    "postmaster": _POSTGRES,
    "pgbouncer": replace(_POSTGRES, name="pgbouncer", home=frozenset({6432})),
    "sshd": _SSH,
    "dropbear": replace(_SSH, name="dropbear"),
    "mysqld": _MYSQL,
    "mariadbd": replace(_MYSQL, name="mariadb"),
    "mongod": _quiet("mongod", "MongoDB", 27017),
    "memcached": _quiet("memcached", "memcached", 11211),
    "mosquitto": _quiet("mosquitto", "an MQTT broker", 1883),
    "systemd-resolved": _quiet("systemd-resolved", "a DNS resolver", 53),
    "named": _quiet("named", "a DNS server", 53),
    "dnsmasq": _quiet("dnsmasq", "a DNS server", 53),
    "unbound": _quiet("unbound", "a DNS resolver", 53),
    "rpcbind": _quiet("rpcbind", "rpcbind", 111),
    "cupsd": _quiet("cupsd", "a print server", 631),
    "smbd": _quiet("smbd", "a file server", 445),
    "exim4": _quiet("exim4", "a mail server", 25),
    "master": _quiet("postfix", "a mail server", 25),
    "dockerd": _quiet("dockerd", "Docker", 2375),
    "docker-proxy": _quiet("docker", "a port of a container"),
    "rootlessport": _quiet("container", "a port of a container"),
    "conmon": _quiet("container", "a port of a container"),
}

PORTS: Mapping[int, Known] = {
    6379: _REDIS,
    26379: PROGRAMS["redis-sentinel"],
    5432: _POSTGRES,
    **{port: Known("http", "http", "a web server") for port in HTTP_PORTS},
    **{port: Known("https", "http", "a web server") for port in TLS_PORTS},
    22: _quiet("ssh", "an SSH server", 22),
    25: _quiet("smtp", "a mail server", 25),
    53: _quiet("dns", "a DNS server", 53),
    111: PROGRAMS["rpcbind"],
    139: _quiet("smb", "a file server", 445),
    445: _quiet("smb", "a file server", 445),
    631: _quiet("ipp", "a print server", 631),
    1883: _quiet("mqtt", "an MQTT broker", 1883),
    2049: _quiet("nfs", "a file server", 2049),
    2181: _quiet("zookeeper", "ZooKeeper", 2181),
    3306: _MYSQL,
    5672: _quiet("amqp", "an AMQP broker", 5672),
    9092: _quiet("kafka", "Kafka", 9092),
    11211: PROGRAMS["memcached"],
    27017: _quiet("mongodb", "MongoDB", 27017),
}

SOCKET_KEEPERS = frozenset({"systemd", "launchd", "inetd", "xinetd"})
"""They open sockets for others, so their own name says nothing about the service."""
