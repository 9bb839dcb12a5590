//! Tokens over doors and requests: who comes in, what they may do, and for how long.

use std::time::Duration;

use http::{Method, StatusCode};
use proptest::prelude::*;
use reference_server::config::{Algorithm, Auth};
use reference_server::doors::tokens::Verifier;
use reference_server::wire::error::Code;
use serde_json::{Value, json};

use crate::rig::{Peer, Rig};
use crate::signer::{KeySet, SECRET, Signer, by_key_set, forged, required, seconds_from_now};

const FAILED: (u16, &str) = (1008, "Authentication failed");

async fn rig(auth: Auth) -> Rig {
    Rig::with(|config| config.auth = auth).await
}

/// What the server says to `token` on `/ws/query`: `None` when it lets it in.
async fn refusal(rig: &Rig, token: &str) -> Option<String> {
    let mut peer = rig.knock(&format!("/ws/query?token={token}")).await;
    let first = peer.next().await;
    if first["type"] == "connection_established" {
        return None;
    }
    assert_eq!(first["type"], "error", "{first}");
    let code = first["code"].as_str().unwrap().to_owned();
    let reason = if code == "TOKEN_EXPIRED" { "Token expired" } else { "Authentication failed" };
    assert_eq!(peer.closed().await, (1008, reason.to_owned()));
    Some(code)
}

async fn fails(rig: &Rig, cases: &[(&str, String)]) {
    for (name, token) in cases {
        assert_eq!(refusal(rig, token).await.as_deref(), Some("AUTH_FAILED"), "{name}");
    }
}

#[tokio::test]
async fn a_good_token_of_each_algorithm_opens_the_door() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let signer = Signer::private(algorithm, "one");
        let keys = KeySet::of(&[&signer]);
        let rig = rig(by_key_set(algorithm, &keys.path())).await;
        assert_eq!(refusal(&rig, &signer.token("alice")).await, None, "{algorithm:?}");
        let other = Signer::private(algorithm, "one");
        fails(&rig, &[("another key of that name", other.token("alice"))]).await;
    }
    let rig = rig(required()).await;
    assert_eq!(refusal(&rig, &Signer::shared().token("alice")).await, None);
    fails(&rig, &[("another secret", Signer::with_secret(b"guessed").token("alice"))]).await;
}

#[tokio::test]
async fn a_secret_in_a_file_is_read_again_when_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    let auth = Auth { required: true, secret_file: Some(path.clone()), ..Auth::default() };
    let rig = rig(auth).await;
    let (old, new) = (Signer::shared(), Signer::with_secret(b"another secret of thirty-two bytes, too"));
    assert_eq!(refusal(&rig, &old.token("alice")).await, None);
    std::fs::write(&path, "another secret of thirty-two bytes, too").unwrap();
    assert_eq!(refusal(&rig, &new.token("alice")).await, None);
    fails(&rig, &[("the old secret", old.token("alice"))]).await;
}

