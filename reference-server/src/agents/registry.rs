//! All agents by name. Adding one is a file in `stages` and a line in [`REGISTRY`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Agent;
use super::stages;
use crate::config::Config;
use crate::mcp::McpClient;

/// What agents are made from.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Configuration.
    pub config: Arc<Config>,
    /// The way to the database.
    pub mcp: McpClient,
}

type Make = fn(&Parts) -> Arc<dyn Agent>;

const REGISTRY: [(&str, Make); 3] = [
    ("nlp", |parts| Arc::new(stages::Nlp::new(parts))),
    ("data", |parts| Arc::new(stages::Data::new(parts))),
    ("viz", |_| Arc::new(stages::Viz)),
];

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
}

impl AgentSet {
    /// All agents of the registry.
    pub fn all(parts: &Parts) -> Self {
        Self::of(REGISTRY.iter().map(|(_, make)| make(parts)))
    }

    /// Those of the registry that are named.
    ///
    /// # Errors
    /// A name is not in the registry.
    pub fn only(names: &[&str], parts: &Parts) -> Result<Self, UnknownAgent> {
        let mut chosen = Vec::with_capacity(names.len());
        for name in names {
            let Some((_, make)) = REGISTRY.iter().find(|(known, _)| known == name) else {
                let known = REGISTRY.map(|(known, _)| known).join(", ");
                return Err(UnknownAgent { name: (*name).to_owned(), known });
            };
            chosen.push(make(parts));
        }
        Ok(Self::of(chosen))
    }

    /// Any agents.
    pub fn of(agents: impl IntoIterator<Item = Arc<dyn Agent>>) -> Self {
        Self { agents: agents.into_iter().map(|agent| (agent.name(), agent)).collect() }
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
