//! Why queries fail, with a configuration of the target for each, and what all of them have in common.

use std::time::Duration;

use serde_json::{Value, json};

use crate::checks::query::run::{ATTEMPTS, Run, ask, query};
use crate::checks::rest::operations::{body, refused};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, fail, field};
use crate::peer::{Request, Response};
use crate::target::Door;

/// Time for a query over HTTP (before scaling).
const HTTP: Duration = Duration::from_secs(5);

/// Why a query fails.
#[derive(Debug)]
pub(crate) struct Cause {
    /// The code it ends with.
    pub(crate) code: &'static str,
    /// The status of the answer, where it was asked over HTTP.
    pub(crate) status: u16,
    /// The configuration in which it happens.
    variant: &'static str,
    /// The workflow in which it happens, when it is not the usual one.
    workflow: Option<&'static str>,
    /// The code of those that may fail before it comes to this.
    before: Option<&'static str>,
}

/// Nobody listens where the last agent should be.
pub(super) static UNREACHABLE: Cause = Cause {
    code: "AGENT_UNAVAILABLE",
    status: 502,
    variant: "failing-agents",
    workflow: Some("unreachable"),
    before: None,
};
/// An agent says that its work has failed.
pub(super) static FAILED: Cause = Cause {
    code: "QUERY_FAILED",
    status: 500,
    variant: "failing-agents",
    workflow: Some("failing"),
    before: None,
};
/// The server stumbles over itself.
pub(super) static INTERNAL: Cause = Cause {
    code: "INTERNAL",
    status: 500,
    variant: "failing-agents",
    workflow: Some("broken"),
    before: None,
};
/// An agent takes longer than it may.
pub(super) static TIMEOUT: Cause =
    Cause { code: "QUERY_TIMEOUT", status: 504, variant: "impatient", workflow: None, before: None };
/// The database can't be reached.
pub(super) static NO_DATABASE: Cause = Cause {
    code: "DATABASE_CONTEXT_UNAVAILABLE",
    status: 503,
    variant: "no-database",
    workflow: None,
    before: None,
};
/// The breaker of an agent is open.
pub(super) static CIRCUIT: Cause = Cause {
    code: "CIRCUIT_OPEN",
    status: 503,
    variant: "circuit",
    workflow: None,
    before: Some("AGENT_UNAVAILABLE"),
};

