//! The policies `off` and `required`, and selections that have run out.

use std::time::Duration;

use serde_json::{Value, json};

use super::choosing::{NOBODY, databases, helps, refused, select, used};
use crate::checks::query::run::query;
use crate::checks::rest::operations;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, ensure_eq, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    [off(), required(), after_expiry()].concat()
}

fn off() -> Vec<Check> {
    vec![
        Check::new(
            "database.off-ignores",
            "off asks the default, whatever is named",
            &["database.off-ignores"],
            off_ignores,
        )
        .tags(&["slow"])
        .features(&["context-off"])
        .variant("context-off"),
        Check::new("database.off-types", "off still refuses wrong types", &["database.off-types"], off_types)
            .features(&["context-off"])
            .variant("context-off"),
        Check::new(
            "database.off-select",
            "off lets nothing but the default be selected",
            &["database.off-select"],
            off_select,
        )
        .features(&["context-off"])
        .variant("context-off"),
    ]
}

fn required() -> Vec<Check> {
    vec![
        Check::new(
            "database.required-missing",
            "required refuses what names no database",
            &["database.required-missing"],
            required_missing,
        )
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.required-over-http",
            "over HTTP a missing context is 422",
            &["database.required-over-http"],
            required_over_http,
        )
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.required-message",
            "required is content with the message's own",
            &["database.required-message"],
            required_message,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.required-session",
            "required is content with the session's",
            &["database.required-session"],
            required_session,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.required-unknown",
            "required refuses an unknown name as invalid",
            &["database.required-unknown"],
            required_unknown,
        )
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.required-recovers",
            "a refusal ends nothing",
            &["database.required-recovers"],
            recovers,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
    ]
}

fn after_expiry() -> Vec<Check> {
    vec![
        Check::new(
            "database.expired",
            "a selection that has run out is named as that",
            &["database.expired"],
            expired_named,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.expired-passed-over",
            "a selection that has run out is passed over",
            &["database.expired-passed-over"],
            expired_passed_over,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
        Check::new(
            "database.expired-user",
            "where the session's has run out, the user's last is asked",
            &["database.expired-user"],
            expired_falls_back,
        )
        .tags(&["slow"])
        .features(&["context-required"])
        .variant("context-required"),
    ]
}

/// `off`: the default is asked, whatever the message names.
async fn off_ignores(cx: Context) -> Step {
    let known = databases(&cx).await?;
    for name in [known.other(&cx)?.0.as_str(), NOBODY] {
        let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
        let used = used(&cx, &mut peer, &json!({"database_context": {"database": name}})).await?;
        field::equals(&used, "database", known.default.as_str())?;
        field::equals(&used, "source", "default")?;
    }
    Ok(())
}

/// `off`: a wrong type is still a mistake.
async fn off_types(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    refused(&cx, &mut peer, &json!({"database_context": 7}), "INVALID_MESSAGE").await.map(|_| ())
}

/// `off`: nothing but the default can be selected.
async fn off_select(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (other, _) = known.other(&cx)?;
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let wanted = json!({"session_id": session, "database": other});
    let response = super::choosing::select_with(&cx, &wanted).await?;
    operations::refused(&response, 403, "DATABASE_CONTEXT_FORBIDDEN").map(|_| ())
}

/// `required`: without any context a query is refused, and the error helps.
async fn required_missing(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    helps(&refused(&cx, &mut peer, &json!({}), "DATABASE_CONTEXT_MISSING").await?)
}

/// The same over HTTP.
async fn required_over_http(cx: Context) -> Step {
    let request = Request::post_json(&cx.target().rest("/api/query"), &query(&json!({})));
    let error = operations::refused(&cx.http(request).await?, 422, "DATABASE_CONTEXT_MISSING")?;
    helps(&error)
}

/// `required`: the message's own is enough.
async fn required_message(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": known.default}});
    let used = used(&cx, &mut peer, &own).await?;
    field::equals(&used, "source", "message")
}

/// `required`: so is the session's, while it lasts.
async fn required_session(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    select(&cx, &session, &known.default).await?;
    let used = used(&cx, &mut peer, &json!({})).await?;
    field::equals(&used, "source", "session")
}

/// Selects, and waits until the selection has run out.
async fn run_out(cx: &Context, session: &str, database: &str) -> Step {
    let selected = select(cx, session, database).await?;
    let end = field::timestamp(&selected, "expires_at")?;
    let left = end.as_millisecond() - jiff::Timestamp::now().as_millisecond();
    let left = Duration::from_millis(u64::try_from(left.max(0)).unwrap_or_default() + 300);
    cx.affordable(left * 2)?;
    tokio::time::sleep(left).await;
    Ok(())
}

/// `required`: a selection that has run out is named as that, where nothing else is found.
async fn expired_named(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    crate::checks::query::run::stay(&cx, &mut peer).await?;
    run_out(&cx, &session, &known.default).await?;
    helps(&refused(&cx, &mut peer, &json!({}), "DATABASE_CONTEXT_EXPIRED").await?)
}

/// One that has run out is passed over where the message names one.
async fn expired_passed_over(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let (mut peer, _) = cx.join(Door::Query, &session).await?;
    crate::checks::query::run::stay(&cx, &mut peer).await?;
    run_out(&cx, &session, &known.default).await?;
    let own = json!({"database_context": {"database": known.default}});
    let used = used(&cx, &mut peer, &own).await?;
    field::equals(&used, "source", "message")
}

/// The session's has run out, the user's last has not: that is asked.
async fn expired_falls_back(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let session = cx.fresh_session();
    let user = json!({"user_id": cx.fresh_session().replace("check", "user")});
    let (mut peer, _) = cx.join_with(Door::Query, &session, user).await?;
    crate::checks::query::run::stay(&cx, &mut peer).await?;
    run_out(&cx, &session, &known.default).await?;
    let used = used(&cx, &mut peer, &json!({})).await?;
    field::equals(&used, "source", "user")
}

/// An unknown name is refused under `required` too, not taken as missing.
async fn required_unknown(cx: Context) -> Step {
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    let own = json!({"database_context": {"database": NOBODY}});
    refused(&cx, &mut peer, &own, "DATABASE_CONTEXT_INVALID").await.map(|_| ())
}

/// A refusal ends nothing: the next query with a context is answered.
async fn recovers(cx: Context) -> Step {
    let known = databases(&cx).await?;
    let (mut peer, _) = cx.join(Door::Query, &cx.fresh_session()).await?;
    refused(&cx, &mut peer, &json!({}), "DATABASE_CONTEXT_MISSING").await?;
    let own = json!({"database_context": {"database": known.default}});
    let used: Value = used(&cx, &mut peer, &own).await?;
    ensure_eq("database", field::any(&used, "database")?, &json!(known.default))?;
    ensure(used["source"] == "message", ReasonCode::WrongValue, "source message", &used)
}
