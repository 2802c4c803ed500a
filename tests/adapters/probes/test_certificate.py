"""What is read out of a certificate, and out of bytes that are none."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from conductor_tui.adapters.probes.certificate import Certificate, read_certificate
from tests.servers.certificates import Authority

_KEY = ec.generate_private_key(ec.SECP256R1())
_DAY = timedelta(days=1)
_START = datetime(2029, 10, 14, 12, tzinfo=UTC)


def _der(
    *issuer: x509.NameAttribute[str],
    starts: datetime = _START,
    ends: datetime = _START + 90 * _DAY,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name(issuer))
        .public_key(_KEY.public_key())
        .serial_number(1 << 150)
        .not_valid_before(starts)
        .not_valid_after(ends)
    )
    return builder.sign(_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


_SOUND = _der(x509.NameAttribute(NameOID.COMMON_NAME, "R11"))


def _lasting(life: timedelta) -> Certificate:
    return Certificate(starts=_START, ends=_START + life, subject="", issuer="")


@given(
    st.integers(0, 365 * 7_000),
    st.integers(0, 300_000),
    st.integers(0, 86_399),
)
def test_the_first_and_the_last_moment_are_those_that_were_signed(
    first: int, days: int, second: int
) -> None:
    start = datetime(1951, 1, 1, tzinfo=UTC) + first * _DAY
    start += timedelta(seconds=second)
    read = read_certificate(_der(starts=start, ends=start + days * _DAY))

    assert (read.starts, read.ends) == (start, start + days * _DAY)


@pytest.mark.parametrize(
    ("issuer", "shown"),
    [
        ([], ""),
        ([(NameOID.COMMON_NAME, "R11")], "R11"),
        ([(NameOID.ORGANIZATION_NAME, "Acme")], "Acme"),
        (
            [
                (NameOID.ORGANIZATION_NAME, "Let's Encrypt"),
                (NameOID.COMMON_NAME, "R11"),
            ],
            "R11 (Let's Encrypt)",
        ),
        (
            [(NameOID.ORGANIZATION_NAME, "Acme"), (NameOID.COMMON_NAME, "Acme CA")],
            "Acme CA",
        ),
        ([(NameOID.COMMON_NAME, "bü\x1b[31m")], "bü\\x1b[31m"),
        ([(NameOID.COMMON_NAME, "x" * 64)], "x" * 64),
    ],
)
def test_an_issuer_is_named_for_people(
    issuer: list[tuple[x509.ObjectIdentifier, str]], shown: str
) -> None:
    names = [x509.NameAttribute(kind, text) for kind, text in issuer]

    assert read_certificate(_der(*names)).issuer == shown


def test_an_old_kind_of_text_in_a_name_is_read() -> None:
    name = x509.NameAttribute(NameOID.COMMON_NAME, "Bär", _ASN1Type.BMPString)

    assert read_certificate(_der(name)).issuer == "Bär"


def test_a_certificate_of_the_test_servers_names_itself(tmp_path: Path) -> None:
    chain = Authority(tmp_path).issue("example.org").chain.read_bytes()
    der = x509.load_pem_x509_certificate(chain).public_bytes(Encoding.DER)

    assert read_certificate(der).subject == "example.org"


@given(st.binary(max_size=300))
def test_bytes_that_are_no_certificate_raise_nothing_but_value_errors(
    some: bytes,
) -> None:
    for der in (some, b"\x30\x82\x01\x00" + some):
        with pytest.raises(ValueError, match=r"DER|certificate"):
            read_certificate(der)


@given(st.data())
def test_a_damaged_certificate_raises_nothing_but_value_errors(
    data: st.DataObject,
) -> None:
    der = bytearray(_SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, 120))] = data.draw(st.integers(0, 255))
    cut = bytes(der[: data.draw(st.integers(0, len(der)))])
    with suppress(ValueError):
        assert isinstance(read_certificate(cut), Certificate)


@pytest.mark.parametrize(
    ("life", "days", "before_the_end"),
    [
        pytest.param(90 * _DAY, None, 14 * _DAY, id="as usual"),
        pytest.param(397 * _DAY, None, 14 * _DAY, id="a long life"),
        pytest.param(6 * _DAY, None, _DAY, id="six days"),
        pytest.param(_DAY, None, timedelta(hours=4), id="one day"),
        pytest.param(6 * _DAY, 14, 14 * _DAY, id="as asked for"),
        pytest.param(90 * _DAY, 0, timedelta(), id="at the end"),
    ],
)
def test_the_time_to_warn_depends_on_the_life(
    life: timedelta, days: int | None, before_the_end: timedelta
) -> None:
    certificate = _lasting(life)

    assert certificate.ends - certificate.warns_at(days) == before_the_end


@pytest.mark.parametrize("days", [None, 0, 3650])
@pytest.mark.parametrize(("starts", "ends"), [(1, 1), (9999, 1), (1, 9999)])
def test_a_certificate_out_of_time_has_a_time_to_warn_all_the_same(
    starts: int, ends: int, days: int | None
) -> None:
    odd = Certificate(
        starts=datetime(starts, 1, 1, tzinfo=UTC),
        ends=datetime(ends, 1, 1, tzinfo=UTC),
        subject="",
        issuer="",
    )
    assert odd.warns_at(days) <= odd.ends


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (9.9 * _DAY, "expires in 9 d (2030-01-12)"),
        (timedelta(hours=47.9), "expires in 47 h (2030-01-12)"),
        (timedelta(minutes=90), "expires in 90 min (2030-01-12)"),
        (timedelta(), "expires in 0 min (2030-01-12)"),
        (-timedelta(hours=5), "expired 5 h ago (2030-01-12)"),
        (-5 * _DAY, "expired 5 d ago (2030-01-12)"),
    ],
)
def test_the_end_is_told_with_the_time_left(left: timedelta, words: str) -> None:
    certificate = _lasting(90 * _DAY)

    assert certificate.expiry(certificate.ends - left) == words
