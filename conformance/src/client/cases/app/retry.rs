//! After which ends a client comes back by itself, and after which it must not.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::server::{self, Greeting};
use crate::checks::{Check, ReasonCode, Step, fail, millis};
use crate::client::Stage;
use crate::client::listener::Visit;
use crate::peer::Response;

/// A close and what follows.
#[derive(Debug)]
pub(crate) struct Close {
    /// Id of the check.
    pub(crate) id: &'static str,
    title: &'static str,
    /// Code.
    pub(crate) code: u16,
    /// Reason.
    pub(crate) reason: &'static str,
}

/// Ends after which coming back would end the same way.
pub(crate) const FINAL: &[Close] = &[
    close("client.no-return-after-1000", "After 1000 a client stays away", 1000, ""),
    close("client.no-return-when-superseded", "A superseded client stays away", 1000, "Superseded"),
    close(
        "client.no-return-when-idle",
        "After an idle close a client stays away until it is needed",
        1000,
        "Idle timeout",
    ),
    close("client.no-return-after-1002", "After 1002 a client stays away", 1002, "reserved bit"),
    close("client.no-return-after-1003", "After 1003 a client stays away", 1003, "binary not announced"),
    close("client.no-return-after-1007", "After 1007 a client stays away", 1007, "invalid UTF-8"),
    close(
        "client.no-return-invalid-session",
        "With an invalid session a client stays away",
        1008,
        "Invalid session",
    ),
    close(
        "client.no-return-session-expired",
        "With an expired session a client stays away",
        1008,
        "Session expired",
    ),
    close(
        "client.no-return-unauthenticated",
        "Without a good token a client stays away",
        1008,
        "Authentication failed",
    ),
    close(
        "client.no-return-token-expired",
        "With an expired token a client stays away",
        1008,
        "Token expired",
    ),
];

/// Ends that pass.
pub(crate) const PASSING: &[Close] = &[
    close("client.return-after-1001", "After 1001 a client comes back", 1001, "Server shutting down"),
    close(
        "client.return-after-1011-heartbeat",
        "After a heartbeat timeout a client comes back",
        1011,
        "Heartbeat timeout",
    ),
    close(
        "client.return-after-1011-internal",
        "After an internal error a client comes back",
        1011,
        "Internal error",
    ),
    close("client.return-after-1012", "After 1012 a client comes back", 1012, "restart"),
    close("client.return-after-1013", "After 1013 a client comes back", 1013, "try again later"),
    close("client.return-slow-consumer", "A slow consumer comes back", 1008, "Slow consumer"),
];

/// Statuses that refuse for good, and those that pass.
pub(crate) const STATUSES: &[(&str, &str, u16, bool)] = &[
    ("client.no-return-after-401", "After a refusal with 401 a client stays away", 401, false),
    ("client.no-return-after-403", "After a refusal with 403 a client stays away", 403, false),
    ("client.no-return-after-404", "After a refusal with 404 a client stays away", 404, false),
    ("client.no-return-after-410", "After a refusal with 410 a client stays away", 410, false),
    ("client.return-after-429", "After a refusal with 429 a client comes back", 429, true),
    ("client.return-after-503", "After a refusal with 503 a client comes back", 503, true),
];

const fn close(id: &'static str, title: &'static str, code: u16, reason: &'static str) -> Close {
    Close { id, title, code, reason }
}

pub(super) fn checks() -> Vec<Check> {
    let stays = |case: &'static Close| {
        Check::client(case.id, case.title, &["client.no-return"], move |stage| stays_away(stage, case))
    };
    let returns = |case: &'static Close| {
        Check::client(case.id, case.title, &["client.return"], move |stage| comes_back(stage, case))
    };
    let refused = |(id, title, status, back): &(&'static str, &'static str, u16, bool)| {
        let (status, back) = (*status, *back);
        Check::client(id, title, &["client.refused-upgrade"], move |stage| after_status(stage, status, back))
    };
    let mut checks: Vec<Check> = FINAL.iter().map(stays).collect();
    checks.extend(PASSING.iter().map(returns));
    checks.extend(STATUSES.iter().map(refused));
    checks.extend([
        Check::client(
            "client.return-after-loss",
            "After a loss without a close a client comes back",
            &["client.return"],
            after_loss,
        ),
        Check::client(
            "client.return-when-needed",
            "After an idle close the next question brings a client back",
            &["client.return-when-needed"],
            when_needed,
        ),
        Check::client(
            "client.retry-after",
            "A client waits as long as Retry-After says",
            &["client.retry-after"],
            retry_after,
        )
        .tags(&["slow"]),
        Check::client(
            "client.shutdown-spread",
            "A client comes back no earlier than a leaving server asks",
            &["client.shutdown-spread"],
            spread,
        ),
        Check::client(
            "client.shutdown-told",
            "That the server is leaving reaches the user",
            &["client.shutdown-told"],
            shutdown_told,
        )
        .features(&["session"]),
        Check::client(
            "client.too-large-once",
            "What was too large is not sent again",
            &["client.too-large"],
            too_large,
        ),
    ]);
    checks
}

/// Time in which a client that comes back would have come.
fn first_attempt(stage: &Stage) -> Duration {
    stage.scaled(Duration::from_secs(2)) + Duration::from_millis(400)
}

