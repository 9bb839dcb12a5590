//! A check: a small async function and what is known about it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use reports::model::Level;
use serde::Serialize;

use crate::client::Stage;
use crate::requirements::Requirement;
use crate::target::Tier;

use super::context::Context;
use super::verdict::Step;

/// Which side of the wire a check judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// A server; the suite is its client.
    #[default]
    Server,
    /// A client; the suite is its server.
    Client,
}

/// The check `AREA.SLUG`, which cites the requirement of the same name, or another one of its area.
macro_rules! check {
    ($area:literal, $slug:literal, $title:literal, $run:expr) => {
        check!($area, $slug, $title, $slug, $run)
    };
    ($area:literal, $slug:literal, $title:literal, $requirement:literal, $run:expr) => {
        $crate::checks::Check::new(
            concat!($area, ".", $slug),
            $title,
            &[concat!($area, ".", $requirement)],
            $run,
        )
    };
}

/// Makes the line that does a check by hand.
type ByHand = Arc<dyn Fn() -> Option<String> + Send + Sync>;
type Run = Arc<dyn Fn(Context) -> Pin<Box<dyn Future<Output = Step> + Send>> + Send + Sync>;

/// One check.
#[derive(Clone)]
pub struct Check {
    /// Stable id, `area.slug`.
    pub id: &'static str,
    /// One line for people.
    pub title: &'static str,
    /// Ids of the requirements it checks.
    pub requirements: &'static [&'static str],
    /// Tags, such as `slow`.
    pub tags: &'static [&'static str],
    /// Features without which it is not applicable.
    pub features: &'static [&'static str],
    /// The configuration of the target it needs, when the usual one is not it.
    pub variant: Option<&'static str>,
    /// MiB it holds at one time: such checks wait for each other (see [`Check::weight`]).
    pub weight: u32,
    /// It needs a process of the target for itself alone, which it may stop.
    pub own_process: bool,
    /// Whom it judges.
    pub side: Side,
    by_hand: Option<ByHand>,
    run: Run,
}

impl Check {
    /// A check that runs `run`.
    pub fn new<F, Fut>(
        id: &'static str,
        title: &'static str,
        requirements: &'static [&'static str],
        run: F,
    ) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Step> + Send + 'static,
    {
        let run: Run = Arc::new(move |context| Box::pin(run(context)));
        Self {
            id,
            title,
            requirements,
            tags: &[],
            features: &[],
            variant: None,
            weight: 0,
            own_process: false,
            side: Side::Server,
            by_hand: None,
            run,
        }
    }

    /// A check of a client: `run` gets a stage on which the client is not started yet.
    pub(crate) fn client<F, Fut>(
        id: &'static str,
        title: &'static str,
        requirements: &'static [&'static str],
        run: F,
    ) -> Self
    where
        F: Fn(Stage) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Step> + Send + 'static,
    {
        let run = Arc::new(run);
        let check = Self::new(id, title, requirements, move |context| {
            let run = Arc::clone(&run);
            async move { run(Stage::open(context).await?).await }
        });
        Self { side: Side::Client, ..check }
    }

    /// Adds tags.
    pub fn tags(mut self, tags: &'static [&'static str]) -> Self {
        self.tags = tags;
        self
    }

    /// Names features the target must not have declared absent.
    pub fn features(mut self, features: &'static [&'static str]) -> Self {
        self.features = features;
        self
    }

    /// Names a variant of the target, one of [`crate::target::VARIANTS`].
    pub fn variant(mut self, name: &'static str) -> Self {
        self.variant = Some(name);
        self
    }

    /// Says that it moves messages of about so many MiB. A run holds few MiB at one time, whatever its number
    /// of jobs, and the time spent waiting for others is not counted as the check's.
    pub fn weight(mut self, mib: u32) -> Self {
        self.weight = mib;
        self
    }

    /// Asks for a process of the target for itself alone; see [`super::Context::process`].
    pub fn own_process(mut self) -> Self {
        self.own_process = true;
        self
    }

    /// Says how it is done by hand, where its own row knows it better than its requirement.
    pub(crate) fn by_hand(mut self, line: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        self.by_hand = Some(Arc::new(line));
        self
    }

    /// The line of bash that does it by hand and what to look for, where its own row knows.
    pub fn line(&self) -> Option<String> {
        self.by_hand.as_ref().and_then(|line| line())
    }

    /// The area: what is before the dot of the id.
    pub fn area(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// What it checks: faults are made in front of it.
    pub(crate) fn tier(&self) -> Tier {
        match self.area() {
            "mcp" | "mcp-http" => Tier::Mcp,
            "agents" => Tier::Agents,
            _ => Tier::Backend,
        }
    }

    /// Level of the strongest requirement it cites; MUST when none of them is known.
    pub fn level(&self, requirements: &[Requirement]) -> Level {
        requirements
            .iter()
            .filter(|requirement| self.requirements.contains(&requirement.id.as_str()))
            .map(|requirement| requirement.level)
            .min()
            .unwrap_or(Level::Must)
    }

    pub(crate) async fn run(&self, context: Context) -> Step {
        (self.run)(context).await
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("id", &self.id).finish_non_exhaustive()
    }
}