#[tokio::test]
async fn a_token_comes_by_query_header_or_subprotocol_and_only_one() {
    let rig = rig(required()).await;
    let signer = Signer::shared();
    let (token, other) = (signer.token("alice"), signer.token("bob"));
    let bearer = format!("Bearer {token}");
    let protocol = format!("tidegate.v1, bearer.{token}");
    let mut by_header = rig.knock_with("/ws/query", &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(by_header.next().await["type"], "connection_established");
    let mut by_protocol =
        rig.knock_with("/ws/query", &[("sec-websocket-protocol", &protocol)]).await.unwrap();
    assert_eq!(by_protocol.next().await["type"], "connection_established");
    let path = format!("/ws/query?token={token}");
    let mut thrice = rig
        .knock_with(&path, &[("authorization", &bearer), ("sec-websocket-protocol", &protocol)])
        .await
        .unwrap();
    assert_eq!(thrice.next().await["type"], "connection_established", "the same token three times");
    let path = format!("/ws/query?token={other}");
    let mut differ = rig.knock_with(&path, &[("authorization", &bearer)]).await.unwrap();
    assert_eq!(differ.next().await["code"], "AUTH_FAILED");
    assert_eq!(differ.closed().await, (FAILED.0, FAILED.1.to_owned()));
    let mut without = rig.knock("/ws/query").await;
    assert_eq!(without.next().await["code"], "AUTH_REQUIRED");
    assert_eq!(without.closed().await, (FAILED.0, FAILED.1.to_owned()));
}

#[tokio::test]
async fn fault_27_alg_none_key_confusion_and_unknown_keys_are_refused() {
    let signer = Signer::private(Algorithm::RS256, "one");
    let keys = KeySet::of(&[&signer]);
    let rig = rig(by_key_set(Algorithm::RS256, &keys.path())).await;
    let claims = json!({ "sub": "alice", "exp": seconds_from_now(3_600) });
    let good = signer.token("alice");
    let (head, rest) = good.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    let confused = Signer::with_secret(signer.public_pem().as_bytes());
    let mut unknown = Signer::private(Algorithm::RS256, "two");
    let another_kid = unknown.token("alice");
    unknown.header.kid = None;
    let others = json!({ "sub": "bob", "exp": seconds_from_now(3_600) });
    let others = forged(&json!({}), &others, b"").split('.').nth(1).unwrap().to_owned();
    let none = |alg: &str| forged(&json!({ "alg": alg, "typ": "JWT" }), &claims, b"");
    let mut critical = Signer::shared().header;
    critical.crit = Some(vec!["exp".to_owned()]);
    fails(
        &rig,
        &[
            ("none", none("none")),
            ("NONE", none("NONE")),
            ("no algorithm", forged(&json!({ "typ": "JWT" }), &claims, b"")),
            ("RS256 key as HS256 secret", confused.token("alice")),
            ("an algorithm of the family", forged(&json!({ "alg": "RS512", "kid": "one" }), &claims, b"x")),
            ("unknown kid", another_kid),
            ("unknown key without kid", unknown.token("alice")),
            (
                "the key in the token",
                forged(&json!({ "alg": "RS256", "jwk": { "kty": "oct", "k": "eA" } }), &claims, b"x"),
            ),
            (
                "critical extension",
                forged(&json!({ "alg": "RS256", "kid": "one", "crit": ["x"], "x": 1 }), &claims, b"x"),
            ),
            ("signature cut off", format!("{head}.{payload}.")),
            ("two parts", format!("{head}.{payload}")),
            ("four parts", format!("{good}.{signature}")),
            ("another payload", format!("{head}.{others}.{signature}")),
            ("no token at all", "x".to_owned()),
            ("a long one", "a".repeat(8_000)),
        ],
    )
    .await;
    assert_eq!(refusal(&rig, &good).await, None);
}

#[tokio::test]
async fn fault_28_claims_of_the_wrong_type_and_of_other_parties_are_refused() {
    let auth = Auth { audience: Some("tidegate".into()), issuer: Some("idp".into()), ..required() };
    let rig = rig(auth).await;
    let (soon, past) = (seconds_from_now(3_600), seconds_from_now(-3_600));
    let signer = Signer::shared();
    let good = json!({ "sub": "alice", "exp": soon, "nbf": past, "aud": "tidegate", "iss": "idp" });
    let with = |key: &str, value: Value| {
        let mut claims = good.clone();
        claims[key] = value;
        signer.sign(&claims)
    };
    let without = |key: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(key);
        signer.sign(&claims)
    };
    assert_eq!(refusal(&rig, &signer.sign(&good)).await, None);
    assert_eq!(refusal(&rig, &with("aud", json!(["other", "tidegate"]))).await, None);
    assert_eq!(refusal(&rig, &with("exp", json!(soon as f64 + 0.5))).await, None);
    fails(
        &rig,
        &[
            ("exp as text", with("exp", json!(soon.to_string()))),
            ("exp as a list", with("exp", json!([soon]))),
            ("exp negative", with("exp", json!(-1))),
            ("exp beyond time", with("exp", json!(1e300))),
            ("exp null", with("exp", Value::Null)),
            ("no exp", without("exp")),
            ("nbf as text", with("nbf", json!(past.to_string()))),
            ("nbf to come", with("nbf", json!(seconds_from_now(120)))),
            ("no sub", without("sub")),
            ("empty sub", with("sub", json!(""))),
            ("sub as number", with("sub", json!(7))),
            ("long sub", with("sub", json!("x".repeat(257)))),
            ("another audience", with("aud", json!("other"))),
            ("audience as number", with("aud", json!(7))),
            ("no audience", without("aud")),
            ("another issuer", with("iss", json!("evil"))),
            ("issuer as object", with("iss", json!({}))),
            ("no issuer", without("iss")),
            ("scope as number", with("scope", json!(7))),
            ("claims that are a list", signer.sign(&json!([good]))),
        ],
    )
    .await;
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway() {
    let rig = rig(required()).await;
    let signer = Signer::shared();
    let at = |exp: i64, nbf: i64| {
        signer.sign(&json!({ "sub": "a", "exp": seconds_from_now(exp), "nbf": seconds_from_now(nbf) }))
    };
    assert_eq!(refusal(&rig, &at(-15, 0)).await, None);
    assert_eq!(refusal(&rig, &at(60, 15)).await, None);
    assert_eq!(refusal(&rig, &at(-31, 0)).await.as_deref(), Some("TOKEN_EXPIRED"));
    assert_eq!(refusal(&rig, &at(60, 90)).await.as_deref(), Some("AUTH_FAILED"));
}

/// A token that is over in `milliseconds`, where there is no leeway.
fn short(user: &str, milliseconds: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let exp = (now + Duration::from_millis(milliseconds)).as_secs_f64();
    Signer::shared().sign(&json!({ "sub": user, "exp": exp }))
}

fn stamped(dialect: &str, mut message: Value) -> Value {
    if dialect == "typed" {
        message["timestamp"] = json!("2025-01-01T00:00:00Z");
    }
    message
}

#[tokio::test]
async fn fault_29_expiry_during_a_connection_closes_it_unless_the_token_is_renewed() {
    let rig = rig(Auth { leeway: Duration::ZERO, ..required() }).await;
    let signer = Signer::shared();
    for (path, dialect) in [("/ws/query", "named"), ("/api/v1/ws", "typed")] {
        let (mut peer, _) = rig.open(&format!("{path}?token={}", short("alice", 1_500))).await;
        let (mut kept, _) = rig.open(&format!("{path}?token={}", short("alice", 1_500))).await;
        let renewed = signer.token("alice");
        kept.send(stamped(dialect, json!({ "type": "token_refresh", "token": renewed, "id": 7 }))).await;
        let answer = kept.until("token_refreshed").await;
        assert_eq!(answer["id"], 7);
        let body = if dialect == "typed" { &answer["payload"] } else { &answer };
        assert!(body["expires_at"].as_str().unwrap().ends_with('Z'), "{answer}");
        assert_eq!(peer.next().await["code"], "TOKEN_EXPIRED");
        assert_eq!(peer.closed().await, (1008, "Token expired".to_owned()));
        kept.send(stamped(dialect, json!({ "type": "ping" }))).await;
        assert_eq!(kept.next().await["type"], "pong", "it outlived its first token");
    }
}

#[tokio::test]
async fn fault_29_a_refresh_with_a_bad_or_another_users_token_ends_the_connection() {
    let rig = rig(required()).await;
    let signer = Signer::shared();
    let expired = signer.sign(&json!({ "sub": "alice", "exp": seconds_from_now(-100) }));
    for (token, code, reason) in [
        (signer.token("bob"), "AUTH_FAILED", FAILED.1),
        ("nonsense".to_owned(), "AUTH_FAILED", FAILED.1),
        (expired, "TOKEN_EXPIRED", "Token expired"),
    ] {
        let (mut peer, _) = rig.open(&format!("/ws/query?token={}", signer.token("alice"))).await;
        peer.send(json!({ "type": "token_refresh", "token": token, "id": "r" })).await;
        let error = peer.next().await;
        assert_eq!((&error["code"], &error["id"]), (&json!(code), &json!("r")));
        assert_eq!(peer.closed().await, (1008, reason.to_owned()));
    }
}

#[tokio::test]
async fn fault_30_rotation_needs_no_restart_and_a_removed_key_is_refused() {
    let (old, new) = (Signer::private(Algorithm::ES256, "old"), Signer::private(Algorithm::ES256, "new"));
    let keys = KeySet::of(&[&old]);
    let rig = rig(by_key_set(Algorithm::ES256, &keys.path())).await;
    assert_eq!(refusal(&rig, &old.token("alice")).await, None);
    fails(&rig, &[("not there yet", new.token("alice"))]).await;
    keys.write(&[&old, &new]);
    assert_eq!(refusal(&rig, &old.token("alice")).await, None, "overlap");
    assert_eq!(refusal(&rig, &new.token("alice")).await, None, "overlap");
    let mut unnamed = Signer::private(Algorithm::ES256, "x");
    unnamed.header.kid = None;
    fails(&rig, &[("unknown, no kid", unnamed.token("alice"))]).await;
    keys.write(&[&new]);
    fails(&rig, &[("removed", old.token("alice"))]).await;
    assert_eq!(refusal(&rig, &new.token("alice")).await, None);
    keys.write_text("{ half a fi");
    assert_eq!(refusal(&rig, &new.token("alice")).await, None, "a broken file changes nothing");
    keys.write_text(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"new kind"},5]}"#);
    fails(&rig, &[("no key left", new.token("alice"))]).await;
}

