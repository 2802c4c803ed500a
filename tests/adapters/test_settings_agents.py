"""[[agent]], [agents] and [listen]: what they come to, and what is said of rubbish."""

from pathlib import Path

import pytest

from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.domain.agent import Detector
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.settings import AgentSettings, ListenSettings, Settings

UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    return load_settings(path, reading=Reading(environ=environ))


def agent(tmp_path: Path, *lines: str, before: str = "") -> AgentSettings:
    """Return the one agent of a file: named "a", with these lines in its table."""
    text = "\n".join([before, "[[agent]]", 'name = "a"', *lines])
    (found,) = load(tmp_path, text).agents
    return found


def problems(tmp_path: Path, text: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    return "\n".join(error.value.problems)


def test_an_agent_needs_no_more_than_a_name(tmp_path: Path) -> None:
    spec = agent(tmp_path).spec
    assert (spec.interval_s, spec.threshold, spec.grace_s) == (5.0, 3, 2.5)
    assert spec.detector is Detector.FIXED
    assert spec.origin.endswith("conductor.toml, [[agent]] 1")


def test_what_the_agent_does_not_say_agents_says(tmp_path: Path) -> None:
    usual = '[agents]\ninterval = "10s"\nfailure_threshold = 5\ndetector = "phi"\n'
    spec = agent(tmp_path, 'interval = "20s"', before=usual).spec
    assert (spec.interval_s, spec.threshold, spec.grace_s) == (20.0, 5, 10.0)
    assert spec.detector is Detector.PHI


@pytest.mark.parametrize(
    ("grace", "seconds"), [("0%", 0.0), ("25%", 2.5), ("200%", 20.0), ("3s", 3.0)]
)
def test_grace_is_a_share_of_the_interval_or_a_time(
    tmp_path: Path, grace: str, seconds: float
) -> None:
    spec = agent(tmp_path, 'interval = "10s"', f'grace = "{grace}"').spec
    assert spec.grace_s == seconds


def test_cron_has_a_zone_and_an_hour_of_grace(tmp_path: Path) -> None:
    spec = agent(tmp_path, 'cron = "0  3 * * *"', 'zone = "Europe/Berlin"').spec
    assert (spec.cron, spec.zone, spec.grace_s) == (
        "0 3 * * *",
        "Europe/Berlin",
        3600.0,
    )
    assert agent(tmp_path, 'cron = "0 3 * * *"', 'grace = "5m"').spec.grace_s == 300.0


def test_without_names_nobody_comes_by_itself(tmp_path: Path) -> None:
    create = load(tmp_path, "[agents]\n").create
    assert (create.names, create.limit, create.expires_s) == ("", 1000, 86_400.0)


def test_who_comes_by_itself_has_the_usual_rhythm(tmp_path: Path) -> None:
    text = '[agents]\nnames = "w-.*"\ninterval = "1m"\nexpires = "2h"\nlimit = 7\n'
    create = load(tmp_path, text).create
    assert (create.names, create.limit, create.expires_s) == ("w-.*", 7, 7200.0)
    usual = create.usual
    assert (usual.interval_s, usual.grace_s, usual.expires_s) == (60.0, 30.0, 7200.0)
    assert usual.is_created


def test_the_ways_in_are_two_unix_sockets_unless_somebody_says_more(
    tmp_path: Path,
) -> None:
    assert load(tmp_path, "[listen]\n").listen == ListenSettings()
    text = """
        [listen]
        socket = "/run/beats/http.sock"
        datagrams = false
        http = "127.0.0.1:7474"
        udp = "0.0.0.0:7475"
        token = "a long token"
        ping_key = "${KEY}"
    """
    listen = load(tmp_path, text, KEY="a ping key").listen
    assert (listen.socket, listen.datagrams) == ("/run/beats/http.sock", "")
    assert (listen.http, listen.udp) == ("127.0.0.1:7474", "0.0.0.0:7475")
    assert listen.token is not None
    assert listen.token.reveal() == "a long token"
    assert (str(listen.ping_key), listen.ping_key and listen.ping_key.reveal()) == (
        "${KEY}",
        "a ping key",
    )


def test_a_token_may_stand_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("from the file\n")
    secret.chmod(0o600)
    found = agent(tmp_path, 'token_file = "token"', "notify = true", f'uuid = "{UUID}"')
    assert found.token is not None
    assert found.token.reveal() == "from the file"
    assert (found.notify, found.uuid) == (True, UUID)


AGENT = '[[agent]]\nname = "a"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[agent]\n", "agent: must be a list of tables: write [[agent]]"),
        ("agents = 3\n", "agents = 3: must be a table: write [agents]"),
        ("[[listen]]\n", "must be a table: write [listen]"),
        ("[[agent]]\n", "agent[1] .name: missing: every agent needs a name"),
        ('[[agent]]\nname = ""\n', 'name = "": empty: give it a name'),
        ('[[agent]]\nname = "a b"\n', "spaces and control characters cannot be in it"),
        (f'[[agent]]\nname = "{"x" * 129}"\n', "129 characters long: at most 128"),
        (f"{AGENT}interval = 5\n", "a duration needs quotes and a unit"),
        (f'{AGENT}interval = "367d"\n', "write a duration from 100ms to 366d"),
        (f"{AGENT}failure_threshold = 0\n", "write a number from 1 to 1000"),
        (f'{AGENT}grace = "-1%"\n', 'a share of the interval such as "50%"'),
        (f"{AGENT}grace = 2\n", 'or a duration such as "2s"'),
        (f'{AGENT}detector = "psi"\n', "unknown detector: there are fixed"),
        (f'{AGENT}intervall = "5s"\n', 'unknown key: did you mean "interval"?'),
        (f"{AGENT}limit = 3\n", "unknown key"),
        (f'{AGENT}zone = "UTC"\n', "says nothing without cron"),
        (f'{AGENT}cron = "0 3"\n', "write five fields"),
        (f'{AGENT}cron = "0 3 * * *"\ninterval = "5s"\n', "keep one of the two"),
        (f'{AGENT}cron = "0 3 * * *"\ngrace = "5%"\n', "cron has no interval to have"),
        (f'{AGENT}uuid = "5bf"\n', "no UUID: `uuidgen` makes one"),
        (f'{AGENT}token = "secret7"\n', 'token = "***": too short to guard anything'),
        (f"{AGENT}token = 7\n", "must be text in quotes"),
        (f'{AGENT}token_file = "nowhere"\n', "nowhere"),
        (f'{AGENT}token = "x"\ntoken_file = "y"\n', "token stands here too"),
        (f"{AGENT}{AGENT}", "agent[1] has this name too"),
        (
            f'{AGENT}uuid = "{UUID}"\n[[agent]]\nname = "b"\nuuid = "{UUID.upper()}"\n',
            "agent[1] has this uuid too",
        ),
        (
            f'{AGENT}token = "hunter2222"\n[[agent]]\nname = "b"\ntoken = "hunter2222"',
            "agent[1] has this token too",
        ),
        ('[agents]\nnames = "("\n', "no regular expression"),
        ("[agents]\nlimit = 0\n", "write a number from 1 to 100000"),
        ('[agents]\nname = "a"\n', 'did you mean "names"?'),
        ("[listen]\nsocket = 1\n", "write true, false, or the whole path"),
        ('[listen]\nsocket = "here.sock"\n', "the whole path of a socket"),
        ('[listen]\nudp = "7475"\n', "no address: write host and port"),
        ('[listen]\nudp = "a:65536"\n', "no address: write host and port"),
        ('[listen]\ntls_key = "/k.pem"\n', "tls_certificate: missing"),
        ('[listen]\ntls_certificate = "/c.pem"\n', "tls_key: missing"),
        (
            '[listen]\nhttp = "10.0.0.1:7474"\ntoken = "hunter2222"\n',
            "must be this host itself",
        ),
    ],
)
def test_rubbish_is_refused_with_the_way_out(
    tmp_path: Path, text: str, said: str
) -> None:
    found = problems(tmp_path, text)
    assert said in found
    assert "hunter2222" not in found
    assert "secret7" not in found


def test_what_is_shown_is_read_back_as_it_was(tmp_path: Path) -> None:
    text = f"""
        [agents]
        names = "w-.*"
        [[agent]]
        name = "a"
        uuid = "{UUID}"
        token = "${{TOKEN}}"
        tags = ["x"]
        [[agent]]
        name = "b"
        cron = "0 3 * * *"
        zone = "Europe/Berlin"
        [listen]
        udp = "127.0.0.1:7475"
        ping_key = "${{TOKEN}}"
    """
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    environ = {"TOKEN": "hunter2222"}
    loaded = load_with_notes(path, reading=Reading(environ=environ))
    shown = settings_text(loaded.settings, notes=loaded.notes, written=loaded.written)
    assert "hunter2222" not in shown
    assert load(tmp_path, shown, **environ).agents == loaded.settings.agents
    assert load(tmp_path, shown, **environ).create == loaded.settings.create
    assert load(tmp_path, shown, **environ).listen == loaded.settings.listen
