"""Signatures of tokens: one secret, or the public keys of a file that may change (docs/protocol.md §2)."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from messages import Refusal, decode


def octets(text):
    """Base64url without padding, or ValueError."""
    if not text or "=" in text:
        raise ValueError("not base64url without padding")
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return base64.b64decode(padded, validate=True)


class Secret:
    """HS256."""

    def __init__(self, secret):
        self.secret = secret.encode()

    def good(self, head, signed, signature):
        """Whether the signature is one of ours; the header names the algorithm already."""
        return bool(self.secret) and hmac.compare_digest(hmac.digest(self.secret, signed, hashlib.sha256), signature)


class KeySet:
    """The keys of a JWKS for one algorithm, read again when the file is another."""

    def __init__(self, path, algorithm):
        self.path, self.algorithm = path, algorithm
        self.seen, self.keys = None, []

    def good(self, head, signed, signature):
        """A token that names a key is held against that one alone."""
        self._look()
        name = head.get("kid")
        chosen = [key for known, key in self.keys if name is None or known == name]
        return any(self._verifies(key, signed, signature) for key in chosen)

    def _look(self):
        file = os.stat(self.path)
        now = (file.st_ino, file.st_mtime_ns, file.st_size)
        if now != self.seen:
            with open(self.path, encoding="utf-8") as text:
                listed = decode(text.read())["keys"]
            read = [(key.get("kid"), public_key(key, self.algorithm)) for key in listed]
            self.seen, self.keys = now, [(name, key) for name, key in read if key is not None]

    def _verifies(self, key, signed, signature):
        try:
            if self.algorithm == "RS256":
                key.verify(signature, signed, padding.PKCS1v15(), SHA256())
            elif self.algorithm == "ES256":
                if len(signature) != 64:
                    return False
                r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
                key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
            else:
                key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


def public_key(key, algorithm):
    """A JSON Web Key (RFC 7517, RFC 7518 §6), or None when it is for something else."""

    def number(name):
        return int.from_bytes(octets(key[name]))

    try:
        match algorithm, key.get("kty"), key.get("crv"):
            case "RS256", "RSA", _:
                return rsa.RSAPublicNumbers(number("e"), number("n")).public_key()
            case "ES256", "EC", "P-256":
                return ec.EllipticCurvePublicNumbers(number("x"), number("y"), ec.SECP256R1()).public_key()
            case "EdDSA", "OKP", "Ed25519":
                return ed25519.Ed25519PublicKey.from_public_bytes(octets(key["x"]))
    except (KeyError, ValueError):
        pass
    return None


def of(settings):
    """What the configured algorithm is verified with."""
    if settings.algorithm == "HS256":
        return Secret(settings.hs256_secret)
    return KeySet(settings.jwks, settings.algorithm)