#[tokio::test]
async fn the_user_is_the_tokens() {
    let rig = rig(required()).await;
    let path = format!("/ws/query?token={}", Signer::shared().token("alice"));
    let (mut peer, _) = rig.open(&path).await;
    peer.send(json!({ "type": "heartbeat" })).await;
    assert_eq!(peer.next().await["connection_id"], "backend_alice", "known before any handshake");
    peer.send(json!({ "type": "connection_handshake" })).await;
    assert_eq!(peer.next().await["server_agent_id"], "backend_alice");
    let (mut named, _) = rig.open(&path).await;
    named.send(json!({ "type": "connection_handshake", "user_id": "alice" })).await;
    assert_eq!(named.next().await["server_agent_id"], "backend_alice");
    let (mut other, _) = rig.open(&path).await;
    other.send(json!({ "type": "connection_handshake", "user_id": "bob" })).await;
    assert_eq!(other.next().await["code"], "AUTH_FAILED");
    assert_eq!(other.closed().await, (FAILED.0, FAILED.1.to_owned()));
}

#[tokio::test]
async fn fault_11_another_users_session_is_refused_like_one_that_never_was() {
    let rig = rig(required()).await;
    let [alice, bob] = ["alice", "bob"].map(|user| Signer::shared().token(user));
    let (mut owner, established) = rig.open(&format!("/ws/query?token={alice}")).await;
    let session = established["session_id"].as_str().unwrap();
    owner.send(json!({ "type": "connection_handshake", "session_id": session })).await;
    owner.until("connection_acknowledged").await;
    let mut seen = Vec::new();
    for id in [session, "session_never"] {
        let mut peer = rig.knock(&format!("/ws/progress/{id}?token={bob}")).await;
        let mut error = peer.next().await;
        error["timestamp"].take();
        assert_eq!(peer.closed().await, (1008, "Invalid session".to_owned()));
        seen.push(error);
    }
    assert_eq!(seen[0], seen[1]);
    let (_, mine) = rig.open(&format!("/ws/progress/{session}?token={alice}")).await;
    assert_eq!(mine["session_id"], session);
    let (_, by_id) = rig.open(&format!("/ws/progress/{session}")).await;
    assert_eq!(by_id["session_id"], session, "without a token its id is the key");
    let mut thief = open_as(&rig, &bob).await;
    thief.send(json!({ "type": "connection_handshake", "session_id": session })).await;
    assert_eq!(thief.next().await["code"], "INVALID_SESSION");
    assert_eq!(thief.closed().await, (1008, "Invalid session".to_owned()));
}

