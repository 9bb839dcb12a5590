//! Requirements: data with stable ids, one file per area.

use std::sync::LazyLock;

use reports::model::Level;
use serde::Deserialize;

use crate::Error;

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable slug, `area.words-with-dashes`; never a position.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// What is required.
    pub clause: String,
    /// What goes wrong for people when it is not kept.
    pub why: String,
    /// Ledger ids such as `S4-HS-009`, standards such as `RFC 6455 §5.1`, or `decided: §4`.
    pub trace: Vec<String>,
    /// How to see it by hand.
    #[serde(default)]
    pub reproduce: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    requirement: Vec<Requirement>,
}

/// Area and text of each file.
const FILES: &[(&str, &str)] = &[
    ("handshake", include_str!("../requirements/handshake.toml")),
    ("session", include_str!("../requirements/session.toml")),
    ("life", include_str!("../requirements/life.toml")),
    ("framing", include_str!("../requirements/framing.toml")),
    ("query", include_str!("../requirements/query.toml")),
    ("commands", include_str!("../requirements/commands.toml")),
    ("failures", include_str!("../requirements/failures.toml")),
    ("events", include_str!("../requirements/events.toml")),
    ("sse", include_str!("../requirements/sse.toml")),
    ("polling", include_str!("../requirements/polling.toml")),
    ("database", include_str!("../requirements/database.toml")),
    ("shutdown", include_str!("../requirements/shutdown.toml")),
    ("resume", include_str!("../requirements/resume.toml")),
    ("limits", include_str!("../requirements/limits.toml")),
    ("doors", include_str!("../requirements/doors.toml")),
    ("documents", include_str!("../requirements/documents.toml")),
    ("chat", include_str!("../requirements/chat.toml")),
    ("security", include_str!("../requirements/security.toml")),
    ("tokens", include_str!("../requirements/tokens.toml")),
    ("rest", include_str!("../requirements/rest.toml")),
    ("mcp", include_str!("../requirements/mcp.toml")),
    ("mcp-http", include_str!("../requirements/mcp-http.toml")),
    ("opening", include_str!("../requirements/opening.toml")),
    ("frames", include_str!("../requirements/frames.toml")),
    ("messages", include_str!("../requirements/messages.toml")),
    ("utf8", include_str!("../requirements/utf8.toml")),
    ("closing", include_str!("../requirements/closing.toml")),
    ("hostile", include_str!("../requirements/hostile.toml")),
    ("deflate", include_str!("../requirements/deflate.toml")),
    ("extended-connect", include_str!("../requirements/extended-connect.toml")),
    ("encoding", include_str!("../requirements/encoding.toml")),
    ("flow", include_str!("../requirements/flow.toml")),
    ("loss", include_str!("../requirements/loss.toml")),
    ("isolation", include_str!("../requirements/isolation.toml")),
    ("client", include_str!("../requirements/client.toml")),
    ("client-wire", include_str!("../requirements/client-wire.toml")),
];

/// What the files say, or why one can't be read.
static ALL: LazyLock<Result<Vec<Requirement>, String>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (area, text) in FILES {
        let file: File =
            toml::from_str(text).map_err(|error| format!("requirements/{area}.toml: {error}"))?;
        all.extend(file.requirement);
    }
    Ok(all)
});

/// All requirements, in the order of their files.
pub fn all() -> Result<Vec<Requirement>, Error> {
    ALL.clone().map_err(Error::Data)
}
