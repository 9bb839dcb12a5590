//! What the server says reaches the user; what a client does not know it passes over.

use serde_json::{Value, json};

use super::server::{self, Greeting, told};
use crate::checks::{Check, ReasonCode, Step, ensure, ensure_eq, field};
use crate::client::Stage;
use crate::peer::Frame;

pub(super) fn checks() -> Vec<Check> {
    let unknown = &["client.unknown"];
    let progress = &["client.progress"];
    let parts = &["client.partial-results"];
    let errors = &["client.errors"];
    vec![
        Check::client(
            "client.unknown-fields",
            "Fields a client does not know change nothing",
            unknown,
            unknown_fields,
        ),
        Check::client(
            "client.unknown-type",
            "A message of an unknown type changes nothing",
            unknown,
            unknown_type,
        ),
        Check::client(
            "client.unknown-capabilities",
            "Capabilities a client does not know change nothing",
            unknown,
            unknown_capabilities,
        ),
        Check::client(
            "client.broken-json",
            "Text that is no JSON does not end a client",
            &["client.broken-json"],
            broken_json,
        ),
        Check::client("client.result-told", "The result reaches the user", &["client.result"], result_told),
        Check::client(
            "client.large-result",
            "A result of 512 KiB reaches the user whole",
            &["client.result"],
            large_result,
        ),
        Check::client(
            "client.progress-told",
            "Progress reaches the user as it is, labels and time left included",
            progress,
            progress_told,
        ),
        Check::client(
            "client.progress-order",
            "Progress reaches the user in its order",
            progress,
            progress_order,
        ),
        Check::client(
            "client.parts-before-result",
            "Partial results reach the user before the result",
            parts,
            parts_first,
        ),
        Check::client("client.parts-all", "All partial results reach the user", parts, parts_all),
        Check::client("client.error-told", "An error reaches the user with its code", errors, error_told),
        Check::client(
            "client.error-keeps-connection",
            "After an error the connection goes on",
            errors,
            error_keeps,
        ),
        Check::client(
            "client.cancelled-told",
            "That a question was cancelled reaches the user",
            errors,
            cancelled_told,
        ),
        Check::client(
            "client.batch-order",
            "The messages of a batch reach the user in their order",
            &["client.batch"],
            batch_order,
        )
        .features(&["session", "batch"]),
    ]
}

/// The event `result`, with these rows.
async fn result_is(stage: &mut Stage, rows: Value) -> Step {
    let told = stage.event("result", stage.soon()).await?;
    field::equals(&told.value, "/result/rows", rows)
}

async fn unknown_fields(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "with more").await?;
    let mut fields = server::result_of(&json!([[3]]));
    fields["not_yet_invented"] = json!({"deep": [1, {"er": null}]});
    fields["columns"][0]["collation"] = json!("binary");
    server::accept(&mut link, &query, 1).await;
    link.say("query_result", server::event(&query, 2, fields)).await;
    result_is(&mut stage, json!([[3]])).await
}

async fn unknown_type(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "between").await?;
    server::accept(&mut link, &query, 1).await;
    link.say("not_yet_invented", json!({"payload": [1, 2]})).await;
    server::result(&mut link, &query, 2).await;
    result_is(&mut stage, json!([[1]])).await
}

async fn unknown_capabilities(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    let mut link = stage.upgrade().await?.accept().await;
    let greeting = Greeting::default();
    server::establish(&mut link, greeting).await;
    let soon = stage.soon();
    let handshake = stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    let capabilities = json!(["time_travel", "query_processing", "x-unheard-of"]);
    server::acknowledge_with(&mut link, &handshake, greeting, capabilities).await;
    server::ask(&mut stage, &mut link, "all the same").await.map(|_| ())
}

async fn broken_json(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "behind nonsense").await?;
    server::accept(&mut link, &query, 1).await;
    link.send_frame(&Frame::text("{\"type\": \"query_res")).await;
    server::result(&mut link, &query, 2).await;
    result_is(&mut stage, json!([[1]])).await
}

async fn result_told(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "plain").await?;
    server::accept(&mut link, &query, 1).await;
    server::result(&mut link, &query, 2).await;
    result_is(&mut stage, json!([[1]])).await
}

async fn large_result(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "everything").await?;
    let rows: Vec<Value> = (0..5_000).map(|row| json!([row, "x".repeat(96)])).collect();
    server::accept(&mut link, &query, 1).await;
    link.say("query_result", server::event(&query, 2, server::result_of(&json!(rows)))).await;
    let told = stage.event("result", stage.cx.within(std::time::Duration::from_secs(5))).await?;
    let got = field::array(&told.value, "/result/rows")?;
    ensure_eq("number of rows", &got.len(), &rows.len())?;
    ensure(*got == rows, ReasonCode::WrongValue, "the rows that were sent", "other rows")
}

