//! `target.toml`: how to reach, start and judge a target.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::Error;

use crate::peer::Trust;

use super::auth::Auth;
use super::door::Doors;
use super::features;
use super::place::Target;
use super::places::Places;
use super::timers::Timers;
use super::variant::{VARIANTS, variant};

/// The file, as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// Where it is and how it is started.
    pub target: Place,
    /// Timers it is configured with.
    #[serde(default)]
    pub timers: Timers,
    /// What the suite needs to make tokens.
    #[serde(default)]
    pub auth: Auth,
    /// What the target says it has not.
    #[serde(default)]
    pub features: BTreeMap<String, bool>,
    /// Paths of its doors.
    #[serde(default)]
    pub doors: Doors,
    /// Checks that are reported apart, and why.
    #[serde(default)]
    pub quarantine: BTreeMap<String, String>,
    /// Its agents by name, each as the URL that `/execute` stands behind; `{port}` as in `[target]`.
    #[serde(default)]
    pub agents: BTreeMap<String, String>,
    /// Where its MCP server is.
    #[serde(default)]
    pub mcp: Mcp,
    /// The same system, configured otherwise.
    #[serde(default)]
    pub variants: BTreeMap<String, VariantPlace>,
    /// Addresses of the suite's own that stand in the start command.
    #[serde(skip)]
    pub(super) places: Places,
    /// Where this came from.
    #[serde(skip)]
    pub path: PathBuf,
}

/// Section `[mcp]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    /// URL of the MCP server; `{port}` as in `[target]`. A path in it is where the Model Context Protocol is
    /// served, `/mcp` without one.
    pub url: Option<String>,
    /// A tool that may be called at any time; without one a read-only tool is looked for.
    pub call: Option<ToolCall>,
}

/// A call of a tool that works and does no harm.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Name of the tool.
    pub tool: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: serde_json::Map<String, serde_json::Value>,
}

/// Section `[variants.NAME]`: what is different from the rest of the file. What is not given stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VariantPlace {
    /// URL, as in `[target]`.
    pub url: Option<String>,
    /// Command that starts it, as in `[target]`.
    pub start: Option<Vec<String>>,
    /// Timers it is configured with.
    pub timers: Option<Timers>,
    /// What the suite needs to make tokens.
    pub auth: Option<Auth>,
    /// Paths of its doors.
    pub doors: Option<Doors>,
    /// File with the certificate of its authority, as in `[target]`.
    pub ca: Option<PathBuf>,
}

/// Section `[target]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Name for people.
    pub name: String,
    /// URL; `{port}` stands for the port the suite picked.
    pub url: String,
    /// Command that starts it; without one it must be running.
    #[serde(default)]
    pub start: Vec<String>,
    /// File with the certificate (PEM) of the authority that `https://` and `wss://` targets are judged by;
    /// without it, what this system trusts is good.
    pub ca: Option<PathBuf>,
    /// Takes any certificate.
    #[serde(default)]
    pub insecure_tls: bool,
    /// Request and status that mean ready, such as `GET /health 200`.
    pub ready: Option<String>,
    /// Text on its output that means ready.
    pub ready_line: Option<String>,
    /// Longest time until it is ready.
    #[serde(default = "ten_seconds", with = "humantime_serde")]
    pub ready_timeout: Duration,
    /// Signal that ends it orderly.
    #[serde(default)]
    pub stop_signal: StopSignal,
}

/// Signals a target may be ended with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum StopSignal {
    /// SIGTERM.
    #[default]
    #[serde(rename = "TERM", alias = "SIGTERM")]
    Term,
    /// SIGINT.
    #[serde(rename = "INT", alias = "SIGINT")]
    Int,
    /// SIGQUIT.
    #[serde(rename = "QUIT", alias = "SIGQUIT")]
    Quit,
    /// SIGKILL.
    #[serde(rename = "KILL", alias = "SIGKILL")]
    Kill,
}

fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}

