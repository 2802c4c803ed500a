"""A process's name and arguments in, the program's name out."""

import pytest

from conductor_tui.adapters.discovery.names import MAX_NAME, program_name, tidy


@pytest.mark.parametrize(
    ("process", "cmdline", "name"),
    [
        pytest.param("redis-server", "", "redis-server", id="a program by itself"),
        pytest.param("python3", "python3 -m http.server 8000", "http.server", id="-m"),
        pytest.param(
            "python3.12",
            "/venv/bin/python3.12 -X dev -u -m uvicorn app:app",
            "uvicorn",
            id="a module after options that take a value",
        ),
        pytest.param("python3", "python3 /opt/bridge.py", "bridge", id="a script"),
        pytest.param(
            "python3",
            "python3 /srv/android-bridge/src/main.py --port 1",
            "android-bridge",
            id="a script whose name says nothing is known by its folder",
        ),
        pytest.param(
            "python3", "python3 /app/main.py", "main", id="nothing tells more"
        ),
        pytest.param("python3", "python3 main.py", "main", id="no folder at all"),
        pytest.param("python3", "python3 -c pass", "python", id="code on the line"),
        pytest.param("python3.11", "", "python", id="arguments that may not be read"),
        pytest.param("python3", "python3", "python", id="no arguments"),
        pytest.param("python3", "python3 -m", "python", id="-m and nothing behind it"),
        pytest.param("node", "node --require x server/push.js", "push", id="node"),
        pytest.param("node", "node /srv/shop/dist/index.js", "shop", id="node, built"),
        pytest.param("deno", "deno run --allow-net api.ts", "api", id="a subcommand"),
        pytest.param(
            "java", "java -Xmx1g -jar /opt/app-1.2.3.jar", "app", id="jar, no version"
        ),
        pytest.param(
            "java",
            "java -cp a:b -Dx=y org.apache.kafka.Kafka cfg",
            "Kafka",
            id="a Java class",
        ),
    ],
)
def test_the_program_is_what_runs(process: str, cmdline: str, name: str) -> None:
    assert program_name(process, tuple(cmdline.split())) == name


@pytest.mark.parametrize(
    ("process", "argument", "name"),
    [
        ("ruby", "puma 6.4.2 (tcp://0.0.0.0:3000) [app]", "puma"),
        ("gunicorn: master [app]", "gunicorn: master [app]", "gunicorn"),
        ("next-server (v14.2.3)", "next-server (v14.2.3)", "next-server"),
        ("python3", "/venv/bin/celery: worker", "celery"),
    ],
)
def test_a_title_that_a_program_gave_itself_is_cut_to_its_name(
    process: str, argument: str, name: str
) -> None:
    assert program_name(process, (argument, "", "")) == name


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        pytest.param("a\x1b]0;pwned\x07b", "a\\x1b]0;pwned\\x07b", id="ESC"),
        pytest.param("two\nlines", "two\\nlines", id="a newline"),
        pytest.param("[red]x[/]", "[red]x[/]", id="markup is text"),
        pytest.param("Web Content", "Web-Content", id="a space"),
        pytest.param("\udcff", "\\udcff", id="a byte that is not UTF-8"),
        pytest.param("x" * 99, "x" * (MAX_NAME - 1) + "…", id="too long"),
    ],
)
def test_a_hostile_name_becomes_one_printable_word(hostile: str, shown: str) -> None:
    assert tidy(hostile) == shown
