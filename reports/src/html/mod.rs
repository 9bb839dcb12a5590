//! One self-contained page: `index.html`.
//!
//! The order of the page is the order of a reader's questions: what came out and why, what failed and how,
//! what load did, whether the instrument is to be believed, and under which circumstances. It needs no network,
//! no other file and no script: the script adds filters, values under the pointer and the switch between light
//! and dark. Every text from outside is escaped by maud; the only raw parts are the style sheet, the script and
//! JSON in which `<` is escaped.

mod anchor;
mod area;
mod capacity;
mod capacity_charts;
mod charts;
mod check;
mod circumstances;
mod comparison;
mod database;
mod histograms;
mod instrument;
mod limit;
mod load;
mod load_comparison;
mod messages;
mod operations;
mod page;
mod plot;
mod progress;
mod proof;
mod raw;
mod recovery;
mod sequence;
mod shards;
mod summary;
mod timeline;
mod timing;
mod told;

pub(crate) use histograms::wanted as wanted_tags;
pub use page::page;
