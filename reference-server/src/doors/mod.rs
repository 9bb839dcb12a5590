//! The doors: which paths can be upgraded, the rules of each, and the upgrade itself.
//!
//! What stands behind the doors implements [`Service`]; the doors know nothing of it.

mod extensions;
mod opening;
mod origin;
mod profile;
mod refusal;
mod service;
mod upgrade;

pub(crate) use opening::decode;
pub use opening::{Opening, QueryParams};
pub(crate) use origin::is_allowed as is_allowed_origin;
pub use profile::{Admitted, Door, Doors, Profile};
pub use refusal::{error_answer, full};
pub use service::{Body, Service};
pub use upgrade::SUBPROTOCOL;
pub(crate) use upgrade::{Knock, knock};
