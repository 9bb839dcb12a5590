//! Messages per window and connection.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::target::Door;

use super::answer::{expect_answer_of, expect_error_not};
use super::window::Window;

pub(super) fn checks() -> Vec<Check> {
    vec![
        Check::new(
            "limits.rate",
            "one message more than the window takes is RATE_LIMIT_EXCEEDED",
            &["limits.rate"],
            one_more,
        ),
        Check::new(
            "limits.rate-details",
            "the rate error says limit, window and when to try again",
            &["limits.rate-details"],
            details,
        ),
        Check::new(
            "limits.rate-refused",
            "refused messages do not fill the window",
            &["limits.rate-refused"],
            refused_fill_nothing,
        )
        .tags(&["slow"]),
        Check::new(
            "limits.rate-slides",
            "the window slides: what was accepted counts for a window's time, whenever it came",
            &["limits.rate-slides"],
            slides,
        )
        .tags(&["slow"]),
        Check::new(
            "limits.rate-violations",
            "the tenth refused message closes the connection",
            &["limits.rate-violations"],
            tenth_violation,
        ),
        Check::new(
            "limits.rate-per-connection",
            "each connection has a window of its own",
            &["limits.rate-per-connection"],
            per_connection,
        ),
        Check::new(
            "limits.rate-and-life",
            "signs of life are answered when the window is full",
            &["limits.rate-and-life"],
            life_goes_on,
        ),
        Check::new(
            "limits.life-fills-nothing",
            "signs of life do not fill the window",
            &["limits.life-fills-nothing"],
            life_fills_nothing,
        ),
    ]
}

/// Refused messages of a window that end the connection.
const VIOLATIONS: usize = 10;
/// Servers may keep time a little coarser than to the millisecond.
const SLACK: Duration = Duration::from_millis(100);
/// Attempts to see a window slide.
const SLIDES: u32 = 2;
/// Attempts to fill a window within its time.
const ATTEMPTS: usize = 3;

const TAKEN: [&str; 1] = ["subscribed"];

/// A message that counts; its subscription keeps the connection from being idle.
fn message(id: &str) -> Value {
    json!({"type": "subscribe", "id": id, "events": ["query_result"]})
}

/// A connection whose window is full.
struct Full {
    peer: Peer,
    window: Window,
    /// When the first message was sent; the window is certainly full until a window's time later.
    began: Instant,
    /// When the last answer had come: all of it has left the window a window's time later.
    ended: Instant,
}

impl Full {
    /// False when the first message may have left the window already.
    fn is_certain(&self) -> bool {
        self.began.elapsed() < self.window.length
    }
}

/// Sends as many messages as the window takes; each must be answered.
async fn send_all(cx: &Context, peer: &mut Peer, window: &Window) -> Step {
    send_some(cx, peer, window.limit).await
}

/// Sends so many messages; each must be answered.
async fn send_some(cx: &Context, peer: &mut Peer, count: u64) -> Step {
    for number in 1..=count {
        peer.send(&message(&format!("m-{number}"))).await;
    }
    let what = format!("{count} messages answered");
    let deadline = cx.within(Duration::from_secs(3));
    for number in 1..=count {
        let answer = expect_answer_of(peer, &what, &TAKEN, deadline).await?;
        if field::name(&answer) == "error" {
            return fail(ReasonCode::Refused, what, format!("number {number} answered by {answer}"));
        }
    }
    Ok(())
}

/// A connection that has sent as many messages as it may.
async fn full(cx: &Context) -> Step<Full> {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        let window = Window::announced(peer.established())?;
        let began = Instant::now();
        send_all(cx, &mut peer, &window).await?;
        let full = Full { peer, window, began, ended: Instant::now() };
        // Time must be left for what the check does with it.
        if full.began.elapsed() < full.window.length / 2 {
            return Ok(full);
        }
    }
    Err(Stop::Harness(
        "the window is over before it can be filled: start the target with a longer one".to_owned(),
    ))
}

/// The answer to a message more than the window takes.
async fn over(cx: &Context, full: &mut Full, id: &str) -> Step<Value> {
    full.peer.send(&message(id)).await;
    let answer = expect_error_not(&mut full.peer, "RATE_LIMIT_EXCEEDED", &TAKEN, cx.soon()).await;
    if answer.is_err() && !full.is_certain() {
        return Err(Stop::Harness("the window was over before the message was sent".to_owned()));
    }
    let error = answer?;
    field::equals(&error, "id", id)?;
    Ok(error)
}

/// As many messages as announced are answered, the next one is refused, and the connection stays.
async fn one_more(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    over(&cx, &mut full, "over").await?;
    full.peer.expect_open(cx.soon()).await
}

/// The error says the limit, the window and after how many whole seconds to try again.
async fn details(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    let error = over(&cx, &mut full, "over").await?;
    field::equals(&error, "/details/limit", full.window.limit)?;
    field::equals(&error, "/details/window", full.window.text.clone())?;
    let seconds = field::integer(&error, "/details/retry_after")?;
    let most = full.window.length.as_secs_f64().ceil() as u64;
    let expected = format!("retry_after of 1 to {most} seconds");
    ensure((1..=most).contains(&seconds), ReasonCode::WrongValue, &expected, seconds)
}

