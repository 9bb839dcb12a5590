//! Other configurations of a target, for checks that the usual one leaves no room for: tokens required,
//! low limits, another policy.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;
use crate::checks::{Check, Stop};

use super::auth::Auth;
use super::child::Running;
use super::material;
use super::own::Processes;
use super::place::{Target, Tier};
use super::probe::unreachable;

/// A configuration some checks need, beside the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Its name, in `[variants.NAME]` of a target file; also the feature that is switched off by a target
    /// that can't be configured so.
    pub name: &'static str,
    /// What is different, for people who configure a server of theirs so.
    pub about: &'static str,
    /// TOML laid over the configuration of the reference server.
    pub config: &'static str,
    /// Secret of its HS256 tokens, when it wants tokens.
    pub hs256_secret: Option<&'static str>,
}

/// Keeps the context of a client that compresses.
pub(crate) const KEPT_CONTEXT: &str = "deflate-context";

/// What many servers do as they usually are: a target that describes no such variant is asked in its usual configuration.
const OFTEN_USUAL: [&str; 1] = [KEPT_CONTEXT];

/// Secret of the variants that want HS256 tokens.
const SECRET: &str = "the-suite-signs-with-this-0123456789abcdef";

/// The doors of the reference, of which the chat door takes four connections.
macro_rules! few_chats {
    () => {
        r#"
doors = [
  { path = "/ws/query", kind = "query", dialect = "named", authentication = "configured", subscribed = "session_events" },
  { path = "/ws/progress/{session_id}", kind = "progress", dialect = "named", authentication = "known_session", subscribed = "session_events" },
  { path = "/ws/chat", kind = "chat", dialect = "named", authentication = "configured", subscribed = "session_events", max_connections = 4 },
  { path = "/ws/demo", kind = "demo", dialect = "typed", authentication = "never", subscribed = "nothing" },
  { path = "/api/v1/ws/demo", kind = "demo", dialect = "typed", authentication = "never", subscribed = "nothing" },
  { path = "/api/v1/ws/dev", kind = "query", dialect = "typed", authentication = "token", subscribed = "nothing" },
  { path = "/api/v1/ws", kind = "query", dialect = "typed", authentication = "token", subscribed = "nothing" },
]
"#
    };
}

