//! Selected databases and what was talked about: whose they are.

use serde_json::{Value, json};

use super::actors::{OTHER, OWNER, body, enter, request};
use crate::checks::query::run::{QUESTION, work};
use crate::checks::{Context, Peer, ReasonCode, Step, ensure, ensure_eq, fail, field};
use crate::peer::Request;
use crate::target::Door;

/// A question that means something only behind another.
const FOLLOW_UP: &str = "and by month?";

/// Names of databases.
pub(super) struct Names {
    pub(super) default: String,
    other: Option<String>,
}

impl Names {
    fn other(&self, cx: &Context) -> Step<&str> {
        let none = || cx.declined("databases", "there is one database only");
        self.other.as_deref().ok_or_else(none)
    }
}

/// The databases there are.
pub(super) async fn names(cx: &Context) -> Step<Names> {
    let found = body(&cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?);
    let default = field::text(&found, "default")?.to_owned();
    let mut others = field::array(&found, "databases")?.iter().filter_map(|one| one["name"].as_str());
    let other = others.find(|name| *name != default).map(str::to_owned);
    Ok(Names { default, other })
}

/// Selects a database for a session.
pub(super) async fn select(cx: &Context, session: &str, database: &str) -> Step {
    let wanted = json!({"session_id": session, "database": database});
    let post = Request::post_json(&cx.target().rest("/api/database/select"), &wanted);
    let response = request(cx, OWNER, post).await?;
    ensure(response.status == 200, ReasonCode::Refused, "the selection", body(&response))
}

/// Asks; gives the database context of the result.
async fn context(cx: &Context, peer: &mut Peer, more: &Value) -> Step<Value> {
    let mut query = json!({"type": "query", "query": QUESTION});
    if let (Some(query), Some(more)) = (query.as_object_mut(), more.as_object()) {
        query.extend(more.clone());
    }
    peer.send(&query).await;
    let ends = |value: &Value| matches!(field::name(value), "query_result" | "error");
    let end = peer.expect("query_result", work(cx), ends).await?.value;
    if field::name(&end) == "error" {
        return fail(ReasonCode::Refused, "query_result", end.to_string());
    }
    Ok(field::any(&end, "database_context")?.clone())
}

/// What one user selected is not what another asks.
pub(super) async fn of_another_user(cx: Context) -> Step {
    let names = names(&cx).await?;
    let session = cx.fresh_session();
    let user = json!({"user_id": cx.fresh_session()});
    let (_peer, _) = enter(&cx, OWNER, Door::Query, &session, user).await?;
    select(&cx, &session, names.other(&cx)?).await?;
    let user = json!({"user_id": cx.fresh_session()});
    let (mut other, _) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), user).await?;
    let taken = context(&cx, &mut other, &json!({})).await?;
    field::equals(&taken, "source", "default")?;
    field::equals(&taken, "database", names.default)
}

/// What was selected in a session stays, whatever its user selects in another.
pub(super) async fn of_another_session(cx: Context) -> Step {
    let names = names(&cx).await?;
    let user = json!({"user_id": cx.fresh_session()});
    let (session, elsewhere) = (cx.fresh_session(), cx.fresh_session());
    let (mut peer, _) = enter(&cx, OWNER, Door::Query, &session, user.clone()).await?;
    let (_other, _) = enter(&cx, OTHER, Door::Query, &elsewhere, user).await?;
    select(&cx, &session, &names.default).await?;
    select(&cx, &elsewhere, names.other(&cx)?).await?;
    let taken = context(&cx, &mut peer, &json!({})).await?;
    field::equals(&taken, "database", names.default)?;
    field::equals(&taken, "source", "session")
}

/// What a message names holds for that message.
pub(super) async fn of_another_message(cx: Context) -> Step {
    let names = names(&cx).await?;
    let (mut peer, _) = enter(&cx, OWNER, Door::Query, &cx.fresh_session(), json!({})).await?;
    let named = json!({"database_context": {"database": names.default}});
    let taken = context(&cx, &mut peer, &named).await?;
    field::equals(&taken, "source", "message")?;
    let taken = context(&cx, &mut peer, &json!({})).await?;
    field::equals(&taken, "source", "default")
}

/// Those without a name recover nothing from each other.
pub(super) async fn of_nobody(cx: Context) -> Step {
    let names = names(&cx).await?;
    let session = cx.fresh_session();
    let (_peer, _) = enter(&cx, OWNER, Door::Query, &session, json!({})).await?;
    select(&cx, &session, names.other(&cx)?).await?;
    let (_other, told) = enter(&cx, OTHER, Door::Query, &cx.fresh_session(), json!({})).await?;
    match field::absent(&told, "recovered_database_context") {
        Err(_) if told["recovered_database_context"].is_null() => Ok(()),
        verdict => verdict,
    }
}

/// How a chat message ended: with which statement, or which error.
async fn said(cx: &Context, peer: &mut Peer, text: &str) -> Step<(String, Value)> {
    peer.send(&json!({"type": "chat_message", "message": text})).await;
    let ends = |value: &Value| matches!(field::name(value), "chat_reply" | "error");
    let end = peer.expect("chat_reply or error", work(cx), ends).await?.value;
    let what = if field::name(&end) == "error" { &end["code"] } else { &end["sql"] };
    Ok((field::name(&end).to_owned(), what.clone()))
}

/// What was talked about in one session is no context of another: there a follow-up means what it meant
/// before anybody talked.
pub(super) async fn of_another_chat(cx: Context) -> Step {
    let (mut silent, _) = enter(&cx, "-before", Door::Chat, &cx.fresh_session(), json!({})).await?;
    let before = said(&cx, &mut silent, FOLLOW_UP).await?;
    let (mut peer, _) = enter(&cx, OWNER, Door::Chat, &cx.fresh_session(), json!({})).await?;
    said(&cx, &mut peer, "Show me the top 5 customers by total purchase amount").await?;
    let (mut other, _) = enter(&cx, OTHER, Door::Chat, &cx.fresh_session(), json!({})).await?;
    let after = said(&cx, &mut other, FOLLOW_UP).await?;
    ensure_eq("the answer to a follow-up of nothing", &after, &before)
}
