//! What clients say: that which the protocol lets them say is described, and what it does not is not.

use serde_json::{Value, json};

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, now};
use crate::target::Door;

use super::document::{Document, Kind, faults};
use super::operation::body_schema;
use super::speech::{Speaker, Speech};

pub(super) fn checks() -> Vec<Check> {
    vec![
        messages_of!("said-named", "said", "what clients may say is described", named),
        messages_of!("said-typed", "said", "what clients of the typed dialect may say is described", typed),
        messages_of!("said-exact", "exact", "what no client may say is not described", exact),
        answers_of!("said-bodies", "bodies", "bodies that are taken are described", bodies),
        answers_of!("said-bodies-exact", "bodies-exact", "bodies that are not taken are not", bodies_exact),
    ]
}

/// As browsers and programs say it.
fn messages() -> Vec<Value> {
    let info = json!({"browser": "suite", "url": "http://localhost/"});
    let session = "session_1234567890123_abcdefghi";
    vec![
        json!({"type": "connection_handshake"}),
        json!({
            "type": "connection_handshake", "agent_id": "a", "agent_type": "frontend", "user_id": "ada",
            "session_id": session, "client_info": info, "resume": {"epoch": "e", "offset": 3},
            "capabilities": ["query_processing", "real_time_updates", "heartbeat"],
        }),
        json!({"type": "ping"}),
        json!({"type": "ping", "id": 5}),
        json!({"type": "heartbeat", "correlation_id": "c"}),
        json!({"type": "subscribe", "events": ["progress_update"]}),
        json!({"type": "unsubscribe", "events": []}),
        json!({"type": "query", "query": "show revenue"}),
        json!({
            "type": "query", "query": "show revenue", "id": "a", "query_id": "b", "correlation_id": null,
            "session_id": session, "database_context": {"database": "d", "tables": ["t"]},
            "preferences": {"output_format": "json", "stream": true, "max_rows": 10, "workflow": "bi"},
        }),
        json!({"type": "command", "action": "cancel", "transaction_id": "t"}),
        json!({"type": "command", "action": "retry", "transaction_id": "t", "id": "c"}),
        json!({"type": "query", "query": "show revenue", "a_field_of_the_suite": {"x": [1]}}),
    ]
}

async fn said(cx: &Context, door: &Door, messages: Vec<Value>) -> Step {
    let document = Document::of(cx, Kind::Messages).await?;
    let speech = Speech::of(cx, &document, door, Speaker::Client)?;
    messages.iter().try_for_each(|message| speech.judge(message))
}

async fn named(cx: Context) -> Step {
    said(&cx, &Door::Query, messages()).await?;
    said(&cx, &Door::Chat, vec![json!({"type": "chat_message", "message": "show revenue", "id": "a"})]).await
}

/// With `timestamp`, and with the fields in `params` or beside them.
async fn typed(cx: Context) -> Step {
    let mut all = Vec::new();
    for mut flat in messages() {
        flat["timestamp"] = now().into();
        let mut params = flat.clone();
        let mut envelope = json!({"type": flat["type"], "timestamp": flat["timestamp"]});
        if let Some(fields) = params.as_object_mut() {
            fields.retain(|name, _| !matches!(name.as_str(), "type" | "timestamp"));
        }
        envelope["params"] = params;
        all.extend([flat, envelope]);
    }
    said(&cx, &Door::Demo, all).await
}

async fn exact(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Messages).await?;
    let flat = vec![
        json!({}),
        json!({"type": "no_such_type_of_the_suite"}),
        json!({"type": "query"}),
        json!({"type": "query", "query": 5}),
        json!({"type": "subscribe", "events": "all"}),
        json!({"type": "command", "action": "stop", "transaction_id": "t"}),
    ];
    let unstamped = vec![json!({"type": "query", "query": "show revenue"}), json!({"type": "ping"})];
    for (door, messages) in [(Door::Query, flat), (Door::Demo, unstamped)] {
        let speech = Speech::of(&cx, &document, &door, Speaker::Client)?;
        for message in messages {
            if speech.describes(&message)? {
                let expected = format!("no message of clients at {} to be as", cx.target().doors.path(&door));
                return fail(ReasonCode::Accepted, expected, message.to_string());
            }
        }
    }
    Ok(())
}

/// Path and body.
type Body = (&'static str, Value);

fn good() -> Vec<Body> {
    let session = "session_1234567890123_abcdefghi";
    vec![
        ("/api/query", json!({"query": "show revenue"})),
        (
            "/api/query",
            json!({"query": "show revenue", "id": "a", "query_id": 5, "session_id": session,
                   "database_context": {"database": "d"}, "preferences": {"max_rows": 10}}),
        ),
        ("/api/sessions", json!({})),
        ("/api/sessions", json!({"session_id": session, "user_id": "ada"})),
        ("/api/database/select", json!({"session_id": session, "database": "d", "tables": ["t"]})),
        ("/api/database/validate", json!({"database": "d"})),
    ]
}

fn bad() -> Vec<Body> {
    vec![
        ("/api/query", json!({})),
        ("/api/query", json!({"query": 5})),
        ("/api/query", json!([])),
        ("/api/database/validate", json!({"database": 5})),
    ]
}

async fn bodies(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    for (path, body) in good() {
        let (count, text) = faults(&body_schema(&document, "POST", path)?, &body);
        ensure(count == 0, ReasonCode::WrongValue, &format!("{body} as a body of {path}"), text)?;
    }
    Ok(())
}

async fn bodies_exact(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    for (path, body) in bad() {
        let (count, _) = faults(&body_schema(&document, "POST", path)?, &body);
        ensure(count > 0, ReasonCode::Accepted, &format!("no body of {path} to be as"), body)?;
    }
    Ok(())
}
