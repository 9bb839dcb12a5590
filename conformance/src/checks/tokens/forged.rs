//! Tokens that no server may take, each presented at a door and by a request.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::checks::{ANYBODY, Check, Context, Step};
use crate::target::{Auth, Door, SigningKey, Token, encode, epoch_seconds, signed_text};

use super::refusal::{CASE_FIELD, bearing, key, list_request, refused_at_door, refused_by_status};

/// A bad token.
pub(crate) struct Case {
    /// Words of the ids of its checks and mutants.
    pub(crate) door: &'static str,
    /// The same by a request.
    pub(crate) request: &'static str,
    /// Mutant that takes it at a door.
    pub(crate) door_mutant: &'static str,
    /// Mutant that takes it by a request.
    pub(crate) request_mutant: &'static str,
    /// What is wrong with it.
    pub(crate) title: &'static str,
    requirement: &'static [&'static str],
    code: &'static str,
    make: fn(&Auth, &SigningKey) -> String,
}

macro_rules! case {
    ($slug:literal, $title:literal, $requirement:literal, $code:literal, $make:expr) => {
        Case {
            door: concat!("tokens.", $slug),
            request: concat!("tokens.request-", $slug),
            door_mutant: concat!("tokens.", $slug, "-taken"),
            request_mutant: concat!("tokens.request-", $slug, "-taken"),
            title: $title,
            requirement: &[concat!("tokens.", $requirement)],
            code: $code,
            make: $make,
        }
    };
}

/// A good token, to be spoilt.
fn good(auth: &Auth) -> Token {
    Token::of(auth, ANYBODY)
}

/// A key of nobody.
static STRANGER: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::p256().unwrap_or_else(|_| SigningKey::secret(b"nobody's")));

/// Input, signature as bytes and all of a good token.
fn parts(auth: &Auth, key: &SigningKey) -> (String, Vec<u8>) {
    let input = good(auth).input();
    let signature = key.sign(input.as_bytes());
    (input, signature)
}

/// A good token but for one bit of its signature.
pub(super) fn bit_changed(auth: &Auth, key: &SigningKey) -> String {
    let (input, mut signature) = parts(auth, key);
    signature[0] ^= 1;
    format!("{input}.{}", encode(signature))
}

/// A token whose claims are this text, well signed.
fn claims_text(auth: &Auth, key: &SigningKey, claims: &str) -> String {
    signed_text(&format!("{}.{}", encode(good(auth).header.to_string()), encode(claims)), key)
}

/// Seconds of the leeway, rounded up.
fn leeway(auth: &Auth) -> i64 {
    i64::try_from(auth.leeway.as_secs()).unwrap_or(i64::MAX / 2) + 1
}

/// Seconds: more than a check may take, so that no token begins while it runs.
const LONGEST: i64 = 20;

