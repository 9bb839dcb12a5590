//! The WebSocket from the agents to the MCP server: who they say they are, and what they ask.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::traffic::{MCP, calls, introductions, met, question};
use crate::between::{Manner, Passed, What};
use crate::checks::database::choosing::databases;
use crate::checks::query::run::{ask, work};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("tiers", "link", "agents introduce themselves over a WebSocket, then call tools", link),
        check!("tiers", "agent-id", "an agent's id is made from its type and the server's URL", agent_id),
        check!("tiers", "database-in-calls", "every call names the database of its query", database),
        check!("tiers", "pong", "agents answer a ping of the MCP server", pong),
    ]
}

/// Introduction, acknowledgement, calls with ids of their own.
async fn link(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    met(&cx).await?;
    let passed = post.since(0);
    let calls = calls(&passed);
    let Some(call) = calls.iter().find(|call| call.socket) else {
        return fail(ReasonCode::Missing, "a call over a WebSocket", format!("{} over HTTP", calls.len()));
    };
    let on_it: Vec<&Passed> = passed.iter().filter(|one| one.connection == call.connection).collect();
    let said = |one: &&&Passed| matches!(one.what, What::Said(_));
    let first = on_it.iter().find(said).map_or(Value::Null, |one| match &one.what {
        What::Said(said) => said.clone(),
        _ => Value::Null,
    });
    if field::name(&first) != "agent_connected" {
        return fail(ReasonCode::WrongOrder, "agent_connected first", first.to_string());
    }
    let introduction = field::fields(&first);
    field::text(introduction, "agent_id")?;
    field::text(introduction, "agent_type")?;
    field::array(introduction, "capabilities")?;
    let place = |wanted: &dyn Fn(&What) -> bool| on_it.iter().position(|one| wanted(&one.what));
    let acknowledged = place(
        &|what| matches!(what, What::Answered(answer) if field::name(answer) == "connection_acknowledged"),
    );
    let called = place(&|what| matches!(what, What::Said(said) if said["method"] == "tools/call"));
    ensure(
        acknowledged.is_some() && called.is_none_or(|called| acknowledged < Some(called)),
        ReasonCode::Early,
        "no call before the introduction is acknowledged",
        format!("{called:?} of {} messages", on_it.len()),
    )?;
    let mut ids = BTreeSet::new();
    for call in calls.iter().filter(|other| other.connection == call.connection) {
        field::text(&call.request, "/params/name")?;
        field::object(&call.request, "/params/arguments")?;
        let id = field::any(&call.request, "id")?.to_string();
        ensure(ids.insert(id.clone()), ReasonCode::Duplicate, "an id of its own for each call", id)?;
    }
    Ok(())
}

/// `{agent_type}_` and the first 8 hexadecimal digits of the MD5 of `{agent_type}_{server_url}`.
fn id_of(agent_type: &str, url: &str) -> String {
    let digest = Md5::digest(format!("{agent_type}_{url}"));
    digest.iter().take(4).fold(format!("{agent_type}_"), |mut id, octet| {
        // Writing to a String can't fail.
        let _ = write!(id, "{octet:02x}");
        id
    })
}

/// On the first connection, and on the one after it.
async fn agent_id(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    let url = format!("ws://{}/ws", post.given());
    let mut peer = met(&cx).await?;
    let mark = post.mark();
    post.set_manner(Manner::CutsSockets);
    question(&cx, &mut peer).await?;
    post.set_manner(Manner::Open);
    let again = |passed: &[Passed]| (!introductions(passed).is_empty()).then_some(());
    if post.until(mark, "a second introduction", cx.soon(), again).await.is_err() {
        // Who connects only when it is asked is asked.
        question(&cx, &mut peer).await?;
        post.until(mark, "a second introduction", work(&cx), again).await?;
    }
    let passed = post.since(0);
    for (_, introduction) in introductions(&passed) {
        let agent_type = field::text(introduction, "agent_type")?;
        field::equals(introduction, "agent_id", id_of(agent_type, &url))?;
    }
    Ok(())
}

/// A database that is not the default: it is in the statement's call, and each call names one.
async fn database(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    let databases = databases(&cx).await?;
    let (name, _) = databases.other(&cx)?;
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"database_context": {"database": name}})).await?;
    let calls = calls(&post.since(0));
    if calls.is_empty() {
        return fail(ReasonCode::Missing, "calls of the MCP server", "none");
    }
    for call in &calls {
        let database = field::text(&call.request, "/params/arguments/database")?;
        if call.request["params"]["name"] == "execute_query_tool" {
            ensure_eq("database of the statement", &database, &name.as_str())?;
        }
    }
    run.result().map(|_| ())
}

/// With the payload of the ping.
async fn pong(cx: Context) -> Step {
    let post = cx.post(MCP)?;
    post.ping(b"between the tiers");
    met(&cx).await?;
    let ponged = |passed: &[Passed]| {
        let payload = |one: &Passed| match &one.what {
            What::Ponged(payload) => Some(payload.clone()),
            _ => None,
        };
        passed.iter().find_map(payload)
    };
    let payload = post.until(0, "a pong", cx.soon(), ponged).await?;
    let expected = b"between the tiers";
    ensure(
        payload == expected,
        ReasonCode::WrongValue,
        &String::from_utf8_lossy(expected),
        String::from_utf8_lossy(&payload),
    )
}