/// A check of one cause, and its mutant.
#[derive(Debug)]
pub(crate) struct Case<I> {
    /// Id of the check, and of the requirement.
    pub(crate) id: &'static str,
    title: &'static str,
    /// Why the query fails.
    pub(crate) cause: &'static Cause,
    /// Id of its mutant, and what that one says instead.
    pub(crate) mutant: (&'static str, I),
}

const fn case<I: Copy>(
    id: &'static str,
    title: &'static str,
    cause: &'static Cause,
    mutant: (&'static str, I),
) -> Case<I> {
    Case { id, title, cause, mutant }
}

/// On a socket; instead comes another code.
pub(crate) static ON_SOCKETS: [Case<&'static str>; 6] = [
    case(
        "failures.unreachable",
        "an agent that is not there ends a query with AGENT_UNAVAILABLE",
        &UNREACHABLE,
        ("failures.unreachable-as-failed", "QUERY_FAILED"),
    ),
    case(
        "failures.failed",
        "work that failed ends a query with QUERY_FAILED",
        &FAILED,
        ("failures.failed-as-internal", "INTERNAL"),
    ),
    case(
        "failures.internal",
        "a mistake of the server's own ends a query with INTERNAL",
        &INTERNAL,
        ("failures.internal-as-failed", "QUERY_FAILED"),
    ),
    case(
        "failures.timeout",
        "an agent that takes too long ends a query with QUERY_TIMEOUT",
        &TIMEOUT,
        ("failures.timeout-as-unreachable", "AGENT_UNAVAILABLE"),
    ),
    case(
        "failures.no-database",
        "a database that does not answer ends a query with DATABASE_CONTEXT_UNAVAILABLE",
        &NO_DATABASE,
        ("failures.no-database-as-unreachable", "AGENT_UNAVAILABLE"),
    ),
    case(
        "failures.circuit",
        "an open breaker ends a query with CIRCUIT_OPEN",
        &CIRCUIT,
        ("failures.circuit-as-timeout", "QUERY_TIMEOUT"),
    ),
];

/// Over HTTP; instead comes another status.
pub(crate) static OVER_HTTP: [Case<u16>; 6] = [
    case(
        "failures.unreachable-http",
        "over HTTP an agent that is not there is 502",
        &UNREACHABLE,
        ("failures.unreachable-is-500", 500),
    ),
    case(
        "failures.failed-http",
        "over HTTP work that failed is 500",
        &FAILED,
        ("failures.failed-is-200", 200),
    ),
    case(
        "failures.internal-http",
        "over HTTP a mistake of the server's own is 500",
        &INTERNAL,
        ("failures.internal-is-503", 503),
    ),
    case(
        "failures.timeout-http",
        "over HTTP an agent that takes too long is 504",
        &TIMEOUT,
        ("failures.timeout-is-408", 408),
    ),
    case(
        "failures.no-database-http",
        "over HTTP a database that does not answer is 503",
        &NO_DATABASE,
        ("failures.no-database-is-500", 500),
    ),
    case(
        "failures.circuit-http",
        "over HTTP an open breaker is 503",
        &CIRCUIT,
        ("failures.circuit-is-502", 502),
    ),
];

pub(super) fn checks() -> Vec<Check> {
    let on_sockets = ON_SOCKETS.iter().map(|case| case.check(told));
    let over_http = OVER_HTTP.iter().map(|case| case.check(answered));
    on_sockets.chain(over_http).collect()
}

impl<I: Sync + 'static> Case<I> {
    fn check<F, Fut>(&'static self, run: F) -> Check
    where
        F: Fn(Context, &'static Cause) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Step> + Send + 'static,
    {
        let requirement = std::slice::from_ref(&self.id);
        self.cause.of(Check::new(self.id, self.title, requirement, move |cx| run(cx, self.cause)))
    }
}

impl Cause {
    /// `check` with the configuration in which this happens.
    pub(super) fn of(&'static self, check: Check) -> Check {
        check.features(std::slice::from_ref(&self.variant)).variant(self.variant)
    }

    /// Further fields of a query that is going to fail so.
    pub(super) fn asking(&self, more: &Value) -> Value {
        let mut asking = more.clone();
        if let Some(workflow) = self.workflow {
            asking["preferences"] = json!({"workflow": workflow});
        }
        asking
    }

    /// Judges what a query ended with; false for what may come before it fails so.
    fn is_met(&self, end: &Value) -> Step<bool> {
        let expected = format!("error {}", self.code);
        if field::name(end) != "error" {
            return fail(ReasonCode::Accepted, expected, end.to_string());
        }
        let told = field::fields(end);
        if self.before == Some(field::text(told, "code")?) {
            return Ok(false);
        }
        field::equals(told, "code", self.code).map(|()| true)
    }

    /// Asks until it fails so.
    pub(super) async fn fails(&self, cx: &Context, peer: &mut Peer, more: &Value) -> Step<Run> {
        for _ in 0..ATTEMPTS {
            let run = ask(cx, peer, &self.asking(more)).await?;
            if self.is_met(&run.terminal()?.value)? {
                return Ok(run);
            }
        }
        self.never()
    }

    /// The same over HTTP; gives the answer, whose status is not judged.
    pub(super) async fn fails_over_http(&self, cx: &Context) -> Step<Response> {
        for _ in 0..ATTEMPTS {
            let asking = query(&self.asking(&json!({})));
            let request = Request::post_json(&cx.target().rest("/api/query"), &asking);
            let response = cx.http_within(request, HTTP).await?;
            if self.is_met(&body(&response)?)? {
                return Ok(response);
            }
        }
        self.never()
    }

    fn never<T>(&self) -> Step<T> {
        let actual = format!("{} {ATTEMPTS} times", self.before.unwrap_or_default());
        fail(ReasonCode::Missing, format!("error {}", self.code), actual)
    }
}

/// It ends with that code and some words, and the connection stays.
async fn told(cx: Context, cause: &'static Cause) -> Step {
    let mut peer = cx.open(Door::Query).await?;
    let run = cause.fails(&cx, &mut peer, &json!({})).await?;
    field::text(&run.terminal()?.value, "message")?;
    peer.expect_open(cx.soon()).await
}

/// The answer has the status of its code.
async fn answered(cx: Context, cause: &'static Cause) -> Step {
    let response = cause.fails_over_http(&cx).await?;
    refused(&response, cause.status, cause.code).map(|_| ())
}
