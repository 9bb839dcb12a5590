//! `agent_status`: how each agent is, when somebody comes to hear it, on change, and now and then.

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
        let (mut changes, mut load, mut joined) =
            (agents.changes(), agents.load(), backend.bulletin.joined());
        let mut told = BTreeMap::new();
        let mut all_due = Instant::now();
        while backend.bulletin.is_wanted(EventName::AgentStatus) {
            let all = Instant::now() >= all_due;
            if all {
                all_due = Instant::now() + timers.agent_status_interval;
            }
            let due = tell(backend, &mut told, all).map_or(all_due, |probe| probe.min(all_due));
            tokio::select! {
                () = sleep_until(due) => continue,
                _ = joined.changed() => {
                    all_due = Instant::now();
                    continue;
                }
                _ = changes.changed() => {}
                _ = load.changed() => {}
            }
            // Calls begin and end in bursts: what is told is where they have come to.
            tokio::time::sleep(timers.progress_interval).await;
        }
    }
}

/// Tells what changed, or everything; gives the instant at which a breaker changes by itself.
fn tell(backend: &Backend, told: &mut BTreeMap<String, AgentStatus>, all: bool) -> Option<Instant> {
    let mut next = None;
    for agent in backend.workflow.agent_names() {
        let state = backend.workflow.agents().state(&agent);
        let status = status(&agent, state);
        if all || told.get(&agent) != Some(&status) {
            backend.bulletin.publish(EventName::AgentStatus, &status);
            told.insert(agent, status);
        }
        let probe = state.probes_at.filter(|at| *at > Instant::now());
        next = [next, probe].into_iter().flatten().min();
    }
    next
}

fn status(agent: &str, state: GateState) -> AgentStatus {
    let status = match state.breaker {
        BreakerState::Open => AgentState::Unavailable,
        _ if state.in_flight > 0 => AgentState::Busy,
        BreakerState::Closed | BreakerState::HalfOpen => AgentState::Idle,
    };
    AgentStatus { agent: agent.to_owned(), status, in_flight: state.in_flight, breaker: state.breaker }
}
