//! How many connections a session may have, and which sessions there are.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::checks::framing::refusal::expect_answer;
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, fail, field};
use crate::target::Door;

use super::answer::{expect_answer_of, expect_error_not, keep_from_idling};

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.connections-per-session",
            "one connection too many of a session is refused",
            &["limits.connections-per-session"],
            one_more,
        ),
        Check::new(
            "limits.connections-unharmed",
            "the other connections of the session don't notice",
            &["limits.connections-unharmed"],
            others_unharmed,
        ),
        Check::new(
            "limits.connections-by-path",
            "the progress door refuses one connection too many before anything else",
            &["limits.connections-by-path"],
            one_more_by_path,
        ),
        Check::new(
            "limits.connections-freed",
            "a place that becomes free can be taken",
            &["limits.connections-freed"],
            freed_place,
        ),
        Check::new(
            "limits.connections-per-process",
            "one connection too many of the process is SERVER_FULL, and a free place can be taken",
            &["limits.connections-per-process"],
            full_process,
        )
        .features(&["few-connections"])
        .variant("few-connections")
        .own_process(),
        Check::new(
            "limits.unknown-session",
            "an unknown session on the progress door is refused",
            &["limits.unknown-session"],
            unknown_session,
        ),
    ]
}

/// Connections of a session, when the target announces nothing.
const MAX_CONNECTIONS: u64 = 3;
/// Connections of the process of the variant.
const PER_PROCESS: usize = 5;
/// More than this are not opened to find out.
const MOST_OPENED: u64 = 32;
/// Time between two attempts to take a place that becomes free.
const RETRY: Duration = Duration::from_millis(25);

/// As many connections of `session` as it may have, all of them open.
async fn full(cx: &Context, session: &str) -> Step<Vec<Peer>> {
    let first = member(cx, session).await?;
    let announced = field::integer(first.established(), "/limits/max_connections_per_session");
    let limit = announced.unwrap_or(MAX_CONNECTIONS);
    if limit > MOST_OPENED {
        return Err(Stop::Harness(format!("{limit} connections are allowed, more than a check opens")));
    }
    let mut peers = vec![first];
    for _ in 1..limit {
        peers.push(member(cx, session).await?);
    }
    all_open(cx, &mut peers).await?;
    Ok(peers)
}

async fn member(cx: &Context, session: &str) -> Step<Peer> {
    let (mut peer, _) = cx.join(Door::Query, session).await?;
    keep_from_idling(cx, &mut peer).await?;
    Ok(peer)
}

/// On a machine that is too slow for the target's timers a connection may be lost, and its place with it:
/// then nothing can be said.
async fn all_open(cx: &Context, peers: &mut [Peer]) -> Step {
    for peer in peers {
        if peer.expect_open(cx.soon()).await.is_err() {
            return Err(Stop::Harness(
                "a connection of the session was lost before all were open".to_owned(),
            ));
        }
    }
    Ok(())
}

/// A connection that asks to join `session`.
async fn asking(cx: &Context, session: &str) -> Step<Peer> {
    let peer = cx.open(Door::Query).await?;
    peer.send(&json!({"type": "connection_handshake", "agent_id": "one-more", "session_id": session})).await;
    Ok(peer)
}

const ACKNOWLEDGED: [&str; 1] = ["connection_acknowledged"];

/// The 4th connection of a session is refused: error, then 1008 "Too many connections".
async fn one_more(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut peers = full(&cx, &session).await?;
    let mut more = asking(&cx, &session).await?;
    let refused = expect_error_not(&mut more, "TOO_MANY_CONNECTIONS", &ACKNOWLEDGED, cx.soon()).await;
    if refused.is_err() {
        all_open(&cx, &mut peers).await?;
    }
    refused?;
    more.expect_close(1008, Some("Too many connections"), cx.soon()).await.map(|_| ())
}

/// The three others don't notice.
async fn others_unharmed(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut peers = full(&cx, &session).await?;
    let mut more = asking(&cx, &session).await?;
    more.expect_close(1008, None, cx.soon()).await?;
    for peer in &mut peers {
        peer.send(&json!({"type": "ping", "id": "unharmed"})).await;
        expect_answer(peer, "unharmed", cx.soon()).await?;
    }
    Ok(())
}

/// The progress door knows the session from its path: it refuses before `connection_established`.
async fn one_more_by_path(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut peers = full(&cx, &session).await?;
    let refused = refused_by_path(&cx, &session, "TOO_MANY_CONNECTIONS", "Too many connections").await;
    if refused.is_err() {
        all_open(&cx, &mut peers).await?;
    }
    refused
}

/// An unknown session on the progress door: error, then 1008 "Invalid session", nothing before.
async fn unknown_session(cx: Context) -> Step {
    refused_by_path(&cx, &cx.fresh_session(), "INVALID_SESSION", "Invalid session").await
}

async fn refused_by_path(cx: &Context, session: &str, code: &str, reason: &str) -> Step {
    refused(cx, &Door::Progress(session.to_owned()), code, reason).await
}

async fn refused(cx: &Context, door: &Door, code: &str, reason: &str) -> Step {
    let mut peer = cx.upgrade(&cx.upgrade_request(door)).await?;
    let first = peer.next_json(&format!("error {code}"), cx.soon()).await?.value;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code} and nothing before it"), first.to_string());
    }
    field::equals(&first, "code", code)?;
    peer.expect_close(1008, Some(reason), cx.soon()).await.map(|_| ())
}

/// The 6th connection of a process that takes 5, whosever they are: `SERVER_FULL`, then 1008 "Server full", nothing
/// before; the five don't notice, and when one has left another may come.
async fn full_process(cx: Context) -> Step {
    let mut peers = Vec::new();
    for _ in 0..PER_PROCESS {
        peers.push(cx.open(Door::Query).await?);
    }
    refused(&cx, &Door::Query, "SERVER_FULL", "Server full").await?;
    all_open(&cx, &mut peers).await?;
    if let Some(mut leaving) = peers.pop() {
        leaving.close(1000, "", cx.soon()).await?;
        leaving.expect_end(cx.soon()).await?;
    }
    let deadline = cx.soon();
    loop {
        let opened = cx.opens(&cx.upgrade_request(&Door::Query)).await;
        if opened.is_ok() || deadline.is_late(Instant::now()) {
            return opened;
        }
        // A server may notice a little later that the connection is gone.
        sleep(RETRY).await;
    }
}

/// When one of the connections has left, another may come.
async fn freed_place(cx: Context) -> Step {
    let session = cx.fresh_session();
    let mut peers = full(&cx, &session).await?;
    if let Some(mut leaving) = peers.pop() {
        leaving.close(1000, "", cx.soon()).await?;
        leaving.expect_end(cx.soon()).await?;
    }
    let deadline = cx.soon();
    loop {
        let mut next = asking(&cx, &session).await?;
        let answer = expect_answer_of(&mut next, "connection_acknowledged", &ACKNOWLEDGED, cx.soon()).await?;
        if field::name(&answer) == "connection_acknowledged" {
            return Ok(());
        }
        if deadline.is_late(Instant::now()) {
            return fail(
                ReasonCode::Refused,
                "connection_acknowledged in the free place",
                answer.to_string(),
            );
        }
        // A server may notice a little later that the connection is gone.
        sleep(RETRY).await;
    }
}
