"""[alerts], [[channel]], [journal] and recovery: what they come to, and what is said
of rubbish.
"""

from pathlib import Path

import pytest

from conductor_tui.adapters.channels import log, smtp, webhook
from conductor_tui.adapters.menders import command, docker, systemd
from conductor_tui.adapters.settings.alert_schema import AlertsTable, JournalTable
from conductor_tui.adapters.settings.file import load_settings, load_with_notes
from conductor_tui.adapters.settings.homes import HOMES
from conductor_tui.adapters.settings.reading import Reading
from conductor_tui.adapters.settings.schema import keys_of
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.domain.alert import Scope, Severity
from conductor_tui.domain.alert_settings import (
    AlertRule,
    AlertSettings,
    ChannelSettings,
)
from conductor_tui.domain.errors import SettingsError
from conductor_tui.domain.settings import Settings

API = '[[platform]]\nname = "api"\nprobe = "tcp"\ntarget = "h:1"\ngroup = "bots"\n'
OPS = '[[channel]]\nname = "ops"\nkind = "log"\npath = "/var/log/alerts"\n'


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    return load_settings(path, reading=Reading(environ=environ))


def channel(tmp_path: Path, *lines: str, **environ: str) -> ChannelSettings:
    text = "\n".join([API, "[[channel]]", 'name = "ops"', *lines])
    (found,) = load(tmp_path, text, **environ).alerts.channels
    return found


def problems(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text, **environ)
    return "\n".join(error.value.problems)


def test_without_a_word_there_are_rules_and_no_channel(tmp_path: Path) -> None:
    assert load(tmp_path, API).alerts == AlertSettings()


def test_the_keys_of_its_tables_are_known_without_importing_them() -> None:
    for table, home in ((AlertsTable, "[alerts]"), (JournalTable, "[journal]")):
        assert {key for key in HOMES if HOMES[key] == home} <= set(keys_of(table))
        assert all(key in HOMES for key in keys_of(table))


def test_alerts_says_it_for_all(tmp_path: Path) -> None:
    alerts = load(
        tmp_path,
        '[alerts]\nstates = ["failed", "gave_up"]\nafter = 2\ncooldown = "30s"\n'
        'remind = false\nseverity = "warning"\nflapping = { high = 50, low = 10 }\n'
        'max_age = "1h"\n',
    ).alerts
    assert alerts.rule == AlertRule(
        states=frozenset({"FAILED", "GAVE UP"}),
        after=2,
        cooldown_s=30.0,
        remind_s=None,
        severity=Severity.WARNING,
    )
    assert (alerts.flap_high, alerts.flap_low) == (50.0, 10.0)
    assert alerts.max_age_s == 3600.0


def test_a_rule_says_what_alerts_does_not(tmp_path: Path) -> None:
    text = '[alerts]\nafter = 4\n[[alerts.rule]]\ngroups = ["bots"]\nremind = "1h"\n'
    (rule,) = load(tmp_path, API + text).alerts.rules
    assert rule.scope == Scope(groups=frozenset({"bots"}))
    assert (rule.after, rule.remind_s) == (4, 3600.0)


def test_a_channel_has_its_kind_s_options(tmp_path: Path) -> None:
    found = channel(tmp_path, 'kind = "log"', 'path = "/a"', 'severity = "critical"')
    assert found.options == log.Options(path="/a")
    assert (found.kind, found.least) == ("log", Severity.CRITICAL)
    assert found.origin.endswith("conductor.toml, [[channel]] 1")


def test_the_url_of_a_webhook_is_a_secret(tmp_path: Path) -> None:
    found = channel(
        tmp_path,
        'kind = "webhook"',
        'url = "${HOOK}"',
        'template = "slack"',
        HOOK="https://hooks.example/T0/B0/verysecret",
    )
    assert isinstance(found.options, webhook.Options)
    assert found.options.url.reveal().endswith("verysecret")
    assert "verysecret" not in f"{found}"
    assert found.secrets


