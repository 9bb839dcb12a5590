//! What can be said about a series of numbers over time: growth, seasonality, outliers.
//!
//! Plain arithmetic, deterministic: the same series always gives the same figures. Each method says in its file
//! how its figures come about.

mod findings;
mod growth;
mod outliers;
mod period;
mod seasonality;
mod series;
mod statistic;
mod text;

pub use findings::{Analysis, Finding, FindingKind, Groups, Mover, findings};
pub use growth::{Cagr, Change, Growth, cagr, growth, year_over_year};
pub use outliers::{Outlier, outliers, robust_z};
pub use period::Period;
pub use seasonality::{Seasonality, autocorrelation, seasonality};
pub use series::{Point, Series, Unit};
pub use statistic::{Line, least_squares, median, theil_sen};
