//! The doors: which paths can be upgraded, the rules of each, and the upgrade itself.
//!
//! What stands behind the doors implements [`Service`]; the doors know nothing of it.

mod address;
mod extensions;
mod opening;
mod origin;
mod profile;
mod refusal;
mod service;
pub mod tokens;
mod upgrade;

pub use address::{ClientAddress, client_address};
pub(crate) use opening::decode;
pub use opening::{Identity, Opening, QueryParams};
pub(crate) use origin::is_allowed as is_allowed_origin;
pub use profile::{Admitted, Door, Doors, Profile};
pub use refusal::{error_answer, full, refused_request, refused_upgrade};
pub use service::{Body, Service};
pub use upgrade::{Entrance, SUBPROTOCOL};
pub(crate) use upgrade::{Knock, knock};
