//! Posts: where a target finds its next tier, and what has passed there.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::timeout_at;

use crate::checks::{Deadline, ReasonCode, Step, Stop, fail, millis};
use crate::mutants::{Fault, Faults, Proxy};
use crate::peer::Transcript;
use crate::target::{Places, Target, Tier, Variant};

use super::book::{Book, Manner, Passed};
use super::watch::Watch;

/// A post on the way to one tier.
#[derive(Debug)]
pub(crate) struct Post {
    book: Arc<Book>,
    /// `host:port` at which the target finds the tier.
    given: String,
    _proxies: Vec<Proxy>,
}

impl Post {
    async fn before(
        upstream: String,
        name: &str,
        faults: Option<&Faults>,
        scale: f64,
    ) -> std::io::Result<Self> {
        let book = Arc::<Book>::default();
        let (kept, post) = (Arc::clone(&book), name.to_owned());
        let watch = move || Box::new(Watch::new(&post, Arc::clone(&kept))) as Box<dyn Fault>;
        let watching = Proxy::start(upstream, Box::new(watch), scale).await?;
        let mut proxies = vec![watching];
        if let (Some(faults), Some(watching)) = (faults, proxies.first()) {
            let spoiling = Proxy::start(watching.address().to_string(), faults(), scale).await?;
            proxies.push(spoiling);
        }
        let given = proxies.last().map(|proxy| proxy.address().to_string()).unwrap_or_default();
        Ok(Self { book, given, _proxies: proxies })
    }

    /// `host:port` at which the target finds the tier.
    pub(crate) fn given(&self) -> &str {
        &self.given
    }

    /// Behaves so from now on.
    pub(crate) fn set_manner(&self, manner: Manner) {
        self.book.transcript().note("post", &format!("{manner:?}"));
        self.book.set_manner(manner);
    }

    /// Pings the next connection when it is acknowledged.
    pub(crate) fn ping(&self, payload: &[u8]) {
        self.book.set_ping(payload);
    }

    /// How much has passed.
    pub(crate) fn mark(&self) -> usize {
        *self.book.count().borrow()
    }

    /// What has passed behind `mark`.
    pub(crate) fn since(&self, mark: usize) -> Vec<Passed> {
        self.book.since(mark)
    }

    /// Waits until `take` finds what it wants in what has passed behind `mark`.
    pub(crate) async fn until<T>(
        &self,
        mark: usize,
        what: &str,
        deadline: Deadline,
        take: impl Fn(&[Passed]) -> Option<T>,
    ) -> Step<T> {
        let mut count = self.book.count();
        loop {
            count.mark_unchanged();
            let passed = self.since(mark);
            if let Some(taken) = take(&passed) {
                return Ok(taken);
            }
            if !matches!(timeout_at(deadline.end(), count.changed()).await, Ok(Ok(()))) {
                let expected = format!("{what} within {}", millis(deadline.limit()));
                return fail(ReasonCode::Missing, expected, format!("{} others", passed.len()));
            }
        }
    }
}

/// The posts that a configuration of the target needs.
#[derive(Debug)]
pub(crate) struct Posts(BTreeMap<String, Post>);

impl Posts {
    /// The posts for `variant`, in front of the tiers of `target`; between a process and its posts stand `faults`.
    pub(crate) async fn of(
        variant: &Variant,
        target: &Target,
        faults: Option<&Faults>,
        scale: f64,
    ) -> Step<Option<Self>> {
        let Some(tier) = variant.before() else { return Ok(None) };
        let ways: Vec<(String, String)> = match tier {
            Tier::Mcp => target.mcp.iter().map(|address| ("mcp".to_owned(), address.clone())).collect(),
            Tier::Agents => {
                let address = |name: &String| Some((name.clone(), target.agent(name)?.address().to_owned()));
                target.agents.keys().filter_map(address).collect()
            }
            Tier::Backend => Vec::new(),
        };
        if ways.is_empty() {
            let section = if tier == Tier::Mcp { "url in [mcp]" } else { "the URLs in [agents]" };
            let why = format!("where the next tier is, is not known: say {section} of the target file");
            return Err(Stop::Harness(why));
        }
        let mut posts = BTreeMap::new();
        for (name, upstream) in ways {
            let post = Post::before(upstream, &name, faults, scale).await;
            posts.insert(name, post.map_err(|error| Stop::Harness(format!("no post: {error}")))?);
        }
        Ok(Some(Self(posts)))
    }

    /// What a process is started with: `{mcp_address}`, or `{nlp_address}` and so on.
    pub(crate) fn places(&self) -> Places {
        let mut places = Places::default();
        for (name, post) in &self.0 {
            places.insert(&format!("{name}_address"), post.given());
        }
        places
    }

    /// What passes is written into `transcript` from now on.
    pub(crate) fn record(&self, transcript: &Transcript) {
        self.0.values().for_each(|post| post.book.record(transcript));
    }

    /// The post called `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&Post> {
        self.0.get(name)
    }
}
