//! Asking a question and waiting for its end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::{Context, Deadline, Peer, Received, Step, field};

/// Time for a question to come to its end.
const WORK: Duration = Duration::from_secs(6);
/// Time after it in which the end is late, not missing: a check has no time for more.
const GRACE: Duration = Duration::from_millis(500);

/// The limit for the end of a question asked now; it leaves a check the time to judge.
pub(in crate::checks) fn work(cx: &Context) -> Deadline {
    let deadline = cx.within(WORK);
    let limit = deadline.limit().min(cx.pace().limit.mul_f64(0.7));
    Deadline::new(deadline.start(), limit, GRACE)
}

/// Asks a question every system of this kind can answer; the answers are still to come.
pub(in crate::checks) async fn ask(peer: &Peer, id: &str) {
    peer.send(&json!({"type": "query", "id": id, "query": "show revenue"})).await;
}

/// Whether a message is the end of the query asked as `id`.
pub(in crate::checks) fn ends(message: &Value, id: &str) -> bool {
    message["id"] == id && matches!(field::name(message), "query_result" | "query_cancelled" | "error")
}

/// The terminal message of the query asked as `id`.
pub(in crate::checks) async fn terminal(cx: &Context, peer: &mut Peer, id: &str) -> Step<Received> {
    peer.expect("the end of the query", work(cx), |value| ends(value, id)).await
}
