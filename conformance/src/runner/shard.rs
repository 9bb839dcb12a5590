//! Shards: several machines share a suite.

use std::str::FromStr;

use crate::Error;

/// Part `k` of `n`; the parts together are exactly the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    k: usize,
    n: usize,
}

impl Shard {
    /// Every n-th item, beginning with the k-th, so that areas spread evenly.
    pub fn of<T>(self, items: Vec<T>) -> Vec<T> {
        items
            .into_iter()
            .enumerate()
            .filter(|(at, _)| at % self.n == self.k - 1)
            .map(|(_, item)| item)
            .collect()
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parse = || {
            let (k, n) = text.split_once('/')?;
            let (k, n) = (k.trim().parse().ok()?, n.trim().parse().ok()?);
            (1 <= k && k <= n).then_some(Self { k, n })
        };
        parse().ok_or_else(|| Error::Shard(text.to_owned()))
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.k, self.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_parts_are_exactly_the_whole(size in 0_usize..200, n in 1_usize..20) {
            let mut all: Vec<usize> = (1..=n)
                .flat_map(|k| format!("{k}/{n}").parse::<Shard>().unwrap().of((0..size).collect()))
                .collect();
            all.sort_unstable();
            proptest::prop_assert_eq!(all, (0..size).collect::<Vec<_>>());
        }

        #[test]
        fn random_text_never_panics(text in "\\PC{0,20}") {
            let _ = text.parse::<Shard>();
        }
    }

    #[test]
    fn only_k_of_n_is_a_shard() {
        for text in ["0/3", "4/3", "1", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
    }
}
