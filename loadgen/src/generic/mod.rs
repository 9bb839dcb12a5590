//! Sessions of other people's services: they say and expect what the scenario's script says.
//!
//! A session is one future, polled from its seat in a cohort: [`Player`] begins, plays iterations at its pace or
//! as they arrive, and ends. [`hands::Hands`] is what it holds: connections, variables, a timer. Whatever it waits
//! for, its connections are listened to meanwhile, so that pings are answered and every message gets the moment in
//! which it came. Every wait has a deadline.

mod channel;
mod events;
mod expect;
mod hands;
mod http;
mod playbook;
mod player;
mod scope;
mod steps;
mod trouble;

pub(crate) use events::Parser as EventParser;
pub(crate) use playbook::Playbook;
pub(crate) use player::Player;
