//! `financial_db`: made-up retail finance, the same for the same seed on every machine (no floating point).
//!
//! About 200,000 rows. An order's `total_cents` is the sum of its items' `line_total_cents` (tax included);
//! shipping comes on top and is part of what is purchased and paid. Revenue is the total of all orders;
//! purchases are the orders that were neither cancelled nor are still pending.

mod calendar;
mod parties;
mod schema;
mod trade;
mod vocabulary;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;

use calendar::Calendar;
use trade::Market;

/// Makes tables, rows and indexes in an empty database.
pub(in crate::database) fn make(into: &Connection, seed: u64) -> rusqlite::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let calendar = Calendar::new();
    into.execute_batch(schema::TABLES)?;
    let customers = parties::customers(into, &mut rng, &calendar)?;
    let products = parties::products(into, &mut rng, &calendar)?;
    Market { into, calendar: &calendar, customers: &customers, products: &products }.trade(&mut rng)?;
    into.execute_batch(schema::INDEXES)
}