/// For targets that want HS256.
pub(crate) static CASES: &[Case] = &[
    case!("alg-none", "alg \"none\" without a signature", "algorithm", "AUTH_FAILED", |auth, _| {
        format!("{}.", good(auth).header("alg", "none").input())
    }),
    case!("alg-none-case", "alg \"nOnE\" without a signature", "algorithm", "AUTH_FAILED", |auth, _| {
        format!("{}.", good(auth).header("alg", "nOnE").input())
    }),
    case!(
        "alg-none-signed",
        "alg \"none\" with a good signature",
        "algorithm",
        "AUTH_FAILED",
        |auth, key| { good(auth).header("alg", "none").signed(key) }
    ),
    case!("alg-hs384", "HS384 with the right secret", "algorithm", "AUTH_FAILED", |auth, _| {
        let secret = auth.hs256_secret.clone().unwrap_or_default();
        good(auth).header("alg", "HS384").signed(&SigningKey::secret_384(secret.as_bytes()))
    }),
    case!("alg-hs512", "HS512 with the right secret", "algorithm", "AUTH_FAILED", |auth, _| {
        let secret = auth.hs256_secret.clone().unwrap_or_default();
        good(auth).header("alg", "HS512").signed(&SigningKey::secret_512(secret.as_bytes()))
    }),
    case!(
        "alg-renamed",
        "RS256 in the header of an HS256 signature",
        "algorithm",
        "AUTH_FAILED",
        |auth, key| { good(auth).header("alg", "RS256").signed(key) }
    ),
    case!("alg-missing", "a header without alg", "algorithm", "AUTH_FAILED", |auth, key| {
        let mut token = good(auth);
        token.header = json!({"typ": "JWT"});
        token.signed(key)
    }),
    case!("alg-number", "an alg that is a number", "algorithm", "AUTH_FAILED", |auth, key| {
        good(auth).header("alg", 256).signed(key)
    }),
    case!("stranger", "ES256 by a key of nobody", "algorithm", "AUTH_FAILED", |auth, _| {
        good(auth).header("alg", STRANGER.algorithm()).signed(&STRANGER)
    }),
    case!("embedded-key", "a key of its own in the header", "key", "AUTH_FAILED", |auth, _| {
        let token = good(auth).header("alg", STRANGER.algorithm());
        token.header("jwk", STRANGER.public("own")).signed(&STRANGER)
    }),
    case!("key-address", "an address of keys in the header", "key", "AUTH_FAILED", |auth, _| {
        let token = good(auth).header("alg", STRANGER.algorithm()).header("kid", "own");
        token.header("jku", "http://127.0.0.1:9/jwks.json").signed(&STRANGER)
    }),
    case!("kid-path", "a kid that is a path of an empty file", "key", "AUTH_FAILED", |auth, _| {
        good(auth).header("kid", "../../../../dev/null").signed(&SigningKey::secret(b""))
    }),
    case!("empty-secret", "a signature by the empty secret", "signature", "AUTH_FAILED", |auth, _| {
        good(auth).signed(&SigningKey::secret(b""))
    }),
    case!("other-secret", "a signature by another secret", "signature", "AUTH_FAILED", |auth, _| {
        good(auth).signed(&SigningKey::secret(b"another secret of thirty-two bytes or more"))
    }),
    case!("signature-empty", "an empty signature", "signature", "AUTH_FAILED", |auth, _| {
        format!("{}.", good(auth).input())
    }),
    case!("signature-bit", "one bit of the signature changed", "signature", "AUTH_FAILED", bit_changed),
    case!("signature-cut", "half of a good signature", "signature", "AUTH_FAILED", |auth, key| {
        let (input, signature) = parts(auth, key);
        format!("{input}.{}", encode(&signature[..signature.len() / 2]))
    }),
    case!(
        "signature-longer",
        "a good signature with a byte behind it",
        "signature",
        "AUTH_FAILED",
        |auth, key| {
            let (input, signature) = parts(auth, key);
            format!("{input}.{}", encode([signature, vec![0]].concat()))
        }
    ),
    case!(
        "claims-changed",
        "claims changed behind the signature",
        "signature",
        "AUTH_FAILED",
        changed_behind
    ),
    case!(
        "header-changed",
        "a header changed behind the signature",
        "signature",
        "AUTH_FAILED",
        |auth, key| {
            let (_, signature) = parts(auth, key);
            format!("{}.{}", good(auth).header("cty", "JWT").input(), encode(signature))
        }
    ),
    case!(
        "expired-forged",
        "an expired token with a wrong signature",
        "signature",
        "AUTH_FAILED",
        |auth, _| {
            let token = good(auth).claim("exp", epoch_seconds() - 86_400);
            token.signed(&SigningKey::secret(b"another secret of thirty-two bytes or more"))
        }
    ),
    case!("two-parts", "a token without its third part", "form", "AUTH_FAILED", |auth, _| good(auth).input()),
    case!("four-parts", "a good token with a fourth part", "form", "AUTH_FAILED", |auth, key| {
        format!("{}.e30", good(auth).signed(key))
    }),
    case!("five-parts", "five parts, as an encrypted token has", "form", "AUTH_FAILED", |auth, key| {
        format!("{}.e30.e30", good(auth).signed(key))
    }),
    case!("garbage", "a word that is no token", "form", "AUTH_FAILED", |_, _| "not-a-token".to_owned()),
    case!("not-base64", "parts that are not base64url", "form", "AUTH_FAILED", |_, _| "!!!.???.***"
        .to_owned()),
    case!("claims-no-json", "signed claims that are not JSON", "form", "AUTH_FAILED", |auth, key| {
        claims_text(auth, key, "sub=anonymous&exp=9999999999")
    }),
    case!("claims-list", "signed claims that are a list", "form", "AUTH_FAILED", |auth, key| {
        claims_text(auth, key, "[\"anonymous\",9999999999]")
    }),
    case!("critical", "a critical header field nobody knows", "critical", "AUTH_FAILED", |auth, key| {
        good(auth).header("crit", json!(["x-unheard-of"])).header("x-unheard-of", 1).signed(key)
    }),
    case!("no-exp", "a token without exp", "claims", "AUTH_FAILED", |auth, key| {
        good(auth).without("exp").signed(key)
    }),
    case!("exp-text", "an exp that is a text", "claims", "AUTH_FAILED", |auth, key| {
        good(auth).claim("exp", "9999999999").signed(key)
    }),
    case!("nbf-text", "an nbf that is a text", "claims", "AUTH_FAILED", |auth, key| {
        // Whoever reads the text as a number sees a token that is good since long.
        good(auth).claim("nbf", "1").signed(key)
    }),
    case!("no-sub", "a token without sub", "claims", "AUTH_FAILED", |auth, key| {
        good(auth).without("sub").signed(key)
    }),
    case!("sub-number", "a sub that is a number", "claims", "AUTH_FAILED", |auth, key| {
        good(auth).claim("sub", 7).signed(key)
    }),
    case!("sub-empty", "an empty sub", "claims", "AUTH_FAILED", |auth, key| {
        good(auth).claim("sub", "").signed(key)
    }),
    case!("expired", "a token that expired yesterday", "expired", "TOKEN_EXPIRED", |auth, key| {
        good(auth).claim("exp", epoch_seconds() - 86_400).signed(key)
    }),
    case!(
        "beyond-leeway",
        "a token expired just beyond the leeway",
        "expired",
        "TOKEN_EXPIRED",
        |auth, key| { good(auth).claim("exp", epoch_seconds() - leeway(auth)).signed(key) }
    ),
    case!("not-yet", "a token that begins tomorrow", "not-before", "AUTH_FAILED", |auth, key| {
        let begins = epoch_seconds() + 86_400;
        good(auth).claim("nbf", begins).claim("exp", begins + 3_600).signed(key)
    }),
    case!(
        "nbf-beyond-leeway",
        "a token that begins soon, but beyond the leeway",
        "not-before",
        "AUTH_FAILED",
        |auth, key| { good(auth).claim("nbf", epoch_seconds() + leeway(auth) + LONGEST).signed(key) }
    ),
    case!("no-audience", "a token for no audience", "audience", "AUTH_FAILED", |auth, key| {
        good(auth).without("aud").signed(key)
    }),
    case!("other-audience", "a token for another audience", "audience", "AUTH_FAILED", |auth, key| {
        good(auth).claim("aud", "somebody-else").signed(key)
    }),
    case!("other-audiences", "a token for several others", "audience", "AUTH_FAILED", |auth, key| {
        good(auth).claim("aud", json!(["somebody-else", "tidegat", "Tidegate"])).signed(key)
    }),
    case!("no-issuer", "a token of no issuer", "issuer", "AUTH_FAILED", |auth, key| {
        good(auth).without("iss").signed(key)
    }),
    case!("other-issuer", "a token of another issuer", "issuer", "AUTH_FAILED", |auth, key| {
        good(auth).claim("iss", "https://issuer.example.evil").signed(key)
    }),
];

