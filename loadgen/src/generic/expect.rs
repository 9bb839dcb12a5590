//! Waiting for messages, and for the other side to close.

use std::time::Duration;

use scenarios::Others;
use scenarios::script::Expect;
use tokio::time::Instant;

use super::channel::Incoming;
use super::hands::Hands;
use super::trouble::Trouble;
use crate::client::LinkError;
use crate::measure::{OperationId, Timing};

impl Hands {
    /// When an operation on channel `on` began: with the step `since`, else with the last message sent there, but
    /// not before this iteration.
    pub(super) fn begin_of(&self, on: usize, since: Option<usize>) -> Instant {
        if let Some(mark) = since.and_then(|since| self.marks[since]) {
            return mark;
        }
        let asked = self.channels[on].as_ref().map(|channel| channel.asked);
        asked.map_or(self.started, |asked| asked.max(self.started))
    }

    /// Waits for the messages that `expect` is about; the moment in which the last of them came.
    pub(super) async fn expect(&mut self, expect: &Expect, begun: Instant) -> Result<Instant, Trouble> {
        let deadline = Instant::now() + expect.within;
        let mut left = expect.times;
        let mut other = None;
        loop {
            let next = self.until(deadline, |hands| hands.next_on(expect.on)).await?;
            let Some(message) = next else { return Err(late(expect.within, other)) };
            let message = message?;
            match self.fits(&expect.pattern, &message) {
                Ok(()) => {
                    let at = message.at;
                    self.last = Some(message);
                    left -= 1;
                    if left == 0 {
                        self.look(&expect.look)?;
                        return Ok(at);
                    }
                }
                Err(why) => {
                    match (expect.others, expect.other) {
                        (Others::Fail, _) => {
                            let text = format!("{why}: {}", message.excerpt());
                            return Err(Trouble::wrong("unexpected_message", text));
                        }
                        (Others::Count, Some(operation)) => {
                            let timing = Timing { due: self.due(begun), begun, done: message.at };
                            self.shared.recorder.success(OperationId::own(operation), timing);
                        }
                        _ => {}
                    }
                    other = Some(format!("{why}: {}", message.excerpt()));
                }
            }
        }
    }

    /// The next message that came over channel `on`, or why there will be none.
    fn next_on(&mut self, on: usize) -> Option<Result<Incoming, Trouble>> {
        let channel = match self.channel(on) {
            Ok(channel) => channel,
            Err(trouble) => return Some(Err(trouble)),
        };
        if let Some(message) = channel.inbox.pop_front() {
            return Some(Ok(message));
        }
        channel.ended().map(|error| Err(Trouble::Broken(error.clone())))
    }

    /// Waits for the other side to close channel `on`, with `code` where that matters.
    pub(super) async fn expect_close(
        &mut self,
        on: usize,
        code: Option<u16>,
        within: Duration,
    ) -> Result<Instant, Trouble> {
        let deadline = Instant::now() + within;
        let ended = |hands: &mut Self| match hands.channel(on) {
            Ok(channel) => channel.ended().cloned().map(Ok),
            Err(trouble) => Some(Err(trouble)),
        };
        let Some(ended) = self.until(deadline, ended).await? else {
            return Err(Trouble::Late(format!("not closed within {within:?}")));
        };
        let error = ended?;
        self.channels[on] = None;
        match (&error, code) {
            (LinkError::Closed { .. }, None) => Ok(Instant::now()),
            (LinkError::Closed { code: seen, .. }, Some(wanted)) if *seen == wanted => Ok(Instant::now()),
            (LinkError::Closed { code: seen, reason }, Some(wanted)) => {
                let text = format!("closed with {seen} {reason:?} instead of {wanted}");
                Err(Trouble::wrong("wrong_close", text))
            }
            _ => Err(Trouble::wrong("wrong_close", format!("{error}, without a close frame"))),
        }
    }
}

/// Nothing that fits came in time; `other` is what came last and did not.
fn late(within: Duration, other: Option<String>) -> Trouble {
    let other = other.map(|other| format!("; the last that came did not fit: {other}"));
    Trouble::Late(format!("no message that fits within {within:?}{}", other.unwrap_or_default()))
}
