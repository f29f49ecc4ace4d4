"""
chain - what a server may show, and TLSA records of it

A Chain is named by its kind, which is what is wrong with it; all are made by
one CA, but for the self-signed one and the strangers, which no server shows.
"""
import datetime
import hashlib
import ssl
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)

# The names of all servers, and one that none has.
NAMES = ["*.signed.test", "*.plain.test"]
NO_NAMES = ["elsewhere.example"]

# The usages of TLSA records.                                      RFC 7218
PKIX_TA, PKIX_EE, DANE_TA, DANE_EE = range(4)


class Signed(NamedTuple):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: object

    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self):
        return self.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def association(self, selector, matching):
        """The data of a TLSA record for it."""
        if selector == 0:
            data = self.certificate.public_bytes(Encoding.DER)
        else:
            data = self.key.public_key().public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if matching == 0:
            return data
        return {1: hashlib.sha256, 2: hashlib.sha512}[matching](data).digest()


def p256():
    return ec.generate_private_key(ec.SECP256R1())


def sign(common_name, issuer=None, names=(), until=DAY * 365, generate=p256,
         digest=hashes.SHA256()):
    """A certificate of the issuer; a CA, or self-signed, if there is none."""
    key = generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject if issuer else subject,
        subject_name=subject, public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW - 30 * DAY, not_valid_after=NOW + until,
    ).add_extension(
        x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]),
            critical=False)
    return Signed(
        builder.sign(issuer.key if issuer else key, digest), key)


class Chain(NamedTuple):
    """What a server shows: its own certificate, and perhaps the CA's."""

    leaf: Signed
    ca: Signed
    shown: list

    def association(self, usage, selector, matching):
        """The data of a TLSA record for its CA, or for itself."""
        signed = self.ca if usage in (PKIX_TA, DANE_TA) else self.leaf
        return signed.association(selector, matching)

    def context(self, directory):
        """For a server."""
        path = directory / "chain.pem"
        path.write_bytes(b"".join(
            [self.leaf.key_pem(), *(s.pem() for s in self.shown)]))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        path.unlink()
        return context


# Keys and digests of other kinds: how a CA and its servers sign.
OTHERS = {
    "rsa": (lambda: rsa.generate_private_key(65537, 2048), hashes.SHA256()),
    "sha384": (lambda: ec.generate_private_key(ec.SECP384R1()), hashes.SHA384()),
    "sha512": (p256, hashes.SHA512()),
    "sha224": (p256, hashes.SHA224()),
    "ed25519": (ed25519.Ed25519PrivateKey.generate, None),
}


def other(kind):
    """A chain with nothing wrong."""
    generate, digest = OTHERS[kind]
    how = {"generate": generate, "digest": digest}
    ca = sign(f"the CA for {kind}", **how)
    leaf = sign(kind, ca, NAMES, **how)
    return Chain(leaf, ca, [leaf, ca])


def chains():
    """All kinds, by name."""
    ca = sign("the CA")
    right = sign("right", ca, NAMES)
    expired = sign("expired", ca, NAMES, until=-DAY)
    misnamed = sign("misnamed", ca, NO_NAMES)
    nexthop = sign("nexthop", ca, ["nexthop.signed.test", "end-nexthop.signed.test"])
    selfsigned = sign("selfsigned", None, NAMES)
    stranger_ca = sign("another CA")
    stranger = sign("stranger", stranger_ca, NAMES)
    return {
        "right": Chain(right, ca, [right, ca]),
        "expired": Chain(expired, ca, [expired, ca]),
        "misnamed": Chain(misnamed, ca, [misnamed, ca]),
        # Its own issuer.
        "selfsigned": Chain(selfsigned, selfsigned, [selfsigned]),
        # The CA is not shown.
        "bare": Chain(right, ca, [right]),
        # For one server, and for one domain that mail is sent to.
        "nexthop": Chain(nexthop, ca, [nexthop, ca]),
        "stranger": Chain(stranger, stranger_ca, [stranger, stranger_ca]),
        **{kind: other(kind) for kind in OTHERS},
    }
