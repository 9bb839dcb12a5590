//! What a parent and its generator processes say to each other: lines of JSON, orders over standard input, words back
//! over standard output. The end of standard input is an order too: nobody is there any more, so end.

use std::path::PathBuf;

use loadgen::live::PartSecond;
use loadgen::shards::Share;
use loadgen::{Snapshot, Trust};
use reports::model::Header;
use scenarios::Scenario;
use serde::{Deserialize, Serialize};

/// What the parent orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// The first one: what is to be played.
    Prepare(Box<Job>),
    /// Begin at this moment, microseconds since the epoch.
    Start {
        /// The moment.
        at_us: u64,
    },
    /// End early, in good order.
    Stop,
}

/// What is to be played.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Job {
    /// The scenario of the whole run, with everything the command line said.
    pub(crate) scenario: Scenario,
    /// Base URL of the target.
    pub(crate) url: String,
    /// Whose certificates are good, where it speaks TLS.
    pub(crate) trust: Trust,
    /// Its name in reports.
    pub(crate) target: String,
    /// Which part is played.
    pub(crate) share: Share,
    /// Common fields of the record.
    pub(crate) header: Header,
    /// Seed of the data the target was started with, when known.
    pub(crate) data_seed: Option<u64>,
    /// The live figures of the whole are wanted.
    pub(crate) tells_figures: bool,
    /// Where the record goes.
    pub(crate) folder: PathBuf,
}

/// What a generator process says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// It could begin.
    Ready,
    /// A second is over.
    Second(Box<Told>),
    /// The record is written.
    Done,
    /// It can't go on: why, in one sentence.
    Failed {
        /// Why.
        text: String,
    },
}

/// One second of one process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Sessions connected.
    pub(crate) sessions: u64,
    /// Messages sent in it.
    pub(crate) sent: u64,
    /// Messages received in it.
    pub(crate) received: u64,
    /// Queries finished in it.
    pub(crate) queries: u64,
    /// Queries in flight.
    pub(crate) in_flight: u64,
    /// Errors so far.
    pub(crate) errors: u64,
    /// Answers compared so far.
    pub(crate) verified: u64,
    /// Answers that differed so far.
    pub(crate) wrong: u64,
    /// What is to be added up of it.
    pub(crate) part: PartSecond,
}

impl Told {
    /// The part of `snapshot` that can be added up.
    pub(crate) fn of(snapshot: &Snapshot, part: PartSecond) -> Self {
        Self {
            sessions: snapshot.sessions,
            sent: snapshot.sent,
            received: snapshot.received,
            queries: snapshot.queries,
            in_flight: snapshot.in_flight,
            errors: snapshot.errors,
            verified: snapshot.verified,
            wrong: snapshot.wrong,
            part,
        }
    }
}

/// `word` as its line.
pub(crate) fn line(word: &impl Serialize) -> String {
    // Every value of these types has a JSON form.
    let mut text = serde_json::to_string(word).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn random_lines_never_panic(text in "\\PC{0,80}") {
            prop_assert!(serde_json::from_str::<Order>(&text).is_err());
            prop_assert!(serde_json::from_str::<Word>(&text).is_err());
        }
    }

    #[test]
    fn a_word_is_one_line() {
        let text = line(&Word::Failed { text: "a\nb".to_owned() });
        assert_eq!(text.lines().count(), 1);
        assert!(matches!(serde_json::from_str(&text), Ok(Word::Failed { text }) if text == "a\nb"));
        let text = line(&Order::Start { at_us: 7 });
        assert!(matches!(serde_json::from_str(&text), Ok(Order::Start { at_us: 7 })));
    }
}
