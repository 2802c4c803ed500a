"""Files to break: a valid platform in one word, and every way to get one wrong."""

from dataclasses import dataclass

HTTP = 'probe = "http"\ntarget = "http://127.0.0.1:8080/"\n'
TCP = 'probe = "tcp"\ntarget = "127.0.0.1:5432"\n'


def platform(name: str = "api", *lines: str, probe: str = HTTP) -> str:
    """Return one [[platform]] table with further lines in it."""
    return "\n".join([f'[[platform]]\nname = "{name}"\n{probe}', *lines, ""])


@dataclass(frozen=True, slots=True)
class Broken:
    """A sentence, a file, and what must be said about it."""

    sentence: str
    text: str
    said: tuple[str, ...]


def broken(sentence: str, text: str, *said: str) -> Broken:
    return Broken(sentence, text, said)


_API = 'platform[1] "api" .'

SYNTAX = [
    broken(
        "a value without quotes",
        "[engine]\ninterval = 5s\n",
        "line 2, column 13",
        "`interval = 5s`",
        "with quotes around text and durations",
    ),
    broken(
        "a quote that is never closed",
        '[engine]\ninterval = "5s\n',
        "line 2, column",
        "close the quote",
    ),
    broken("a key without a value", "[engine]\ninterval\n", "line 2", "key = value"),
    broken(
        "a list that is never closed",
        platform("api", "expect_status = [200"),
        "at its end",
        "close the list with ]",
    ),
    broken(
        "the same key twice",
        '[engine]\ninterval = "5s"\ninterval = "6s"\n',
        "line 3",
        "keep one of the two",
    ),
    broken(
        "the same table twice",
        "[engine]\n[engine]\n",
        "line 2",
        "put its keys in one place",
    ),
    broken(
        "a control character in a text",
        '[engine]\ninterval = "\x1b5s"\n',
        "line 2",
        '`interval = "\\x1b5s"`',
        "escape",
    ),
    broken(
        "brackets nested without end",
        f"x = {'[' * 5000}",
        "nested too deeply",
        "take some brackets away",
    ),
    broken(
        "a number of thousands of digits",
        f"[engine]\nmax_checks_at_once = {'9' * 5000}\n",
        "a number is too long",
    ),
    broken("nothing at all", " \n", "empty", "conductor-tui init"),
]

TABLES = [
    broken(
        "a table that nobody knows",
        '[platfrom]\nname = "x"\n',
        "platfrom: ",
        'did you mean "platform"',
    ),
    broken(
        "a table far from any known one",
        "[zebra]\n",
        "zebra: ",
        "engine, defaults, load, group, platform, maintenance",
    ),
    broken(
        "a key above all tables",
        'interval = "5s"\n',
        'interval = "5s": ',
        "belongs in [engine] or [[platform]]",
    ),
    broken(
        "single brackets around platform",
        '[platform]\nname = "api"\n',
        "platform: ",
        "[[platform]] with two brackets",
    ),
    broken("a number for a table", "engine = 3\n", "engine = 3: ", "[engine]"),
    broken("double brackets around engine", "[[engine]]\n", "engine = ", "[engine]"),
    broken(
        "texts for platforms",
        'platform = ["api"]\n',
        'platform[1] = "api": ',
        "[[platform]]",
    ),
]

