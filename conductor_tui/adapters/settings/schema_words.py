"""What each key of conductor.toml is for, in a sentence that an editor shows, and what
it is where nobody writes it.
"""

from collections.abc import Mapping

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.dispatch import DispatchSpec, LetterLimits
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import AgentId
from conductor_tui.domain.plugin import PluginLimits
from conductor_tui.domain.resources import LoadLimits
from conductor_tui.domain.settings import CheckDefaults, CreateSettings, EngineSettings
from conductor_tui.domain.size import format_size

_RECOVERY = {
    "recovery": "What is tried when it is FAILED, and how often.",
    "recovery.command": "A program and its arguments; no shell reads them.",
    "recovery.systemd": "A unit to restart.",
    "recovery.docker": "A container to restart.",
    "recovery.directory": "Where the command runs.",
    "recovery.user": "The unit is of the user's own manager.",
    "recovery.socket": "The socket of the container engine.",
    "recovery.budget": "How often it is tried within the time of within.",
    "recovery.within": "The time that the budget is for.",
    "recovery.cooldown": "The wait after the first attempt.",
    "recovery.backoff": "Each further wait is longer by this factor.",
    "recovery.timeout": "How long one attempt may take.",
    "recovery.helps_within": "It helped if all is well so soon after it.",
}

WORDS: Mapping[str, str] = {
    **_RECOVERY,
    "interval": "How often a platform is checked.",
    "timeout": "How long one attempt may take; not longer than the interval.",
    "slow_after": "A check that passes but takes longer makes the platform DEGRADED.",
    "rise": "How many good results in a row make an unwell platform HEALTHY again.",
    "retry": "What one check does before it counts as failed.",
    "retry.attempts": "How often one check may try.",
    "retry.wait": "The wait after the first failed attempt; it doubles each time.",
    "retry.max_wait": "The longest wait between two attempts.",
    "breaker": "When checks stop, and for how long.",
    "breaker.failures": "Failed checks in a row that open the breaker.",
    "breaker.reset_after": "How long it stays open before a trial.",
    "breaker.backoff": "Each failed trial makes that longer by this factor.",
    "breaker.max_reset": "The longest that a breaker stays open before a trial.",
    "breaker.trial": 'Who may try then: "check", or "any": a call of a client too.',
    "breaker.quorum": "How many reporting clients open it: 2, or a share of them.",
    "stagger": '"spread", or a fixed spacing of checks such as "100ms".',
    "max_checks_at_once": "How many checks may run at the same time.",
    "history": "How long results are kept in memory.",
    "degraded_at": "Percent of RAM, CPU or disk from which load is DEGRADED.",
    "recovered_at": "Percent below which load is NORMAL again.",
    "shed": "What load does to low priorities: off, advise a person, or auto.",
    "priority": "Under load the lowest goes first; below 50 without being named.",
    "protected": "Never shed.",
    "on_shed": "How it makes room under load; without it: no more checks.",
    "on_shed.command": "A program and its arguments; no shell reads it.",
    "on_shed.directory": "Where the command runs.",
    "on_shed.systemd": "A unit to stop, and to start again.",
    "on_shed.user": "The unit is of the user's own manager.",
    "on_shed.docker": "A container to pause, and to unpause.",
    "on_shed.stop": "Stop and start the container: paused, it keeps its memory.",
    "on_shed.socket": "The socket of the container engine.",
    "on_shed.plugin": "A plug-in to disable, and to enable again.",
    "on_shed.timeout": "How long it may take, either way.",
    "on_restore": "What brings it back, where on_shed is a command.",
    "on_restore.command": "A program and its arguments; no shell reads it.",
    "on_restore.directory": "Where the command runs.",
    "on_restore.timeout": "How long it may take.",
    "forecast": "The model that looks 5 minutes ahead.",
    "emergency_at": "Percent of RAM from which load is EMERGENCY.",
    "name": "The name, unlike any other.",
    "probe": "How it is looked at; the probe decides which further keys there are.",
    "group": "The group that it is shown in, and whose [group.NAME] table it obeys.",
    "tags": "Words to find it by, and for maintenance windows to name.",
    "depends_on": "The platforms without which this one cannot be well.",
    "paused": "Begin without checks, until somebody resumes it.",
    "platforms": "The platforms that are left alone; with groups and tags all of them.",
    "groups": "The groups that are left alone.",
    "start": "When a window that comes once begins.",
    "end": "When a window that comes once ends.",
    "daily": "The time of day at which it begins each day.",
    "weekdays": "The days on which it begins; needs at.",
    "at": "The time of day at which it begins on those weekdays.",
    "cron": "When it begins: minute, hour, day, month, weekday.",
    "for": "How long it lasts.",
    "zone": "The IANA time zone of its times; without it that of this machine.",
}

