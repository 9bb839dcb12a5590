//! Rows on their way: cut into messages of bounded size, and into results of bounded size.

use serde_json::value::RawValue;

use crate::wire::identity::TransactionId;
use crate::wire::server::{Column, PartialResult};

/// Bounds of one `partial_result`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartialBounds {
    /// Rows.
    pub(super) rows: usize,
    /// Bytes of rows.
    pub(super) bytes: usize,
}

/// Gathers streamed rows into partial results.
#[derive(Debug)]
pub(super) struct Partials {
    transaction_id: TransactionId,
    bounds: PartialBounds,
    columns: Option<Vec<Column>>,
    rows: Vec<Box<RawValue>>,
    bytes: usize,
    sequence: u64,
    total: u64,
}

impl Partials {
    /// Nothing yet.
    #[must_use]
    pub(super) fn new(transaction_id: TransactionId, bounds: PartialBounds) -> Self {
        Self { transaction_id, bounds, columns: None, rows: Vec::new(), bytes: 0, sequence: 0, total: 0 }
    }

    /// Adds rows; gives the partial results that are full.
    pub(super) fn add(
        &mut self,
        columns: Option<Vec<Column>>,
        rows: Vec<Box<RawValue>>,
    ) -> Vec<PartialResult> {
        if self.sequence == 0 && self.columns.is_none() {
            self.columns = columns;
        }
        let mut full = Vec::new();
        for row in rows {
            // One for the comma.
            let size = row.get().len() + 1;
            let no_room = self.rows.len() >= self.bounds.rows || self.bytes + size > self.bounds.bytes;
            if no_room && !self.rows.is_empty() {
                full.push(self.take());
            }
            self.bytes += size;
            self.total += 1;
            self.rows.push(row);
        }
        full
    }

    /// What is left at the end, with the columns if nothing was sent before.
    pub(super) fn finish(&mut self, columns: &[Column]) -> Option<PartialResult> {
        if self.sequence == 0 && self.columns.is_none() {
            self.columns = Some(columns.to_vec());
        }
        (self.sequence == 0 || !self.rows.is_empty()).then(|| self.take())
    }

    /// Rows added so far.
    #[must_use]
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// What has been gathered, full or not.
    fn take(&mut self) -> PartialResult {
        let partial = PartialResult {
            transaction_id: self.transaction_id.clone(),
            sequence: self.sequence,
            columns: self.columns.take(),
            rows: std::mem::take(&mut self.rows),
        };
        self.sequence += 1;
        self.bytes = 0;
        partial
    }
}

/// Keeps as many rows as fit `bytes`; true if any had to go.
pub(super) fn cut(rows: &mut Vec<Box<RawValue>>, bytes: usize) -> bool {
    let mut used = 2;
    let fits = rows.iter().take_while(|row| {
        used += row.get().len() + 1;
        used <= bytes
    });
    let fits = fits.count();
    let cut = fits < rows.len();
    rows.truncate(fits);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> Vec<Box<RawValue>> {
        (0..count).map(|_| RawValue::from_string("[1234567]".to_owned()).unwrap()).collect()
    }

    fn columns() -> Vec<Column> {
        vec![Column { name: "a".to_owned(), kind: "integer".to_owned() }]
    }

    fn partials(rows: usize, bytes: usize) -> Partials {
        Partials::new(TransactionId::random(), PartialBounds { rows, bytes })
    }

    #[test]
    fn rows_are_cut_by_number_and_columns_come_once() {
        let mut partials = partials(500, 65_536);
        let full = partials.add(Some(columns()), rows(1_200));
        assert_eq!(full.iter().map(|partial| partial.rows.len()).collect::<Vec<_>>(), [500, 500]);
        assert!(full[0].columns.is_some() && full[1].columns.is_none());
        let last = partials.finish(&columns()).unwrap();
        assert_eq!((last.sequence, last.rows.len(), last.columns), (2, 200, None));
        assert_eq!(partials.total(), 1_200);
    }

    #[test]
    fn rows_are_cut_by_bytes_and_a_row_too_large_goes_alone() {
        let mut partials = partials(500, 25);
        assert_eq!(partials.add(None, rows(5)).len(), 2);
        let huge = RawValue::from_string(format!("[\"{}\"]", "x".repeat(100))).unwrap();
        assert_eq!(partials.add(None, vec![huge]).len(), 1);
        assert_eq!(partials.finish(&columns()).unwrap().rows.len(), 1);
    }

    #[test]
    fn an_empty_result_is_one_partial_with_columns() {
        let mut partials = partials(500, 65_536);
        let only = partials.finish(&columns()).unwrap();
        assert_eq!((only.sequence, only.rows.len(), only.columns), (0, 0, Some(columns())));
        assert!(partials.finish(&columns()).is_none());
    }

    #[test]
    fn a_result_is_cut_to_its_bytes() {
        let mut all = rows(10);
        assert!(!cut(&mut all, 102));
        assert!(cut(&mut all, 52));
        assert_eq!(all.len(), 5);
    }
}