ENGINE = [
    broken(
        "a misspelt key in [engine]",
        '[engine]\nintervall = "5s"\n',
        'engine.intervall = "5s": ',
        'did you mean "interval"',
    ),
    broken(
        "a key that no table of the engine has",
        "[engine]\nzzz = 1\n",
        "engine.zzz = 1: ",
        "max_checks_at_once",
    ),
    broken(
        "a key of a platform in [engine]",
        '[engine]\ngroup = "a"\n',
        'engine.group = "a": ',
        "belongs in [[platform]]",
    ),
    broken(
        "a key of retry outside of it",
        "[engine]\nattempts = 2\n",
        "engine.attempts = 2: ",
        "belongs in retry",
    ),
    broken(
        "a misspelt key in a table of [engine]",
        "[engine]\nbreaker.failure = 2\n",
        "engine.breaker.failure = 2: ",
        'did you mean "failures"',
    ),
    broken(
        "a duration in words",
        '[engine]\ninterval = "5 seconds"\n',
        'engine.interval = "5 seconds": ',
        "not a duration",
        '"200ms"',
    ),
    broken(
        "a duration without a unit",
        "[engine]\ninterval = 5\n",
        "engine.interval = 5: ",
        "quotes and a unit",
    ),
    broken(
        "an interval too short",
        '[engine]\ninterval = "20ms"\n',
        'engine.interval = "20ms": ',
        "from 100ms to 1d",
    ),
    broken(
        "a timeout of nothing",
        '[engine]\ntimeout = "0s"\n',
        'engine.timeout = "0s": ',
        "from 1ms to 1d",
    ),
    broken(
        "pings that take longer than the timeout",
        platform("api", "count = 30", probe='probe = "icmp"\ntarget = "127.0.0.1"\n'),
        f'{_API}timeout = "200ms" (default): ',
        "takes at least 290ms",
        "let the probe do less",
    ),
    broken(
        "a timeout longer than the interval for all",
        '[engine]\ntimeout = "8s"\n',
        'engine.timeout = "8s": ',
        "longer than the interval (5s)",
        "make the timeout shorter",
    ),
    broken(
        "a stagger that is no duration",
        '[engine]\nstagger = "spred"\n',
        'engine.stagger = "spred": ',
        '"spread"',
        '"100ms"',
    ),
    broken(
        "a stagger of nothing",
        '[engine]\nstagger = "0s"\n',
        'engine.stagger = "0s": ',
        '"spread"',
        "from 1ms to 1d",
    ),
    broken(
        "a fixed spacing that does not fit",
        '[engine]\nstagger = "3s"\n' + platform("a") + platform("b"),
        'engine.stagger = "3s": ',
        "2 platforms x 3 s do not fit the interval of 5 s",
        'at most "2.5s"',
        'stagger = "spread"',
    ),
    broken(
        "no check at once",
        "[engine]\nmax_checks_at_once = 0\n",
        "engine.max_checks_at_once = 0: ",
        "from 1 to 10000",
    ),
    broken(
        "a number in quotes",
        '[engine]\nmax_checks_at_once = "3"\n',
        'engine.max_checks_at_once = "3": ',
        "whole number without quotes",
    ),
    broken(
        "half a check at once",
        "[engine]\nmax_checks_at_once = 1.5\n",
        "engine.max_checks_at_once = 1.5: ",
        "whole number",
    ),
    broken(
        "true for a number",
        "[engine]\nmax_checks_at_once = true\n",
        "engine.max_checks_at_once = true: ",
        "whole number",
    ),
    broken(
        "a number that no machine holds",
        f"[engine]\nmax_checks_at_once = 0x{'f' * 5000}\n",
        "engine.max_checks_at_once = (a very long number): ",
        "from 1 to 10000",
    ),
    broken(
        "a history longer than a day",
        '[engine]\nhistory = "2d"\n',
        'engine.history = "2d": ',
        "to 1d",
    ),
    broken(
        "a history shorter than the interval",
        '[engine]\nhistory = "1s"\n',
        'engine.interval = "5s" (default): ',
        "longer than the history that is kept (1s)",
        "make [engine] history longer",
    ),
    broken(
        "a history of more results than are kept",
        '[engine]\nhistory = "1d"\ninterval = "200ms"\n',
        'engine.interval = "200ms": ',
        "432000 results",
        "the interval longer",
    ),
]

