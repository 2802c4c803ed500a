"""Why a mail was not taken, in words, and whether it ever will be.

Nothing is imported here that a conductor without mail need not load: what is looked at
is what aiosmtplib's errors carry.
"""

import os
import ssl
from collections.abc import Mapping
from typing import TypeAlias

from conductor_tui.domain.errors import DeliveryFailed

Reply: TypeAlias = tuple[int, str]
_LOGIN_REFUSED = frozenset({530, 534, 535, 538})
# RFC 5321 section 4.2.1: 4yz may be taken another time, 5yz will not. Before a mail
# was begun, 5yz is about the server and not about the mail: that passes too.
_ABOUT_THE_MAIL = frozenset(
    {"SMTPDataError", "SMTPSenderRefused", "SMTPAuthenticationError"}
)


def failed(error: Exception, host: str, port: int) -> DeliveryFailed:
    """Return what to raise for an error of aiosmtplib, or of the system."""
    where = f"{host}, port {port}"
    recipients = getattr(error, "recipients", None)
    if recipients is not None:
        return refused({one.recipient: (one.code, one.message) for one in recipients})
    code = getattr(error, "code", None)
    if isinstance(code, int):
        words = _reply((code, str(getattr(error, "message", ""))))
        if code in _LOGIN_REFUSED:
            words = f"the login is refused: correct user or password ({words})"
        is_final = code >= 500 and type(error).__name__ in _ABOUT_THE_MAIL
        return DeliveryFailed(f"{where}: {words}", is_final=is_final)
    return DeliveryFailed(f"{where}: {_trouble(error)}")


def refused(recipients: Mapping[str, Reply]) -> DeliveryFailed:
    """Return what to raise for those who were refused; the others have their mail."""
    words = ", ".join(f"{who}: {_reply(why)}" for who, why in recipients.items())
    is_final = all(code >= 500 for code, _ in recipients.values())
    return DeliveryFailed(f"not taken for {words}", is_final=is_final)


def _reply(reply: Reply) -> str:
    code, said = reply
    return f"{code} {said}" if said else f"reply {code}"


def _trouble(error: BaseException) -> str:
    """Return the words of the system's own error, where there is one behind it."""
    cause = error.__cause__
    if isinstance(cause, OSError):
        error = cause
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()  # asyncio's own words are no better
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    words = str(error) or type(error).__name__
    if "STARTTLS" in words and "not supported" in words:
        return 'it does not offer STARTTLS: write tls = "implicit", or "none"'
    return words
