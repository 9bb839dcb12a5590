//! How long a client waits before it comes back, how often, and when it begins to count anew.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::server::{self, Greeting};
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail, millis};
use crate::client::Stage;
use crate::client::listener::Visit;

/// Added to each wait at most.
const JITTER: Duration = Duration::from_secs(1);
/// Attempts after a loss.
const ATTEMPTS: u32 = 5;

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
    let waited = at.saturating_duration_since(from);
    let expected = format!("attempt {number} after {} to {}", millis(least), millis(most));
    // Timers of some languages count whole milliseconds.
    if waited + Duration::from_millis(3) < least {
        return fail(ReasonCode::Early, expected, millis(waited));
    }
    if waited > most + grace(&stage.cx) {
        return fail(ReasonCode::Late, expected, millis(waited));
    }
    Ok(())
}

/// What noticing a loss and making a connection may take.
fn grace(cx: &Context) -> Duration {
    cx.quiet(Duration::from_millis(200))
}

/// Connects, loses the connection, refuses all attempts before the `number`th, and judges that one.
async fn nth(mut stage: Stage, number: u32) -> Step {
    let (link, _) = server::open(&mut stage).await?;
    let mut from = link.cut();
    for earlier in 1..number {
        from = attempt(&mut stage, earlier).await?.cut();
    }
    let at = attempt(&mut stage, number).await?.at;
    on_time(&stage, number, from, at)
}

/// The first wait, several times: a heartbeat between them begins the count anew. A client that tells its waits
/// is judged by what it tells.
async fn jitter(mut stage: Stage) -> Step {
    stage.rescale(0.2);
    let greeting = Greeting { ping: Duration::from_millis(200), ..Greeting::default() };
    let (mut link, _) = server::open_as(&mut stage, greeting).await?;
    let mut waits = Vec::new();
    for _ in 0..6 {
        let soon = stage.soon();
        let heartbeat = stage.while_alive(link.expect_type("heartbeat", soon)).await?;
        link.answer_heartbeat(&heartbeat).await;
        // A second one shows that the answer to the first has arrived.
        let soon = stage.soon();
        stage.while_alive(link.expect_type("heartbeat", soon)).await?;
        let from = link.cut();
        let visit = attempt(&mut stage, 1).await?;
        waits.push(visit.at - from);
        link = server::greet(&mut stage, visit, greeting).await?.0;
    }
    let told: Vec<Duration> = stage
        .told("retrying")
        .iter()
        .filter_map(|told| told.get("delay_ms").and_then(Value::as_f64))
        .filter_map(|delay| Duration::try_from_secs_f64(delay / 1e3).ok())
        .collect();
    let waits = if told.len() == waits.len() { told } else { waits };
    let (Some(least), Some(most)) = (waits.iter().min(), waits.iter().max()) else { return Ok(()) };
    // Six waits of one second's chance lie within a twentieth of it once in half a million times.
    let spread = *most - *least;
    let expected = format!("waits that differ by more than {}", millis(stage.scaled(JITTER) / 20));
    ensure(spread > stage.scaled(JITTER) / 20, ReasonCode::WrongValue, &expected, format!("{waits:?}"))
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
    let mut link = second_attempt(&mut stage, Greeting::default()).await?.accept().await;
    server::establish(&mut link, Greeting::default()).await;
    let soon = stage.soon();
    stage.while_alive(link.expect_type("connection_handshake", soon)).await?;
    let from = link.cut();
    let at = attempt(&mut stage, 3).await?.at;
    on_time(&stage, 3, from, at)
}

async fn after_handshake(mut stage: Stage) -> Step {
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
    stage.rescale(0.2);
    let greeting = Greeting { ping: Duration::from_millis(200), ..Greeting::default() };
    let (link, _) = server::open_as(&mut stage, greeting).await?;
    link.cut();
    for number in 1..=2 {
        attempt(&mut stage, number).await?.cut();
    }
    let visit = attempt(&mut stage, 3).await?;
    let (mut link, _) = server::greet(&mut stage, visit, greeting).await?;
    for _ in 0..2 {
        let soon = stage.soon();
        let heartbeat = stage.while_alive(link.expect_type("heartbeat", soon)).await?;
        link.answer_heartbeat(&heartbeat).await;
    }
    let from = link.cut();
    let at = attempt(&mut stage, 1).await?.at;
    on_time(&stage, 1, from, at)
}
