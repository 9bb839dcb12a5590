//! The doors: which paths can be upgraded, the rules of each, and the upgrade itself.
//!
//! What stands behind the doors implements [`Service`]; the doors know nothing of it.

mod opening;
mod profile;
mod service;

pub use opening::{Opening, QueryParams};
pub use profile::{Authentication, DOORS, Dialect, Door, Profile, SubscribedAtOpen, find};
pub use service::{Body, Service};
