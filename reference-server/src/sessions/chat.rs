//! The turns of a session's chat: what was asked and answered, so that the next question can lean on it.

use std::collections::VecDeque;

use serde::Serialize;

use super::session::Session;

/// A question of a chat and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// As it was asked.
    pub question: String,
    /// The statement it came to.
    pub sql: String,
    /// The answer in words.
    pub reply: String,
}

/// The last turns, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Turns(VecDeque<Turn>);

impl Turns {
    /// Adds one; the oldest over `limit` go.
    pub(super) fn add(&mut self, turn: Turn, limit: usize) {
        self.0.push_back(turn);
        while self.0.len() > limit {
            self.0.pop_front();
        }
    }
}

impl Session {
    /// The last turns of its chat, the oldest first.
    #[must_use]
    pub fn turns(&self) -> Vec<Turn> {
        self.lock().turns.0.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_turns_go() {
        let mut turns = Turns::default();
        for number in 0..12 {
            turns.add(Turn { question: number.to_string(), sql: String::new(), reply: String::new() }, 10);
        }
        assert_eq!((turns.0.len(), turns.0[0].question.as_str()), (10, "2"));
    }
}
