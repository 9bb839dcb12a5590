//! The system under test: any server, any language.

mod auth;
mod child;
mod door;
mod features;
mod file;
pub mod material;
mod own;
mod place;
mod places;
mod probe;
mod signing;
mod timers;
mod token;
mod variant;

pub use auth::{Auth, AuthKey};
pub use child::{Running, reference_target};
pub use door::{Door, Doors};
pub use file::{TargetFile, ToolCall, VariantPlace};
pub use own::{OwnProcess, Processes, SignalFault, Starting};
pub use place::{Target, Tier};
pub use places::Places;
pub use probe::{RoundTrip, is_alive, measure_round_trip, misses_echo_door};
pub use signing::{KeyFault, SigningKey};
pub use timers::Timers;
pub use token::{Token, claims_of, encode, epoch_seconds, signed_text};
pub(crate) use variant::KEPT_CONTEXT;
pub use variant::{Revived, Targets, VARIANTS, Variant, configured};

pub(crate) use file::{position, suggestion};
pub(crate) use variant::{AGENTS_APART, MCP_APART, variant};
