//! Subscriptions and what they bring: session events, notices of agents and figures, the course of a query.

mod filtering;
mod history;
mod notices;
mod subscribing;
mod watching;

use super::Check;

pub(crate) fn checks() -> Vec<Check> {
    [subscribing::checks(), filtering::checks(), notices::checks(), history::checks()].concat()
}
