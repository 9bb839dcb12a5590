//! The handshake: what a client says of itself, and who it is.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{self, Greeting, SESSION, USER, open};
use crate::checks::{Check, ReasonCode, Step, ensure, fail, field};
use crate::client::Stage;

pub(super) fn checks() -> Vec<Check> {
    let shake = &["client.handshake"];
    let session = &["client.session-id"];
    vec![
        Check::client("client.handshake-first", "The handshake is the first message", shake, first),
        Check::client("client.handshake-once", "There is one handshake a connection", shake, once),
        Check::client("client.handshake-agent-id", "The handshake names the client", shake, agent_id),
        Check::client("client.handshake-agent-type", "The handshake says frontend", shake, |stage| {
            says(stage, "agent_type", "frontend")
        }),
        Check::client("client.handshake-user", "The handshake names the user", shake, |stage| {
            says(stage, "user_id", USER)
        }),
        Check::client(
            "client.handshake-capabilities",
            "The handshake announces queries, updates and heartbeats",
            &["client.capabilities"],
            capabilities,
        ),
        Check::client(
            "client.handshake-client-info",
            "The handshake tells browser and page",
            &["client.client-info"],
            client_info,
        ),
        Check::client(
            "client.agent-id-convention",
            "The client's name is frontend, user and session",
            &["client.agent-id-convention"],
            convention,
        ),
        Check::client("client.session-given", "A session that the user has is joined", session, given),
        Check::client("client.session-form", "An own session id is 8 to 128 safe characters", session, form),
        Check::client(
            "client.session-browser-form",
            "An own session id is made as browsers make it",
            &["client.session-browser-form"],
            browser_form,
        ),
        Check::client("client.session-own", "Two clients make two sessions", session, own),
        Check::client(
            "client.session-kept",
            "Session and name stay over a reconnect",
            &["client.identity-kept"],
            kept,
        )
        .features(&["session", "reconnect"]),
        Check::client(
            "client.session-stored",
            "Session and name stay over a restart",
            &["client.identity-stored"],
            stored,
        )
        .features(&["session", "storage"]),
        Check::client(
            "client.typed-timestamps",
            "In the typed dialect every message has a timestamp",
            &["client.typed"],
            timestamps,
        )
        .features(&["session", "typed"]),
        Check::client(
            "client.typed-result",
            "A response of the typed dialect is the result",
            &["client.typed"],
            typed_result,
        )
        .features(&["session", "typed"]),
    ]
}

async fn first(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    stage.tell(json!({"do": "ask", "query": "too early"})).await;
    let mut link = stage.upgrade().await?.accept().await;
    server::establish(&mut link, Greeting::default()).await;
    let message = server::next_json(&mut stage, &mut link, "connection_handshake").await?;
    let kind = field::text(&message, "type")?;
    ensure(kind == "connection_handshake", ReasonCode::WrongOrder, "connection_handshake first", kind)
}

async fn once(mut stage: Stage) -> Step {
    let (mut link, _) = open(&mut stage).await?;
    let quiet = Duration::from_millis(400);
    server::none_of(&stage.cx, &mut link, "connection_handshake", ReasonCode::Duplicate, quiet).await
}

async fn agent_id(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    let id = field::text(&handshake, "agent_id")?;
    ensure(
        !id.is_empty() && id.len() <= 400,
        ReasonCode::WrongValue,
        "a name of the client",
        format!("{id:?}"),
    )
}

async fn says(mut stage: Stage, name: &'static str, value: &'static str) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    field::equals(&handshake, name, value)
}

async fn capabilities(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    let list = field::array(&handshake, "capabilities")?;
    for name in ["query_processing", "real_time_updates", "heartbeat"] {
        if !list.contains(&json!(name)) {
            return fail(ReasonCode::Missing, format!("the capability {name}"), format!("{list:?}"));
        }
    }
    Ok(())
}

async fn client_info(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    field::text(&handshake, "/client_info/browser")?;
    field::text(&handshake, "/client_info/url").map(|_| ())
}

