//! Which tiers one process is.

use std::fmt;
use std::str::FromStr;

/// A part of the system that a process can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Role {
    /// Every tier, over real loopback sockets.
    #[default]
    All,
    /// Doors and requests.
    Backend,
    /// All agents.
    Agents,
    /// One agent.
    Nlp,
    /// One agent.
    Data,
    /// One agent.
    Viz,
    /// One agent.
    Research,
    /// One agent.
    Analyst,
    /// One agent.
    Reporting,
    /// The MCP server with its database.
    Mcp,
}

/// No such role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown role {0:?}, expected all, backend, agents, nlp, data, viz, research, analyst, reporting or mcp"
)]
pub struct UnknownRole(String);

impl Role {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::All,
        Self::Backend,
        Self::Agents,
        Self::Nlp,
        Self::Data,
        Self::Viz,
        Self::Research,
        Self::Analyst,
        Self::Reporting,
        Self::Mcp,
    ];

    /// As it is spelt on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Backend => "backend",
            Self::Agents => "agents",
            Self::Nlp => "nlp",
            Self::Data => "data",
            Self::Viz => "viz",
            Self::Research => "research",
            Self::Analyst => "analyst",
            Self::Reporting => "reporting",
            Self::Mcp => "mcp",
        }
    }

    pub(super) const fn is_backend(self) -> bool {
        matches!(self, Self::All | Self::Backend)
    }

    pub(super) const fn is_mcp(self) -> bool {
        matches!(self, Self::All | Self::Mcp)
    }

    /// Whether any agent runs in it; `Some(None)` for all of them.
    pub(super) const fn agents(self) -> Option<Option<&'static str>> {
        match self {
            Self::All | Self::Agents => Some(None),
            Self::Nlp | Self::Data | Self::Viz | Self::Research | Self::Analyst | Self::Reporting => {
                Some(Some(self.as_str()))
            }
            Self::Backend | Self::Mcp => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let found = Self::ALL.iter().copied().find(|role| role.as_str() == text);
        found.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(*role));
        }
        assert!("mpc".parse::<Role>().is_err());
    }
}
