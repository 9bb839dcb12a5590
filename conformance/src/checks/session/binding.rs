//! Who a session belongs to, and who is in it.

use serde_json::{Value, json};

use super::asking::{ask, ends, terminal, work};
use super::shaking::{acknowledged, refused};
use crate::checks::{Check, Context, Step, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "session.shared",
            "a second connection joins the same session",
            &["session.shared"],
            shared,
        ),
        Check::new(
            "session.other-user",
            "another user's session is not joined",
            &["session.other-user"],
            other_user,
        ),
        Check::new(
            "session.other-user-harmless",
            "who tries another's session does its owner no harm",
            &["session.other-user-harmless"],
            other_user_harmless,
        ),
        Check::new(
            "session.query-before-handshake",
            "a query asked before the handshake still reaches its asker",
            &["session.query-before-handshake"],
            query_before_handshake,
        ),
    ]
}

/// The second connection is acknowledged with the first one's session, epoch included.
async fn shared(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_first, one) = cx.join_with(Door::Query, &session, json!({"agent_id": "one"})).await?;
    let (_second, two) = cx.join_with(Door::Query, &session, json!({"agent_id": "two"})).await?;
    field::equals(&two, "session_id", session)?;
    field::equals(&two, "epoch", field::text(&one, "epoch")?)
}

/// A session bound to one user is refused to another: `INVALID_SESSION`, then 1008 "Invalid session".
async fn other_user(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_owner, _) = cx.join_with(Door::Query, &session, json!({"user_id": "ada"})).await?;
    let mut other = cx.open_of(Door::Query, "eve").await?;
    let fields = json!({"session_id": session, "user_id": "eve"});
    refused(&cx, &mut other, &fields, "INVALID_SESSION").await?;
    other.expect_close(1008, Some("Invalid session"), cx.soon()).await.map(|_| ())
}

/// The owner's connection stays open, and the session stays the owner's.
async fn other_user_harmless(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (mut owner, _) = cx.join_with(Door::Query, &session, json!({"user_id": "ada"})).await?;
    let mut other = cx.open_of(Door::Query, "eve").await?;
    let fields = json!({"session_id": session, "user_id": "eve"});
    refused(&cx, &mut other, &fields, "INVALID_SESSION").await?;
    owner.expect_open(cx.soon()).await?;
    let mut again = cx.open_of(Door::Query, "ada").await?;
    let fields = json!({"session_id": session, "user_id": "ada", "agent_id": "again"});
    acknowledged(&cx, &mut again, &fields).await.map(|_| ())
}

/// The end of such a query comes, as an event of the session the connection had when it asked.
async fn query_before_handshake(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let before = peer.session_id()?.to_owned();
    ask(&peer, "early").await;
    // Only accepted queries count as asked before.
    peer.expect_type("query_accepted", cx.soon()).await?;
    peer.send(&json!({"type": "connection_handshake", "session_id": cx.fresh_session()})).await;
    let acknowledges = |value: &Value| field::name(value) == "connection_acknowledged";
    let either = |value: &Value| acknowledges(value) || ends(value, "early");
    let first = peer.expect("connection_acknowledged", work(&cx), either).await?;
    // A quick query may have ended before the handshake was read.
    let end = if acknowledges(&first.value) { terminal(&cx, &mut peer, "early").await? } else { first };
    field::equals(&end.value, "session_id", before)
}