LOAD = [
    broken(
        "a model that there is not",
        '[load]\nforecast = "oracle"\n',
        'load.forecast = "oracle": ',
        "no model is called so: there are",
    ),
    broken(
        "a percentage above 100",
        "[load]\nemergency_at = 120\n",
        "load.emergency_at = 120: ",
        "from 0 to 100",
    ),
    broken(
        "a percentage that is no number",
        "[load]\ndegraded_at = nan\n",
        "load.degraded_at = nan: ",
        "from 0 to 100",
    ),
    broken(
        "a percentage in quotes",
        '[load]\ndegraded_at = "80%"\n',
        'load.degraded_at = "80%": ',
        "number without quotes",
    ),
    broken(
        "a recovery above the alarm",
        "[load]\nrecovered_at = 85\n",
        "load.recovered_at = 85: ",
        "not below degraded_at (80)",
        "lower it",
    ),
    broken(
        "an alarm below the recovery nobody wrote",
        "[load]\ndegraded_at = 50\n",
        "load.recovered_at = 65 (default): ",
        "not below degraded_at (50)",
        "lower it",
    ),
    broken(
        "an emergency below the alarm",
        "[load]\nemergency_at = 70\n",
        "load.emergency_at = 70: ",
        "below degraded_at (80)",
        "raise it",
    ),
]

PLATFORM = [
    broken(
        "a platform without a name",
        f"[[platform]]\n{HTTP}",
        "platform[1] .name: missing",
        'name = "discord"',
    ),
    broken(
        "an empty name",
        platform(" "),
        'platform[1] " " .name = " ": ',
        "empty",
        "give the platform a name",
    ),
    broken(
        "a name that nobody can see",
        platform("\u200d\u0301"),
        "platform[1]",
        "empty",
        "give the platform a name",
    ),
    broken(
        "a name too long",
        platform("x" * 65),
        "platform[1]",
        ".name = ",
        "65 characters long: shorten it to at most 64",
    ),
    broken(
        "a number for a name",
        f"[[platform]]\nname = 7\n{HTTP}",
        "platform[1] .name = 7: ",
        "text in quotes",
    ),
    broken(
        "a group too long",
        platform("api", f'group = "{"g" * 65}"'),
        f"{_API}group = ",
        "shorten it",
    ),
    broken(
        "two platforms of one name",
        platform("api") + platform("db") + platform("api"),
        'platform[3] "api" .name = "api": ',
        "platform[1] has this name too",
        "a name of its own",
    ),
    broken(
        "two names that look the same once cleaned",
        platform("a\\u001b") + platform("a\\\\x1b "),
        "platform[2]",
        "platform[1] has this name too",
        "a name of its own",
    ),
    broken(
        "a platform without a probe",
        '[[platform]]\nname = "api"\n',
        f"{_API}probe: missing",
        'probe = "http"',
    ),
    broken(
        "a misspelt probe",
        platform("api", probe='probe = "htp"'),
        f'{_API}probe = "htp": ',
        'did you mean "http"',
    ),
    broken(
        "a probe that nobody knows",
        platform("api", probe='probe = "gopher"'),
        f'{_API}probe = "gopher": ',
        "http, tcp, listen, process, command, redis, postgres",
    ),
    broken(
        "a misspelt key of a platform",
        platform("api", 'tiemout = "1s"'),
        f'{_API}tiemout = "1s": ',
        'did you mean "timeout"',
    ),
    broken(
        "a key of another probe",
        platform("api", "expect_status = [200]", probe=TCP),
        f"{_API}expect_status = [200]: ",
        'belongs in a platform with probe = "http"',
    ),
    broken(
        "a key that no probe has",
        platform("api", "zzz = 1", probe=TCP),
        f"{_API}zzz = 1: ",
        'a platform with probe = "tcp" has',
        "send",
    ),
    broken(
        "a key of [engine] in a platform",
        platform("api", 'history = "1h"'),
        f'{_API}history = "1h": ',
        "belongs in [engine]",
    ),
    broken(
        "a timeout longer than the interval",
        platform("api", 'timeout = "8s"'),
        f'{_API}timeout = "8s": ',
        "longer than the interval (5s)",
        "make the timeout shorter or the interval longer",
    ),
    broken(
        "an interval shorter than the timeout from the engine",
        '[engine]\ntimeout = "800ms"\n' + platform("api", 'interval = "500ms"'),
        f'{_API}timeout = "800ms" (from [engine]): ',
        "longer than the interval (500ms)",
        "make the timeout shorter",
    ),
    broken(
        "an interval longer than the history",
        platform("api", 'interval = "1h"'),
        f'{_API}interval = "1h": ',
        "the history that is kept (30m)",
        "make [engine] history longer",
    ),
    broken(
        "attempts that do not fit the interval",
        platform("api", 'timeout = "2s"', "retry = { attempts = 3 }"),
        f"{_API}retry.attempts = 3: ",
        "3 attempts of 2s and waits of 150ms between them can take 6.15s",
        "longer than the interval (5s)",
        "make attempts fewer",
    ),
    broken(
        "no attempt",
        platform("api", "retry = { attempts = 0 }"),
        f"{_API}retry.attempts = 0: ",
        "from 1 to 10",
    ),
    broken(
        "a number for the retry table",
        platform("api", "retry = 2"),
        f"{_API}retry = 2: ",
        "{ attempts = 2 }",
    ),
    broken(
        "a longest wait below the wait",
        platform("api", 'retry = { max_wait = "10ms" }'),
        f'{_API}retry.max_wait = "10ms": ',
        "shorter than wait (50ms)",
        "make it at least as long",
    ),
    broken(
        "no failure before the breaker opens",
        platform("api", "breaker = { failures = 0 }"),
        f"{_API}breaker.failures = 0: ",
        "from 1 to 1000",
    ),
    broken(
        "a backoff that shrinks",
        platform("api", "breaker = { backoff = 0.5 }"),
        f"{_API}breaker.backoff = 0.5: ",
        "from 1 to 100",
    ),
    broken(
        "a longest reset below the reset",
        platform("api", 'breaker = { reset_after = "2m", max_reset = "1m" }'),
        f'{_API}breaker.max_reset = "1m": ',
        "shorter than reset_after (2m)",
        "make it at least as long",
    ),
    broken(
        "a misspelt key of the breaker",
        platform("api", 'breaker = { reset = "1m" }'),
        f'{_API}breaker.reset = "1m": ',
        'did you mean "reset_after"',
    ),
]

