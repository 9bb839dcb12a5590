//! A run shown to others while it lasts: what is known of it second by second ([`Detail`]), a page for scrapers
//! ([`Endpoint`]) and an export to a collector ([`Export`]).
//!
//! Nothing here is on the way of a message: the monitor makes one snapshot a second, and only where somebody asked
//! for it. The page and the export are renderings of one table of figures, so that both say the same.

mod accept;
mod buckets;
mod detail;
mod endpoint;
mod export;
mod figures;
mod latest;
mod page;
mod part;
mod together;

pub use buckets::Buckets;
pub use detail::{Detail, LiveThreshold, OperationTimes, SecondTimes, ThresholdState};
pub use endpoint::Endpoint;
pub use export::{Export, ExportError};
pub use latest::Latest;
pub use part::{PartFigures, PartSecond};
pub use together::Together;