/// For targets that want signatures by a private key.
pub(crate) static KEYED: &[Case] = &[
    case!(
        "confused-pem",
        "HS256 with the public key (PEM) as secret",
        "confusion",
        "AUTH_FAILED",
        |auth, key| { confused(auth, key.public_pem().unwrap_or_default().as_bytes()) }
    ),
    case!(
        "confused-jwk",
        "HS256 with the public key (JWK) as secret",
        "confusion",
        "AUTH_FAILED",
        |auth, key| { confused(auth, key.public(auth.key_id().unwrap_or_default()).to_string().as_bytes()) }
    ),
    case!(
        "confused-modulus",
        "HS256 with the modulus or point as secret",
        "confusion",
        "AUTH_FAILED",
        |auth, key| {
            let public = key.public("");
            let number = ["n", "x"].iter().find_map(|name| public.get(*name).and_then(Value::as_str));
            confused(auth, number.unwrap_or_default().as_bytes())
        }
    ),
    case!("keyed-alg-none", "alg \"none\" where keys are private", "algorithm", "AUTH_FAILED", |auth, _| {
        format!("{}.", good(auth).header("alg", "none").input())
    }),
    case!("keyed-stranger", "the name of a known key, signed by another", "key", "AUTH_FAILED", |auth, _| {
        good(auth).header("alg", STRANGER.algorithm()).signed(&STRANGER)
    }),
    case!(
        "keyed-renamed",
        "the right algorithm's name on a signature of another",
        "key",
        "AUTH_FAILED",
        |auth, _| { good(auth).signed(&STRANGER) }
    ),
    case!("kid-unknown", "a kid that is in no set", "key", "AUTH_FAILED", |auth, key| {
        good(auth).header("kid", "never-published").signed(key)
    }),
    case!("kid-of-another", "the kid of another published key", "key", "AUTH_FAILED", |auth, key| {
        let other = auth.keys.iter().skip(1).find_map(|key| key.id.clone());
        good(auth).header("kid", other.unwrap_or_else(|| "never-published".to_owned())).signed(key)
    }),
    case!(
        "keyed-claims-changed",
        "claims changed behind a private key's signature",
        "signature",
        "AUTH_FAILED",
        changed_behind
    ),
    case!(
        "keyed-expired",
        "an expired token, signed by the private key",
        "expired",
        "TOKEN_EXPIRED",
        |auth, key| { good(auth).claim("exp", epoch_seconds() - 86_400).signed(key) }
    ),
];

