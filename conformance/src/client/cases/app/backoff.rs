//! How long a client waits before it comes back, how often, and when it begins to count anew.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::server::{self, Greeting};
use crate::checks::{Check, ReasonCode, Step, ensure, fail, field, millis};
use crate::client::Stage;
use crate::client::link::ServerLink;
use crate::client::listener::Visit;
use crate::witness;

/// Added to each wait at most.
const JITTER: Duration = Duration::from_secs(1);
/// Attempts after a loss.
const ATTEMPTS: u32 = 5;
/// Scale at which waits are measured: a second is 200 ms, of which the machine takes little.
const MEASURED: f64 = 0.2;

pub(super) fn checks() -> Vec<Check> {
    let schedule = &["client.backoff"];
    let counter = &["client.counter"];
    let give_up = &["client.give-up"];
    vec![
        Check::client("client.backoff-1", "The first attempt comes after 1 to 2 s", schedule, |stage| {
            nth(stage, 1)
        }),
        Check::client("client.backoff-2", "The second attempt comes after 2 to 3 s", schedule, |stage| {
            nth(stage, 2)
        }),
        Check::client("client.backoff-3", "The third attempt comes after 4 to 5 s", schedule, |stage| {
            nth(stage, 3)
        })
        .tags(&["slow"]),
        Check::client("client.backoff-4", "The fourth attempt comes after 8 to 9 s", schedule, |stage| {
            nth(stage, 4)
        })
        .tags(&["slow"]),
        Check::client("client.backoff-5", "The fifth attempt comes after 16 to 17 s", schedule, |stage| {
            nth(stage, 5)
        })
        .tags(&["slow"]),
        Check::client("client.backoff-jitter", "Waits differ by chance", &["client.jitter"], jitter)
            .tags(&["slow"]),
        Check::client(
            "client.waits-told",
            "The waits that are told are those that are kept",
            &["client.waits-told"],
            waits_told,
        )
        .tags(&["slow"]),
        Check::client("client.backoff-attempts", "There is no sixth attempt", give_up, attempts)
            .tags(&["slow"]),
        Check::client("client.gave-up-told", "The user is told that the client gave up", give_up, gave_up)
            .tags(&["slow"]),
        Check::client(
            "client.counter-after-open",
            "An open socket alone does not begin the count anew",
            counter,
            after_open,
        ),
        Check::client(
            "client.counter-after-handshake",
            "A handshake alone does not begin the count anew",
            counter,
            after_handshake,
        ),
        Check::client(
            "client.counter-after-beat",
            "A heartbeat that nobody answers does not begin the count anew",
            counter,
            after_beat,
        ),
        Check::client(
            "client.counter-after-heartbeat",
            "A completed heartbeat begins the count anew",
            counter,
            after_heartbeat,
        )
        .tags(&["slow"]),
        Check::client(
            "client.counter-after-idle",
            "Staying away after an idle close does not begin the count anew",
            counter,
            after_idle,
        )
        .tags(&["slow"]),
    ]
}

/// The wait before attempt `attempt` without its jitter: 1, 2, 4, 8, 16 s.
fn base(attempt: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(attempt.saturating_sub(1)).min(16))
}

/// The next attempt, whenever it comes; judged by [`on_time`].
async fn attempt(stage: &mut Stage, number: u32) -> Step<Visit> {
    let wait = stage.scaled(base(number) + JITTER);
    let deadline = stage.cx.within(wait * 2 + Duration::from_secs(4));
    stage.upgrade_by(deadline).await
}

/// Judges the wait before attempt `number`, which followed a loss at `from`.
fn on_time(stage: &Stage, number: u32, from: Instant, at: Instant) -> Step {
    let (least, most) = (stage.scaled(base(number)), stage.scaled(base(number) + JITTER));
    let what = format!("attempt {number} after {} to {}", millis(least), millis(most));
    between(stage, &what, (least, most), (from, at))
}

