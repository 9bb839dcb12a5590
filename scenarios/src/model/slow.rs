//! Sessions that read slowly, or not at all.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sessions that read slowly or not at all, as clients on a bad line or with a stuck page do. How late they hear is
/// their own doing, so their times are not recorded; what they do to everybody else is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SlowReaders {
    /// Share of the sessions, 0 to 1, spread evenly over them.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// Time between two looks at a socket; each look takes 16 KiB at most.
    #[serde(with = "humantime_serde")]
    #[schemars(with = "String")]
    pub pause: Duration,
    /// Share of the slow ones, 0 to 1, that read nothing at all once they are connected.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub deaf: f64,
}

/// How a session reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingPace {
    /// As soon as something has come.
    Prompt,
    /// A look at each socket, and this long none.
    Slow(Duration),
    /// Never.
    Deaf,
}

impl Default for SlowReaders {
    fn default() -> Self {
        Self { share: 0.0, pause: Duration::from_secs(1), deaf: 0.0 }
    }
}

impl SlowReaders {
    /// How session `number`, counted from 0, reads.
    pub fn pace_of(&self, number: u64) -> ReadingPace {
        if reached(self.share, number + 1) == reached(self.share, number) {
            return ReadingPace::Prompt;
        }
        let slow_before = reached(self.share, number);
        if reached(self.deaf, slow_before + 1) > reached(self.deaf, slow_before) {
            ReadingPace::Deaf
        } else {
            ReadingPace::Slow(self.pause)
        }
    }
}

/// How many of the first `count` belong to a share of all.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of sessions are far below 2^53, and no share is negative"
)]
fn reached(share: f64, count: u64) -> u64 {
    (count as f64 * share).floor() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_spread_evenly() {
        let pause = Duration::from_millis(300);
        let plan = SlowReaders { share: 0.25, pause, deaf: 0.5 };
        let paces: Vec<ReadingPace> = (0..100).map(|number| plan.pace_of(number)).collect();
        let count = |wanted| paces.iter().filter(|pace| **pace == wanted).count();
        assert_eq!(
            (count(ReadingPace::Prompt), count(ReadingPace::Slow(pause)), count(ReadingPace::Deaf)),
            (75, 13, 12)
        );
        assert_eq!((paces[3], paces[7]), (ReadingPace::Slow(pause), ReadingPace::Deaf));
        assert!((0..1_000).all(|number| SlowReaders::default().pace_of(number) == ReadingPace::Prompt));
        let all = SlowReaders { share: 1.0, deaf: 1.0, pause };
        assert!((0..1_000).all(|number| all.pace_of(number) == ReadingPace::Deaf));
    }
}
