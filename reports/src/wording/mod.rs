//! The words and figures that every rendering shares.
//!
//! Terminal, page and reasons say a thing the same way because they ask here: a figure is computed from the
//! model once and formatted once.

mod figures;
mod findings;
mod headline;

pub use figures::{clock, compact, count, kib, micros, millis, percent, plain, seconds, signed_percent};
pub(crate) use findings::kind_verb;
pub use findings::{
    Finding, accounts, change_sentence, change_word, findings, notes, open_accounts, others_say,
    reason_meaning, stale, status_verb, status_word, told_once,
};
pub use headline::{KeyNumber, headline, key_numbers, next_step, verdict_word};
pub(crate) use headline::{LEVELS, NOTHING_COMMON, NOTHING_JUDGED, capital, nothing_judged, plural};