OPTIONS = [
    broken(
        "no target",
        platform("api", probe='probe = "http"'),
        f"{_API}target: missing",
        "add it",
    ),
    broken(
        "a target that the probe refuses",
        platform("api", probe='probe = "tcp"\ntarget = "db"'),
        f'{_API}target = "db": ',
        '"127.0.0.1:8080"',
    ),
    broken(
        "a URL for an address",
        platform("api", probe='probe = "redis"\ntarget = "redis://db:6379/0"'),
        f'{_API}target = "redis://db:6379/0": ',
        'write "db:6379"',
    ),
    broken(
        "a number for a target",
        platform("api", probe='probe = "tcp"\ntarget = 5432'),
        f"{_API}target = 5432: ",
        "text in quotes",
    ),
    broken(
        "a date for a target",
        platform("api", probe='probe = "tcp"\ntarget = 2024-01-01'),
        f"{_API}target = 2024-01-01: ",
        "text in quotes",
    ),
    broken(
        "a number for a list",
        platform("api", "expect_status = 200"),
        f"{_API}expect_status = 200: ",
        "list in square brackets",
    ),
    broken(
        "one wrong item in a list",
        platform("api", 'expect_status = [200, "204"]'),
        f'{_API}expect_status = [200, "204"]: ',
        "numbers without quotes",
    ),
    broken(
        "a range that runs backwards",
        platform("api", 'expect_status = ["299-200"]'),
        f'{_API}expect_status = ["299-200"]: ',
        "the lower one first",
    ),
    broken(
        "a status that does not exist",
        platform("api", "expect_status = [200, 999]"),
        f"{_API}expect_status = [200, 999]: ",
        "from 100 to 599",
    ),
    broken(
        "one for true",
        platform("api", "verify_tls = 1"),
        f"{_API}verify_tls = 1: ",
        "true or false",
    ),
    broken(
        "a number beyond 64 bits",
        platform("api", f"max_body = {2**70}"),
        f"{_API}max_body = {2**70}: ",
        "too large",
        "9223372036854775807",
    ),
    broken(
        "a text of a million characters",
        platform("api", probe=f'probe = "tcp"\ntarget = "{"x" * 900_000}"'),
        f'{_API}target = "xxx',
        "…",
    ),
]