/// For targets that want ES256.
pub(crate) static ES256: &[Case] = &[
    case!(
        "es256-changed",
        "claims changed behind an ES256 signature",
        "signature",
        "AUTH_FAILED",
        changed_behind
    ),
    case!("es256-stranger", "ES256 by a key of nobody", "key", "AUTH_FAILED", |auth, _| {
        good(auth).signed(&STRANGER)
    }),
    case!("es256-zeros", "an ES256 signature of zeros", "signature", "AUTH_FAILED", |auth, _| {
        // CVE-2022-21449: it fits every key where nobody looks whether r and s are 0.
        format!("{}.{}", good(auth).input(), encode([0; 64]))
    }),
    case!(
        "es256-confused",
        "HS256 with the public key of ES256 (PEM) as secret",
        "confusion",
        "AUTH_FAILED",
        |auth, key| { confused(auth, key.public_pem().unwrap_or_default().as_bytes()) }
    ),
];

/// For targets that want `EdDSA`.
pub(crate) static EDDSA: &[Case] = &[
    case!(
        "eddsa-changed",
        "claims changed behind an EdDSA signature",
        "signature",
        "AUTH_FAILED",
        changed_behind
    ),
    case!("eddsa-stranger", "EdDSA by a key of nobody", "key", "AUTH_FAILED", |auth, _| {
        SigningKey::ed25519().map_or_else(|_| good(auth).input(), |key| good(auth).signed(&key))
    }),
    case!(
        "eddsa-confused",
        "HS256 with the public key of EdDSA (JWK) as secret",
        "confusion",
        "AUTH_FAILED",
        |auth, key| { confused(auth, key.public(auth.key_id().unwrap_or_default()).to_string().as_bytes()) }
    ),
];

/// All tables, each with the variant it is for.
pub(crate) const TABLES: [(&[Case], &str); 4] =
    [(CASES, "tokens"), (KEYED, "keys"), (ES256, "keys-es256"), (EDDSA, "keys-eddsa")];

/// Another `sub` than was signed.
fn changed_behind(auth: &Auth, key: &SigningKey) -> String {
    let (_, signature) = parts(auth, key);
    format!("{}.{}", good(auth).claim("sub", "root").input(), encode(signature))
}

/// A token signed with HS256, the secret being what everybody may know.
fn confused(auth: &Auth, public: &[u8]) -> String {
    good(auth).header("alg", "HS256").signed(&SigningKey::secret(public))
}

pub(super) fn checks() -> Vec<Check> {
    let of = |case: &'static Case, variant: &'static str| {
        [
            Check::new(case.door, case.title, case.requirement, move |cx| at_door(cx, case)).variant(variant),
            Check::new(case.request, case.title, case.requirement, move |cx| by_request(cx, case))
                .variant(variant),
        ]
    };
    let cases = TABLES.iter().flat_map(|(table, variant)| table.iter().map(move |case| (case, *variant)));
    cases.flat_map(|(case, variant)| of(case, variant)).collect()
}

/// Upgraded, told one error with the right code, closed 1008 with the right reason.
async fn at_door(cx: Context, case: &'static Case) -> Step {
    let token = (case.make)(&cx.target().auth, key(&cx)?);
    let request = bearing(&cx, &Door::Query, &token).header(CASE_FIELD, case.door);
    refused_at_door(&cx, &request, case.code).await.map(|_| ())
}

/// 401 with the right code.
async fn by_request(cx: Context, case: &'static Case) -> Step {
    let token = (case.make)(&cx.target().auth, key(&cx)?);
    let request = list_request(&cx).header("Authorization", &format!("Bearer {token}"));
    let response = cx.http(request.header(CASE_FIELD, case.request)).await?;
    refused_by_status(&response, 401, case.code).map(|_| ())
}
