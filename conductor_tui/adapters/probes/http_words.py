"""What goes wrong on the way to a web server, in a few words."""

import socket
import ssl

from conductor_tui.adapters.probes.address import network_words
from conductor_tui.domain.text import one_line

# X509_V_ERR_* of OpenSSL's x509_vfy.h, where its own words are long or puzzling
_CERTIFICATE_WORDS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed",
    19: "is signed by an unknown authority",
    20: "is signed by an unknown authority",
    21: "is signed by an unknown authority",
    23: "was revoked",
    62: "is for another host name",
    64: "is for another IP address",
}
NOT_TLS = "does not speak TLS"
_NO_COMMON_VERSION = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"})
# OpenSSL's reasons for bytes that are no TLS record; which one depends on the bytes
_NOT_TLS = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)


def open_words(error: OSError, host: str, *, is_tls: bool) -> str:
    """Return why no connection could be opened: "connection refused"."""
    if isinstance(error, ssl.SSLError):
        return _web_words(error)
    if is_tls and isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return "closed during the TLS handshake"
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME:
        return f"cannot resolve {host!r}"
    return network_words(error, host)


def lost_words(error: Exception | None) -> str:
    """Return how an open connection was lost; empty for a plain end."""
    match error:
        case None:
            return ""
        case ssl.SSLError():
            return _web_words(error)
        case OSError():
            return network_words(error)
        case _:
            return one_line(str(error) or type(error).__name__)


def _web_words(error: ssl.SSLError) -> str:
    words = tls_words(error)
    return f"{words}: http:// instead of https://?" if words == NOT_TLS else words


def tls_words(error: ssl.SSLError) -> str:
    """Return why there is no TLS: "the TLS certificate has expired"."""
    if isinstance(error, ssl.SSLCertVerificationError):
        otherwise = f"is refused: {error.verify_message}"
        words = _CERTIFICATE_WORDS.get(error.verify_code, otherwise)
        return one_line(f"the TLS certificate {words}")
    if isinstance(error, ssl.SSLEOFError):
        return "closed during the TLS handshake"
    if error.reason in _NOT_TLS:
        return NOT_TLS
    if error.reason in _NO_COMMON_VERSION:
        return "no TLS version in common: we speak 1.2 and newer"
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return one_line(f"TLS failed: {reason}")
