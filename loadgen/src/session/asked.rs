//! A question on its way to an answer.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::client::Envelope;

/// Cut this socket after so many progress updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) side: usize,
    pub(super) after: u32,
    pub(super) outage: Duration,
}

/// A progress update that came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Update {
    pub(super) offset: u64,
    pub(super) at: Instant,
    /// How far the query was.
    pub(super) percent: Option<f64>,
}

/// A question on its way.
pub(super) struct Asked {
    /// Id of this question, in quotes, as it comes back in messages.
    pub(super) query_id: Box<str>,
    /// Which of the run's questions.
    pub(super) question: usize,
    pub(super) stream: bool,
    /// The schedule meant it then.
    pub(super) due: Instant,
    /// It was really sent then.
    pub(super) begun: Instant,
    pub(super) transaction: Option<Box<str>>,
    pub(super) progress: u32,
    pub(super) last_heard: Instant,
    pub(super) longest_gap: Duration,
    pub(super) cut: Option<Cut>,
    /// The newest progress update.
    newest: Option<Update>,
    /// Rows that came before the end.
    rows: Vec<Vec<Value>>,
    next_sequence: u64,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

impl Asked {
    pub(super) fn new(
        id: &str,
        question: usize,
        stream: bool,
        due: Instant,
        begun: Instant,
        cut: Option<Cut>,
    ) -> Self {
        Self {
            query_id: format!("\"{id}\"").into(),
            question,
            stream,
            due,
            begun,
            transaction: None,
            progress: 0,
            last_heard: begun,
            longest_gap: Duration::ZERO,
            cut,
            newest: None,
            rows: Vec::new(),
            next_sequence: 0,
        }
    }

    /// The id without its quotes.
    pub(super) fn id(&self) -> &str {
        self.query_id.trim_matches('"')
    }

    /// True when the message is about this question.
    pub(super) fn is_meant(&self, envelope: &Envelope<'_>) -> bool {
        match (&self.transaction, &envelope.transaction_id) {
            (Some(own), Some(other)) => **own == *other.as_str(),
            _ => envelope.query_id.is_some_and(|id| id.get() == &*self.query_id),
        }
    }

    /// A message about it came.
    pub(super) fn heard(&mut self, now: Instant) {
        self.longest_gap = self.longest_gap.max(now.saturating_duration_since(self.last_heard));
        self.last_heard = now;
    }

    /// An update came; tells the one before it. The copy of an update that another socket brought already says
    /// nothing.
    pub(super) fn updated(&mut self, update: Update) -> Option<Update> {
        match self.newest {
            Some(newest) if newest.offset >= update.offset => None,
            before => {
                self.newest = Some(update);
                before
            }
        }
    }

    /// Takes the rows of a `partial_result`; both sockets bring each of them.
    pub(super) fn take_partial(&mut self, envelope: &Envelope<'_>) -> Result<(), serde_json::Error> {
        if envelope.sequence == Some(self.next_sequence) {
            self.next_sequence += 1;
            self.rows.extend(rows_of(envelope.rows)?);
        }
        Ok(())
    }

    /// Columns and rows of the whole answer.
    pub(super) fn complete(
        &mut self,
        envelope: &Envelope<'_>,
    ) -> Result<(Vec<String>, Vec<Vec<Value>>), serde_json::Error> {
        let columns: Vec<Column> =
            envelope.columns.map_or(Ok(Vec::new()), |raw| serde_json::from_str(raw.get()))?;
        let mut rows = std::mem::take(&mut self.rows);
        if self.next_sequence == 0 {
            rows = rows_of(envelope.rows)?;
        }
        Ok((columns.into_iter().map(|column| column.name).collect(), rows))
    }
}

fn rows_of(raw: Option<&RawValue>) -> Result<Vec<Vec<Value>>, serde_json::Error> {
    raw.map_or(Ok(Vec::new()), |raw| serde_json::from_str(raw.get()))
}