GROUPED = [
    broken(
        "a pace that no pass can miss",
        platform("api", 'slow_after = "200ms"'),
        f'{_API}slow_after = "200ms": ',
        "never reached: a check that passes takes 200ms at most",
        "make slow_after shorter",
    ),
    broken(
        "a pace from [defaults] that one platform's timeout never reaches",
        '[defaults]\ntimeout = "1s"\nslow_after = "500ms"\n'
        + platform("api", 'timeout = "300ms"'),
        f'{_API}slow_after = "500ms" (from [defaults]): ',
        "never reached",
    ),
    broken(
        "no good result in a row",
        "[defaults]\nrise = 0\n",
        "defaults.rise = 0: ",
        "from 1 to 100",
    ),
    broken(
        "a misspelt key in [defaults]",
        '[defaults]\nslow_afer = "1s"\n',
        'defaults.slow_afer = "1s": ',
        'did you mean "slow_after"',
    ),
    broken(
        "a key of the engine in [defaults]",
        '[defaults]\nstagger = "spread"\n',
        'defaults.stagger = "spread": ',
        "belongs in [engine]",
    ),
    broken(
        "a misspelt key of a group",
        '[group.bots]\ninterva = "9s"\n' + platform("api", 'group = "bots"'),
        'group.bots.interva = "9s": ',
        'did you mean "interval"',
    ),
    broken(
        "a group whose timeout does not fit",
        '[group.bots]\ntimeout = "9s"\n' + platform("api", 'group = "bots"'),
        'group.bots.timeout = "9s": ',
        "longer than the interval (5s)",
    ),
    broken(
        "a group that nothing is in",
        "[group.bot]\nrise = 2\n" + platform("api", 'group = "bots"'),
        "group.bot: ",
        "no platform is in this group",
        'did you mean "bots"',
    ),
    broken(
        "a number for a group", "[group]\nbots = 3\n", "group.bots = 3: ", "[group."
    ),
    broken("a number for groups", "group = 3\n", "group = 3: ", "[group.NAME]"),
    broken(
        "a text for tags",
        platform("api", 'tags = "prod"'),
        f'{_API}tags = "prod": ',
        'such as ["prod"]',
    ),
    broken(
        "an empty tag",
        platform("api", 'tags = ["prod", " "]'),
        f'{_API}tags[2] = " ": ',
        "take it out",
    ),
    broken(
        "a text for a pause",
        platform("api", 'paused = "yes"'),
        f'{_API}paused = "yes": ',
        "true or false",
    ),
    broken(
        "a dependency that is not there",
        platform("api", 'depends_on = ["postgre"]') + platform("postgres"),
        f'{_API}depends_on = ["postgre"]: ',
        'no platform has the name "postgre"',
        'did you mean "postgres"',
    ),
    broken(
        "a platform that depends on itself",
        platform("api", 'depends_on = ["api"]'),
        f'{_API}depends_on = ["api"]: ',
        "(api -> api)",
        "take one of these names out",
    ),
    broken(
        "platforms that depend on each other",
        platform("web")
        + platform("a", 'depends_on = ["web", "b"]')
        + platform("b", 'depends_on = ["c"]')
        + platform("c", 'depends_on = ["a"]'),
        'platform[2] "a" .depends_on = ["web", "b"]: ',
        "(a -> b -> c -> a)",
        "take one of these names out",
    ),
    broken(
        "a member of a group that the whole group depends on",
        '[group.g]\ndepends_on = ["api"]\n' + platform("api", 'group = "g"'),
        f'{_API}depends_on = ["api"] (from [group]): ',
        "(api -> api)",
    ),
]