async fn stays_away(mut stage: Stage, case: &'static Close) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.close(case.code, case.reason).await;
    let time = first_attempt(&stage);
    let why = format!("no connection after {} {:?}", case.code, case.reason);
    stage.no_upgrade(&why, time).await
}

async fn back(stage: &mut Stage) -> Step<Instant> {
    let time = stage.scaled(Duration::from_secs(2)) + Duration::from_millis(2_500);
    let deadline = stage.cx.within(time);
    Ok(stage.upgrade_by(deadline).await?.at)
}

async fn comes_back(mut stage: Stage, case: &'static Close) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.close(case.code, case.reason).await;
    back(&mut stage).await.map(|_| ())
}

async fn after_loss(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.cut();
    back(&mut stage).await.map(|_| ())
}

async fn after_status(mut stage: Stage, status: u16, returns: bool) -> Step {
    server::begin(&mut stage).await?;
    let visit = stage.upgrade().await?;
    visit.answer_json(status, &json!({"type": "error", "code": "MADE", "message": "refused"})).await;
    if returns {
        return back(&mut stage).await.map(|_| ());
    }
    let time = first_attempt(&stage);
    stage.no_upgrade(&format!("no connection after a refusal with {status}"), time).await
}

async fn when_needed(mut stage: Stage) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    link.close(1000, "Idle timeout").await;
    stage.event("closed", stage.soon()).await?;
    stage.tell(json!({"do": "ask", "query": "needed again"})).await;
    let (mut link, _) = server::join(&mut stage, Greeting::default()).await?;
    server::asked(&mut stage, &mut link, "needed again").await.map(|_| ())
}

/// The header is in whole seconds of the wall clock: no scale changes it.
async fn retry_after(mut stage: Stage) -> Step {
    server::begin(&mut stage).await?;
    let visit = stage.upgrade().await?;
    let mut response = Response::new(503, "Service Unavailable", "{}");
    // More than the first wait in real time, which is 2 s at most.
    response.set_field("Retry-After", Some("3"));
    let from = Instant::now();
    visit.answer(response).await;
    no_earlier(&mut stage, Duration::from_millis(2_990), from).await
}

async fn no_earlier(stage: &mut Stage, wait: Duration, from: Instant) -> Step {
    let deadline = stage.cx.within(wait + stage.scaled(Duration::from_secs(2)) + Duration::from_secs(2));
    let waited = stage.upgrade_by(deadline).await?.at.saturating_duration_since(from);
    if waited < wait {
        return fail(ReasonCode::Early, format!("a return after {} or later", millis(wait)), millis(waited));
    }
    Ok(())
}

async fn leaving(stage: &mut Stage) -> Step<crate::client::link::ServerLink> {
    let (mut link, _) = server::open(stage).await?;
    let wait = stage.scaled(Duration::from_secs(2)) + Duration::from_millis(500);
    let fields = json!({"drain_ms": 1_000, "reconnect_after_ms": wait.as_millis() as u64});
    link.say("server_shutting_down", fields).await;
    Ok(link)
}

async fn spread(mut stage: Stage) -> Step {
    let link = leaving(&mut stage).await?;
    let from = link.close(1001, "Server shutting down").await;
    let wait = stage.scaled(Duration::from_secs(2)) + Duration::from_millis(495);
    no_earlier(&mut stage, wait, from).await
}

async fn shutdown_told(mut stage: Stage) -> Step {
    let _link = leaving(&mut stage).await?;
    server::told(&mut stage, "server_shutting_down").await.map(|_| ())
}

/// What the case asks, and calls too large.
const ENORMOUS: &str = "an enormous one";

/// Whether a client comes back is its own affair; the question must not, on the socket or by HTTP.
async fn too_large(mut stage: Stage) -> Step {
    let (mut link, _) = server::open(&mut stage).await?;
    server::ask(&mut stage, &mut link, ENORMOUS).await?;
    link.close(1009, "message too large").await;
    let time = first_attempt(&stage);
    let Some(visit) = without_question(&mut stage, time).await? else { return Ok(()) };
    let (mut link, _) = server::greet(&mut stage, visit, Greeting::default()).await?;
    let (cx, time) = (stage.cx.clone(), Duration::from_millis(400));
    tokio::try_join!(
        server::none_of(&cx, &mut link, "query", ReasonCode::Duplicate, time),
        without_question(&mut stage, time),
    )
    .map(|_| ())
}

/// The next upgrade within `time`; a request that carries the question is a violation, others are answered with 404.
async fn without_question(stage: &mut Stage, time: Duration) -> Step<Option<Visit>> {
    let end = Instant::now() + stage.cx.quiet(time);
    while let Some(visit) = stage.visitor("a client that runs", end).await? {
        let request = &visit.request;
        if String::from_utf8_lossy(&request.body).contains(ENORMOUS) {
            let carried = format!("{} {} with it", request.method, request.target);
            return fail(ReasonCode::Duplicate, "a question that is not sent again", carried);
        }
        if visit.is_upgrade() {
            return Ok(Some(visit));
        }
        visit.answer_json(404, &json!({"type": "error", "code": "NOT_FOUND", "message": "none"})).await;
    }
    Ok(None)
}
