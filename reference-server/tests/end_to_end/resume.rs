//! Resume over real sockets: cuts at random, hand-over under load, and the ends of the rule.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::rig::{Peer, Rig, soon};

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A history that holds whatever a test makes.
async fn wide() -> Rig {
    Rig::with(|config| {
        config.limits.history_events = 100_000;
        config.limits.history_bytes = 1 << 30;
        config.limits.rate_limit = 1_000_000;
        config.limits.queue_messages = 100_000;
        config.limits.queue_bytes = 1 << 30;
        config.timers.progress_interval = Duration::ZERO;
    })
    .await
}

/// Comes (back) as the agent `tab` by the progress door or by handshake; gives what was answered to the resume.
async fn come(rig: &Rig, session: &str, epoch: &str, seen: u64, by_door: bool) -> (Peer, Value) {
    let mut peer = if by_door {
        rig.open(&format!("/ws/progress/{session}?epoch={epoch}&offset={seen}&agent_id=tab")).await.0
    } else {
        let resume = json!({ "epoch": epoch, "offset": seen });
        rig.joined(json!({ "session_id": session, "agent_id": "tab", "resume": resume })).await.0
    };
    let resumed = peer.until("resumed").await;
    (peer, resumed)
}

/// Is cut and resumes at random until it has seen all that `asking` makes; every event must be the next one.
async fn wander(
    rig: &Rig,
    session: &str,
    epoch: &str,
    seed: u64,
    asking: tokio::task::JoinHandle<u64>,
) -> u64 {
    let (mut dice, mut seen, mut cuts) = (Dice(seed), 0, 0);
    let mut last = None;
    let mut asking = Some(asking);
    while last != Some(seen) {
        let (mut peer, resumed) = come(rig, session, epoch, seen, dice.below(2) == 0).await;
        assert_eq!(resumed["reason"], "OK", "{resumed}");
        for _ in 0..dice.below(9) {
            // Nothing more comes when all has been seen.
            let Some(event) = peer.next_within(Duration::from_millis(200)).await else { break };
            assert_eq!(event["offset"], seen + 1, "{event}");
            seen += 1;
        }
        drop(peer);
        cuts += 1;
        if asking.as_ref().is_some_and(tokio::task::JoinHandle::is_finished) {
            last = Some(asking.take().unwrap().await.unwrap());
        }
    }
    cuts
}

