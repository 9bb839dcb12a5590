//! Gunther's Universal Scalability Law: X(N) = λN / (1 + σ(N − 1) + κN(N − 1)).
//!
//! λ is what one unit of load gets through alone, σ the share that queues for something only one can have, κ the
//! cost of keeping all in agreement (N. J. Gunther, Guerrilla Capacity Planning, 2007). With κ > 0 throughput
//! has a peak at N* = √((1 − σ)/κ) and falls after it.
//!
//! The fit is by least squares on logarithms, because the noise of throughput is a share of it, with σ, κ ≥ 0.
//! Its intervals and its band are a parametric bootstrap: throughputs are drawn about the fit with the spread of
//! its residuals, the spread itself drawn from its sampling distribution since few levels know it badly, and
//! fitted again.

mod band;
mod fit;
mod law;
mod least_squares;

pub use band::{Band, Uncertainty, uncertainty};
pub use fit::{FEWEST_LEVELS, Fit, fit};
pub use law::Law;
