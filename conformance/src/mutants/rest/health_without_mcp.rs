//! Health says nothing of the MCP server.

use super::edit_body;
use crate::checks::ReasonCode;
use crate::mutants::{Mutant, edit};

pub(super) fn mutant() -> Mutant {
    Mutant::wire(
        "rest.health-without-mcp",
        "health says nothing of the MCP server",
        "rest.health",
        ReasonCode::Missing,
        || {
            edit::edit_response(|request, response| {
                if request.target.ends_with("/health") {
                    edit_body(response, |body| {
                        body.as_object_mut().map(|fields| fields.remove("mcp_status"));
                    });
                }
            })
        },
    )
}