def test_mail_may_have_its_password_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("opensesame\n")
    (tmp_path / "word").chmod(0o600)
    found = channel(
        tmp_path,
        'kind = "smtp"',
        'host = "mail.example"',
        'sender = "conductor@mail.example"',
        'to = ["ann@mail.example"]',
        'user = "conductor"',
        'password_file = "word"',
    )
    assert isinstance(found.options, smtp.Options)
    assert found.options.password is not None
    assert found.options.password.reveal() == "opensesame"


@pytest.mark.parametrize(
    ("line", "action"),
    [
        ('command = ["/bin/mend", "x"]', command.Options(command=("/bin/mend", "x"))),
        ('systemd = "redis.service"', systemd.Options(unit="redis.service")),
        ('docker = "redis"', docker.Options(container="redis")),
    ],
)
def test_recovery_is_one_of_three(tmp_path: Path, line: str, action: object) -> None:
    text = f"{API}recovery = {{ {line}, budget = 5 }}\n"
    (platform,) = load(tmp_path, text).platforms
    assert platform.recovery is not None
    assert platform.recovery.action == action
    assert platform.recovery.budget == 5


def test_an_agent_may_have_a_recovery_too(tmp_path: Path) -> None:
    text = '[[agent]]\nname = "a"\nrecovery = { docker = "a" }\n'
    (agent,) = load(tmp_path, text).agents
    assert agent.recovery is not None
    assert agent.recovery.words == "restart container a"


def test_what_a_variable_brings_into_a_recovery_is_a_secret(tmp_path: Path) -> None:
    text = API + 'recovery = { command = ["/bin/mend", "${KEY}"] }\n'
    (platform,) = load(tmp_path, text, KEY="opensesame").platforms
    assert platform.recovery is not None
    assert "opensesame" not in platform.recovery.words
    assert [one.reveal() for one in platform.recovery.secrets] == ["opensesame"]


def test_the_journal_has_a_place(tmp_path: Path) -> None:
    settings = load(tmp_path, '[journal]\npath = "/srv/journal.db"\n')
    assert settings.journal.path == "/srv/journal.db"


def test_the_journal_forgets_by_age_and_by_size(tmp_path: Path) -> None:
    settings = load(tmp_path, '[journal]\nkeep_events = "7d"\nmax_size = "64MB"\n')
    kept = settings.journal
    assert (kept.keep_events_s, kept.max_bytes) == (7 * 86_400, 64_000_000)


RUBBISH = [
    ('[alerts]\nstates = ["FAILD"]\n', "alerts.states", 'did you mean "failed"?'),
    ("[alerts]\nstates = []\n", "alerts.states", "an empty list"),
    ('[alerts]\nremind = "10s"\n', "alerts.remind", "shorter than cooldown"),
    ("[alerts]\nafter = 0\n", "alerts.after", "out of bounds"),
    ('[alerts]\nseverity = "bad"\n', "alerts.severity", "info, warning, critical"),
    ("[alerts]\nflapping = { high = 9 }\n", "alerts.flapping", "{ high = 30"),
    ("[alerts]\nflapping = { high = 9, low = 10 }\n", "alerts.flapping", "low must be"),
    ("[alerts]\nafters = 2\n", "alerts.afters", 'did you mean "after"?'),
    ("[alerts]\nrule = 3\n", "alerts.rule", "[[alerts.rule]]"),
    ('[[alerts.rule]]\nnames = ["apy"]\n', ".names", 'did you mean "api"?'),
    ('[[alerts.rule]]\ngroups = ["bot"]\n', ".groups", 'did you mean "bots"?'),
    ('[[alerts.rule]]\nmax_age = "1h"\n', ".max_age", "unknown key"),
    ("[[alerts.rule]]\nflapping = { high = 9, low = 1 }\n", ".flapping", "true or"),
    ('[[channel]]\nkind = "log"\n', "channel[1] .name", "every channel needs a name"),
    ('[[channel]]\nname = "a"\n', ".kind", "every channel needs a kind"),
    ('[[channel]]\nname = "a"\nkind = "sms"\n', ".kind", "log, terminal, command"),
    (OPS + "pth = 1\n", ".pth", 'did you mean "path"?'),
    (OPS + "bell = true\n", ".bell", 'kind = "terminal"'),
    (OPS + OPS, "channel[2]", "channel[1] has this name too"),
    (OPS + 'tags = ["nope"]\n', ".tags", "nobody has the tag"),
    ('[[channel]]\nname = "a"\nkind = "webhook"\n', ".url", "needs a url"),
    ('[journal]\npath = "journal.db"\n', "journal.path", "whole path"),
    ("[journal]\nmax_size = 256\n", "journal.max_size", "needs quotes and a unit"),
    ('[journal]\nmax_size = "lots"\n', "journal.max_size", 'such as "256MB"'),
    ('[journal]\nmax_size = "1KB"\n', "journal.max_size", "from 8MB to 1000GB"),
    ('[journal]\nkeep_events = "1s"\n', "journal.keep_events", "from 1h to 366d"),
    (API + "recovery = {}\n", ".recovery", "say what to do"),
    (API + 'recovery = { docker = "a", systemd = "b.service" }\n', ".docker", "keep"),
    (API + 'recovery = { docker = "a", user = true }\n', ".user", "without systemd"),
    (API + 'recovery = { dokcer = "a" }\n', "recovery.dokcer", 'mean "docker"?'),
    (
        '[[platform]]\nname = "drill"\nprobe = "canary"\nlasts = "14s"\n',
        ".lasts",
        'at least "15s"',
    ),
    (
        API + 'recovery = { docker = "a", helps_within = "10s" }\n',
        "recovery.helps_within",
        'at least "35s"',
    ),
]


