"""What a conductor says to whoever listens (GET /v1/stream), object by object."""

import http.client
import json
from collections.abc import Generator

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document
from conductor_tui.domain.errors import AskRefused, NobodyListens
from conductor_tui.domain.text import one_line

SILENT_S = 10.0  # it says at least every three seconds that it is there
_MOST_REFUSAL = 64 * 1024


def heard(to: Client) -> Generator[Document, None, None]:
    """Yield the objects of adapters/wire/frames.py: a snapshot in parts, then events;
    another snapshot where we have fallen behind.

    Raises AskRefused, and NobodyListens once it is not heard any more.
    """
    to.ask("GET", "/v1/hello", key="protocol")  # it has words where nobody answers
    connection = to.connection(SILENT_S)
    try:
        connection.request("GET", "/v1/stream", headers=to.rights())
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise AskRefused(_words_of(answer), answer.status)
        for line in answer:
            said = json.loads(line)
            if not isinstance(said, dict):
                raise ValueError("that is no stream of a conductor")
            yield said
    except TimeoutError as error:
        words = f"{to.via}: silent for {SILENT_S:g} s"
        raise NobodyListens(words) from error
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        words = f"{to.via}: not heard any more: {one_line(str(error), 200)}"
        raise NobodyListens(words) from error
    finally:
        connection.close()
    raise NobodyListens(f"{to.via}: it has closed the connection")


def _words_of(answer: http.client.HTTPResponse) -> str:
    try:
        said = json.loads(answer.read(_MOST_REFUSAL))
        return one_line(str(said["detail"]), 400)
    except (ValueError, KeyError, TypeError, RecursionError):
        return one_line(f"{answer.status} {answer.reason}", 400)