/// All variants.
pub const VARIANTS: &[Variant] = &[
    Variant {
        name: "tokens",
        about: "every door and every request needs a token, HS256 with the secret of [auth], for an audience and \
                of an issuer, with a leeway of some seconds",
        config: "[auth]\nrequired = true\nsecret = \"the-suite-signs-with-this-0123456789abcdef\"\n\
                 audience = \"tidegate\"\nissuer = \"https://issuer.example\"\nleeway = \"3s\"\n",
        hs256_secret: Some(SECRET),
    },
    Variant {
        name: "keys",
        about: "every door and every request needs a token, RS256 with the keys of a JWKS file",
        config: "[auth]\nrequired = true\nalgorithm = \"RS256\"\njwks = \"{material}/jwks.json\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "keys-es256",
        about: "every door and every request needs a token, ES256 with the keys of a JWKS file",
        config: "[auth]\nrequired = true\nalgorithm = \"ES256\"\njwks = \"{material}/jwks.json\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "keys-eddsa",
        about: "every door and every request needs a token, EdDSA (Ed25519) with the keys of a JWKS file",
        config: "[auth]\nrequired = true\nalgorithm = \"EdDSA\"\njwks = \"{material}/jwks.json\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "strict",
        about: "refusals before the upgrade by HTTP status, a handshake required, tokens required (HS256 with \
                the secret of [auth]), 4 connections at the chat door",
        config: concat!(
            few_chats!(),
            "[handshake]\nrequired = true\nreject_mode = \"http\"\n[auth]\nrequired = true\n",
            "secret = \"the-suite-signs-with-this-0123456789abcdef\"\n"
        ),
        hs256_secret: Some(SECRET),
    },
    Variant {
        name: "limits",
        about: "4 connections at the chat door, 2 connections a user, 3 connections and 12 messages a window for an address, which a trusted \
                proxy on 127.0.0.1 names in X-Forwarded-For; origins https://app.example and \
                https://other.example:8443 allowed",
        config: concat!(
            few_chats!(),
            "[limits]\nmax_connections_per_user = 2\nmax_connections_per_ip = 3\nrate_limit_per_ip = 12\n",
            "[proxy]\ntrusted = [\"127.0.0.1\"]\n",
            "[origin]\nallow = [\"https://app.example\", \"https://other.example:8443\"]\n"
        ),
        hs256_secret: None,
    },
    Variant {
        name: "tls",
        about: "TLS 1.2 and 1.3 with a certificate that is good for its host, HTTP/2 by ALPN",
        config: "[tls]\ncertificate = \"{material}/good.pem\"\nkey = \"{material}/good.key\"\n",
        hs256_secret: None,
    },
    Variant {
        name: KEPT_CONTEXT,
        about: "the context of a client that compresses is kept from message to message: an offer of compression is \
                answered without client_no_context_takeover",
        config: "wire.deflate_client_context = true\n",
        hs256_secret: None,
    },
    Variant {
        name: "context-off",
        about: "the policy off for databases: the default is always asked",
        config: "[context]\npolicy = \"off\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "context-required",
        about: "the policy required for databases, and selections in a session run out after some seconds",
        config: "[context]\npolicy = \"required\"\nsession_ttl = \"2500ms\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "queue-of-one",
        about: "one query runs at a time, and one more may wait",
        config: "[limits]\nmax_running_queries = 1\nmax_queued_queries = 1\n",
        hs256_secret: None,
    },
    Variant {
        name: "failing-agents",
        about: "three workflows that fail, beside those that work: in `unreachable`, which begins like the usual one, \
                nobody listens where the last agent should be, in `failing` an agent says that its work has failed, \
                in `broken` the server stumbles over itself; no breaker opens",
        config: concat!(
            "[upstream.agents_by_name]\nanalyst = \"http://127.0.0.1:1\"\nreporting = \"http://no address\"\n",
            "[workflows.unreachable]\nstages = [\"nlp\", \"data\", \"viz\", \"analyst\"]\n",
            "[workflows.failing]\nstages = [\"data\", \"viz\"]\n",
            "[workflows.broken]\nstages = [\"nlp\", \"data\", \"reporting\"]\n",
            "[breaker]\nfailures = 1000000\n",
        ),
        hs256_secret: None,
    },
    Variant {
        name: "impatient",
        about: "an agent has less time than it takes, for every question; no breaker opens",
        config: "[timers]\nrequest_timeout = \"40ms\"\n[breaker]\nfailures = 1000000\n",
        hs256_secret: None,
    },
    Variant {
        name: "no-database",
        about: "the database can't be reached; no breaker opens",
        config: "[upstream]\nmcp = \"ws://127.0.0.1:1/ws\"\n[breaker]\nfailures = 1000000\n",
        hs256_secret: None,
    },
    Variant {
        name: "short-history",
        about: "a session holds 40 events for those who come back, 64 KiB of them at most, for 3 s",
        config: "[limits]\nhistory_events = 40\nhistory_bytes = 65536\n[timers]\nhistory_age = \"3s\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "small-results",
        about: "a statement returns 600 rows at most, and a result that is not streamed has 8 KiB of rows at most",
        config: "[limits]\nresult_bytes = 8192\n[database]\nmax_rows = 600\n",
        hs256_secret: None,
    },
    Variant {
        name: "short-memory",
        about: "a query_id stands for one query for 2 s, a session lives 1 s without connections and is told apart from an \
                unknown one for 1 s more, a chat is read with its last 2 turns",
        config: "[timers]\ndedup_window = \"2s\"\nsession_ttl = \"1s\"\nsession_memory = \"1s\"\n\
                 [limits]\nchat_turns = 2\n",
        hs256_secret: None,
    },
    Variant {
        name: "few-connections",
        about: "the process has 5 connections at most",
        config: "limits.max_connections = 5\n",
        hs256_secret: None,
    },
    Variant {
        name: "short-queue",
        about: "64 messages or 128 KiB may wait for a client that does not take them; a write may be blocked for a minute",
        config: "[limits]\nqueue_messages = 64\nqueue_bytes = 131072\n[timers]\nwrite_timeout = \"60s\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "short-writes",
        about: "a write to a client may be blocked for 1 s; any number of messages may wait, and a send that fails is tried \
                again within a second",
        config: "[limits]\nqueue_messages = 1000000\nqueue_bytes = 1000000000\n\
                 [timers]\nwrite_timeout = \"1s\"\nsend_backoff = \"50ms\"\n",
        hs256_secret: None,
    },
    Variant {
        name: "log",
        about: "a talkative log goes to standard output or error; every door and every request needs a token, HS256 with \
                the secret of [auth]",
        config: "[log]\nfilter = \"debug\"\n[auth]\nrequired = true\n\
                 secret = \"the-suite-signs-with-this-0123456789abcdef\"\n",
        hs256_secret: Some(SECRET),
    },
    Variant {
        name: "circuit",
        about: "nobody listens where the first agent of the usual workflow should be; its breaker opens at the \
                first failure and lets a probe through after a second or two",
        config: concat!(
            "[upstream.agents_by_name]\nnlp = \"http://127.0.0.1:1\"\n",
            "[breaker]\nfailures = 1\ncooldown = \"1500ms\"\n",
        ),
        hs256_secret: None,
    },
    Variant {
        name: MCP_APART,
        about: "its agents find the MCP server at ws://{mcp_address}/ws, which the suite stands at; breakers open at the third \
                failure and let a probe through after a second or two, and who has lost the MCP server comes back after a \
                tenth of a second, then after longer and longer pauses; agents work at once",
        config: "[upstream]\nmcp = \"ws://{mcp_address}/ws\"\n[breaker]\nfailures = 3\ncooldown = \"1500ms\"\n\
                 [delay]\nprofile = \"none\"\n",
        hs256_secret: None,
    },
    Variant {
        name: AGENTS_APART,
        about: "its backend finds each agent at an address that the suite stands at: nlp at {nlp_address}, data at \
                {data_address}, viz at {viz_address}",
        config: concat!(
            "[upstream.agents_by_name]\nnlp = \"http://{nlp_address}\"\ndata = \"http://{data_address}\"\n",
            "viz = \"http://{viz_address}\"\n",
        ),
        hs256_secret: None,
    },
];

