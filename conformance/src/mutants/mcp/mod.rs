//! Deliberate violations for the area `mcp`, before the MCP server; a file for each part of it.

mod answers;
mod batch;
mod door;
mod envelope;
mod greeting;
mod guard;
mod life;
mod tools;

use super::Mutant;

pub(crate) fn mutants() -> Vec<Mutant> {
    [
        door::mutants(),
        greeting::mutants(),
        life::mutants(),
        envelope::mutants(),
        tools::mutants(),
        batch::mutants(),
        guard::mutants(),
    ]
    .concat()
}