/// Refused messages do not fill the window: when the accepted ones have left it, as many more fit.
async fn refused_fill_nothing(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    cx.affordable(full.window.length * 2)?;
    // A while later, so that they would still be in the window when the accepted ones are not.
    sleep_until(full.ended + full.window.length / 4).await;
    for number in 1..VIOLATIONS {
        full.peer.send(&message(&format!("refused-{number}"))).await;
    }
    for _ in 1..VIOLATIONS {
        let answer = expect_answer_of(&mut full.peer, "an answer", &TAKEN, cx.soon()).await?;
        if field::name(&answer) != "error" {
            return Err(Stop::Harness("the window was over before it was overrun".to_owned()));
        }
    }
    sleep_until(full.ended + full.window.length + cx.quiet(SLACK)).await;
    send_all(&cx, &mut full.peer, &full.window).await
}

/// Half of the window at once, the other half later: when the first half has left the window as much fits again, and no
/// more. Where windows begin at fixed times, or are filled again little by little, the whole would fit.
async fn slides(cx: Context) -> Step {
    for _ in 0..SLIDES {
        let mut peer = cx.open(Door::Query).await?;
        let window = Window::announced(peer.established())?;
        cx.affordable(window.length.mul_f64(1.3) * SLIDES)?;
        let half = window.limit / 2;
        let first = Instant::now();
        send_some(&cx, &mut peer, half).await?;
        let gone = Instant::now() + window.length + cx.quiet(SLACK);
        sleep_until(first + window.length.mul_f64(0.6)).await;
        let second = Instant::now();
        send_some(&cx, &mut peer, window.limit - half).await?;
        sleep_until(gone).await;
        send_some(&cx, &mut peer, half).await?;
        peer.send(&message("over")).await;
        let answer = expect_error_not(&mut peer, "RATE_LIMIT_EXCEEDED", &TAKEN, cx.soon()).await;
        // On a slow machine the second half may have left the window too.
        if answer.is_ok() || second.elapsed() < window.length {
            return answer.map(|_| ());
        }
    }
    Err(Stop::Harness("the window was over before it could be seen to slide".to_owned()))
}

/// Nine refused messages leave the connection open; the tenth gets its error, then 1008.
async fn tenth_violation(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    for number in 1..VIOLATIONS {
        full.peer.send(&message(&format!("over-{number}"))).await;
    }
    for number in 1..VIOLATIONS {
        let answer = expect_error_not(&mut full.peer, "RATE_LIMIT_EXCEEDED", &TAKEN, cx.soon()).await;
        if answer.is_err() && !full.is_certain() {
            return Err(Stop::Harness("the window was over before it was overrun".to_owned()));
        }
        field::equals(&answer?, "id", format!("over-{number}"))?;
    }
    full.peer.expect_open(cx.soon()).await?;
    over(&cx, &mut full, "over-10").await?;
    if !full.is_certain() {
        return Err(Stop::Harness("the window was over before the tenth message".to_owned()));
    }
    full.peer.expect_close(1008, Some("Rate limit exceeded"), cx.soon()).await.map(|_| ())
}

/// Another connection of the same session has a window of its own.
async fn per_connection(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    over(&cx, &mut full, "over").await?;
    let session = full.peer.session_id()?.to_owned();
    let (mut other, _) = cx.join(Door::Query, &session).await?;
    other.send(&message("other")).await;
    let answer = expect_answer_of(&mut other, "subscribed", &TAKEN, cx.soon()).await?;
    if field::name(&answer) == "error" {
        return fail(ReasonCode::Refused, "subscribed on another connection", answer.to_string());
    }
    Ok(())
}

/// Signs of life are answered when the window is full.
async fn life_goes_on(cx: Context) -> Step {
    let mut full = full(&cx).await?;
    over(&cx, &mut full, "over").await?;
    for (kind, answer) in [("heartbeat", "heartbeat_response"), ("ping", "pong")] {
        full.peer.send(&json!({"type": kind, "correlation_id": "alive"})).await;
        let got = expect_answer_of(&mut full.peer, answer, &[answer], cx.soon()).await?;
        if field::name(&got) == "error" {
            return fail(ReasonCode::Refused, answer, got.to_string());
        }
    }
    Ok(())
}

/// Signs of life do not fill the window.
async fn life_fills_nothing(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let mut peer = cx.open(Door::Query).await?;
        let window = Window::announced(peer.established())?;
        for number in 0..20 {
            let kind = if number % 2 == 0 { "heartbeat" } else { "ping" };
            peer.send(&json!({"type": kind, "correlation_id": number})).await;
        }
        let began = Instant::now();
        send_all(&cx, &mut peer, &window).await?;
        if began.elapsed() < window.length {
            return Ok(());
        }
    }
    Err(Stop::Harness(
        "the window is over before it can be filled: start the target with a longer one".to_owned(),
    ))
}