/// Its agents find the MCP server where the suite stands.
pub(crate) const MCP_APART: &str = "mcp-apart";
/// Its backend finds the agents where the suite stands.
pub(crate) const AGENTS_APART: &str = "agents-apart";

impl Variant {
    /// The tier that the suite stands before in this configuration.
    pub(crate) fn before(&self) -> Option<Tier> {
        match self.name {
            MCP_APART => Some(Tier::Mcp),
            AGENTS_APART => Some(Tier::Agents),
            _ => None,
        }
    }
}

/// `target` as what [`Variant::config`] made of it: what it says of tokens and TLS is what the suite is told.
///
/// # Errors
/// Keys or certificates can't be made.
pub fn configured(target: &Target, variant: &Variant) -> Result<Target, Error> {
    let mut target = target.clone();
    target.name = format!("{} ({})", target.name, variant.name);
    let config: toml::Table =
        variant.config.parse().map_err(|error: toml::de::Error| Error::Data(error.message().to_owned()))?;
    if let Some(auth) = config.get("auth") {
        target.auth = token_settings(auth, &target, variant)?;
    }
    if config.contains_key("tls") {
        let host = target.address().rsplit_once(':').map_or("127.0.0.1", |(host, _)| host).to_owned();
        target = target.secured(material::tls(&host)?);
    }
    Ok(target)
}

