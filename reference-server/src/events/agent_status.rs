//! `agent_status`: how each agent is, on change and now and then.

use std::collections::BTreeMap;

use tokio::time::{Instant, sleep_until};

use crate::backend::Backend;
use crate::breaker::BreakerState;
use crate::wire::events::EventName;
use crate::wire::notices::{AgentState, AgentStatus};
use crate::workflow::GateState;

/// Tells as long as it is polled.
pub(super) async fn run(backend: &Backend) {
    let timers = &backend.config.timers;
    let agents = backend.workflow.agents();
    loop {
        backend.bulletin.wanted(EventName::AgentStatus).await;
        let (mut changes, mut load) = (agents.changes(), agents.load());
        let mut told = BTreeMap::new();
        let mut all_due = Instant::now() + timers.agent_status_interval;
        while backend.bulletin.is_wanted(EventName::AgentStatus) {
            let all = Instant::now() >= all_due;
            if all {
                all_due = Instant::now() + timers.agent_status_interval;
            }
            let due = tell(backend, &mut told, all).map_or(all_due, |probe| probe.min(all_due));
            tokio::select! {
                () = sleep_until(due) => {}
                _ = changes.changed() => {}
                _ = load.changed() => {
                    // Calls begin and end in bursts: what is told is where they have come to.
                    let burst = tokio::time::sleep(timers.progress_interval);
                    tokio::select! {
                        () = burst => {}
                        _ = changes.changed() => {}
                    }
                }
            }
        }
    }
}

/// Tells what changed, or everything; gives the instant at which a breaker changes by itself.
fn tell(backend: &Backend, told: &mut BTreeMap<String, Known>, all: bool) -> Option<Instant> {
    let mut next = None;
    for agent in backend.workflow.agent_names() {
        let state = backend.workflow.agents().state(&agent);
        let status = Known::of(state);
        // Who subscribed takes an agent for idle until told otherwise.
        let before = told.get(&agent).unwrap_or(&IDLE);
        if all || *before != status {
            backend.bulletin.publish(EventName::AgentStatus, &status.message(&agent));
            told.insert(agent, status);
        }
        let probe = state.probes_at.filter(|at| *at > Instant::now());
        next = [next, probe].into_iter().flatten().min();
    }
    next
}

/// What is known of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    status: AgentState,
    in_flight: usize,
    breaker: BreakerState,
}

const IDLE: Known = Known { status: AgentState::Idle, in_flight: 0, breaker: BreakerState::Closed };

impl Known {
    fn of(state: GateState) -> Self {
        let status = match state.breaker {
            BreakerState::Open => AgentState::Unavailable,
            _ if state.in_flight > 0 => AgentState::Busy,
            BreakerState::Closed | BreakerState::HalfOpen => AgentState::Idle,
        };
        Self { status, in_flight: state.in_flight, breaker: state.breaker }
    }

    fn message(self, agent: &str) -> AgentStatus {
        let Self { status, in_flight, breaker } = self;
        AgentStatus { agent: agent.to_owned(), status, in_flight, breaker }
    }
}
