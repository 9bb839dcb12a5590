//! Workflows as data: named lists of agents.
//!
//! `bi` and `research` are built in; the configuration may add others made of known agents, or put other stages
//! under a built-in name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::statistics::Statistics;
use crate::agents::{Role, Stage, stage};
use crate::config::WorkflowStages;

/// Name of the workflow that a query runs when it names none.
pub const DEFAULT: &str = "bi";

/// Question to statement to rows to picture.
const BI: [&str; 3] = ["nlp", "data", "viz"];
/// Question to series to figures to a report.
const RESEARCH: [&str; 3] = ["research", "analyst", "reporting"];

/// A workflow: what is done to a question, in order.
#[derive(Debug)]
pub struct Definition {
    /// Its name, as `preferences.workflow` says it.
    pub name: String,
    /// What is done, in order.
    pub stages: Vec<Stage>,
    /// How long its stages took. Not shared with other workflows: the same agent may have more to do there.
    pub statistics: Arc<Statistics>,
}

/// Why a list of stages is no workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// No such agent.
    #[error("workflow {workflow:?} names the unknown agent {agent:?}")]
    UnknownAgent {
        /// The workflow.
        workflow: String,
        /// The name.
        agent: String,
    },
    /// Progress tells stages apart by their agents.
    #[error("workflow {workflow:?} names the agent {agent:?} twice")]
    Twice {
        /// The workflow.
        workflow: String,
        /// The agent.
        agent: String,
    },
    /// Its answer would not be complete.
    #[error("workflow {workflow:?} needs exactly one agent that fetches rows, and after it one that draws")]
    Incomplete {
        /// The workflow.
        workflow: String,
    },
}

impl Definition {
    /// A workflow of the agents that are named.
    ///
    /// # Errors
    /// As [`DefinitionError`] says.
    pub fn new(name: &str, agents: &[impl AsRef<str>]) -> Result<Self, DefinitionError> {
        let workflow = name.to_owned();
        let mut stages: Vec<Stage> = Vec::with_capacity(agents.len());
        for agent in agents.iter().map(AsRef::as_ref) {
            let Some(found) = stage(agent) else {
                return Err(DefinitionError::UnknownAgent { workflow, agent: agent.to_owned() });
            };
            if stages.contains(&found) {
                return Err(DefinitionError::Twice { workflow, agent: agent.to_owned() });
            }
            stages.push(found);
        }
        let fetching = stages.iter().filter(|stage| stage.role == Role::Fetch).count();
        let fetched = stages.iter().position(|stage| stage.role == Role::Fetch);
        let drawn = stages.iter().position(|stage| matches!(stage.role, Role::Draw | Role::Report));
        if fetching != 1 || drawn <= fetched {
            return Err(DefinitionError::Incomplete { workflow });
        }
        Ok(Self { name: workflow, stages, statistics: Arc::default() })
    }
}

/// All workflows by name.
#[derive(Debug)]
pub struct Workflows {
    by_name: BTreeMap<String, Arc<Definition>>,
}

impl Workflows {
    /// The built-in ones, and those of the configuration.
    ///
    /// # Errors
    /// As [`Definition::new`].
    pub fn new(configured: &BTreeMap<String, WorkflowStages>) -> Result<Self, DefinitionError> {
        let built_in = [Definition::new(DEFAULT, &BI), Definition::new("research", &RESEARCH)];
        let configured = configured.iter().map(|(name, workflow)| Definition::new(name, &workflow.stages));
        let mut by_name = BTreeMap::new();
        for definition in built_in.into_iter().chain(configured) {
            let definition = definition?;
            by_name.insert(definition.name.clone(), Arc::new(definition));
        }
        Ok(Self { by_name })
    }

    /// The built-in ones alone.
    #[must_use]
    pub fn built_in() -> Self {
        Self::new(&BTreeMap::new()).expect("the built-in workflows are made of registered agents")
    }

    /// The workflow of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Definition>> {
        self.by_name.get(name)
    }

    /// All names, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(name: &str, stages: &[&str]) -> Result<Workflows, String> {
        let stages = WorkflowStages { stages: stages.iter().map(ToString::to_string).collect() };
        Workflows::new(&BTreeMap::from([(name.to_owned(), stages)])).map_err(|error| error.to_string())
    }

    #[test]
    fn bi_and_research_are_there_and_tell_their_first_tasks() {
        let workflows = Workflows::built_in();
        let tasks = |name: &str| -> Vec<&str> {
            workflows.get(name).unwrap().stages.iter().map(|stage| stage.task).collect()
        };
        assert_eq!(tasks("bi"), ["Processing NLP...", "Executing SQL...", "Generating Viz..."]);
        assert_eq!(
            tasks("research"),
            ["Gathering series...", "Analysing series...", "Writing the report..."]
        );
    }

    #[test]
    fn the_configuration_adds_workflows_of_known_agents() {
        let workflows = configured("quick", &["data", "viz"]).unwrap();
        assert_eq!(workflows.names(), ["bi", "quick", "research"]);
        for (stages, part) in [
            (&["nlp", "poet", "viz"][..], "unknown agent \"poet\""),
            (&["nlp", "data", "data", "viz"], "\"data\" twice"),
            (&["nlp", "viz"], "exactly one agent that fetches"),
            (&["viz", "data"], "after it one that draws"),
            (&["data", "research", "viz"], "exactly one agent that fetches"),
            (&["nlp", "data"], "after it one that draws"),
            (&[], "exactly one agent that fetches"),
        ] {
            let error = configured("mine", stages).unwrap_err();
            assert!(error.contains(part), "{stages:?}: {error}");
        }
    }
}
