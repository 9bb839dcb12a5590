//! What is secret about a request gets into the line that is logged for it.

use crate::checks::ReasonCode;
use crate::mutants::{Mutant, Reply, edit};
use crate::peer::Request;

/// The signature of a token: what behind its last dot is base64.
fn signature(text: &str) -> Option<&str> {
    let (_, signature) = text.rsplit_once('.')?;
    (signature.len() > 8).then_some(signature)
}

/// `request` under an id that the server logs.
fn logged(request: &Request, id: Option<&str>) -> Reply {
    match id {
        Some(id) => Reply::Rewrite(request.clone().with("X-Request-Id", id)),
        None => Reply::Pass,
    }
}

pub(super) fn mutants() -> Vec<Mutant> {
    vec![
        Mutant::wire(
            "security.url-in-log",
            "Addresses are logged with their parameters",
            "security.log-token-in-url",
            ReasonCode::Leak,
            || {
                edit::on_request(|request| {
                    let token = request.target.split_once("?token=").map(|(_, token)| token);
                    logged(request, token.and_then(signature))
                })
            },
        ),
        Mutant::wire(
            "security.refused-in-log",
            "The fields of a request are logged",
            "security.log-token-refused",
            ReasonCode::Leak,
            || {
                edit::on_request(|request| {
                    logged(request, request.field("Authorization").and_then(signature))
                })
            },
        ),
        Mutant::wire(
            "security.session-in-log",
            "Paths are logged with the session id in them",
            "security.log-session",
            ReasonCode::Leak,
            || edit::on_request(|request| logged(request, request.target.strip_prefix("/ws/progress/"))),
        ),
        Mutant::config(
            "security.database-not-in-log",
            "Which database is asked is not logged",
            "security.log-database",
            ReasonCode::Missing,
            "[log]\nfilter = \"error\"\n",
        ),
    ]
}
