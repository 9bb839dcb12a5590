//! Taking the chunks of a running statement: handing them on, and keeping them as far as they may be kept.

use std::ops::ControlFlow;

use tokio::sync::mpsc;

use super::Piece;
use super::results::{Kept, weight};
use crate::database::{Chunk, ResultColumn, Row, RunSummary};

/// What came so far.
pub(super) struct Collected {
    columns: Vec<ResultColumn>,
    pieces: Vec<Vec<Row>>,
    weight: usize,
    /// Streamed rows are kept up to this weight; others are the answer and kept always.
    limit: usize,
    receiver: Option<mpsc::Sender<Piece>>,
    whole: bool,
}

/// How a statement ended.
pub(super) struct Finished {
    pub(super) kept: Kept,
    /// Whether all rows are there; a stream may have been too large to keep, or given up.
    pub(super) whole: bool,
}

impl Collected {
    /// Rows go to `receiver` if there is one.
    pub(super) fn new(receiver: Option<mpsc::Sender<Piece>>, limit: usize) -> Self {
        Self { columns: Vec::new(), pieces: Vec::new(), weight: 0, limit, receiver, whole: true }
    }

    /// Takes a chunk; waits while the receiver is behind, and stops the statement once it is gone.
    pub(super) fn take(&mut self, chunk: Chunk) -> ControlFlow<()> {
        match chunk {
            Chunk::Columns(columns) => {
                self.columns.clone_from(&columns);
                self.hand_on(|| Piece { columns: Some(columns), rows: Vec::new() })
            }
            Chunk::Rows(rows) => {
                let streamed = self.receiver.is_some();
                self.weight += if streamed { rows.iter().map(weight).sum() } else { 0 };
                if streamed && self.weight > self.limit {
                    self.pieces = Vec::new();
                    self.whole = false;
                    return self.hand_on(|| Piece { columns: None, rows });
                }
                if streamed {
                    let copy = rows.clone();
                    self.hand_on(|| Piece { columns: None, rows: copy })?;
                }
                self.pieces.push(rows);
                ControlFlow::Continue(())
            }
        }
    }

    fn hand_on(&mut self, piece: impl FnOnce() -> Piece) -> ControlFlow<()> {
        let Some(receiver) = &self.receiver else { return ControlFlow::Continue(()) };
        if receiver.blocking_send(piece()).is_ok() {
            return ControlFlow::Continue(());
        }
        self.whole = false;
        ControlFlow::Break(())
    }

    /// The end; the receiver is let go.
    pub(super) fn finish(self, summary: RunSummary) -> Finished {
        Finished { kept: Kept { columns: self.columns, pieces: self.pieces, summary }, whole: self.whole }
    }
}