/// Judges the wait from a loss to the attempt that followed it.
fn between(
    stage: &Stage,
    what: &str,
    (least, most): (Duration, Duration),
    (from, at): (Instant, Instant),
) -> Step {
    let waited = at.saturating_duration_since(from);
    if waited + TICK < least {
        return fail(ReasonCode::Early, what, millis(waited));
    }
    // What this process saw late because it stood still itself is not late.
    if witness::arrived(at).saturating_duration_since(from) > most + grace(stage) {
        return fail(ReasonCode::Late, what, millis(waited));
    }
    Ok(())
}

/// Timers of some languages count whole milliseconds.
const TICK: Duration = Duration::from_millis(3);

/// What noticing a loss and making a connection may take: as long as two answers that this client gave at once, and
/// what a busy machine adds. Never more than half a second of the client's time.
fn grace(stage: &Stage) -> Duration {
    let machine = stage.cx.quiet(Duration::from_millis(60));
    (machine + stage.quickness * 2).min(stage.scaled(JITTER) / 2)
}

/// Connects, loses the connection, refuses all attempts before the `number`th, and judges that one.
async fn nth(mut stage: Stage, number: u32) -> Step {
    stage.rescale(MEASURED);
    let (link, _) = server::open(&mut stage).await?;
    let mut from = link.cut();
    for earlier in 1..number {
        from = attempt(&mut stage, earlier).await?.cut();
    }
    let at = attempt(&mut stage, number).await?.at;
    on_time(&stage, number, from, at)
}

/// Greeting of a server that wants a heartbeat soon.
fn lively() -> Greeting {
    Greeting { ping: Duration::from_millis(100), ..Greeting::default() }
}

/// A first wait: a heartbeat begins the count anew, then the connection is lost. Gives the moment of the loss.
async fn first_wait(stage: &mut Stage, mut link: ServerLink) -> Step<(Instant, Visit)> {
    let soon = stage.soon();
    let heartbeat = stage.while_alive(link.expect_type("heartbeat", soon)).await?;
    link.answer_heartbeat(&heartbeat).await;
    // A second one shows that the answer to the first has arrived.
    let soon = stage.soon();
    stage.while_alive(link.expect_type("heartbeat", soon)).await?;
    let from = link.cut();
    Ok((from, attempt(stage, 1).await?))
}

/// The first wait, several times.
async fn jitter(mut stage: Stage) -> Step {
    stage.rescale(MEASURED * 2.0);
    let (mut link, _) = server::open_as(&mut stage, lively()).await?;
    let mut waits = Vec::new();
    for _ in 0..8 {
        let (from, visit) = first_wait(&mut stage, link).await?;
        on_time(&stage, 1, from, visit.at)?;
        waits.push(visit.at - from);
        link = server::greet(&mut stage, visit, lively()).await?.0;
    }
    let (Some(least), Some(most)) = (waits.iter().min(), waits.iter().max()) else { return Ok(()) };
    // Eight waits of one second's chance lie within a tenth of it once in a million times.
    let apart = stage.scaled(JITTER) / 10;
    let expected = format!("waits that differ by more than {}", millis(apart));
    ensure(*most - *least > apart, ReasonCode::WrongValue, &expected, format!("{waits:?}"))
}

/// Whoever tells its waits keeps them.
async fn waits_told(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let (mut link, _) = server::open_as(&mut stage, lively()).await?;
    for _ in 0..3 {
        let before = stage.told("retrying").len();
        let (from, visit) = first_wait(&mut stage, link).await?;
        for told in stage.told("retrying").iter().skip(before) {
            let delay = Duration::try_from_secs_f64(field::number(told, "delay_ms")? / 1e3);
            let Ok(delay) = delay else {
                return fail(ReasonCode::WrongValue, "a wait in milliseconds", told.to_string());
            };
            let what = format!("the attempt after {}, as told", millis(delay));
            between(&stage, &what, (delay, delay), (from, visit.at))?;
        }
        link = server::greet(&mut stage, visit, lively()).await?.0;
    }
    Ok(())
}

