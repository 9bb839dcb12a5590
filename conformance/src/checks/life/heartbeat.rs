//! `heartbeat` and what its answer says about the server and the connection.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::session::asking::{ask, terminal};
use crate::checks::{Check, Context, Deadline, Peer, ReasonCode, Step, ensure, fail, field};
use crate::target::Door;

/// Time for the answer to a heartbeat on an idle machine.
const BEAT: Duration = Duration::from_millis(100);
/// A machine may be busy once, or twice.
const TRIES: u32 = 4;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "life.heartbeat-status",
            "a heartbeat_response says how the server is",
            &["life.heartbeat-status"],
            status,
        ),
        Check::new(
            "life.heartbeat-connection",
            "connection_id names the user",
            &["life.heartbeat-connection"],
            connection,
        ),
        Check::new(
            "life.heartbeat-client",
            "client_id is the connection's own",
            &["life.heartbeat-client"],
            client,
        ),
        Check::new("life.heartbeat-top", "top is the session's", &["life.heartbeat-top"], top),
        Check::new(
            "life.heartbeat-during-query",
            "heartbeats are answered while a query runs",
            &["life.heartbeat-during-query"],
            during_query,
        )
        .tags(&["slow"]),
    ]
}

/// Sends a heartbeat with these fields; gives the answer.
pub(super) async fn beat(cx: &Context, peer: &mut Peer, fields: &Value) -> Step<Value> {
    send(peer, fields).await;
    Ok(peer.expect_type("heartbeat_response", cx.soon()).await?.value)
}

async fn send(peer: &Peer, fields: &Value) {
    let mut message = json!({"type": "heartbeat"});
    if let (Some(message), Value::Object(fields)) = (message.as_object_mut(), fields) {
        message.extend(fields.clone());
    }
    peer.send(&message).await;
}

/// One of the three words, and the instant.
async fn status(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let response = beat(&cx, &mut peer, &json!({})).await?;
    field::equals(&response, "type", "heartbeat_response")?;
    let status = field::text(&response, "server_status")?;
    let known = ["healthy", "degraded", "draining"].contains(&status);
    ensure(known, ReasonCode::WrongValue, "server_status healthy, degraded or draining", status)?;
    field::timestamp(&response, "timestamp").map(|_| ())
}

/// `backend_` and the user of the handshake.
async fn connection(cx: Context) -> Step {
    let user = format!("ada-{}", cx.fresh_session());
    let (mut peer, _) = cx.join_with(Door::Query, &cx.fresh_session(), json!({"user_id": user})).await?;
    let response = beat(&cx, &mut peer, &json!({})).await?;
    field::equals(&response, "connection_id", format!("backend_{user}"))
}

/// The one `connection_established` gave to this connection.
async fn client(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut first, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "one"})).await?;
    let (mut second, _) = cx.join_with(Door::Query, &session, json!({"agent_id": "two"})).await?;
    for peer in [&mut first, &mut second] {
        let given = field::text(peer.established(), "client_id")?.to_owned();
        field::equals(&beat(&cx, peer, &json!({})).await?, "client_id", given)?;
    }
    Ok(())
}

/// The offset of the newest event of the session, as the client itself has seen it.
async fn top(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    field::equals(&beat(&cx, &mut peer, &json!({})).await?, "top", 0)?;
    ask(&peer, "q").await;
    let last = terminal(&cx, &mut peer, "q").await?;
    let offset = field::integer(&last.value, "offset")?;
    field::equals(&beat(&cx, &mut peer, &json!({})).await?, "top", offset)
}

/// The quickest of some heartbeats, each sent right behind `query_accepted`, is answered in time.
async fn during_query(cx: Context) -> Step {
    let mut shortest = Duration::MAX;
    for number in 0..TRIES {
        let mut peer = cx.open(Door::Query).await?;
        ask(&peer, "work").await;
        peer.expect_type("query_accepted", cx.soon()).await?;
        let deadline = cx.within(BEAT);
        send(&peer, &json!({"correlation_id": number})).await;
        // Late ones are waited for, to tell them from none.
        let patient = Deadline::new(deadline.start(), cx.soon().limit(), Duration::ZERO);
        let answer = peer.expect_type("heartbeat_response", patient).await?;
        if !deadline.is_late(answer.at) {
            return Ok(());
        }
        shortest = shortest.min(answer.at - deadline.start());
    }
    let expected = format!("a heartbeat_response within {BEAT:?} during a query");
    fail(ReasonCode::Late, expected, format!("{shortest:?} at best"))
}