async fn open_as(rig: &Rig, token: &str) -> Peer {
    rig.open(&format!("/ws/query?token={token}")).await.0
}

#[tokio::test]
async fn doors_decide_whether_a_token_is_needed() {
    let open = rig(Auth { required: false, ..required() }).await;
    let good = Signer::shared().token("alice");
    for path in ["/api/v1/ws", "/api/v1/ws/dev"] {
        let mut without = open.knock(path).await;
        assert_eq!(without.next().await["code"], "AUTH_REQUIRED", "{path}");
        let (_, established) = open.open(&format!("{path}?token={good}")).await;
        assert_eq!(established["dialect"], "typed");
    }
    for path in ["/ws/query", "/ws/chat", "/ws/demo", "/api/v1/ws/demo"] {
        open.open(&format!("{path}?token=nonsense")).await;
    }
    let closed = rig(required()).await;
    for path in ["/ws/query", "/ws/chat", "/api/v1/ws", "/api/v1/ws/dev"] {
        let mut without = closed.knock(path).await;
        assert_eq!(without.next().await["code"], "AUTH_REQUIRED", "{path}");
    }
    for path in ["/ws/demo", "/api/v1/ws/demo"] {
        closed.open(path).await;
    }
    let keyless = rig(Auth::default()).await;
    let mut peer = keyless.knock(&format!("/api/v1/ws?token={good}")).await;
    assert_eq!(peer.next().await["code"], "AUTH_FAILED");
}

