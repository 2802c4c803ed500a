"""How a command is refused: raised where it shows, answered by control."""


class Refused(Exception):
    """Why a command is not carried out, in words. Never leaves the engine."""
