"""The colours. Styles say `$state-failed` and `$quiet`, and know no colour themselves.

Every theme answers for each state with a colour (`$state-*`) and a text style
(`$style-*`): where colours are few or none, weight and reverse carry the meaning, and
the word beside it always does. `$quiet` is for what needs nobody: labels, units, age.
"""

from collections.abc import Mapping

from textual.theme import Theme

DARK = "conductor-dark"
MONOCHROME = "conductor-monochrome"
SIXTEEN = "conductor-16"

_STYLES = {
    "style-healthy": "none",
    "style-degraded": "none",
    "style-critical": "bold",
    "style-failed": "bold",
    "style-held": "bold",
    "style-unknown": "none",
}


def _variables(
    *,
    healthy: str,
    degraded: str,
    critical: str,
    failed: str,
    held: str,
    unknown: str,
    quiet: str,
    cursor: str,
    **more: str,
) -> dict[str, str]:
    return {
        "state-healthy": healthy,
        "state-degraded": degraded,
        "state-critical": critical,
        "state-failed": failed,
        "state-held": held,
        "state-unknown": unknown,
        "quiet": quiet,
        "cursor-line": cursor,
        **_STYLES,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


# What every other theme gets, Textual's own included.
DEFAULTS: Mapping[str, str] = _variables(
    healthy="#7fae8e",
    degraded="#e0b341",
    critical="#ee8f4a",
    failed="#ff6b66",
    held="#b79af0",
    unknown="#8b95a1",
    quiet="#8b95a1",
    cursor="#8b95a1 20%",
)

_DARK = Theme(
    name=DARK,
    primary="#6cb2d6",
    secondary="#6cb2d6",
    accent="#6cb2d6",
    warning="#e0b341",
    error="#ff6b66",
    success="#7fae8e",
    foreground="#d5dbe1",
    background="#0f1317",
    surface="#171d23",
    panel="#1d252c",
    variables=dict(DEFAULTS) | {"cursor-line": "#1f2a33"},
)
_LIGHT = Theme(
    name="conductor-light",
    dark=False,
    primary="#0b6a94",
    secondary="#0b6a94",
    accent="#0b6a94",
    warning="#8a5a00",
    error="#b3261e",
    success="#3d6b4b",
    foreground="#1d2329",
    background="#fafaf7",
    surface="#f0f0eb",
    panel="#e6e7e1",
    variables=_variables(
        healthy="#3d6b4b",
        degraded="#8a5a00",
        critical="#b04a00",
        failed="#b3261e",
        held="#6a3fb5",
        unknown="#5d6770",
        quiet="#5d6770",
        cursor="#dfe8ec",
    ),
)
_CONTRAST = Theme(
    name="conductor-contrast",
    primary="#00d7ff",
    secondary="#00d7ff",
    accent="#00d7ff",
    warning="#ffff00",
    error="#ff5f5f",
    success="#5fff87",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    variables=_variables(
        healthy="#5fff87",
        degraded="#ffff00",
        critical="#ffaf00",
        failed="#ff7070",
        held="#d7afff",
        unknown="#d0d0d0",
        quiet="#d0d0d0",
        cursor="#303030",
        style_failed="bold reverse",
        style_degraded="bold",
    ),
)
# Okabe and Ito, "Color Universal Design" (2008): apart for every kind of colour vision.
_COLOUR_BLIND = Theme(
    name="conductor-colour-blind",
    primary="#56b4e9",
    secondary="#56b4e9",
    accent="#56b4e9",
    warning="#f0e442",
    error="#d55e00",
    success="#009e73",
    foreground="#e4e4e4",
    background="#101418",
    surface="#181d22",
    panel="#1e252b",
    variables=_variables(
        healthy="#00b384",
        degraded="#f0e442",
        critical="#e69f00",
        failed="#f0742a",
        held="#cc79a7",
        unknown="#999999",
        quiet="#9aa3ab",
        cursor="#223039",
        style_failed="bold reverse",
    ),
)
_ANSI_VARIABLES = {
    "ansi_background": "ansi_default",
    "ansi_foreground": "ansi_default",
    "block_cursor_foreground": "ansi_default",
    "block_cursor_background": "ansi_default",
    "block_cursor_text_style": "reverse",
    "input_cursor_text_style": "reverse",
    "border_blurred": "ansi_default",
}
# The terminal's own sixteen colours, on its own background: right on light and dark.
_SIXTEEN = Theme(
    name=SIXTEEN,
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables=_variables(
        healthy="ansi_green",
        degraded="ansi_yellow",
        critical="ansi_yellow",
        failed="ansi_red",
        held="ansi_magenta",
        unknown="ansi_default",
        quiet="ansi_default",
        cursor="ansi_default",
        style_failed="bold reverse",
        style_unknown="dim",
        **_ANSI_VARIABLES,
    ),
)
_MONOCHROME = Theme(
    name=MONOCHROME,
    ansi=True,
    primary="ansi_default",
    secondary="ansi_default",
    accent="ansi_default",
    warning="ansi_default",
    error="ansi_default",
    success="ansi_default",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables=_variables(
        **dict.fromkeys(
            ("healthy", "degraded", "critical", "failed", "held", "unknown", "quiet"),
            "ansi_default",
        ),
        cursor="ansi_default",
        style_degraded="underline",
        style_critical="bold",
        style_failed="bold reverse",
        style_held="bold underline",
        style_unknown="dim",
        border="ansi_default",
        scrollbar="ansi_default",
        scrollbar_hover="ansi_default",
        scrollbar_active="ansi_default",
        scrollbar_background="ansi_default",
        **_ANSI_VARIABLES,
    ),
)

THEMES = (_DARK, _LIGHT, _CONTRAST, _COLOUR_BLIND, _SIXTEEN, _MONOCHROME)


def first_theme(*, no_color: bool, colors: int) -> str:
    """Return the theme to start with, from what the terminal can show.

    `colors` is how many the terminal has; below 256 ours would all be rounded to
    the same few, so its own sixteen are used as they are.
    """
    if no_color or colors < 16:
        return MONOCHROME
    return DARK if colors >= 256 else SIXTEEN