#[tokio::test]
async fn scopes_decide_over_queries_commands_and_databases() {
    let rig = rig(required()).await;
    let signer = Signer::shared();
    let query = |database: &str| json!({ "type": "query", "query": "x", "database_context": { "database": database } });
    let cancel = json!({ "type": "command", "action": "cancel", "transaction_id": "tx_none" });
    for (scope, asked, code) in [
        ("query db:tpch", query("tpch"), None),
        ("query db:*", query("tpch"), None),
        ("query db:financial_db", query("tpch"), Some("DATABASE_CONTEXT_FORBIDDEN")),
        ("query", query("tpch"), Some("DATABASE_CONTEXT_FORBIDDEN")),
        ("command db:*", query("tpch"), Some("FORBIDDEN")),
        ("", query("tpch"), Some("FORBIDDEN")),
        ("query db:*", cancel.clone(), Some("FORBIDDEN")),
        ("command", cancel.clone(), Some("NOT_FOUND")),
    ] {
        let mut peer = open_as(&rig, &signer.scoped("alice", scope)).await;
        peer.send(asked).await;
        let answer = peer.next().await;
        match code {
            None => assert_eq!(answer["type"], "query_accepted", "{scope}: {answer}"),
            Some(code) => assert_eq!(answer["code"], code, "{scope}: {answer}"),
        }
        peer.send(json!({ "type": "ping" })).await;
        peer.until("pong").await;
    }
    let mut peer = open_as(&rig, &signer.scoped("alice", "query db:financial_db")).await;
    peer.send(query("tpch")).await;
    assert_eq!(peer.next().await["details"]["available_databases"], json!(["financial_db"]));
    peer.send(json!({ "type": "token_refresh", "token": signer.token("alice") })).await;
    peer.until("token_refreshed").await;
    peer.send(query("tpch")).await;
    peer.until("query_accepted").await;
}

