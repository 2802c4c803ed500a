"""Whom to trust in TLS: the system's authorities, those of a file, or anybody."""

import ssl

from conductor_tui.domain.text import visible


def client_context(*, verify: bool, ca_file: str = "") -> ssl.SSLContext:
    """Return a new context for a client. Reading the authorities takes up to 20 ms.

    `ca_file` (PEM) replaces the system's authorities, which SSL_CERT_FILE may name
    too. Raises ValueError in words where it cannot be used.
    """
    context = _trusting(ca_file) if ca_file else ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trusting(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except ssl.SSLError:
        why = "there is no certificate in PEM in it"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    except ValueError as error:
        why = str(error)
    raise ValueError(f"ca_file {visible(ca_file)!r} cannot be used: {why}")