VARIABLES = [
    broken(
        "a variable that is not set",
        platform("api", probe='probe = "tcp"\ntarget = "${NOBODY_SET}:80"'),
        f'{_API}target = "${{NOBODY_SET}}:80": ',
        "the variable NOBODY_SET is not set",
        "${NOBODY_SET:-text}",
        "$${NOBODY_SET}",
    ),
    broken(
        "a variable for a duration that is not set",
        '[engine]\ninterval = "${NOBODY_SET}"\n' + platform("api"),
        'engine.interval = "${NOBODY_SET}": ',
        "is not set",
    ),
    broken(
        "a variable inside a list that is not set",
        platform("api", 'tags = ["a", "${NOBODY_SET}"]'),
        f'{_API}tags[2] = "${{NOBODY_SET}}": ',
        "is not set",
    ),
    broken(
        "a variable without a name",
        platform("api", 'tags = ["a${}"]'),
        f'{_API}tags[1] = "a${{}}": ',
        "names no variable",
        "$${",
    ),
    broken(
        "a variable without an end",
        platform("api", 'group = "${HOME"'),
        f'{_API}group = "${{HOME": ',
        "names no variable",
    ),
]


def window(*lines: str) -> str:
    return platform("api") + "\n".join(["[[maintenance]]", 'name = "w"', *lines, ""])


