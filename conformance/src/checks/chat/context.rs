//! What a chat remembers, and of whom.

use serde_json::json;

use super::conversation::{WHOLE, heard, listening, reply, say};
use crate::checks::query::run::ask;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, field};
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("chat", "follow-up", "a follow-up is read with the question before it", "context", follow_up)
            .features(&["chat"]),
        check!(
            "chat",
            "follow-up-of-follow-up",
            "a second follow-up still knows the first question",
            "context",
            twice
        )
        .features(&["chat"]),
        check!(
            "chat",
            "across-connections",
            "the context is the session's, not the connection's",
            "of-session",
            across
        )
        .features(&["chat"]),
        check!(
            "chat",
            "of-own-session",
            "another session's questions are no context",
            "isolated",
            of_own_session
        )
        .features(&["chat"]),
        check!("chat", "query-is-no-turn", "a query is not a turn of the chat", "turns", query_is_no_turn)
            .features(&["chat"]),
        check!(
            "chat",
            "last-turns",
            "what is further back than the last turns is no context",
            "last-turns",
            last_turns
        )
        .features(&["chat", "short-memory"])
        .variant("short-memory"),
        check!(
            "chat",
            "whole-stands-alone",
            "a whole question is not bent by the one before",
            "whole",
            whole
        )
        .features(&["chat"]),
    ]
}

/// What only makes sense after [`WHOLE`].
const FOLLOW_UP: &str = "and for 2023?";
/// The same said at once.
const SAME_AT_ONCE: &str = "show revenue by region for 2023";

/// The statement a question comes to when it is the first of a chat.
async fn alone(cx: &Context, question: &str) -> Step<String> {
    let mut peer = cx.open(Door::Chat).await?;
    let reply = reply(cx, &mut peer, question, "alone").await?;
    field::text(&reply, "sql").map(str::to_owned)
}

fn same(sql: &str, expected: &str) -> Step {
    ensure_eq("sql", sql, expected)
}

/// It comes to the statement of the question said at once.
async fn follow_up(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let chat = async {
        reply(&cx, &mut peer, WHOLE, "one").await?;
        reply(&cx, &mut peer, FOLLOW_UP, "two").await
    };
    let (expected, second) = tokio::join!(alone(&cx, SAME_AT_ONCE), chat);
    same(field::text(&second?, "sql")?, &expected?)
}

/// Back to the first year: the statement of the first question.
async fn twice(cx: Context) -> Step {
    let mut peer = cx.open(Door::Chat).await?;
    let first = reply(&cx, &mut peer, WHOLE, "one").await?;
    reply(&cx, &mut peer, FOLLOW_UP, "two").await?;
    let third = reply(&cx, &mut peer, "and for 2024?", "three").await?;
    same(field::text(&third, "sql")?, field::text(&first, "sql")?)
}

/// Asked on one connection, followed up on another.
async fn across(cx: Context) -> Step {
    let session = cx.fresh_session();
    let chat = async {
        let mut one = listening(&cx, &session, "one").await?;
        reply(&cx, &mut one, WHOLE, "one").await?;
        let mut two = listening(&cx, &session, "two").await?;
        reply(&cx, &mut two, FOLLOW_UP, "two").await
    };
    let (expected, second) = tokio::join!(alone(&cx, SAME_AT_ONCE), chat);
    same(field::text(&second?, "sql")?, &expected?)
}

/// How a follow-up ends that has nothing to follow: its statement, or its code.
async fn end_of(cx: &Context, peer: &mut crate::checks::Peer, text: &str) -> Step<String> {
    say(peer, text, "end").await;
    let last = heard(cx, peer, "end").await?.pop().unwrap_or_default();
    Ok(match field::name(&last) {
        "chat_reply" => field::text(&last, "sql")?.to_owned(),
        _ => field::text(&last, "code")?.to_owned(),
    })
}

/// A follow-up ends in a session of its own as it does in one nobody has spoken in.
async fn of_own_session(cx: Context) -> Step {
    let mut fresh = cx.open(Door::Chat).await?;
    let expected = end_of(&cx, &mut fresh, FOLLOW_UP).await?;
    let mut speaker = cx.open(Door::Chat).await?;
    reply(&cx, &mut speaker, WHOLE, "one").await?;
    let mut other = cx.open(Door::Chat).await?;
    let found = end_of(&cx, &mut other, FOLLOW_UP).await?;
    ensure(found == expected, ReasonCode::Leak, &format!("the end without a context: {expected}"), found)
}

/// After a query a follow-up ends as in a chat nobody has spoken in.
async fn query_is_no_turn(cx: Context) -> Step {
    let mut fresh = cx.open(Door::Chat).await?;
    let mut peer = cx.open(Door::Chat).await?;
    let chat = async {
        ask(&cx, &mut peer, &json!({"query": WHOLE, "query_id": "q"})).await?.result()?;
        end_of(&cx, &mut peer, FOLLOW_UP).await
    };
    let (expected, found) = tokio::join!(end_of(&cx, &mut fresh, FOLLOW_UP), chat);
    ensure_eq("the end without a context", found?.as_str(), expected?.as_str())
}

/// With two turns of memory a third follow-up no longer has the question that the first one followed: it ends as in a
/// chat nobody has spoken in.
async fn last_turns(cx: Context) -> Step {
    let mut fresh = cx.open(Door::Chat).await?;
    let mut peer = cx.open(Door::Chat).await?;
    let chat = async {
        reply(&cx, &mut peer, WHOLE, "one").await?;
        reply(&cx, &mut peer, FOLLOW_UP, "two").await?;
        reply(&cx, &mut peer, "and by month?", "three").await?;
        end_of(&cx, &mut peer, FOLLOW_UP).await
    };
    let (expected, found) = tokio::join!(end_of(&cx, &mut fresh, FOLLOW_UP), chat);
    ensure_eq("the end without a context", found?.as_str(), expected?.as_str())
}

/// The statement is the one of the question asked alone.
async fn whole(cx: Context) -> Step {
    let other = "What is the average order value per month for 2024?";
    let mut peer = cx.open(Door::Chat).await?;
    let chat = async {
        reply(&cx, &mut peer, WHOLE, "one").await?;
        reply(&cx, &mut peer, other, "two").await
    };
    let (expected, second) = tokio::join!(alone(&cx, other), chat);
    same(field::text(&second?, "sql")?, &expected?)
}
