//! The values of a session's variables.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scenarios::Pick;
use scenarios::script::{Scope, Variable};
use serde_json::Value;

use super::playbook::Playbook;

/// The values of one session.
pub(super) struct Values {
    book: Arc<Playbook>,
    session: u32,
    pub(super) iteration: u64,
    pub(super) round: u64,
    slots: Vec<Option<Value>>,
    /// The row of each source in this iteration.
    rows: Vec<usize>,
    rng: ChaCha8Rng,
}

impl Values {
    /// Those of session `session` at its begin.
    pub(super) fn new(book: &Arc<Playbook>, session: u32, seed: u64) -> Self {
        let mut values = Self {
            session,
            iteration: 0,
            round: 0,
            slots: vec![None; book.script.variables.len()],
            rows: vec![0; book.rows.len()],
            rng: ChaCha8Rng::seed_from_u64(seed.wrapping_add(u64::from(session))),
            book: Arc::clone(book),
        };
        values.pick_rows();
        values
    }

    /// Forgets what was captured and set: the session begins anew.
    pub(super) fn forget(&mut self) {
        self.slots.fill(None);
    }

    /// The rows of the next iteration.
    pub(super) fn pick_rows(&mut self) {
        for (number, source) in self.book.script.data.iter().enumerate() {
            self.rows[number] = match source.pick {
                Pick::Session => self.session as usize,
                Pick::Next => self.book.next_row(number),
                Pick::Random => self.rng.random_range(0..self.book.rows[number].len().max(1)),
            };
        }
    }

    pub(super) fn set(&mut self, slot: usize, value: Value) {
        self.slots[slot] = Some(value);
    }

    pub(super) fn rng(&mut self) -> &mut ChaCha8Rng {
        &mut self.rng
    }

    fn uuid(&mut self) -> String {
        let mut bytes = [0_u8; 16];
        self.rng.fill_bytes(&mut bytes);
        // RFC 9562, version 4.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let mut text = String::with_capacity(36);
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

impl Scope for Values {
    fn value(&mut self, variable: &Variable) -> Result<Value, String> {
        Ok(match variable {
            Variable::Session => self.session.into(),
            Variable::Iteration => self.iteration.into(),
            Variable::Round => self.round.into(),
            Variable::Counter => self.book.count().into(),
            Variable::Uuid => self.uuid().into(),
            Variable::Random { low, high } => self.rng.random_range(*low..=*high).into(),
            Variable::Hex(digits) => {
                let digit = |_| char::from_digit(self.rng.random_range(0..16), 16).unwrap_or('0');
                (0..*digits).map(digit).collect::<String>().into()
            }
            Variable::Now => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX).into()
            }
            Variable::Null => Value::Null,
            Variable::Slot(slot) => match &self.slots[*slot] {
                Some(value) => value.clone(),
                None => return Err(self.book.script.variables[*slot].clone()),
            },
            Variable::Column { source, column } => {
                let value = self.book.rows[*source].value(self.rows[*source], column);
                match value {
                    Some(value) => value.clone(),
                    None => return Err(format!("{}.{column}", self.book.script.data[*source].name)),
                }
            }
        })
    }
}