_WINDOW = 'maintenance[1] "w" '
MAINTENANCE = [
    broken(
        "a window without a name",
        platform("api") + '[[maintenance]]\ndaily = "02:00"\nfor = "1h"\n',
        "maintenance[1] .name: missing",
        'name = "backup"',
    ),
    broken(
        "a window that never begins",
        window('for = "1h"'),
        _WINDOW.strip() + ": it never begins",
        'daily = "02:00"',
    ),
    broken(
        "a breaker that is no table",
        "[defaults]\nbreaker = 3\n",
        "defaults.breaker = 3: ",
        "such as { failures = 5 }",
    ),
    broken(
        "headers that are no table",
        '[[platform]]\nname = "a"\nprobe = "http"\n'
        'target = "http://a"\nheaders = ["A"]\n',
        ".headers = ",
        'such as { Accept = "text/plain" }',
    ),
    broken(
        "a window that begins in two ways",
        window('daily = "02:00"', 'cron = "0 2 * * *"', 'for = "1h"'),
        f'{_WINDOW}.cron = "0 2 * * *": ',
        "daily stands here too: keep one of them",
    ),
    broken(
        "a window without a length",
        window('daily = "02:00"'),
        f"{_WINDOW}.for: missing",
        'for = "1h"',
    ),
    broken(
        "a window that never ends",
        window('daily = "02:00"', 'for = "24h"'),
        f'{_WINDOW}.for = "24h": ',
        "would never end",
        "shorter than 1d",
    ),
    broken(
        "a window that cron opens again before it ends",
        window('cron = "0 * * * *"', 'for = "1h"'),
        f'{_WINDOW}.for = "1h": ',
        "would never end",
        "shorter than 1h",
    ),
    broken(
        "days without a time",
        window('weekdays = ["sat"]', 'for = "1h"'),
        f"{_WINDOW}.at: missing",
        'at = "02:00"',
    ),
    broken(
        "a time without days",
        window('at = "02:00"', 'for = "1h"'),
        f'{_WINDOW}.at = "02:00": ',
        "says nothing without weekdays",
    ),
    broken(
        "a day that no week has",
        window('weekdays = ["sat", "funday"]', 'at = "02:00"', 'for = "1h"'),
        f'{_WINDOW}.weekdays[2] = "funday": ',
        "mon, tue, wed, thu, fri, sat, sun",
    ),
    broken(
        "an hour that no day has",
        window('daily = "25:00"', 'for = "1h"'),
        f'{_WINDOW}.daily = "25:00": ',
        '"02:00"',
    ),
    broken(
        "a cron line with a word too few",
        window('cron = "0 2 * *"', 'for = "1h"'),
        f'{_WINDOW}.cron = "0 2 * *": ',
        "five fields",
        '"0 2 * * 1-5"',
    ),
    broken(
        "a day that never comes",
        window('cron = "0 2 31 2 *"', 'for = "1h"'),
        f'{_WINDOW}.cron = "0 2 31 2 *": ',
        "no times that come",
    ),
    broken(
        "a zone that is nowhere",
        window('daily = "02:00"', 'for = "1h"', 'zone = "Europe/Berln"'),
        f'{_WINDOW}.zone = "Europe/Berln": ',
        'did you mean "Europe/Berlin"',
    ),
    broken(
        "a zone that would leave its directory",
        window('daily = "02:00"', 'for = "1h"', 'zone = "../../etc/passwd"'),
        f'{_WINDOW}.zone = "../../etc/passwd": ',
        "no time zone",
    ),
    broken(
        "an end before its start",
        window("start = 2030-01-02T00:00:00Z", "end = 2030-01-01T00:00:00Z"),
        f"{_WINDOW}.end = 2030-01-01T00:00:00+00:00: ",
        "not after start",
    ),
    broken(
        "a start without an end",
        window("start = 2030-01-02T00:00:00Z"),
        _WINDOW.strip() + ": it needs one end",
        'for = "1h"',
    ),
    broken(
        "an end without a start",
        window("end = 2030-01-02T00:00:00Z"),
        f"{_WINDOW}.end = ",
        "says nothing without start",
    ),
    broken(
        "a date in quotes",
        window('start = "tomorrow"', 'for = "1h"'),
        f'{_WINDOW}.start = "tomorrow": ',
        "without quotes",
        "2030-01-31T22:00:00",
    ),
    broken(
        "a year that is far away",
        window("start = 9999-12-31T23:59:59", 'for = "1h"'),
        f"{_WINDOW}.start = ",
        "from 2000 to 2200",
    ),
    broken(
        "a platform that is not there",
        window('platforms = ["apj"]', 'daily = "02:00"', 'for = "1h"'),
        f'{_WINDOW}.platforms = ["apj"]: ',
        'no platform has the name "apj"',
        'did you mean "api"',
    ),
    broken(
        "a group that is not there",
        window('groups = ["bots"]', 'daily = "02:00"', 'for = "1h"'),
        f'{_WINDOW}.groups = ["bots"]: ',
        'no platform is in the group "bots"',
    ),
    broken(
        "a list of no tags",
        window("tags = []", 'daily = "02:00"', 'for = "1h"'),
        f"{_WINDOW}.tags = []: ",
        "take the key out for all platforms",
    ),
    broken(
        "the key of a platform in a window",
        window('group = "bots"', 'daily = "02:00"', 'for = "1h"'),
        f'{_WINDOW}.group = "bots": ',
        'did you mean "groups"',
    ),
    broken(
        "single brackets around maintenance",
        '[maintenance]\nname = "w"\n',
        "maintenance: ",
        "[[maintenance]] with two brackets",
    ),
]

MEANT = [
    broken(
        "a word for a status",
        platform("api", 'expect_status = "OK"'),
        f'{_API}expect_status = "OK": ',
        "such as [200, 204]",
    ),
    broken(
        "a status in quotes",
        platform("api", 'expect_status = "200-299"'),
        f'{_API}expect_status = "200-299": ',
        'such as ["200-299"]',
    ),
    broken(
        "a percentage as people write it",
        '[load]\ndegraded_at = "80%"\n',
        'load.degraded_at = "80%": ',
        "number without quotes: 80",
    ),
    broken(
        "no target, by an example of its probe",
        platform("api", probe='probe = "redis"'),
        f"{_API}target: missing",
        'target = "127.0.0.1:6379"',
    ),
    broken(
        "a text for a command",
        platform("api", probe='probe = "command"\ncommand = "ls -l"'),
        f'{_API}command = "ls -l": ',
        'such as ["ls", "-l"]',
    ),
]

ALL = [
    *SYNTAX,
    *TABLES,
    *ENGINE,
    *LOAD,
    *PLATFORM,
    *OPTIONS,
    *GROUPED,
    *VARIABLES,
    *MAINTENANCE,
    *MEANT,
]
