//! What can be said of figures, and how surely. Pure functions: no clock, no global randomness; what draws takes
//! a seed. Each claim is derived in `docs/statistics.md`, which names the test that holds it.
//!
//! The distributions are those of `statrs`; ours is only what no well-kept crate has: the exact distribution of
//! the rank sum with ties, Hodges–Lehmann, order statistics for percentiles, and the scalability law.

mod batch;
mod bootstrap;
mod distribution;
mod error;
mod holm;
mod levelling;
mod little;
mod moments;
mod order;
mod power;
mod rank_sum;
mod regression;
mod share;
mod shift;
mod stability;
pub mod usl;

pub use batch::{BatchMeans, batch_means, effective_size};
pub use bootstrap::{Interval, bootstrap};
pub use distribution::{normal_quantile, t_quantile};
pub use error::StatisticsError;
pub use holm::holm;
pub use levelling::{Levelled, level};
pub use little::little_residual;
pub use moments::{mean, median, quantile, standard_deviation};
pub use order::{fewest_for_quantile, quantile_bound_rank};
pub use power::{Design, smallest_detectable};
pub use rank_sum::{MOST_RUNS, MannWhitney, critical_u, mann_whitney, smallest_p};
pub use regression::{Line, line, trend};
pub use share::share_upper_bound;
pub use shift::{Shift, hodges_lehmann};
pub use stability::{Stability, stability};
