"""`conductor-tui alerts`: what is wrong, who was told, and who said "I know"."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from conductor_tui.cli.alert_lines import all_lines, open_lines
from conductor_tui.cli.alert_test import test
from conductor_tui.cli.asking import Document, client, via_options
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import echo_json
from conductor_tui.domain.errors import JournalFailed, NobodyListens


@click.group(invoke_without_command=True)
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also silences, channels, the outbox, recoveries and what is over.",
)
@via_options
@click.pass_context
def alerts(
    context: click.Context,
    config: str | None,
    as_json: bool,
    everything: bool,
    via: str,
    token_file: Path | None,
) -> int:
    """Print the alerts that are open.

    They are those of the conductor-tui that runs. Where none does, they are read from
    its journal, as they were when it stopped.

    \b
    Exit status: 0 nothing worse than INFO is open, 1 a warning, 2 something critical,
    3 nobody to ask and no journal. One that is acknowledged is still open.

    \b
    Examples:
      conductor-tui alerts
      conductor-tui alerts --json | jq '.open[] | select(.ack == null) | .key'
      conductor-tui alerts test ops             is the channel "ops" well?
    """
    if context.invoked_subcommand is not None:
        return ExitCode.OK
    try:
        document = _known(config, via, token_file)
    except (NobodyListens, JournalFailed) as error:
        click.echo(f"conductor-tui: {error}", err=True)
        return ExitCode.UNKNOWN
    if as_json:
        echo_json(document)
    else:
        now = datetime.now(UTC)
        shown = all_lines if everything else open_lines
        for line in shown(document, now):
            click.echo(line)
    return exit_code(document)


alerts.add_command(test)


def exit_code(document: Document) -> ExitCode:
    """Return the Nagios code of the worst alert that is open."""
    severities = {alert["severity"] for alert in document["open"]}
    if "CRITICAL" in severities:
        return ExitCode.FAILED
    return ExitCode.DEGRADED if "WARNING" in severities else ExitCode.OK


def _known(config: str | None, via: str, token_file: Path | None) -> Document:
    """Return what GET /v1/alerts gives; `live` is false when it is from the journal.

    Raises NobodyListens, JournalFailed and AskRefused.
    """
    to = client(via, token_file)
    try:
        return {"live": True, **to.ask("GET", "/v1/alerts", key="open")}
    except NobodyListens as error:
        if via:
            raise
        return _kept(config, error, to.via)


def _kept(config: str | None, silence: NobodyListens, via: str) -> Document:
    from conductor_tui.adapters.journal.alerts import read_kept
    from conductor_tui.adapters.journal.places import usual_path
    from conductor_tui.adapters.wire.alerts import alert_parts
    from conductor_tui.domain.alert_events import AlertsRestored
    from conductor_tui.domain.alert_fold import AlertsView, apply_alerts

    given = read_settings(config).journal.path
    path = usual_path(os.environ) if given is None else Path(given)
    try:
        kept = read_kept(path)
    except JournalFailed as error:
        raise JournalFailed(f"{silence}\nconductor-tui: {error}") from error
    click.echo(
        f"conductor-tui: nobody answers at {via}: this is how it stood in {path}",
        err=True,
    )
    restored = AlertsRestored(
        alerts=kept.alerts,
        silences=kept.silences,
        deliveries=kept.deliveries,
        recoveries=kept.recoveries,
        trouble=kept.words,
    )
    parts = alert_parts(apply_alerts(AlertsView(), restored))
    head = {"live": False, "host": None, "at": None, "trouble": kept.words}
    return {**head, **{key: list(documents) for key, documents in parts}}