@pytest.mark.parametrize(("text", "where", "words"), RUBBISH)
def test_rubbish_is_refused_with_the_key_and_the_way_out(
    tmp_path: Path, text: str, where: str, words: str
) -> None:
    text = text if text.startswith("[[platform]]") else API + text
    said = problems(tmp_path, text)
    assert where in said
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_whole_subject_may_be_named(tmp_path: Path) -> None:
    names = '["breaker:api", "load:host", "conductor:loop", "channel:ops"]'
    text = f"{API}{OPS}[[alerts.rule]]\nnames = {names}\n"
    (rule,) = load(tmp_path, text).alerts.rules
    assert "breaker:api" in rule.scope.names


def test_no_complaint_holds_a_secret(tmp_path: Path) -> None:
    text = API + '[[channel]]\nname = "a"\nkind = "webhook"\nurl = "${HOOK}"\n'
    said = problems(tmp_path, text, HOOK="gopher://hooks.example/verysecret")
    assert "verysecret" not in said


def test_what_is_shown_can_be_read_back(tmp_path: Path) -> None:
    text = (
        f'{API}recovery = {{ command = ["/bin/mend", "${{HOOK}}"], budget = 2 }}\n'
        '[[agent]]\nname = "a"\nrecovery = { command = ["/bin/true"] }\n'
        '[alerts]\nremind = false\nseverity = "info"\n'
        '[[alerts.rule]]\nnames = ["api"]\nstates = ["OPEN"]\nflapping = false\n'
        '[[channel]]\nname = "ops"\nkind = "webhook"\nurl = "${HOOK}"\n'
        'headers = { X-Key = "${HOOK}" }\nnames = ["api"]\nseverity = "critical"\n'
        '[[channel]]\nname = "tty"\nkind = "terminal"\nnotify = "osc9"\n'
        '[journal]\npath = "/srv/journal.db"\nmax_size = "1.5GB"\n'
    )
    hook = "https://hooks.example/verysecret"
    path = tmp_path / "conductor.toml"
    path.write_text(text)
    reading = Reading(environ={"HOOK": hook})
    first = load_with_notes(path, reading=reading)
    shown = settings_text(first.settings, notes=first.notes, written=first.written)
    assert "verysecret" not in shown
    again = load(tmp_path, shown, HOOK=hook)
    assert again.alerts == first.settings.alerts
    assert again.journal == first.settings.journal
    assert [one.recovery for one in again.platforms] == [
        one.recovery for one in first.settings.platforms
    ]
    assert [one.recovery for one in again.agents] == [
        one.recovery for one in first.settings.agents
    ]