async fn progress_told(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "slowly").await?;
    server::accept(&mut link, &query, 1).await;
    server::progress(&mut link, &query, 2, 40).await;
    let update = told(&mut stage, "progress_update").await?;
    field::equals(&update, "percent", 40)?;
    field::equals(&update, "eta_ms", 1_500)?;
    field::equals(&update, "/current_tasks/nlp", json!(["Processing NLP..."]))
}

async fn progress_order(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "step by step").await?;
    server::accept(&mut link, &query, 1).await;
    for step in 0..5 {
        server::progress(&mut link, &query, 2 + step, step * 20).await;
    }
    let mut percents = Vec::new();
    for _ in 0..5 {
        percents.push(field::integer(&told(&mut stage, "progress_update").await?, "percent")?);
    }
    ensure(
        percents == [0, 20, 40, 60, 80],
        ReasonCode::WrongOrder,
        "0, 20, 40, 60, 80",
        format!("{percents:?}"),
    )
}

/// Sends three parts and the result.
async fn in_parts(stage: &mut Stage) -> Step<crate::client::link::ServerLink> {
    let (mut link, _) = server::open(stage).await?;
    let query = server::ask(stage, &mut link, "in parts").await?;
    server::accept(&mut link, &query, 1).await;
    for part in 0..3 {
        let mut fields = json!({"sequence": part, "rows": [[part]]});
        if part == 0 {
            fields["columns"] = json!([{"name": "n", "type": "integer"}]);
        }
        link.say("partial_result", server::event(&query, 2 + part, fields)).await;
    }
    link.say("query_result", server::event(&query, 5, server::result_of(&json!([])))).await;
    Ok(link)
}

async fn parts_first(mut stage: Stage) -> Step {
    let _link = in_parts(&mut stage).await?;
    let soon = stage.soon();
    let either = |value: &Value| {
        value["event"] == json!("result") || value.pointer("/message/type") == Some(&json!("partial_result"))
    };
    let first = stage.event_with("a partial result", soon, either).await?;
    let part = first.value["event"] == json!("message");
    ensure(part, ReasonCode::Missing, "a partial result before the result", "the result first")
}

async fn parts_all(mut stage: Stage) -> Step {
    let _link = in_parts(&mut stage).await?;
    stage.event("result", stage.soon()).await?;
    let parts: Vec<Value> = stage
        .told("message")
        .iter()
        .filter(|told| told.pointer("/message/type") == Some(&json!("partial_result")))
        .map(|told| told["message"]["rows"].clone())
        .collect();
    let expected = json!([[[0]], [[1]], [[2]]]);
    ensure(json!(parts) == expected, ReasonCode::Lost, &expected.to_string(), json!(parts))
}

async fn send_error(link: &mut crate::client::link::ServerLink, query: &Value) {
    let fields = json!({"code": "QUERY_FAILED", "message": "it broke", "details": {"incident_id": "i-1"}});
    link.say("error", server::event(query, 2, fields)).await;
}

async fn error_told(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "in vain").await?;
    server::accept(&mut link, &query, 1).await;
    send_error(&mut link, &query).await;
    let told = stage.event("error", stage.soon()).await?;
    field::equals(&told.value, "code", "QUERY_FAILED")?;
    field::equals(&told.value, "message", "it broke")
}

async fn error_keeps(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "in vain").await?;
    server::accept(&mut link, &query, 1).await;
    send_error(&mut link, &query).await;
    stage.event("error", stage.soon()).await?;
    server::ask(&mut stage, &mut link, "once more").await.map(|_| ())
}

async fn cancelled_told(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    let query = server::ask(&mut stage, &mut link, "not needed").await?;
    server::accept(&mut link, &query, 1).await;
    link.say("query_cancelled", server::event(&query, 2, json!({"status": "cancelled"}))).await;
    told(&mut stage, "query_cancelled").await.map(|_| ())
}

async fn batch_order(mut stage: Stage) -> Step {
    let (mut link, handshake) = server::open(&mut stage).await?;
    field::contains(&handshake, "capabilities", "batch")?;
    let query = server::ask(&mut stage, &mut link, "together").await?;
    let named = |kind: &str, offset, fields| {
        let mut message = server::event(&query, offset, fields);
        message["type"] = json!(kind);
        message
    };
    let update = |offset, percent: u64| named("progress_update", offset, json!({"percent": percent}));
    let messages =
        json!([named("query_accepted", 1, json!({})), update(2, 10), update(3, 20), update(4, 30)]);
    link.say("batch", json!({"messages": messages})).await;
    let mut percents = Vec::new();
    for _ in 0..3 {
        percents.push(field::integer(&told(&mut stage, "progress_update").await?, "percent")?);
    }
    ensure(percents == [10, 20, 30], ReasonCode::WrongOrder, "10, 20, 30", format!("{percents:?}"))
}
