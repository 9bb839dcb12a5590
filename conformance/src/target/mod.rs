//! The system under test: any server, any language.

mod child;
mod door;
mod file;
mod place;
mod probe;
mod timers;
mod variant;

pub use child::{Running, reference_target};
pub use door::{Door, Doors};
pub use file::{Auth, TargetFile, ToolCall, VariantPlace};
pub use place::Target;
pub use probe::{is_alive, measure_round_trip};
pub use timers::Timers;
pub use variant::{Targets, VARIANTS, Variant, configured};

pub(crate) use file::{position, suggestion};
pub(crate) use variant::variant;
