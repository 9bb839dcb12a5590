//! Which part of a run a process plays.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ShardError;

/// The K-th of N parts of a run.
///
/// Sessions keep the numbers they have in the whole run: every N-th belongs to a part, so that seeds, names and
/// the moments at which they come are those of the whole, and each part comes as evenly over the ramp as the whole
/// does. Arrivals of the open model are dealt out the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share {
    /// From 0.
    index: u32,
    of: u32,
}

impl Default for Share {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Share {
    /// All of it.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// The part `index`, from 0, of `of`; `None` when there is no such part.
    pub fn new(index: u32, of: u32) -> Option<Self> {
        (index < of).then_some(Self { index, of })
    }

    /// Its index, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many parts there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// True when it is all of the run.
    pub fn is_whole(self) -> bool {
        self.of == 1
    }

    /// The part `within` of this part, as a part of the whole; `None` when there are more parts than can be counted.
    pub fn part(self, within: Self) -> Option<Self> {
        let of = self.of.checked_mul(within.of)?;
        Self::new(self.index + self.of * within.index, of)
    }

    /// True when what has `number` in the whole run belongs to this part.
    pub fn has(self, number: u64) -> bool {
        number % u64::from(self.of) == u64::from(self.index)
    }

    /// How many of `whole` belong to it.
    pub fn count(self, whole: u64) -> u64 {
        whole.saturating_add(u64::from(self.of - 1 - self.index)) / u64::from(self.of)
    }

    /// The number in the whole run of what is the `own`-th here.
    pub fn number(self, own: u64) -> u64 {
        own.saturating_mul(u64::from(self.of)).saturating_add(u64::from(self.index))
    }
}

impl fmt::Display for Share {
    /// Counted from 1, as people do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

impl FromStr for Share {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let refuse = || ShardError::Share { text: text.to_owned() };
        let (number, of) = text.split_once('/').ok_or_else(refuse)?;
        let number: u32 = number.trim().parse().map_err(|_| refuse())?;
        let of: u32 = of.trim().parse().map_err(|_| refuse())?;
        number.checked_sub(1).and_then(|index| Self::new(index, of)).ok_or_else(refuse)
    }
}

impl TryFrom<String> for Share {
    type Error = ShardError;

    fn try_from(text: String) -> Result<Self, ShardError> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_written_as_people_count() {
        let share: Share = "2/8".parse().unwrap();
        assert_eq!((share.index(), share.of(), share.to_string()), (1, 8, "2/8".to_owned()));
        for wrong in ["", "0/4", "5/4", "1", "1/0", "a/b", "-1/4", "1/4/2", "99999999999/4"] {
            let error = wrong.parse::<Share>().unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:?}")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_exactly_the_whole(whole in 0_u64..5_000, of in 1_u32..40, within in 1_u32..8) {
            let mut seen = vec![0_u32; usize::try_from(whole).unwrap()];
            for index in 0..of {
                let part = Share::new(index, of).unwrap();
                let mut own = 0;
                for inner in 0..within {
                    let part = part.part(Share::new(inner, within).unwrap()).unwrap();
                    let count = part.count(whole);
                    own += count;
                    for number in (0..count).map(|own| part.number(own)) {
                        prop_assert!(part.has(number));
                        seen[usize::try_from(number).unwrap()] += 1;
                    }
                }
                prop_assert_eq!(own, part.count(whole));
            }
            prop_assert!(seen.iter().all(|times| *times == 1), "{:?}", seen);
        }

        #[test]
        fn random_text_never_panics(text in "\\PC{0,20}") {
            if let Ok(share) = text.parse::<Share>() {
                prop_assert_eq!(share.to_string().parse::<Share>().unwrap(), share);
            }
        }
    }
}