ALERT_WORDS: Mapping[str, str] = {
    "states": "The states that alert.",
    "after": "Alert at the so-manieth beat of the interval in such a state.",
    "cooldown": "The same state of the same subject is told once within it.",
    "remind": "How often people are reminded; false: never.",
    "severity": "Of an alert, instead of its state's own; of a channel, the least.",
    "flapping": "Tell going to and fro as one thing; or from which percent of changes.",
    "max_age": "What could not be delivered for so long is given up.",
    "names": "Platforms, agents, or whole subjects such as breaker:redis.",
    "groups": "Groups of platforms and agents.",
    "tags": "Tags of platforms and agents.",
    "name": "The name, unlike that of any other channel.",
    "kind": "How people are told; it decides which further keys there are.",
    "timeout": "How long one delivery may take.",
    "path": "The file that keeps what must survive a crash.",
    "keep_events": "How long events are kept.",
    "max_size": "Beyond it the oldest events are forgotten; what must survive is not.",
    "rule": "For some subjects; the first that covers one counts.",
}

AGENT_WORDS: Mapping[str, str] = {
    **_RECOVERY,
    "name": "The name that its heartbeats carry.",
    "interval": "How often it beats.",
    "failure_threshold": "After so many intervals of silence it is FAILED.",
    "grace": "What is added to every boundary: a share of the interval, or a duration.",
    "detector": '"fixed", or "phi": learned from its own intervals, within bounds.',
    "cron": "When it beats, instead of an interval: five fields.",
    "zone": "The IANA time zone of cron; without it that of this machine.",
    "group": "The group that it is shown in.",
    "tags": "Words to find it by.",
    "uuid": "The UUID in its ping URL, as healthchecks clients have it.",
    "notify": "Give it a socket of its own for sd_notify.",
    "token": "What opens its own doors: Bearer token, push URL.",
    "names": "Which agents may come by their first beat: a regular expression.",
    "limit": "How many may come so.",
    "expires": "Who came so and is silent for so long is forgotten.",
    "socket": "HTTP over a unix socket: its path, true for the usual one.",
    "datagrams": "Datagrams over a unix socket: its path, true for the usual one.",
    "http": "HTTP over TCP, on this host only; needs token.",
    "udp": "Where datagrams come in by UDP.",
    "tokens": "The file of `conductor-tui token`; else beside the journal.",
    "tls_certificate": "A PEM file with the certificate, and its chain: HTTP is TLS.",
    "tls_key": "A PEM file with the key of tls_certificate.",
    "ping_key": "What stands in ping URLs that go by an agent's name.",
}

_USUAL, _ENGINE, _LOAD = CheckDefaults(), EngineSettings(), LoadLimits()
DEFAULTS: Mapping[str, object] = {
    "interval": format_duration(_USUAL.interval_s),
    "timeout": format_duration(_USUAL.timeout_s),
    "rise": _USUAL.rise,
    "retry.attempts": _USUAL.retry.attempts,
    "retry.wait": format_duration(_USUAL.retry.wait_s),
    "retry.max_wait": format_duration(_USUAL.retry.max_wait_s),
    "breaker.failures": _USUAL.breaker.failures,
    "breaker.reset_after": format_duration(_USUAL.breaker.reset_after_s),
    "breaker.backoff": _USUAL.breaker.backoff,
    "breaker.max_reset": format_duration(_USUAL.breaker.max_reset_s),
    "breaker.trial": _USUAL.breaker.trial.value,
    "breaker.quorum": "50%",
    "stagger": "spread",
    "max_checks_at_once": _ENGINE.max_checks_at_once,
    "history": format_duration(_ENGINE.history_s),
    "degraded_at": _LOAD.degraded_at,
    "recovered_at": _LOAD.recovered_at,
    "emergency_at": _LOAD.emergency_at,
    "forecast": _LOAD.forecast,
    "shed": _LOAD.shed,
    "priority": 50,
    "protected": False,
    "paused": False,
}

