//! Who waits for the answer to a `POST`, while somebody else has the session too.

use std::time::Duration;

use serde_json::json;

use crate::checks::query::run::{ATTEMPTS, query, work};
use crate::checks::{Context, Step, Stop, field};
use crate::peer::{Request, Response};
use crate::target::Door;

/// Time for a query over HTTP (before scaling).
const WORK: Duration = Duration::from_secs(6);

/// The answer to a question that was cancelled by a socket of its session while its asker waited.
pub(in crate::checks) async fn cancelled(cx: &Context) -> Step<Response> {
    for _ in 0..ATTEMPTS {
        let session = cx.fresh_session();
        let (mut peer, _) = cx.join(Door::Query, &session).await?;
        let question = query(&json!({"session_id": session}));
        let asking = cx.http_within(Request::post_json(&cx.target().rest("/api/query"), &question), WORK);
        let cancelling = async {
            let accepted = peer.expect_type("query_accepted", work(cx)).await?.value;
            let transaction = field::text(&accepted, "transaction_id")?;
            peer.send(&json!({"type": "command", "action": "cancel", "transaction_id": transaction})).await;
            Step::Ok(peer.expect_type("command_result", cx.soon()).await?.value)
        };
        let (answer, told) = tokio::join!(asking, cancelling);
        if told?["status"] == "cancelled" {
            return answer;
        }
    }
    Err(Stop::Harness(format!("{ATTEMPTS} queries in a row ended before they could be cancelled")))
}
