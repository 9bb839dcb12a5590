//! How much a client may say: sliding windows, one for messages, one for signs of life.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;

/// Instants inside a sliding window, small: milliseconds since a common start.
#[derive(Debug, Default)]
pub struct Window {
    at: VecDeque<u32>,
}

impl Window {
    fn forget(&mut self, now: u32, width: u32) {
        while self.at.front().is_some_and(|first| now.saturating_sub(*first) >= width) {
            self.at.pop_front();
        }
    }

    /// Takes the instant if fewer than `limit` are inside the window.
    pub(super) fn take(&mut self, now: u32, width: u32, limit: u32) -> bool {
        self.forget(now, width);
        let room = self.at.len() < limit as usize;
        if room {
            self.at.push_back(now);
        }
        room
    }

    /// Whether nothing is left inside it.
    pub(super) fn is_empty_at(&mut self, now: u32, width: u32) -> bool {
        self.forget(now, width);
        self.at.is_empty()
    }
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is served.
    Pass,
    /// It is refused, and its sender told when to try again.
    Refuse {
        /// The limit it went over.
        limit: u32,
        /// Whole seconds, at least one.
        retry_after: u64,
        /// Whether the connection ends too.
        close: bool,
    },
}

/// The limits of one connection.
#[derive(Debug)]
pub struct Rate {
    start: Instant,
    messages: Window,
    violations: Window,
    life: Window,
}

impl Rate {
    /// Nothing said yet.
    #[must_use]
    pub fn new() -> Self {
        let empty = Window::default;
        Self { start: Instant::now(), messages: empty(), violations: empty(), life: empty() }
    }

    /// Counts an application message. A refused one does not fill the window.
    pub fn message(&mut self, config: &Config) -> Verdict {
        self.message_within(config, || Verdict::Pass)
    }

    /// The same with a further limit, asked only about messages that this one lets pass. One that it refuses
    /// fills no window either, and is a violation of this connection.
    pub fn message_within(&mut self, config: &Config, further: impl FnOnce() -> Verdict) -> Verdict {
        let (now, width) = (self.now(), millis(config.timers.rate_window));
        let limit = config.limits.rate_limit;
        let (limit, retry_after) = if self.messages.take(now, width, limit) {
            let Verdict::Refuse { limit, retry_after, .. } = further() else { return Verdict::Pass };
            self.messages.at.pop_back();
            (limit, retry_after)
        } else {
            (limit, retry_after(&self.messages, now, width))
        };
        self.violations.forget(now, width);
        self.violations.at.push_back(now);
        let close = self.violations.at.len() >= config.limits.rate_violations as usize;
        Verdict::Refuse { limit, retry_after, close }
    }

    /// Counts a sign of life. The first one too many ends the connection.
    pub fn life(&mut self, config: &Config) -> Verdict {
        let (now, width) = (self.now(), millis(config.timers.rate_window));
        let limit = config.limits.life_limit;
        if self.life.take(now, width, limit) {
            return Verdict::Pass;
        }
        Verdict::Refuse { limit, retry_after: retry_after(&self.life, now, width), close: true }
    }

    fn now(&self) -> u32 {
        millis(self.start.elapsed())
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::new()
    }
}

pub(super) fn retry_after(window: &Window, now: u32, width: u32) -> u64 {
    let first = window.at.front().copied().unwrap_or(now);
    u64::from(first.saturating_add(width).saturating_sub(now)).div_ceil(1_000).max(1)
}

pub(super) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let mut config = Config::default();
        config.limits.rate_limit = 3;
        config.limits.rate_violations = 2;
        config.limits.life_limit = 2;
        config
    }

    async fn advance(seconds: u64) {
        tokio::time::advance(Duration::from_secs(seconds)).await;
    }

    fn refused(retry_after: u64, close: bool) -> Verdict {
        Verdict::Refuse { limit: 3, retry_after, close }
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_slides_and_refused_messages_do_not_fill_it() {
        let (config, mut rate) = (config(), Rate::new());
        assert_eq!(rate.message(&config), Verdict::Pass);
        advance(30).await;
        assert_eq!(rate.message(&config), Verdict::Pass);
        assert_eq!(rate.message(&config), Verdict::Pass);
        assert_eq!(rate.message(&config), refused(30, false));
        advance(30).await;
        assert_eq!(rate.message(&config), Verdict::Pass, "the first has left the window");
        assert_eq!(rate.message(&config), refused(30, true), "the second violation within a window");
        advance(31).await;
        assert_eq!(rate.message(&config), Verdict::Pass);
    }

    #[tokio::test(start_paused = true)]
    async fn violations_leave_their_window_too() {
        let (config, mut rate) = (config(), Rate::new());
        for _ in 0..2 {
            for _ in 0..3 {
                assert_eq!(rate.message(&config), Verdict::Pass);
            }
            assert_eq!(rate.message(&config), refused(60, false));
            advance(60).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_further_limit_refuses_is_a_violation_and_fills_nothing() {
        let (config, mut rate) = (config(), Rate::new());
        let further = || Verdict::Refuse { limit: 7, retry_after: 5, close: false };
        let expected = |close| Verdict::Refuse { limit: 7, retry_after: 5, close };
        assert_eq!(rate.message_within(&config, further), expected(false));
        assert_eq!(rate.message_within(&config, further), expected(true));
        for _ in 0..3 {
            assert_eq!(rate.message(&config), Verdict::Pass);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn signs_of_life_have_a_window_of_their_own() {
        let (config, mut rate) = (config(), Rate::new());
        assert_eq!(rate.life(&config), Verdict::Pass);
        assert_eq!(rate.life(&config), Verdict::Pass);
        assert_eq!(rate.life(&config), Verdict::Refuse { limit: 2, retry_after: 60, close: true });
        assert_eq!(rate.message(&config), Verdict::Pass);
    }
}
