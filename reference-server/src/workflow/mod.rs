//! Workflows: stages as data, each done by an agent over HTTP, with progress told while the work happens.
//!
//! Invariants: the workflow never waits for a client; it stops as soon as its run is over, whoever ended it,
//! and dropping the call to an agent is what cancels the work there.

mod admission;
mod agent;
mod batch;
pub mod context;
mod line;
mod made;
mod progress;
mod question;
mod reply;
mod runner;
mod socket;
mod stages;
mod statistics;
mod steps;
mod transactions;

pub use admission::{Admission, Ticket};
pub use agent::{AgentAddresses, AgentCall, AgentClient, GateState};
pub use line::{AgentLine, Belief, BeliefState, DataOutput, LineError, NlpOutput, ReportOutput, VizOutput};
pub use progress::Tracker;
pub use runner::{Asked, Workflow};
pub use stages::{DEFAULT, Definition, DefinitionError, Workflows};
pub use statistics::Statistics;
pub use transactions::Transactions;
