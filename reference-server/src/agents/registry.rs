//! All agents by name. Adding one is a file in `stages` and a line in [`REGISTRY`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Agent;
use super::stages;
use crate::config::Config;
use crate::mcp::McpClient;
use crate::observe::Metrics;

/// What agents are made from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Configuration.
    pub config: Arc<Config>,
    /// The way to the database.
    pub mcp: McpClient,
}

/// What a workflow knows of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Name of the agent, and of its path.
    pub agent: &'static str,
    /// Text of its first task.
    pub task: &'static str,
    /// What it does to the answer.
    pub role: Role,
}

/// What a stage contributes to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Makes the statement.
    Translate,
    /// Makes the rows.
    Fetch,
    /// Nothing itself: it thinks for the stages after it.
    Think,
    /// Makes the picture.
    Draw,
    /// Makes the picture and a report.
    Report,
}

type Make = fn(&Parts) -> Arc<dyn Agent>;

/// An agent of this program.
struct Registered {
    stage: Stage,
    make: Make,
}

const fn registered(agent: &'static str, task: &'static str, role: Role, make: Make) -> Registered {
    Registered { stage: Stage { agent, task, role }, make }
}

static REGISTRY: [Registered; 6] = [
    registered("nlp", "Processing NLP...", Role::Translate, |parts| Arc::new(stages::Nlp::new(parts))),
    registered("data", "Executing SQL...", Role::Fetch, |parts| Arc::new(stages::Data::new(parts))),
    registered("viz", "Generating Viz...", Role::Draw, |_| Arc::new(stages::Viz)),
    registered("research", "Gathering series...", Role::Fetch, |parts| {
        Arc::new(stages::Research::new(parts))
    }),
    registered("analyst", "Analysing series...", Role::Think, |_| Arc::new(stages::Analyst)),
    registered("reporting", "Writing the report...", Role::Report, |_| Arc::new(stages::Reporting)),
];

/// What a workflow knows of the agent of that name.
#[must_use]
pub fn stage(agent: &str) -> Option<Stage> {
    REGISTRY.iter().map(|known| known.stage).find(|stage| stage.agent == agent)
}

/// No such agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown agent `{name}`, the known ones are {known}")]
pub struct UnknownAgent {
    /// The name asked for.
    pub name: String,
    /// Names that exist, joined by commas.
    pub known: String,
}

/// The agents that one server speaks for.
#[derive(Debug, Clone, Default)]
pub struct AgentSet {
    agents: BTreeMap<&'static str, Arc<dyn Agent>>,
    metrics: Arc<Metrics>,
}

impl AgentSet {
    /// All agents of the registry.
    pub fn all(parts: &Parts) -> Self {
        Self::of(REGISTRY.iter().map(|known| (known.make)(parts)))
    }

    /// Those of the registry that are named.
    ///
    /// # Errors
    /// A name is not in the registry.
    pub fn only(names: &[&str], parts: &Parts) -> Result<Self, UnknownAgent> {
        let mut chosen = Vec::with_capacity(names.len());
        for name in names {
            let Some(found) = REGISTRY.iter().find(|known| known.stage.agent == *name) else {
                let known = REGISTRY.iter().map(|known| known.stage.agent).collect::<Vec<_>>().join(", ");
                return Err(UnknownAgent { name: (*name).to_owned(), known });
            };
            chosen.push((found.make)(parts));
        }
        Ok(Self::of(chosen))
    }

    /// Any agents.
    pub fn of(agents: impl IntoIterator<Item = Arc<dyn Agent>>) -> Self {
        let agents = agents.into_iter().map(|agent| (agent.name(), agent)).collect();
        Self { agents, metrics: Arc::default() }
    }

    /// Counts into the metrics of the process.
    #[must_use]
    pub fn counted(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// What is counted.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Their names, sorted.
    pub fn names(&self) -> Vec<&'static str> {
        self.agents.keys().copied().collect()
    }

    /// The agent of that name.
    pub(super) fn get(&self, name: &str) -> Option<Arc<dyn Agent>> {
        self.agents.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_what_the_registry_says_of_them() {
        let config = Arc::new(Config::default());
        let endpoint = "ws://127.0.0.1:9/ws".parse().unwrap();
        let parts = Parts { config: Arc::clone(&config), mcp: McpClient::new(endpoint, "nlp", &config) };
        for known in &REGISTRY {
            let agent = (known.make)(&parts);
            assert_eq!((agent.name(), agent.tasks()[0]), (known.stage.agent, known.stage.task));
        }
        assert_eq!(AgentSet::all(&parts).names().len(), REGISTRY.len(), "a name is there twice");
    }
}