_AGENT, _CREATE = AgentSpec(agent=AgentId("")), CreateSettings()
AGENT_DEFAULTS: Mapping[str, object] = {
    "interval": format_duration(_AGENT.interval_s),
    "failure_threshold": _AGENT.threshold,
    "grace": "50%",
    "detector": _AGENT.detector.value,
    "notify": False,
    "limit": _CREATE.limit,
    "expires": format_duration(_CREATE.expires_s),
    "socket": True,
    "datagrams": True,
}

_RULE, _ALERTS = AlertRule(), AlertSettings()
ALERT_DEFAULTS: Mapping[str, object] = {
    "states": sorted(_RULE.states),
    "after": _RULE.after,
    "cooldown": format_duration(_RULE.cooldown_s),
    "remind": format_duration(_RULE.remind_s or 0.0),
    "flapping": {"high": _ALERTS.flap_high, "low": _ALERTS.flap_low},
    "max_age": format_duration(_ALERTS.max_age_s),
}

REQUEST_WORDS: Mapping[str, str] = {
    "at_once": "How many requests are under way to it at the same time.",
    "waiting": "How many more may wait; all others are turned away at once.",
    "attempts": "How often one is tried before it fails.",
    "deadline": "How long one may take, its waits and attempts together.",
    "redrives": "How often a dead letter is tried again by itself.",
    "redrive_rate": "How many dead letters are tried again in a second, at most.",
    "type": "A pattern, as in a shell, of the types that go this way.",
    "to": "Platforms and groups of them, in order.",
    "choose": "Who is asked first: as named, or the one with the least to do.",
    "max": "How many dead letters are kept; then nothing more is accepted.",
    "max_size": "How large all their payloads may be together.",
}
_TAKES, _LETTERS = DispatchSpec(), LetterLimits()
REQUEST_DEFAULTS: Mapping[str, object] = {
    "at_once": _TAKES.at_once,
    "waiting": _TAKES.waiting,
    "attempts": _TAKES.retry.attempts,
    "deadline": format_duration(_TAKES.deadline_s),
    "redrives": _TAKES.redrives,
    "redrive_rate": _TAKES.redrive_rate,
    "choose": "order",
    "max": _LETTERS.count,
    "max_size": format_size(_LETTERS.size_bytes),
}

PLUGIN_WORDS: Mapping[str, str] = {
    "folder": "Where single-file plug-ins are; relative to this file.",
    "use": "The entry point or file that it is made of; without it: its own name.",
    "enabled": "Whether it runs, as long as no person says otherwise.",
    "isolate": "Whether it has a process of its own; false only for code you trust.",
    "requires": "Other plug-ins that must be ACTIVE before this one begins.",
    "memory": "What it and all that it starts may take together.",
    "cpu": "CPU time that it and all that it starts may take in any minute.",
    "open_files": "How many files each of its processes may have open.",
    "processes": "How many processes it may have, itself included.",
    "output": "How much it may write to stdout and stderr in any minute.",
    "request_timeout": "How long one request may take.",
    "start_timeout": "How long its import, and then initialize, may take.",
    "stop_timeout": "How long its shutdown may take until it is killed.",
    "hang_after": "How long its loop may stand still until it is killed.",
    "at_once": "How many requests are under way in it at the same time.",
    "waiting": "How many more may wait; all others are refused at once.",
    "restarts": "How often it may begin again within the time of within.",
    "within": "The time that restarts are counted in.",
}
_LIMITS = PluginLimits()
PLUGIN_DEFAULTS: Mapping[str, object] = {
    "enabled": True,
    "isolate": True,
    "memory": format_size(_LIMITS.memory_bytes),
    "cpu": format_duration(_LIMITS.cpu_s),
    "open_files": _LIMITS.open_files,
    "processes": _LIMITS.processes,
    "output": format_size(_LIMITS.output_bytes),
    "request_timeout": format_duration(_LIMITS.request_s),
    "start_timeout": format_duration(_LIMITS.start_s),
    "stop_timeout": format_duration(_LIMITS.stop_s),
    "hang_after": format_duration(_LIMITS.hang_s),
    "at_once": _LIMITS.at_once,
    "waiting": _LIMITS.waiting,
    "restarts": _LIMITS.restarts,
    "within": format_duration(_LIMITS.within_s),
}
