//! Requirements: data with stable ids, one file per area.

use std::sync::LazyLock;

use miniz_oxide::inflate::decompress_to_vec;
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
    /// How to see it by hand: a line of bash, what to type where it asks for more, what to look for.
    #[serde(default)]
    pub reproduce: Option<String>,
    /// Why it can't be seen by hand.
    #[serde(default)]
    pub not_by_hand: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    requirement: Vec<Requirement>,
}

/// Area and text of each file, the text packed as `build.rs` does it.
macro_rules! files {
    ($($area:literal),+ $(,)?) => {
        &[$(($area, include_bytes!(concat!(env!("OUT_DIR"), "/", $area, ".toml.z")))),+]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "handshake",
    "session",
    "life",
    "framing",
    "query",
    "commands",
    "failures",
    "tiers",
    "events",
    "sse",
    "polling",
    "database",
    "shutdown",
    "resume",
    "limits",
    "doors",
    "documents",
    "chat",
    "security",
    "tokens",
    "rest",
    "agents",
    "mcp",
    "mcp-http",
    "opening",
    "frames",
    "messages",
    "utf8",
    "closing",
    "hostile",
    "deflate",
    "extended-connect",
    "encoding",
    "flow",
    "loss",
    "isolation",
    "client",
    "client-wire",
];

/// What the files say, or why one can't be read.
static ALL: LazyLock<Result<Vec<Requirement>, String>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (area, packed) in FILES {
        let wrong = |error: &dyn std::fmt::Display| format!("requirements/{area}.toml: {error}");
        let text = decompress_to_vec(packed).map_err(|error| wrong(&error))?;
        let file: File = toml::from_slice(&text).map_err(|error| wrong(&error))?;
        all.extend(file.requirement);
    }
    Ok(all)
});

/// All requirements, in the order of their files.
pub fn all() -> Result<Vec<Requirement>, Error> {
    ALL.clone().map_err(Error::Data)
}
