"""Plug-ins, for people and their programs.

GET  /v1/plugins              all that are there
GET  /v1/plugins/NAME         one, with its limits and the newest lines of its log
POST /v1/plugins/NAME/enable  ... disable | reload
"""

import difflib
from http import HTTPStatus
from urllib.parse import unquote

from conductor_tui.adapters.api.asking import ProblemError, let_in, only
from conductor_tui.adapters.api.commands import obey, read_body
from conductor_tui.adapters.api.door import Door
from conductor_tui.adapters.api.exchange import Answer, Ask, as_json
from conductor_tui.adapters.wire.plugins import plugin_document, plugin_whole
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginView
from conductor_tui.domain.snapshot import Snapshot
from conductor_tui.domain.text import visible

LIST, PLACE = "/v1/plugins", "/v1/plugins/"
VERBS = {"enable": "enable", "disable": "disable", "reload": "reload plugin"}


async def answer(ask: Ask, door: Door) -> Answer:
    try:
        snapshot = let_in(ask, door).latest()
        name, _, wanted = ask.path.removeprefix(LIST).removeprefix("/").partition("/")
        if wanted:
            return await _command(ask, door, unquote(name), wanted)
        only(ask, "GET")
        if ask.path == LIST:
            every = snapshot.plugins.in_order()
            shown = [plugin_document(one, snapshot) for one in every]
            return as_json(200, {"plugins": shown})
        view = known(snapshot, unquote(name))
        return as_json(200, plugin_whole(view, snapshot))
    except ProblemError as problem:
        return problem.as_answer()


def known(snapshot: Snapshot, name: str) -> PluginView:
    """Return the plug-in of that name. Raises ProblemError 404."""
    view = snapshot.plugins.get(PluginName(name))
    if view is None:
        words = f"no plug-in is called {visible(name)!r}"
        near = difflib.get_close_matches(name, list(snapshot.plugins), 1)
        hint = f": did you mean {near[0]!r}?" if near else ""
        raise ProblemError(404, f"{words}{hint}")
    return view


async def _command(ask: Ask, door: Door, name: str, wanted: str) -> Answer:
    verb = VERBS.get(wanted)
    if verb is None:
        words = f"{visible(wanted, 40)!r} cannot be asked for here"
        raise ProblemError(404, f"{words}: {', '.join(VERBS)}")
    only(ask, "POST")
    said = read_body(ask)
    for key in ("command", "plugin"):
        if key in said:
            raise ProblemError(422, f"{key!r} stands in the address already")
    asked = {**said, "command": verb, "plugin": name}
    session = let_in(ask, door)
    try:
        return await obey(ask, session, asked)
    except ProblemError as problem:
        if problem.status == HTTPStatus.CONFLICT:  # the engine has looked for it
            known(session.latest(), name)
        raise
