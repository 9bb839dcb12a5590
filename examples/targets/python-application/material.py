"""What the suite and this server have to agree on besides the protocol: a certificate, and keys for tokens.

`examples/targets/set-up python-application` makes them in `.build/material`, anew on each machine.
"""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def certificate(name, key, issuer, issuer_key, extensions):
    today = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=3650))
    )
    for extension in extensions:
        made = made.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return made.sign(issuer_key, SHA256()).public_bytes(Encoding.PEM)


def named(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def tls(folder):
    """An authority, and a certificate of it for this machine."""
    ours, theirs = named("Authority of the examples"), named("localhost")
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    whole = [x509.BasicConstraints(ca=True, path_length=None)]
    here = [x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])]
    (folder / "authority.pem").write_bytes(certificate(ours, authority, ours, authority, whole))
    (folder / "server.pem").write_bytes(certificate(theirs, server, ours, authority, here))
    private = server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.key").write_bytes(private)


def text(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def rsa_key(name):
    """A new RSA key as a JSON Web Key (RFC 7518 §6.3), whole."""
    numbers = rsa.generate_private_key(public_exponent=65_537, key_size=2048).private_numbers()
    parts = {"n": numbers.public_numbers.n, "e": numbers.public_numbers.e, "d": numbers.d, "p": numbers.p,
             "q": numbers.q, "dp": numbers.dmp1, "dq": numbers.dmq1, "qi": numbers.iqmp}
    texts = {part: text(value.to_bytes((value.bit_length() + 7) // 8)) for part, value in parts.items()}
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": name, **texts}


def ec_key(name):
    """A new key on P-256 (RFC 7518 §6.2): its numbers have 32 octets each."""
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    parts = {"x": numbers.public_numbers.x, "y": numbers.public_numbers.y, "d": numbers.private_value}
    texts = {part: text(value.to_bytes(32)) for part, value in parts.items()}
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": name, **texts}


def ed_key(name):
    """A new key on Ed25519 (RFC 8037)."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    parts = {"x": text(public), "d": text(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()))}
    return {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": name, **parts}


def key_sets(folder):
    """The private keys that the suite signs with, one file an algorithm, and the public ones that the server reads."""
    public = []
    for end, keys in (("", [rsa_key("suite-1"), rsa_key("suite-2")]), ("-es256", [ec_key("suite-ec")]),
                      ("-eddsa", [ed_key("suite-ed")])):
        (folder / f"private{end}.json").write_text(json.dumps({"keys": keys}))
        shown = ("kty", "crv", "alg", "use", "kid", "n", "e", "x", "y")
        public += [{part: key[part] for part in shown if part in key} for key in keys]
    (folder / "public.json").write_text(json.dumps({"keys": public}))


if __name__ == "__main__":
    made = Path(sys.argv[1])
    made.mkdir(parents=True, exist_ok=True)
    tls(made)
    key_sets(made)
