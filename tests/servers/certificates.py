"""Certificates for the TLS tests, made on the spot by an authority of our own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: the certificate, and its key."""

    chain: Path
    key: Path


class Authority:
    """Signs certificates. `chain` is its own, for SSL_CERT_FILE."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("conductor-tui test authority")
        self.chain = folder / "authority.pem"
        self.chain.write_bytes(_pem(self._sign_itself()))

    def issue(
        self,
        *names: str,
        expired: bool = False,
        self_signed: bool = False,
        starts_in: timedelta = -_DAY,
        life: timedelta = 90 * _DAY,
    ) -> Certificate:
        """Make a certificate for host names and addresses; the first is its subject.

        `expired`: five days ago, after a life of five.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        signer = key if self_signed else self._key
        if expired:
            starts_in, life = -10 * _DAY, 5 * _DAY
        start = datetime.now(UTC) + starts_in
        builder = (
            _builder(names[0], key)
            .issuer_name(_named(names[0]) if self_signed else self._name)
            .not_valid_before(start)
            .not_valid_after(start + life)
            .add_extension(_alternatives(names), critical=False)
            .add_extension(_identifier(signer), critical=False)
        )
        return self._written(builder.sign(signer, hashes.SHA256()), key)

    def _sign_itself(self) -> x509.Certificate:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment"), False
        ) | dict.fromkeys(("data_encipherment", "key_agreement"), False)
        key_usage = x509.KeyUsage(
            **usage,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        start = datetime.now(UTC) - _DAY
        return (
            _builder("conductor-tui test authority", self._key)
            .issuer_name(self._name)
            .not_valid_before(start)
            .not_valid_after(start + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage, critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def _written(
        self, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> Certificate:
        chain = self._folder / f"{signed.serial_number}.pem"
        chain.write_bytes(_pem(signed))
        secret = chain.with_suffix(".key")
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return Certificate(chain, secret)


def _builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public), critical=False
        )
    )


def _identifier(signer: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternatives(names: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            x509.IPAddress(ip_address(name))
            if name[-1].isdigit()
            else x509.DNSName(name)
            for name in names
        ]
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
