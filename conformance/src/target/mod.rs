//! The system under test: any server, any language.

mod child;
mod door;
mod file;
mod place;
mod probe;
mod timers;

pub use child::{Running, reference_target};
pub use door::{Door, Doors};
pub use file::{Auth, TargetFile};
pub use place::Target;
pub use probe::{is_alive, measure_round_trip};
pub use timers::Timers;

pub(crate) use file::{position, suggestion};
