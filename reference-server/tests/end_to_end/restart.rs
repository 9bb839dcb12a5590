//! What survives a restart, an orderly one and a crash: sessions, their owners, what was selected.

use std::path::{Path, PathBuf};

use http::{Method, StatusCode};
use reference_server::config::Config;
use reference_server::serve::{Listeners, Role, ServeError, Server};
use reference_server::state::StateError;
use serde_json::{Value, json};

use crate::rig::Rig;

fn config(config: &mut Config, file: &Path) {
    let free = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    (config.listen.agents, config.listen.mcp) = (free, free);
    config.database.directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("data");
    config.state.file = Some(file.to_owned());
}

async fn start(file: &Path) -> Rig {
    Rig::of(Role::All, |it| config(it, file)).await
}

/// Uses a server as people do; gives the epoch of the session.
async fn use_it(rig: &Rig) -> Value {
    let ann = json!({ "session_id": "session_kept", "user_id": "ann" });
    let (mut peer, acknowledged) = rig.joined(ann).await;
    let body = json!({ "session_id": "session_kept", "database": "tpch", "tables": ["orders"] });
    let (status, told) = rig.request(Method::POST, "/api/database/select", &body.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    peer.until("database_context_changed").await;
    rig.request(Method::POST, "/api/sessions", r#"{"session_id":"session_over"}"#).await;
    let (status, _) = rig.request(Method::DELETE, "/api/sessions/session_over", "").await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    peer.close().await;
    acknowledged["epoch"].clone()
}

/// Finds everything as it was, but for the events.
async fn find_it(rig: &Rig, epoch: &Value) {
    let resume = json!({ "epoch": epoch, "offset": 1 });
    let ann = json!({ "session_id": "session_kept", "user_id": "ann", "resume": resume });
    let (mut peer, acknowledged) = rig.joined(ann).await;
    let context = json!({ "database": "tpch", "tables": ["orders"], "source": "session" });
    assert_eq!(acknowledged["recovered_database_context"], context);
    assert_ne!(&acknowledged["epoch"], epoch, "its events are gone, so this is another life");
    let resumed = peer.next().await;
    assert_eq!((&resumed["reason"], &resumed["recovered"]), (&json!("EPOCH_MISMATCH"), &json!(false)));
    assert_eq!(peer.next().await["type"], "session_snapshot");
    // Known, and still Ann's.
    let (mut watcher, _) = rig.open("/ws/progress/session_kept").await;
    watcher.close().await;
    let (mut bob, _) = rig.open("/ws/query").await;
    bob.send(json!({ "type": "connection_handshake", "session_id": "session_kept", "user_id": "bob" })).await;
    assert_eq!(bob.next().await["code"], "INVALID_SESSION");
    // What Ann selected is offered to a new session of hers too.
    let (_new, acknowledged) = rig.joined(json!({ "user_id": "ann" })).await;
    assert_eq!(acknowledged["recovered_database_context"]["source"], "user");
    // What was over is over, and not unknown.
    let (status, refused) = rig.request(Method::GET, "/api/sessions/session_over", "").await;
    assert_eq!((status, &refused["code"]), (StatusCode::GONE, &json!("SESSION_EXPIRED")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_keeps_sessions_their_owners_and_their_databases() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    let rig = start(&file).await;
    let epoch = use_it(&rig).await;
    rig.shutdown.drain();
    rig.ended().await;
    let rig = start(&file).await;
    find_it(&rig, &epoch).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_keeps_what_was_written_until_then() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    let rig = start(&file).await;
    let epoch = use_it(&rig).await;
    // The files as a killed process leaves them: nothing more is written after this.
    let after = folder.path().join("after").join("state.sqlite");
    std::fs::create_dir(after.parent().unwrap()).unwrap();
    crate::rig::soon(async {
        loop {
            for end in ["", "-wal"] {
                let name = |path: &Path| PathBuf::from(format!("{}{end}", path.display()));
                if name(&file).exists() {
                    std::fs::copy(name(&file), name(&after)).unwrap();
                }
            }
            let written = reference_server::state::Journal::open(&after);
            if written.is_ok_and(|(_, saved)| {
                let over = saved.sessions.iter().any(|session| session.ended.is_some());
                over && saved.sessions.len() == 2 && saved.users.len() == 1
            }) {
                break;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    let again = start(&after).await;
    find_it(&again, &epoch).await;
}

/// Why a backend can't start with that state file.
async fn refused(file: &Path) -> ServeError {
    let mut settings = Config::default();
    config(&mut settings, file);
    settings.listen.backend = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let listeners = Listeners::bind(&settings, Role::Backend).await.unwrap();
    Server::prepare(listeners, settings).await.err().expect("a refusal")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_has_a_state_file_and_a_damaged_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    let rig = start(&file).await;
    let error = refused(&file).await;
    assert!(matches!(error, ServeError::State(StateError::InUse { .. })), "{error}");
    // The first has noticed nothing.
    use_it(&rig).await;
    let damaged = folder.path().join("damaged.sqlite");
    std::fs::write(&damaged, "no database ".repeat(1_000)).unwrap();
    let error = refused(&damaged).await;
    assert!(matches!(error, ServeError::State(StateError::Damaged { .. })), "{error}");
    assert!(error.to_string().contains("damaged.sqlite"), "{error}");
}