impl TargetFile {
    /// Reads and validates `path`.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Parses and validates `text`, which came from `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let mut file: Self = toml::from_str(text).map_err(|error| refusal(&error, text, path))?;
        path.clone_into(&mut file.path);
        let place = &file.target;
        if place.ready.is_some() && place.ready_line.is_some() {
            return Err(file.refuse(text, "ready_line", "ready and ready_line exclude each other"));
        }
        if place.ready.as_deref().is_some_and(|ready| readiness(ready).is_none()) {
            return Err(file.refuse(
                text,
                "ready",
                "expected \"GET PATH STATUS\", such as \"GET /health 200\"",
            ));
        }
        if place.start.is_empty() && place.url.contains("{port}") {
            return Err(file.refuse(text, "url", "{port} is only known when start is given"));
        }
        if place.start.first().is_some_and(String::is_empty) {
            return Err(file.refuse(text, "start", "the command is empty"));
        }
        let features = features::known();
        if let Some(name) = file.features.keys().find(|name| !features.contains(name.as_str())) {
            let hint = suggestion(name, features.iter().copied());
            let all: Vec<&str> = features.iter().copied().collect();
            let hint = if hint.is_empty() { format!("; there are {}", all.join(", ")) } else { hint };
            return Err(file.refuse(text, name, &format!("no check asks for a feature {name:?}{hint}")));
        }
        let known: Vec<&str> = crate::checks::all().iter().map(|check| check.id).collect();
        if let Some(id) = file.quarantine.keys().find(|id| !known.contains(&id.as_str())) {
            let message = format!("no check is called {id:?}{}", suggestion(id, known));
            return Err(file.refuse(text, id, &message));
        }
        if let Some((id, _)) = file.quarantine.iter().find(|(_, why)| why.trim().is_empty()) {
            return Err(file.refuse(
                text,
                id,
                &format!("say why {id:?} is in quarantine: its reason is empty"),
            ));
        }
        if let Some(name) = file.variants.keys().find(|name| variant(name).is_none()) {
            let names = VARIANTS.iter().map(|variant| variant.name);
            let message = format!("no check needs a variant {name:?}{}", suggestion(name, names));
            return Err(file.refuse(text, &format!("[variants.{name}]"), &message));
        }
        let finds_nothing = |(name, place): &(&String, &VariantPlace)| {
            let apart = variant(name).is_some_and(|variant| variant.before().is_some());
            apart && !place.start.iter().flatten().any(|word| word.contains("_address}"))
        };
        if let Some((name, _)) = file.variants.iter().find(finds_nothing) {
            let about = variant(name).map_or("", |variant| variant.about);
            let message = format!("start does not say where the next tier is found: {about}");
            return Err(file.refuse(text, &format!("[variants.{name}]"), &message));
        }
        if place.ca.is_some() && place.insecure_tls {
            return Err(file.refuse(text, "insecure_tls", "ca and insecure_tls exclude each other"));
        }
        Target::from_url(&place.url.replace("{port}", "1"))
            .map_err(|error| file.refuse(text, "url", &error.to_string()))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
        let resolved = file.auth.resolve(&folder);
        resolved.map_err(|error| file.refuse(text, "[auth]", &error.to_string()))?;
        if file.auth.required && file.auth.keys.is_empty() {
            return Err(file.refuse(
                text,
                "required",
                "required needs hs256_secret or jwks to sign tokens with",
            ));
        }
        for auth in file.variants.values_mut().filter_map(|variant| variant.auth.as_mut()) {
            auth.resolve(&folder)
                .map_err(|error| Error::Data(format!("{}: [variants]: {error}", path.display())))?;
        }
        Ok(file)
    }

    /// The target this file speaks of, `port` standing for `{port}`.
    pub fn target(&self, port: u16) -> Result<Target, Error> {
        let url = self.target.url.replace("{port}", &port.to_string());
        let mut target = Target::trusting(&url, self.trust()?)?;
        target.name.clone_from(&self.target.name);
        target.doors.clone_from(&self.doors);
        target.timers = self.timers;
        target.auth.clone_from(&self.auth);
        for (name, url) in &self.agents {
            let url = url.replace("{port}", &port.to_string());
            Target::from_url(&url)?;
            target.agents.insert(name.clone(), url);
        }
        if let Some(url) = &self.mcp.url {
            let mcp = Target::from_url(&url.replace("{port}", &port.to_string()))?;
            target.mcp = Some(mcp.address().to_owned());
            if !mcp.base_path().is_empty() {
                mcp.base_path().clone_into(&mut target.mcp_path);
            }
        }
        target.mcp_call.clone_from(&self.mcp.call);
        target.features.clone_from(&self.features);
        target.quarantine.clone_from(&self.quarantine);
        Ok(target)
    }

    /// Whose certificates are good.
    fn trust(&self) -> Result<Trust, Error> {
        let Some(ca) = &self.target.ca else {
            return Ok(if self.target.insecure_tls { Trust::Anybody } else { Trust::System });
        };
        let path = self.path.parent().unwrap_or_else(|| Path::new("")).join(ca);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
        Ok(Trust::Authorities(text))
    }

    /// This file with what `[variants.NAME]` changes; `None` when it says nothing of `name`.
    pub fn variant(&self, name: &str) -> Option<Self> {
        let changes = self.variants.get(name)?.clone();
        let mut file = self.clone();
        file.target.name = format!("{} ({name})", self.target.name);
        file.target.url = changes.url.unwrap_or(file.target.url);
        file.target.start = changes.start.unwrap_or(file.target.start);
        file.target.ca = changes.ca.or(file.target.ca);
        file.timers = changes.timers.unwrap_or(file.timers);
        file.auth = changes.auth.unwrap_or(file.auth);
        file.doors = changes.doors.unwrap_or(file.doors);
        Some(file)
    }

    /// An error at the line where `key` is set.
    fn refuse(&self, text: &str, key: &str, message: &str) -> Error {
        let names_key =
            |line: &&str| line.split('=').next().is_some_and(|left| left.trim().trim_matches('"') == key);
        let found = text.lines().enumerate().find(|(_, line)| names_key(line));
        let (line, column) = found.map_or((1, 1), |(at, line)| {
            (at + 1, line.chars().take_while(|letter| letter.is_whitespace()).count() + 1)
        });
        Error::Parse { path: self.path.clone(), line, column, message: message.to_owned() }
    }
}

