//! A database that does not answer.

use serde_json::json;

use super::cause::NO_DATABASE;
use crate::checks::database::choosing::{helps, select_with};
use crate::checks::rest::operations::{body, refused};
use crate::checks::{Check, Context, Step, field};
use crate::peer::Request;
use crate::target::Door;

pub(super) fn checks() -> Vec<Check> {
    let all = vec![
        check!("failures", "no-database-helps", "the error helps who chose the database", helpful),
        check!("failures", "no-database-select", "what does not answer can't be selected", selected),
        check!("failures", "no-database-validate", "what does not answer is not valid", validated),
    ];
    all.into_iter().map(|check| NO_DATABASE.of(check)).collect()
}

/// Words for people, what there is, and what to do.
async fn helpful(cx: Context) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = NO_DATABASE.fails(&cx, &mut peer, &json!({})).await?;
    helps(&run.terminal()?.value)
}

/// The default database, as the list has it.
async fn default(cx: &Context) -> Step<String> {
    let list = cx.http(Request::get(&cx.target().rest("/api/database/list"))).await?;
    field::text(&body(&list)?, "default").map(str::to_owned)
}

/// 503, and nothing is selected.
async fn selected(cx: Context) -> Step {
    let session = cx.fresh_session();
    let (_peer, _) = cx.join(Door::Query, &session).await?;
    let wanted = json!({"session_id": session, "database": default(&cx).await?});
    refused(&select_with(&cx, &wanted).await?, 503, NO_DATABASE.code).map(|_| ())
}

/// The error that a query would get.
async fn validated(cx: Context) -> Step {
    let wanted = json!({"database": default(&cx).await?});
    let response = cx.http(Request::post_json(&cx.target().rest("/api/database/validate"), &wanted)).await?;
    let verdict = body(&response)?;
    field::equals(&verdict, "valid", false)?;
    field::equals(&verdict, "/errors/0/code", NO_DATABASE.code)
}
