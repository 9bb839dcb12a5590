//! Deliberate violations of RFC 6455 on the echoing door. Most are made from the tables of the checks: when the
//! client has said exactly what a case says, the server's answer is spoilt as the case tells.

mod answers;
mod crash;
mod crowd;
mod door;
mod overheard;
mod spoiler;

use super::Mutant;

pub(super) use spoiler::{Spoiler, named};

pub(crate) fn mutants() -> Vec<Mutant> {
    [spoiler::mutants(), door::mutants(), answers::mutants(), crash::mutants(), crowd::mutants()].concat()
}