#[tokio::test]
async fn requests_need_tokens_and_scopes_too() {
    let rig = rig(required()).await;
    let signer = Signer::shared();
    let body = r#"{"query":"rows 1"}"#;
    let answer = rig.answer(Method::POST, "/api/query", body).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    for (token, status, code) in [
        (signer.token("alice"), 200, Value::Null),
        (signer.scoped("alice", "query db:*"), 200, Value::Null),
        (signer.scoped("alice", "command"), 403, json!("FORBIDDEN")),
        (signer.scoped("alice", "query"), 403, json!("DATABASE_CONTEXT_FORBIDDEN")),
        ("nonsense".to_owned(), 401, json!("AUTH_FAILED")),
        (signer.sign(&json!({ "sub": "a", "exp": 1 })), 401, json!("TOKEN_EXPIRED")),
    ] {
        let (found, answer) = rig.request(Method::POST, &format!("/api/query?token={token}"), body).await;
        assert_eq!((found.as_u16(), &answer["code"]), (status, &code), "{answer}");
    }
    let [alice, bob] = ["alice", "bob"].map(|user| signer.token(user));
    let made = rig.request(Method::POST, &format!("/api/sessions?token={alice}"), "").await.1;
    assert_eq!(made["user_id"], "alice");
    let id = made["session_id"].as_str().unwrap();
    let path = |token: &str| format!("/api/sessions/{id}?token={token}");
    assert_eq!(rig.request(Method::GET, &path(&alice), "").await.0, StatusCode::OK);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(rig.request(method, &path(&bob), "").await.0, StatusCode::NOT_FOUND);
    }
    for path in ["/health", "/metrics"] {
        assert_eq!(rig.request(Method::GET, path, "").await.0, StatusCode::OK);
    }
}

fn verifier() -> Verifier {
    Verifier::new(&required()).unwrap()
}

proptest! {
    #[test]
    fn no_text_is_a_token_and_none_panics(text in "\\PC{0,80}", parts in "[A-Za-z0-9_.-]{0,80}") {
        prop_assert!(verifier().verify(&text).is_err());
        prop_assert!(verifier().verify(&parts).is_err());
    }

    #[test]
    fn claims_of_any_shape_are_read_or_refused(
        key in prop_oneof![Just("sub"), Just("exp"), Just("nbf"), Just("scope"), Just("scopes"), Just("aud")],
        value in prop_oneof![
            any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from), "\\PC{0,20}".prop_map(Value::from),
            Just(json!([])), Just(json!(["query", 7])), Just(json!({})), Just(Value::Null), Just(json!(u64::MAX)),
        ],
    ) {
        let mut claims = json!({ "sub": "alice", "exp": seconds_from_now(60) });
        claims[key] = value;
        if let Err(failure) = verifier().verify(&Signer::shared().sign(&claims)) {
            prop_assert!(matches!(failure.code, Code::AuthFailed | Code::TokenExpired));
        }
    }

    #[test]
    fn one_changed_character_spoils_a_token(at in any::<prop::sample::Index>(), other in "[A-Za-z0-9_-]") {
        let good = Signer::shared().token("alice");
        let verifier = verifier();
        let at = at.index(good.len());
        let last_of_part = good[at + 1..].is_empty() || good[at + 1..].starts_with('.');
        // the last character of a part has bits that mean nothing
        if !last_of_part && good.as_bytes()[at] != b'.' && good[at..=at] != other {
            let mut changed = good.clone();
            changed.replace_range(at..=at, &other);
            prop_assert!(verifier.verify(&changed).is_err());
        }
        prop_assert!(verifier.verify(&good).is_ok());
    }
}
