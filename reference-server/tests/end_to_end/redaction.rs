//! What must not be in any log: tokens, and the ids of sessions.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::Method;
use reference_server::config::Auth;
use serde_json::{Value, json};
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::rig::Rig;
use crate::signer::{SECRET, Signer, required, seconds_from_now};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Runs `work` with everything logged that there is, on every thread of its runtime.
fn logged<F: Future<Output = Vec<String>>>(work: impl FnOnce() -> F) -> (String, Vec<String>) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let dispatch = Dispatch::new(subscriber);
    let of_thread = dispatch.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // for threads that block: theirs for as long as they live
        .on_thread_start(move || std::mem::forget(tracing::dispatcher::set_default(&of_thread)))
        .build()
        .unwrap();
    let secrets = tracing::dispatcher::with_default(&dispatch, || runtime.block_on(work()));
    drop(runtime);
    let bytes = log.0.lock().unwrap().clone();
    (String::from_utf8_lossy(&bytes).into_owned(), secrets)
}

fn assert_absent(text: &str, secrets: &[String], place: &str) {
    for secret in secrets {
        if let Some(at) = text.find(secret.as_str()) {
            let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
            let to = text[at..].find('\n').map_or(text.len(), |end| at + end);
            panic!("{secret:?} is in {place}: {}", &text[from..to]);
        }
    }
}

/// The secret parts of a token: all of it, and each part by itself.
fn parts(token: &str) -> Vec<String> {
    let mut parts: Vec<String> = token.split('.').skip(1).map(str::to_owned).collect();
    parts.push(token.to_owned());
    parts
}

#[test]
fn fault_31_no_token_and_no_session_id_reaches_a_log_a_metric_or_an_error() {
    let (log, secrets) = logged(|| async {
        let auth = Auth { audience: Some("tidegate".to_owned()), ..required() };
        let rig = Rig::with(|config| config.auth = auth).await;
        let signer = Signer::shared();
        let claims =
            |user: &str, exp| json!({ "sub": user, "exp": seconds_from_now(exp), "aud": "tidegate" });
        let token = signer.sign(&claims("alice", 3_600));
        let other = signer.sign(&claims("bob", 3_600));
        let expired = signer.sign(&claims("alice", -3_600));
        let forged = Signer::with_secret(b"guessed").sign(&claims("alice", 3_600));
        let renewed = signer.sign(&claims("alice", 7_200));
        let session = "session_1700000000000_secret123";
        let mut told = String::new();

        let (mut peer, _) = rig.open(&format!("/ws/query?token={token}")).await;
        peer.send(json!({ "type": "connection_handshake", "session_id": session })).await;
        peer.until("connection_acknowledged").await;
        peer.send(json!({ "type": "token_refresh", "token": renewed })).await;
        peer.until("token_refreshed").await;
        peer.send(json!({ "type": "query", "query": "rows 1" })).await;
        peer.until("query_result").await;
        peer.send(json!({ "type": "query", "query": "panic" })).await;
        told += &peer.until("error").await.to_string();
        peer.send_text(&format!("{{ broken \"token\": \"{token}\"")).await;
        told += &peer.until("error").await.to_string();
        peer.send(json!({ "type": "token_refresh", "token": other })).await;
        told += &peer.until("error").await.to_string();

        let bearer = format!("Bearer {token}");
        let protocol = format!("tidegate.v1, bearer.{token}");
        for (name, value) in [("authorization", &bearer), ("sec-websocket-protocol", &protocol)] {
            rig.knock_with("/ws/query", &[(name, value)]).await.unwrap().next().await;
        }
        for bad in [&expired, &forged, &format!("{token}x")] {
            told += &rig.knock(&format!("/ws/query?token={bad}")).await.next().await.to_string();
            told += &rig
                .request(Method::GET, &format!("/api/sessions/{session}?token={bad}"), "")
                .await
                .1
                .to_string();
        }
        rig.open(&format!("/ws/progress/{session}?token={token}")).await;
        let theirs = rig.knock(&format!("/ws/progress/{session}?token={other}")).await.next().await;
        told += &theirs.to_string();
        rig.knock_with(&format!("/ws/nowhere/{session}?token={token}"), &[]).await.err().unwrap();
        let evil = [("origin", "https://evil.example")];
        rig.knock_with(&format!("/ws/progress/{session}?token={token}"), &evil).await.err().unwrap();
        for (method, path) in [
            (Method::GET, format!("/api/sessions/{session}?token={token}")),
            (Method::PUT, format!("/api/sessions/{session}?token={token}")),
            (Method::GET, format!("/api/progress/{session}?poll=1&token={token}")),
            (Method::GET, format!("/nowhere/{session}?token={token}")),
        ] {
            rig.request(method, &path, "").await;
        }
        let deleted =
            rig.request(Method::DELETE, &format!("/api/sessions/{session}?token={token}"), "").await;
        told += &deleted.1.to_string();
        let metrics = rig.request(Method::GET, "/metrics", "").await.1;
        rig.shutdown.stop();
        rig.ended().await;

        let mut secrets = vec![session.to_owned(), "secret123".to_owned(), SECRET.to_owned()];
        for token in [&token, &other, &expired, &forged, &renewed] {
            secrets.extend(parts(token));
        }
        assert_absent(&told, &secrets[3..], "an error");
        assert_absent(metrics.as_str().unwrap(), &secrets, "the metrics");
        secrets
    });
    assert!(log.lines().count() > 50, "the log is there: {log}");
    assert_absent(&log, &secrets, "the log");
}

#[test]
fn configuration_shows_no_secret() {
    let config = reference_server::config::Config { auth: required(), ..Default::default() };
    let shown = format!("{config:?}{}{}", config.to_toml().unwrap(), serde_json::to_value(&config).unwrap());
    assert_absent(&shown, &[SECRET.to_owned()], "the configuration");
    let message: Value = json!({ "type": "token_refresh", "token": "a.b.secret" });
    let read = reference_server::wire::client::Received::read(
        &message.to_string(),
        reference_server::wire::Dialect::Named,
    );
    assert_absent(&format!("{read:?}"), &["a.b.secret".to_owned()], "a message");
}
