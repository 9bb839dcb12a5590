//! Workflows as data.

/// One stage: an agent and what it is said to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Name of the agent, and of its path.
    pub agent: &'static str,
    /// Text of its first task.
    pub task: &'static str,
    /// What it does to the answer.
    pub role: Role,
}

/// What a stage contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Makes the statement.
    Translate,
    /// Makes the rows.
    Fetch,
    /// Makes the picture.
    Draw,
}

/// Question to statement to rows to picture.
pub const BI: &[Stage] = &[
    Stage { agent: "nlp", task: "Processing NLP...", role: Role::Translate },
    Stage { agent: "data", task: "Executing SQL...", role: Role::Fetch },
    Stage { agent: "viz", task: "Generating Viz...", role: Role::Draw },
];
