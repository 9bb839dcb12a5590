//! The agents: each takes one stage of a workflow.
//!
//! An agent is a type that implements [`Agent`]; the registry in `registry` knows all of them by name. The
//! server speaks for whichever it is given: `POST /{agent}/execute` streams events, shares and rows while the
//! work happens, then its outcome; `/{agent}/ws` does the same for many executions on one WebSocket. The work belongs to the answer: when the caller leaves, it stops.

pub mod analysis;
mod delay;
mod llm;
pub mod nlp;
mod progress;
mod registry;
mod server;
mod socket;
mod stage;
mod stages;
mod task;
pub mod viz;

pub use progress::{Belief, BeliefState, Event, EventType, Line, Progress};
pub use registry::{AgentSet, Parts, Role, Stage, UnknownAgent, stage};
pub use server::serve;
pub(crate) use socket::FIRST_LINES;
pub use task::{Agent, DatabaseContext, Job, Task, Turn};