fn token_settings(config: &toml::Value, target: &Target, variant: &Variant) -> Result<Auth, Error> {
    let folder = target.auth.published.as_deref().and_then(Path::parent).map(Path::to_owned);
    let text = |key: &str| config.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let mut auth = match variant.hs256_secret {
        Some(secret) => Auth { hs256_secret: Some(secret.to_owned()), required: true, ..Auth::default() },
        None => material::auth(folder, &text("algorithm").unwrap_or_default())?,
    };
    if auth.hs256_secret.is_some() {
        auth.resolve(Path::new("")).map_err(|error| Error::Data(error.to_string()))?;
    }
    (auth.audience, auth.issuer) = (text("audience"), text("issuer"));
    if let Some(leeway) = text("leeway") {
        auth.leeway =
            humantime::parse_duration(&leeway).map_err(|error| Error::Data(format!("{leeway}: {error}")))?;
    }
    Ok(auth)
}

/// The variant called `name`.
pub(crate) fn variant(name: &str) -> Option<&'static Variant> {
    VARIANTS.iter().find(|variant| variant.name == name)
}

/// A target in its usual configuration, and in others.
#[derive(Clone)]
pub struct Targets {
    main: Target,
    variants: BTreeMap<&'static str, Result<Target, String>>,
    processes: Option<Arc<dyn Processes>>,
    revived: Arc<Mutex<Vec<Revived>>>,
}

/// A target that went away and was started again, and the variant it is.
pub type Revived = (Option<&'static str>, Running);

impl std::fmt::Debug for Targets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { main, variants, .. } = self;
        f.debug_struct("Targets").field("main", main).field("variants", variants).finish_non_exhaustive()
    }
}

impl From<Target> for Targets {
    fn from(main: Target) -> Self {
        Self { main, variants: BTreeMap::new(), processes: None, revived: Arc::default() }
    }
}

impl Targets {
    /// Adds `variant`, or why it could not be had.
    pub fn insert(&mut self, variant: &Variant, target: Result<Target, String>) {
        self.variants.insert(variant.name, target);
    }

    /// Lets checks have processes of their own, which they may stop.
    pub fn set_processes(&mut self, processes: Arc<dyn Processes>) {
        self.processes = Some(processes);
    }

    /// Starts the usual one, or the variant called `name`, again where it was, after it went away.
    ///
    /// # Errors
    /// The suite did not start it, or it does not get ready again.
    pub(crate) async fn revive(&self, name: Option<&'static str>) -> Result<(), Error> {
        let target = self.named(name).unwrap_or(&self.main);
        let no_start =
            || unreachable(target, "the suite has not started it, and can't do so again".to_owned());
        let processes = self.processes.as_ref().ok_or_else(no_start)?;
        // What is left of the last one must not hold the port.
        self.revived.lock().unwrap_or_else(PoisonError::into_inner).retain(|(revived, _)| *revived != name);
        let running = processes.start_again(name.and_then(variant), target).await?;
        self.revived.lock().unwrap_or_else(PoisonError::into_inner).push((name, running));
        Ok(())
    }