/// Path and status of `GET PATH STATUS`.
pub(super) fn readiness(ready: &str) -> Option<(&str, u16)> {
    let mut words = ready.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some("GET"), Some(path), Some(status), None) if path.starts_with('/') => {
            Some((path, status.parse().ok()?))
        }
        _ => None,
    }
}

/// A TOML error with its place and, for misspelt names, a suggestion.
fn refusal(error: &toml::de::Error, text: &str, path: &Path) -> Error {
    let (line, column) = position(text, error.span().map_or(0, |span| span.start));
    let message = error.message();
    let mut names = message.split('`').skip(1).step_by(2);
    let hint = match names.next() {
        Some(given) if message.starts_with("unknown") => suggestion(given, names),
        _ => String::new(),
    };
    Error::Parse { path: path.to_owned(), line, column, message: format!("{message}{hint}") }
}

/// "; did you mean …?", if a name is near.
pub(crate) fn suggestion<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(given, name), name))
        .filter(|(nearness, _)| *nearness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name:?}?"))
}

/// Line and column, both from 1, of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        TargetFile::parse(text, Path::new("target.toml")).unwrap_err().to_string()
    }

    const PLACE: &str = "[target]\nname = \"acme\"\nurl = \"http://127.0.0.1:80\"\n";

    #[test]
    fn a_misspelt_key_is_refused_with_its_place_and_a_suggestion() {
        let text = refused(&format!("{PLACE}[timers]\n  ping_intervall = \"1s\"\n"));
        assert!(text.starts_with("target.toml:5:3: unknown field `ping_intervall`"), "{text}");
        assert!(text.ends_with("did you mean \"ping_interval\"?"), "{text}");
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_place() {
        let text = refused(&format!("{PLACE}[features]\nredis = \"no\"\n"));
        assert!(text.starts_with("target.toml:5:9: invalid type"), "{text}");
    }

    #[test]
    fn what_can_not_work_is_refused() {
        assert!(refused("[target]\nname = \"a\"\nurl = \"http://h:{port}\"\n").contains("target.toml:3:1"));
        assert!(
            refused(&format!("{PLACE}ready = \"health\"\n")).contains(":4:1: expected \"GET PATH STATUS\"")
        );
        assert!(refused(&PLACE.replace("http:", "ftp:")).contains("must begin with http://"));
        assert!(refused(&format!("{PLACE}[auth]\nrequired = true\n")).contains(":5:1: required needs"));
        assert!(
            refused(&format!("{PLACE}ca = \"a.pem\"\ninsecure_tls = true\n")).contains("exclude each other")
        );
        let feature = refused(&format!("{PLACE}[features]\n  redys = false\n"));
        assert!(feature.starts_with("target.toml:5:3: no check asks for a feature \"redys\""), "{feature}");
        assert!(feature.ends_with("did you mean \"redis\"?"), "{feature}");
        assert!(
            refused(&format!("{PLACE}[quarantine]\n\"no.such\" = \"x\"\n")).contains("no check is called")
        );
        let nowhere = refused(&format!("{PLACE}[variants.mcp-apart]\nstart = [\"./server\"]\n"));
        assert!(nowhere.contains(":4:1: start does not say where the next tier is found"), "{nowhere}");
        let silent = refused(&format!("{PLACE}[quarantine]\n\"handshake.accepts\" = \" \"\n"));
        assert!(silent.contains(":5:1: say why \"handshake.accepts\" is in quarantine"), "{silent}");
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = TargetFile::parse(&text, Path::new("random.toml"));
        }
    }
}
