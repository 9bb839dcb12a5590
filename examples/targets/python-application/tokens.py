"""Tokens: JWT of one algorithm, and what their scopes allow (docs/protocol.md §2)."""

import time
from dataclasses import dataclass

import keys
from keys import octets
from messages import Refusal, decode


@dataclass(frozen=True)
class Token:
    user: str
    expires: float
    scopes: frozenset | None  # None: it has neither claim

    def allows(self, scope):
        """*Here*: a token with neither claim has queries, commands and every database, one with either what it lists."""
        if self.scopes is None:
            return scope in ("query", "command") or scope.startswith("db:")
        return scope in self.scopes or (scope.startswith("db:") and "db:*" in self.scopes)

    def need(self, scope):
        if not self.allows(scope):
            raise Refusal(
                "FORBIDDEN", f"The token does not allow this: it has not the scope {scope}.", {"scope": scope}
            )


class Tokens:
    def __init__(self, settings):
        self.settings = settings
        self.required = bool(settings.tokens_required)
        self.keys = keys.of(settings)

    def of(self, request):
        """The token that a request carries, unread; two that differ are AUTH_FAILED, an empty one is none."""
        found = [request.query.get("token", "")]
        for value in request.values("authorization"):
            scheme, _, text = value.partition(" ")
            found.append(text.strip() if scheme.lower() == "bearer" else "")
        found += [name[len("bearer.") :] for name in request.protocols() if name.startswith("bearer.")]
        given = {text for text in found if text}
        if len(given) > 1:
            raise failed("Two tokens differ.")
        return given.pop() if given else None

    def demand(self, request):
        """The good token of a request that needs one."""
        text = self.of(request)
        if text is None:
            raise Refusal("AUTH_REQUIRED", "This needs a token.")
        return self.read(text)

    def read(self, text):
        """The algorithm is configured, never read from the token: another one in its header is a forgery."""
        try:
            signed, _, signature = text.rpartition(".")
            head, claims = (decode(octets(part).decode()) for part in signed.split("."))
            given = octets(signature)
        except (ValueError, Refusal):
            raise failed("This is no token.") from None
        if not isinstance(head, dict) or not isinstance(claims, dict) or "crit" in head:
            raise failed("The token is not signed as it has to be.")
        if head.get("alg") != self.settings.algorithm or not self.keys.good(head, signed.encode(), given):
            raise failed("The signature is wrong.")
        return self._claims(claims)

    def _claims(self, claims):
        expires, user = claims.get("exp"), claims.get("sub")
        if not _number(expires) or not isinstance(user, str) or not user:
            raise failed("exp and sub must be there.")
        if "nbf" in claims and (not _number(claims["nbf"]) or claims["nbf"] > time.time() + self.leeway):
            raise failed("The token is not good yet.")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self.settings.audience and self.settings.audience not in audiences:
            raise failed("The token is for somebody else.")
        if self.settings.issuer and claims.get("iss") != self.settings.issuer:
            raise failed("The token is of somebody else.")
        if expires + self.leeway <= time.time():
            raise Refusal("TOKEN_EXPIRED", "The token has run out.")
        return Token(user, expires, _scopes(claims))

    @property
    def leeway(self):
        return self.settings.leeway_ms / 1000


def failed(message):
    return Refusal("AUTH_FAILED", message)


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _scopes(claims):
    words, listed = claims.get("scope"), claims.get("scopes")
    if words is None and listed is None:
        return None
    if not isinstance(words, (str, type(None))) or not isinstance(listed, (list, type(None))):
        raise failed("A scope is text, scopes are a list.")
    if not all(isinstance(scope, str) for scope in listed or ()):
        raise failed("Scopes are texts.")
    return frozenset([*(words or "").split(), *(listed or ())])
