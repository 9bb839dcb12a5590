//! Handshakes that are refused, and what becomes of the connection.

use rand::Rng as _;
use serde_json::{Value, json};

use super::shaking::{acknowledged, refused};
use crate::checks::{Check, Context, Step, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "session.wrong-type",
            "a field of the wrong type is INVALID_MESSAGE",
            &["session.wrong-type"],
            wrong_type,
        ),
        Check::new(
            "session.refused-then-right",
            "a refused handshake does not count as the one",
            &["session.refused-then-right"],
            refused_then_right,
        ),
        Check::new(
            "session.malformed-id",
            "a malformed session id ends the connection",
            &["session.malformed-id"],
            malformed_id,
        ),
        Check::new(
            "session.id-lengths",
            "the shortest and the longest session id are taken",
            &["session.id-lengths"],
            id_lengths,
        ),
        Check::new(
            "session.second-handshake",
            "a second handshake is ALREADY_ESTABLISHED",
            &["session.second-handshake"],
            second_handshake,
        ),
    ]
}

/// Each known field is refused with another type, and the connection stays.
async fn wrong_type(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    for fields in [
        json!({"agent_id": 7}),
        json!({"agent_type": ["frontend"]}),
        json!({"user_id": true}),
        json!({"session_id": 12_345_678}),
        json!({"capabilities": "heartbeat"}),
        json!({"capabilities": [1, 2]}),
        json!({"client_info": "a browser"}),
    ] {
        refused(&cx, &mut peer, &fields, "INVALID_MESSAGE").await?;
    }
    peer.expect_open(cx.soon()).await
}

/// After a refused handshake a right one is acknowledged, as if it were the first.
async fn refused_then_right(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    refused(&cx, &mut peer, &json!({"capabilities": "heartbeat"}), "INVALID_MESSAGE").await?;
    let session = cx.fresh_session();
    let answer = acknowledged(&cx, &mut peer, &json!({"session_id": session})).await?;
    field::equals(&answer, "session_id", session)
}

/// Ids too short, too long, or with other characters: `INVALID_SESSION`, then 1008 "Invalid session".
async fn malformed_id(cx: Context) -> Step {
    let long = format!("{:a<129}", cx.fresh_session());
    for id in ["seven_7", &long, "session.1234567", "session 1234567", "séssion_1234567", "../../etc/passwd"]
    {
        let mut peer = cx.open(Door::Query).await?;
        refused(&cx, &mut peer, &json!({"session_id": id}), "INVALID_SESSION").await?;
        peer.expect_close(1008, Some("Invalid session"), cx.soon()).await?;
    }
    Ok(())
}

/// 8 characters, 128 characters, and what browsers make.
async fn id_lengths(cx: Context) -> Step {
    for length in [8, 128] {
        let id: String = (0..length).map(|_| char::from(b'a' + rand::rng().random_range(0..26))).collect();
        let mut peer = cx.open(Door::Query).await?;
        let answer = acknowledged(&cx, &mut peer, &json!({"session_id": id})).await?;
        field::equals(&answer, "session_id", id)?;
    }
    let digits = rand::rng().random_range(1_000_000_000_000_u64..10_000_000_000_000);
    let id = format!("session_{digits}_{}", char::from(b'a' + rand::rng().random_range(0..26)));
    let mut peer = cx.open(Door::Query).await?;
    let answer = acknowledged(&cx, &mut peer, &json!({"session_id": id})).await?;
    field::equals(&answer, "session_id", Value::from(id))
}

/// One handshake a connection: the second is refused, and the connection stays.
async fn second_handshake(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let again = json!({"agent_id": "suite", "session_id": cx.fresh_session()});
    refused(&cx, &mut peer, &again, "ALREADY_ESTABLISHED").await?;
    peer.expect_open(cx.soon()).await
}