async fn convention(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    let session = field::text(&handshake, "session_id")?;
    field::equals(&handshake, "agent_id", format!("frontend_{USER}_{session}"))
}

async fn given(mut stage: Stage) -> Step {
    stage.start("/ws/query").await?;
    stage.tell(json!({"do": "connect", "user_id": USER, "session_id": SESSION})).await;
    let (_link, handshake) = server::join(&mut stage, Greeting::default()).await?;
    field::equals(&handshake, "session_id", SESSION)
}

async fn form(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    let id = field::text(&handshake, "session_id")?;
    let safe = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let expected = "8 to 128 of A-Z a-z 0-9 _ -";
    ensure(safe && (8..=128).contains(&id.len()), ReasonCode::WrongValue, expected, id)
}

async fn browser_form(mut stage: Stage) -> Step {
    let (_link, handshake) = open(&mut stage).await?;
    let id = field::text(&handshake, "session_id")?;
    let mut parts = id.split('_');
    let digits = |part: &str| part.len() == 13 && part.bytes().all(|byte| byte.is_ascii_digit());
    let tail = |part: &str| {
        (1..=9).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    };
    let fits = parts.next() == Some("session")
        && parts.next().is_some_and(digits)
        && parts.next().is_some_and(tail)
        && parts.next().is_none();
    ensure(fits, ReasonCode::WrongValue, "session_, 13 digits, _, 1 to 9 base-36 characters", id)
}

/// Session and name of a handshake.
fn identity(handshake: &Value) -> Step<(String, String)> {
    let session = field::text(handshake, "session_id")?.to_owned();
    Ok((session, field::text(handshake, "agent_id")?.to_owned()))
}

async fn own(mut stage: Stage) -> Step {
    let mut other = Stage::open(stage.cx.clone()).await?;
    let (_one, first) = open(&mut stage).await?;
    let (_two, second) = open(&mut other).await?;
    let (first, second) = (identity(&first)?.0, identity(&second)?.0);
    ensure(first != second, ReasonCode::Duplicate, "another session for another client", second)
}

async fn kept(mut stage: Stage) -> Step {
    let (link, first) = open(&mut stage).await?;
    link.cut();
    let (_link, second) = server::join(&mut stage, Greeting::default()).await?;
    same(&first, &second)
}

async fn stored(mut stage: Stage) -> Step {
    let (link, first) = open(&mut stage).await?;
    drop(link);
    let (_link, second) = open(&mut stage).await?;
    same(&first, &second)
}

fn same(first: &Value, second: &Value) -> Step {
    let (first, second) = (identity(first)?, identity(second)?);
    ensure(first == second, ReasonCode::WrongValue, &format!("{first:?} again"), format!("{second:?}"))
}

async fn timestamps(mut stage: Stage) -> Step {
    let greeting = Greeting { dialect: "typed", ..Greeting::default() };
    let (mut link, handshake) = server::open_as(&mut stage, greeting).await?;
    field::timestamp(&handshake, "timestamp")?;
    let query = server::ask(&mut stage, &mut link, "typed").await?;
    field::timestamp(&query, "timestamp")?;
    let soon = stage.soon();
    let heartbeat = stage.while_alive(link.expect_type("heartbeat", soon)).await?;
    field::timestamp(&heartbeat, "timestamp").map(|_| ())
}

async fn typed_result(mut stage: Stage) -> Step {
    let greeting = Greeting { dialect: "typed", ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let query = server::ask(&mut stage, &mut link, "typed").await?;
    let wrap = |name: &str, offset, fields| json!({"event_name": name, "payload": server::event(&query, offset, fields)});
    link.say("event", wrap("query_accepted", 1, json!({}))).await;
    let mut response = server::ids(&query);
    response["result"] = server::event(&query, 2, server::result_of(&json!([[7]])));
    link.say("response", response).await;
    let told = stage.event("result", stage.soon()).await?;
    field::equals(&told.value, "/result/rows", json!([[7]]))
}
