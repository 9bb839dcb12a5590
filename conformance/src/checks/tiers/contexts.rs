//! What the backend sends to each agent has the database of the query.

use serde_json::json;

use crate::between::What;
use crate::checks::database::choosing::databases;
use crate::checks::query::run::ask;
use crate::checks::{Check, Context, ReasonCode, Step, fail, field};
use crate::target::Door;

/// A check of one agent, and its mutant.
#[derive(Debug)]
pub(crate) struct Case {
    /// Id of the check, and of its requirement.
    pub(crate) id: &'static str,
    title: &'static str,
    /// The agent.
    pub(crate) agent: &'static str,
    /// Id of its mutant.
    pub(crate) mutant: &'static str,
}

/// One for each agent of the usual workflow.
pub(crate) static CONTEXTS: [Case; 3] = [
    Case {
        id: "tiers.nlp-context",
        title: "what is sent to nlp has the query's database",
        agent: "nlp",
        mutant: "tiers.nlp-context-left-out",
    },
    Case {
        id: "tiers.data-context",
        title: "what is sent to data has the query's database",
        agent: "data",
        mutant: "tiers.data-context-left-out",
    },
    Case {
        id: "tiers.viz-context",
        title: "what is sent to viz has the query's database",
        agent: "viz",
        mutant: "tiers.viz-context-left-out",
    },
];

pub(super) fn checks() -> Vec<Check> {
    let check = |case: &'static Case| {
        Check::new(case.id, case.title, std::slice::from_ref(&case.id), move |cx| sent(cx, case.agent))
    };
    CONTEXTS.iter().map(check).collect()
}

/// A database that is not the default.
async fn sent(cx: Context, agent: &'static str) -> Step {
    let post = cx.post(agent)?;
    let databases = databases(&cx).await?;
    let (name, _) = databases.other(&cx)?;
    let mut peer = cx.open(Door::Query).await?;
    let run = ask(&cx, &mut peer, &json!({"database_context": {"database": name}})).await?;
    let mut jobs = 0;
    for passed in post.since(0) {
        let (What::Asked { body: job, .. } | What::Said(job)) = passed.what else { continue };
        if job.get("task").is_some() {
            field::equals(&job, "/database_context/database", name.as_str())?;
            jobs += 1;
        }
    }
    if jobs == 0 {
        return fail(ReasonCode::Missing, format!("a job for {agent}"), "none");
    }
    run.result().map(|_| ())
}
