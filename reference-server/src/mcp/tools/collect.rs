//! Taking the chunks of a running statement: handing them on, and keeping them as far as they may be kept.

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

/// Nobody wants the rest.
struct ReceiverLeft;

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

    /// Takes all chunks; waits while the receiver is behind, and stops the statement once it is gone.
    pub(super) async fn drain(mut self, mut chunks: mpsc::Receiver<Chunk>) -> Self {
        while let Some(chunk) = chunks.recv().await {
            if self.take(chunk).await.is_err() {
                self.whole = false;
                break;
            }
        }
        self
    }

    async fn take(&mut self, chunk: Chunk) -> Result<(), ReceiverLeft> {
        match chunk {
            Chunk::Columns(columns) => {
                self.columns.clone_from(&columns);
                self.hand_on(Piece { columns: Some(columns), rows: Vec::new() }).await
            }
            Chunk::Rows(rows) => {
                if self.receiver.is_some() {
                    self.weight += rows.iter().map(weight).sum::<usize>();
                    if self.weight > self.limit {
                        self.pieces = Vec::new();
                        self.whole = false;
                        return self.hand_on(Piece { columns: None, rows }).await;
                    }
                    self.hand_on(Piece { columns: None, rows: rows.clone() }).await?;
                }
                self.pieces.push(rows);
                Ok(())
            }
        }
    }

    async fn hand_on(&self, piece: Piece) -> Result<(), ReceiverLeft> {
        match &self.receiver {
            Some(receiver) => receiver.send(piece).await.map_err(|_| ReceiverLeft),
            None => Ok(()),
        }
    }

    /// The end; the receiver is let go.
    pub(super) fn finish(self, summary: RunSummary) -> Finished {
        Finished { kept: Kept { columns: self.columns, pieces: self.pieces, summary }, whole: self.whole }
    }
}