    /// Takes over what was started again; what is not taken ends with the last of these targets.
    pub fn take_revived(&self) -> Vec<Revived> {
        std::mem::take(&mut self.revived.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets checks whose variant may as well be the usual configuration have that one, where the target describes no other.
    pub(crate) fn settle(&self, checks: &mut [Check]) {
        let is_usual = |name: &&str| {
            OFTEN_USUAL.contains(name) && !self.variants.contains_key(name) && self.main.has(name)
        };
        for check in checks.iter_mut().filter(|check| check.variant.as_ref().is_some_and(is_usual)) {
            check.variant = None;
        }
    }

    /// What starts a process for `check`, if it needs one of its own.
    pub(crate) fn processes(&self, check: &Check) -> Result<Option<Arc<dyn Processes>>, Stop> {
        if !check.own_process {
            return Ok(None);
        }
        let why = "this needs a process for itself: say in a target file how the target is started";
        self.processes.clone().map(Some).ok_or_else(|| Stop::Harness(why.to_owned()))
    }

    /// The usual one.
    pub fn main(&self) -> &Target {
        &self.main
    }

    /// The usual one, to note what was found out about it.
    pub(crate) fn main_mut(&mut self) -> &mut Target {
        &mut self.main
    }

    /// The one that `check` is for.
    pub(crate) fn of(&self, check: &Check) -> Result<&Target, Stop> {
        let Some(name) = check.variant.filter(|_| !check.own_process) else { return Ok(&self.main) };
        match self.variants.get(name) {
            Some(Ok(target)) => Ok(target),
            Some(Err(why)) => Err(Stop::Harness(format!("variant {name}: {why}"))),
            None if !self.main.has(name) => {
                Err(Stop::NotApplicable(format!("the target says it has no {name}")))
            }
            None => {
                let about = variant(name).map_or("", |variant| variant.about);
                Err(Stop::Harness(format!(
                    "this needs the target configured otherwise ({about}): describe it in [variants.{name}] of \
                     the target file, or say features.{name} = false"
                )))
            }
        }
    }

    /// The usual one, or the variant called `name`.
    pub(crate) fn named(&self, name: Option<&str>) -> Option<&Target> {
        match name {
            None => Some(&self.main),
            Some(name) => self.variants.get(name)?.as_ref().ok(),
        }
    }

    /// Every target there is, the usual one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Target> {
        std::iter::once(&self.main).chain(self.variants.values().flatten())
    }

    /// The same with other targets, given in the order of [`Targets::all`].
    pub(crate) fn replaced(&self, others: Vec<Target>) -> Self {
        let mut targets = self.clone();
        let mut others = others.into_iter();
        let places = std::iter::once(&mut targets.main).chain(targets.variants.values_mut().flatten());
        for (place, other) in places.zip(&mut others) {
            *place = other;
        }
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> Check {
        Check::new("made.check", "made", &[], |_| std::future::pending()).variant("tokens")
    }

    #[test]
    fn a_variant_that_is_often_usual_needs_no_description() {
        let kept = || check().variant(KEPT_CONTEXT);
        let settled = |targets: &Targets| {
            let mut checks = [kept(), check()];
            targets.settle(&mut checks);
            checks.map(|check| check.variant)
        };
        let mut main = Target::from_url("http://127.0.0.1:1").unwrap();
        assert_eq!(settled(&Targets::from(main.clone())), [None, Some("tokens")]);
        main.features.insert(KEPT_CONTEXT.to_owned(), false);
        let mut targets = Targets::from(main.clone());
        assert_eq!(settled(&targets), [Some(KEPT_CONTEXT), Some("tokens")], "it says that it has none");
        targets.variants.insert(KEPT_CONTEXT, Ok(main));
        assert_eq!(settled(&targets), [Some(KEPT_CONTEXT), Some("tokens")], "it describes one");
    }

    #[test]
    fn a_variant_is_there_or_declared_absent_or_not_run() {
        let mut main = Target::from_url("http://127.0.0.1:1").unwrap();
        let targets = Targets::from(main.clone());
        assert!(matches!(targets.of(&check()), Err(Stop::Harness(why)) if why.contains("[variants.tokens]")));
        main.features.insert("tokens".to_owned(), false);
        let mut targets = Targets::from(main.clone());
        assert!(matches!(targets.of(&check()), Err(Stop::NotApplicable(_))));
        targets.insert(&VARIANTS[0], Err("it did not start".to_owned()));
        assert!(matches!(targets.of(&check()), Err(Stop::Harness(why)) if why.contains("did not start")));
        main.name = "other".to_owned();
        targets.insert(&VARIANTS[0], Ok(main));
        assert_eq!(targets.of(&check()).unwrap().name, "other");
    }
}