/// Asks `count` streamed questions one after another in `session`; gives the session's top in the end.
async fn ask(mut asker: Peer, count: usize, rows: usize) -> u64 {
    let mut top = 0;
    for _ in 0..count {
        let preferences = json!({ "stream": true });
        let query = format!("rows {rows}");
        asker.send(json!({ "type": "query", "query": query, "preferences": preferences })).await;
        top = asker.until("query_result").await["offset"].as_u64().unwrap();
    }
    top
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_1_cut_in_mid_stream_every_event_comes_exactly_once_and_in_order() {
    let rig = wide().await;
    for seed in 1..4 {
        let session = format!("session_cut_{seed}");
        let (asker, acknowledged) = rig.joined(json!({ "session_id": session })).await;
        let epoch = acknowledged["epoch"].as_str().unwrap().to_owned();
        let asking = tokio::spawn(ask(asker, 6, 5_000));
        let cuts = wander(&rig, &session, &epoch, seed, asking).await;
        assert!(cuts > 5, "it was cut {cuts} times");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_3_hand_over_from_replay_to_live_over_sockets_leaves_no_gap() {
    let rig = wide().await;
    let (asker, acknowledged) = rig.joined(json!({ "session_id": "session_hand_over" })).await;
    let epoch = acknowledged["epoch"].as_str().unwrap().to_owned();
    let asking = tokio::spawn(ask(asker, 40, 10));
    let mut dice = Dice(7);
    while !asking.is_finished() {
        // Joins in the midst of publishing, and follows over the seam.
        let (mut peer, resumed) = come(&rig, "session_hand_over", &epoch, 0, dice.below(2) == 0).await;
        let top = resumed["top"].as_u64().unwrap();
        for offset in 1..=top {
            assert_eq!(peer.next().await["offset"], offset);
        }
        for offset in top + 1..=top + dice.below(4) {
            if asking.is_finished() {
                break;
            }
            let event = peer.next_within(Duration::from_secs(1)).await;
            if let Some(event) = event {
                assert_eq!(event["offset"], offset);
            }
        }
    }
    soon(asking).await.unwrap();
}

#[tokio::test]
async fn fault_4_resuming_twice_with_nothing_new_replays_nothing() {
    let rig = Rig::new().await;
    let (mut asker, acknowledged) = rig.joined(json!({ "session_id": "session_twice" })).await;
    asker.send(json!({ "type": "query", "query": "x" })).await;
    let top = asker.until("query_result").await["offset"].as_u64().unwrap();
    let epoch = acknowledged["epoch"].as_str().unwrap();
    for by_door in [true, false, true] {
        let (mut peer, resumed) = come(&rig, "session_twice", epoch, top, by_door).await;
        let told = [&resumed["recovered"], &resumed["from"], &resumed["to"], &resumed["top"]];
        assert_eq!(told, [&json!(true), &Value::Null, &Value::Null, &json!(top)]);
        peer.send(json!({ "type": "ping" })).await;
        assert_eq!(peer.next().await["type"], "pong", "nothing came in between");
    }
}

#[tokio::test]
async fn fault_5_cut_before_the_first_event_is_recovered_with_nothing() {
    let rig = Rig::new().await;
    // One that shook hands, and one that was only told its session.
    let (named, acknowledged) = rig.joined(json!({ "user_id": "ann" })).await;
    let (unnamed, established) = rig.open("/ws/query").await;
    drop((named, unnamed));
    for (told, user) in [(acknowledged, json!("ann")), (established, Value::Null)] {
        let resume = json!({ "epoch": told["epoch"], "offset": 0 });
        let session = told["session_id"].clone();
        let back = json!({ "session_id": session, "user_id": user, "resume": resume, "agent_id": "tab" });
        let (mut peer, _) = rig.joined(back).await;
        let resumed = peer.next().await;
        assert_eq!((&resumed["reason"], &resumed["top"]), (&json!("OK"), &json!(0)), "{resumed}");
        peer.send(json!({ "type": "query", "query": "x" })).await;
        assert_eq!(peer.next().await["offset"], 1);
    }
}

#[tokio::test]
async fn fault_6_a_resume_supersedes_its_old_socket_before_limits_are_counted() {
    let rig = Rig::new().await;
    let session = json!({ "session_id": "session_full", "agent_id": "tab" });
    let (mut old, acknowledged) = rig.joined(session.clone()).await;
    let mut others = Vec::new();
    for number in 0..2 {
        let other = json!({ "session_id": "session_full", "agent_id": format!("other_{number}") });
        others.push(rig.joined(other).await.0);
    }
    let epoch = acknowledged["epoch"].as_str().unwrap();
    let (_peer, resumed) = come(&rig, "session_full", epoch, 0, true).await;
    assert_eq!(resumed["recovered"], true);
    assert_eq!(old.closed().await, (1000, "Superseded".to_owned()));
    for other in &mut others {
        other.send(json!({ "type": "ping" })).await;
        assert_eq!(other.next().await["type"], "pong", "the others are unharmed");
    }
    let (status, view) = rig.request(Method::GET, "/api/sessions/session_full", "").await;
    assert_eq!((status.as_u16(), &view["connections"]), (200, &json!(3)));
}

#[tokio::test]
async fn fault_9_an_offset_from_the_future_is_told_and_does_not_hang() {
    let rig = Rig::new().await;
    let (_first, acknowledged) = rig.joined(json!({ "session_id": "session_ahead" })).await;
    let epoch = acknowledged["epoch"].as_str().unwrap();
    for by_door in [true, false] {
        let (mut peer, resumed) = come(&rig, "session_ahead", epoch, u64::MAX, by_door).await;
        assert_eq!((&resumed["reason"], &resumed["recovered"]), (&json!("FUTURE_OFFSET"), &json!(false)));
        assert_eq!(peer.next().await["type"], "session_snapshot");
        peer.send(json!({ "type": "query", "query": "x" })).await;
        let events = peer.up_to("query_result").await;
        assert!(events.iter().all(|event| event["offset"].is_u64()), "it is live again: {events:?}");
    }
}

#[tokio::test]
async fn fault_11_another_users_session_is_refused_by_handshake() {
    let rig = Rig::new().await;
    let (_ann, acknowledged) = rig.joined(json!({ "session_id": "session_anns", "user_id": "ann" })).await;
    let (mut bob, _) = rig.open("/ws/query").await;
    let resume = json!({ "epoch": acknowledged["epoch"], "offset": 0 });
    bob.send(json!({
        "type": "connection_handshake", "session_id": "session_anns", "user_id": "bob", "resume": resume,
    }))
    .await;
    let refused = bob.next().await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("INVALID_SESSION")));
    assert_eq!(bob.closed().await, (1008, "Invalid session".to_owned()));
}

/// A figure of the metrics page, all its labels together.
async fn figure(rig: &Rig, name: &str) -> f64 {
    let (_, page) = rig.request(Method::GET, "/metrics", "").await;
    let lines = page
        .as_str()
        .unwrap()
        .lines()
        .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_20_many_reconnects_at_once_cause_no_database_query() {
    const CLIENTS: usize = 300;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.sqlite");
    let rig = Rig::with(|config| config.state.file = Some(file)).await;
    let (mut asker, _) = rig.joined(json!({ "session_id": "session_asker" })).await;
    asker.send(json!({ "type": "query", "query": "x" })).await;
    asker.until("query_result").await;
    let open = |number: usize, resume: Value| {
        let session = format!("session_{number:06}");
        rig.joined(json!({ "session_id": session, "user_id": "u", "agent_id": "tab", "resume": resume }))
    };
    let first: Vec<(Peer, Value)> =
        futures_util::future::join_all((0..CLIENTS).map(|number| open(number, Value::Null))).await;
    // The one statement that each new session costs is written.
    soon(async {
        while figure(&rig, "state_statements").await < (CLIENTS + 1) as f64 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let before = (figure(&rig, "state_statements").await, figure(&rig, "call_duration_seconds_count").await);
    let points: Vec<Value> =
        first.iter().map(|(_, told)| json!({ "epoch": told["epoch"], "offset": 0 })).collect();
    drop(first);
    let back = (0..CLIENTS).zip(points).map(|(number, point)| async move {
        let (mut peer, _) = open(number, point).await;
        assert_eq!(peer.next().await["recovered"], true);
        peer
    });
    let back = futures_util::future::join_all(back).await;
    assert_eq!(back.len(), CLIENTS);
    // No agent was called, so nobody could have asked a database; and the state file was not written.
    let after = (figure(&rig, "state_statements").await, figure(&rig, "call_duration_seconds_count").await);
    assert_eq!(before, after);
    assert!(before.1 > 0.0, "the figure counts: the question before is in it");
}
