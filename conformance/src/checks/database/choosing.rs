//! Lists, selections and what queries make of them.

use serde_json::{Value, json};

use crate::checks::query::run::{ask, is_terminal};
use crate::checks::rest::operations::{body, status};
use crate::checks::{Context, Peer, ReasonCode, Step, fail, field};
use crate::peer::{Request, Response};

/// A name that no database has.
pub(super) const NOBODY: &str = "no_such_database_4711";

/// What there is: names and tables, and the default.
pub(in crate::checks) struct Databases {
    pub(super) all: Vec<(String, Vec<String>)>,
    pub(super) default: String,
}

impl Databases {
    /// A database that is not the default.
    pub(in crate::checks) fn other(&self, cx: &Context) -> Step<&(String, Vec<String>)> {
        let other = self.all.iter().find(|(name, _)| *name != self.default);
        other.ok_or_else(|| cx.declined("databases", "there is one database only"))
    }
}

/// `GET /api/database/list`.
pub(super) async fn list(cx: &Context) -> Step<Value> {
    let response = cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?;
    status(&response, 200)?;
    body(&response)
}

/// The same, read.
pub(in crate::checks) async fn databases(cx: &Context) -> Step<Databases> {
    let list = list(cx).await?;
    let mut all = Vec::new();
    for database in field::array(&list, "databases")? {
        let tables = field::array(database, "tables")?;
        let tables = tables.iter().filter_map(|table| table.as_str().map(str::to_owned)).collect();
        all.push((field::text(database, "name")?.to_owned(), tables));
    }
    Ok(Databases { all, default: field::text(&list, "default")?.to_owned() })
}

/// `POST /api/database/select` with any body.
pub(in crate::checks) async fn select_with(cx: &Context, body: &Value) -> Step<Response> {
    cx.http(Request::post_json(&cx.target().rest("/api/database/select"), body)).await
}

/// Selects, which must work.
pub(super) async fn select(cx: &Context, session: &str, database: &str) -> Step<Value> {
    let response = select_with(cx, &json!({"session_id": session, "database": database})).await?;
    status(&response, 200)?;
    body(&response)
}

/// `POST /api/database/validate`.
pub(super) async fn validate(cx: &Context, wanted: &Value) -> Step<Value> {
    let response = cx.http(Request::post_json(&cx.target().rest("/api/database/validate"), wanted)).await?;
    status(&response, 200)?;
    body(&response)
}

/// Asks; gives the `database_context` of the result.
pub(super) async fn used(cx: &Context, peer: &mut Peer, more: &Value) -> Step<Value> {
    let run = ask(cx, peer, more).await?;
    field::any(run.result()?, "database_context").cloned()
}

/// Asks; the answer must be an error with `code`, before any acceptance.
pub(super) async fn refused(cx: &Context, peer: &mut Peer, more: &Value, code: &str) -> Step<Value> {
    let run = ask(cx, peer, more).await?;
    let last = run.terminal()?.value.clone();
    if !is_terminal(&last) || field::name(&last) != "error" || !run.named("query_accepted").is_empty() {
        return fail(ReasonCode::Accepted, format!("error {code} alone"), last.to_string());
    }
    field::equals(&last, "code", code)?;
    Ok(last)
}

/// What every error about a database has for its user.
pub(in crate::checks) fn helps(error: &Value) -> Step {
    for name in ["/details/user_message", "/details/hint"] {
        let text = field::text(error, name)?;
        crate::checks::ensure(
            !text.trim().is_empty(),
            ReasonCode::Missing,
            &format!("words in {name}"),
            "none",
        )?;
    }
    let known = field::array(error, "/details/available_databases")?;
    crate::checks::ensure(!known.is_empty(), ReasonCode::Missing, "the databases there are", "none")
}