/// Loses the connection and refuses all attempts.
async fn refuse_all(stage: &mut Stage) -> Step {
    let (link, _) = server::open(stage).await?;
    link.cut();
    for number in 1..=ATTEMPTS {
        attempt(stage, number).await?.cut();
    }
    Ok(())
}

async fn attempts(mut stage: Stage) -> Step {
    refuse_all(&mut stage).await?;
    // Trying again more slowly than the schedule is allowed.
    let time = stage.scaled(base(ATTEMPTS) + JITTER) + Duration::from_millis(200);
    stage.no_upgrade("no sixth attempt", time).await
}

async fn gave_up(mut stage: Stage) -> Step {
    refuse_all(&mut stage).await?;
    stage.event("gave_up", stage.soon()).await.map(|_| ())
}

/// Loses the connection, refuses the first attempt and gives the second.
async fn second_attempt(stage: &mut Stage, greeting: Greeting) -> Step<Visit> {
    let (link, _) = server::open_as(stage, greeting).await?;
    link.cut();
    attempt(stage, 1).await?.cut();
    attempt(stage, 2).await
}

async fn after_open(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let mut link = second_attempt(&mut stage, Greeting::default()).await?.accept().await;
    server::establish(&mut link, Greeting::default()).await;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    let from = link.cut();
    let at = attempt(&mut stage, 3).await?.at;
    on_time(&stage, 3, from, at)
}

async fn after_handshake(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let greeting = Greeting { ping: Duration::from_secs(20), ..Greeting::default() };
    let visit = second_attempt(&mut stage, greeting).await?;
    let (mut link, _) = server::greet(&mut stage, visit, greeting).await?;
    // A question shows that the answer to the handshake has arrived; a heartbeat is not answered.
    link.answers_life = false;
    server::ask(&mut stage, &mut link, "before the loss").await?;
    let from = link.cut();
    let at = attempt(&mut stage, 3).await?.at;
    on_time(&stage, 3, from, at)
}

async fn after_beat(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let greeting = Greeting { ping: Duration::from_millis(200), ..Greeting::default() };
    let visit = second_attempt(&mut stage, greeting).await?;
    let (mut link, _) = server::greet(&mut stage, visit, greeting).await?;
    link.answers_life = false;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("heartbeat", soon)).await?;
    let from = link.cut();
    let at = attempt(&mut stage, 3).await?.at;
    on_time(&stage, 3, from, at)
}

async fn after_heartbeat(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let (link, _) = server::open_as(&mut stage, lively()).await?;
    link.cut();
    for number in 1..=2 {
        attempt(&mut stage, number).await?.cut();
    }
    let visit = attempt(&mut stage, 3).await?;
    let (link, _) = server::greet(&mut stage, visit, lively()).await?;
    let (from, visit) = first_wait(&mut stage, link).await?;
    on_time(&stage, 1, from, visit.at)
}

/// Two attempts, an idle close without a heartbeat, then a question: the server refuses what it brings, and the wait
/// that follows is that of a third attempt or a later one.
async fn after_idle(mut stage: Stage) -> Step {
    stage.rescale(MEASURED);
    let greeting = Greeting { ping: Duration::from_secs(20), ..Greeting::default() };
    let visit = second_attempt(&mut stage, greeting).await?;
    let (link, _) = server::greet(&mut stage, visit, greeting).await?;
    link.close(1000, "Idle timeout").await;
    let soon = stage.soon();
    let idle = |told: &Value| told["event"] == json!("closed") && told["code"] == json!(1000);
    stage.event_with("the event closed with 1000", soon, idle).await?;
    stage.tell(json!({"do": "ask", "query": "needed again"})).await;
    let from = attempt(&mut stage, 3).await?.cut();
    let at = attempt(&mut stage, 4).await?.at;
    let least = stage.scaled(base(3));
    let waited = at.saturating_duration_since(from);
    let expected = format!("an attempt after {} or more", millis(least));
    ensure(waited + TICK >= least, ReasonCode::Early, &expected, millis(waited))
}
