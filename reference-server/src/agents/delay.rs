//! How long an agent takes beyond its real work, and what it tells meanwhile.
//!
//! A profile gives a query's whole time; the same seed and transaction always give the same. Each agent takes
//! its part of it, in steps on absolute times, so that nothing adds up.

use std::time::Duration;

use md5::{Digest, Md5};

use crate::config::{Delay, DelayProfile};

/// Longest time between two steps, but for `MAX_STEPS`.
const STEP: Duration = Duration::from_millis(500);
/// Most steps of a stage.
const MAX_STEPS: u32 = 20;
/// Size of a message of profile `capacity`, bytes.
const CAPACITY_MESSAGE: usize = 1_024;
/// What the agents' parts add up to.
const TWENTIETHS: u32 = 20;

/// The pace of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Whole time of the stage; zero for none but the real work.
    pub(super) total: Duration,
    /// Steps it is told in.
    pub(super) steps: u32,
    /// Whether each step is told as a message of 1 KiB.
    pub(super) long_messages: bool,
}

/// The pace of an agent that has `tasks` tasks and `twentieths` of the query's time.
pub(super) fn pace(config: &Delay, transaction_id: &str, twentieths: u32, tasks: u32) -> Pace {
    let total = query_time(config, transaction_id) * twentieths / TWENTIETHS;
    if config.profile == DelayProfile::Capacity {
        return Pace { total, steps: twentieths, long_messages: true };
    }
    if total.is_zero() {
        return Pace { total, steps: 0, long_messages: false };
    }
    let steps = u32::try_from(total.as_millis().div_ceil(STEP.as_millis())).unwrap_or(MAX_STEPS);
    Pace { total, steps: steps.clamp(tasks.max(1), MAX_STEPS.max(tasks)), long_messages: false }
}

/// Time of all agents of one query.
fn query_time(config: &Delay, transaction_id: &str) -> Duration {
    let (min, max) = match config.profile {
        DelayProfile::None => return Duration::ZERO,
        DelayProfile::Measured => (Duration::from_secs(8), Duration::from_secs(12)),
        DelayProfile::Typical => (Duration::from_secs(5), Duration::from_secs(30)),
        DelayProfile::Capacity => return Duration::from_secs(30),
        DelayProfile::Scaled => (config.min, config.max),
    };
    min + max.saturating_sub(min).mul_f64(share(config.seed, transaction_id))
}

/// A number from 0 to below 1 that depends on nothing but these two.
fn share(seed: u64, transaction_id: &str) -> f64 {
    let digest = Md5::new().chain_update(seed.to_le_bytes()).chain_update(transaction_id).finalize();
    let number = digest.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}

/// A message of exactly 1 KiB that begins with `text`.
pub(super) fn long_message(text: &str) -> String {
    let mut message = text.to_owned();
    message.push(' ');
    while message.len() < CAPACITY_MESSAGE {
        message.push('.');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(profile: DelayProfile) -> Delay {
        Delay { profile, ..Delay::default() }
    }

    #[test]
    fn the_profiles_stay_in_their_ranges_and_use_them() {
        for (profile, min, max) in [
            (DelayProfile::Measured, 8.0, 12.0),
            (DelayProfile::Typical, 5.0, 30.0),
            (DelayProfile::Scaled, 1.0, 3.0),
        ] {
            let times: Vec<f64> = (0..500)
                .map(|number| query_time(&config(profile), &format!("txn_{number}")).as_secs_f64())
                .collect();
            assert!(times.iter().all(|time| (min..=max).contains(time)), "{profile:?}");
            let mean = times.iter().sum::<f64>() / 500.0;
            assert!((mean - f64::midpoint(min, max)).abs() < (max - min) / 10.0, "{profile:?} {mean}");
        }
        assert_eq!(query_time(&config(DelayProfile::None), "x"), Duration::ZERO);
        assert_eq!(query_time(&config(DelayProfile::Capacity), "x"), Duration::from_secs(30));
    }

    #[test]
    fn the_same_transaction_always_takes_the_same_time() {
        let delay = config(DelayProfile::Typical);
        assert_eq!(query_time(&delay, "txn_1"), query_time(&delay, "txn_1"));
        assert_ne!(query_time(&delay, "txn_1"), query_time(&delay, "txn_2"));
        assert_ne!(query_time(&delay, "txn_1"), query_time(&Delay { seed: 7, ..delay }, "txn_1"));
    }

    #[test]
    fn capacity_is_20_messages_of_1_kib_in_all() {
        let delay = config(DelayProfile::Capacity);
        let steps: u32 = [8, 7, 5].map(|part| pace(&delay, "x", part, 2).steps).iter().sum();
        assert_eq!(steps, 20);
        assert_eq!(long_message("Processing NLP...").len(), 1_024);
    }

    #[test]
    fn without_delay_there_are_no_steps() {
        assert_eq!(pace(&config(DelayProfile::None), "x", 8, 3).steps, 0);
    }
}
