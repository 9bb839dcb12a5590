//! `/metrics`: that it can be read, and that it tells what is.

use serde_json::json;
use tokio::time::Instant;

use super::exposition::Page;
use super::operations::status;
use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::{Request, Response};
use crate::target::Door;

/// Messages that are asked for between two looks.
const PINGS: u32 = 5;
/// Looks at a page before what is wrong with it counts: a figure may change while it is written.
const LOOKS: usize = 3;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!("rest", "metrics-type", "metrics are served as what they are", media_type),
        check!("rest", "metrics-format", "every line of the metrics is one", format),
        check!("rest", "metrics-histograms", "histograms add up", histograms),
        check!(
            "rest",
            "metrics-promised",
            "histograms, breakers, dead letters and queues have figures",
            promised
        ),
        check!("rest", "metrics-connections", "connection_count counts the open ones", connections),
        check!("rest", "metrics-sent", "messages_sent_total counts what is sent", sent),
    ]
}

async fn answer(cx: &Context) -> Step<Response> {
    let response = cx.http(Request::get(&cx.target().rest("/metrics"))).await?;
    status(&response, 200)?;
    Ok(response)
}

async fn page(cx: &Context) -> Step<Page> {
    match Page::parse(&answer(cx).await?.text()) {
        Ok(page) => Ok(page),
        Err(why) => fail(ReasonCode::Malformed, "Prometheus' text format", why),
    }
}

async fn media_type(cx: Context) -> Step {
    let answer = answer(&cx).await?;
    let given = answer.field("Content-Type").unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    let known = ["text/plain", "application/openmetrics-text"].contains(&kind);
    ensure(known, ReasonCode::WrongValue, "Content-Type: text/plain; version=0.0.4", given)
}

async fn format(cx: Context) -> Step {
    let page = page(&cx).await?;
    ensure(!page.types.is_empty(), ReasonCode::Missing, "TYPE of the figures", "none")
}

/// Buckets rise to `+Inf`, which is the count.
async fn histograms(cx: Context) -> Step {
    let mut found = None;
    for _ in 0..LOOKS {
        let page = page(&cx).await?;
        let names: Vec<&String> = of_type(&page, "histogram").collect();
        if names.is_empty() {
            return Err(cx.unseen("histograms", "the target has no histogram among its metrics"));
        }
        found = names.into_iter().find_map(|name| page.histogram_fault(name));
        if found.is_none() {
            return Ok(());
        }
    }
    fail(ReasonCode::WrongValue, "histograms that add up", found.unwrap_or_default())
}

/// Names of the figures of a type.
fn of_type<'a>(page: &'a Page, wanted: &'a str) -> impl Iterator<Item = &'a String> {
    page.types.iter().filter(move |(_, kind)| *kind == wanted).map(|(name, _)| name)
}

async fn promised(cx: Context) -> Step {
    let page = page(&cx).await?;
    let histogram = of_type(&page, "histogram").next();
    ensure(histogram.is_some(), ReasonCode::Missing, "a histogram", "none")?;
    for part in ["breaker", "dead_letter", "queue"] {
        let known = page.samples.iter().any(|sample| sample.name.contains(part));
        ensure(known, ReasonCode::Missing, &format!("a figure with {part} in its name"), "none")?;
    }
    Ok(())
}

/// Others may have more.
async fn connections(cx: Context) -> Step {
    let _peers = (cx.open(Door::Query).await?, cx.open(Door::Demo).await?);
    let count = page(&cx).await?.total("connection_count").unwrap_or_default();
    ensure(count >= 2.0, ReasonCode::WrongValue, "connection_count of 2 or more", count)
}

/// By what was seen to come, at least, within moments.
async fn sent(cx: Context) -> Step {
    let before = page(&cx).await?.total("messages_sent_total").unwrap_or_default();
    let mut peer = cx.open(Door::Query).await?;
    for _ in 0..PINGS {
        peer.send(&json!({"type": "ping"})).await;
        peer.expect_type("pong", cx.soon()).await?;
    }
    let expected = before + f64::from(PINGS) + 1.0;
    let end = cx.soon().end();
    loop {
        let now = page(&cx).await?.total("messages_sent_total").unwrap_or_default();
        if now >= expected {
            return Ok(());
        }
        if Instant::now() >= end {
            let expected = format!("messages_sent_total of {expected} or more");
            return fail(ReasonCode::WrongValue, expected, now.to_string());
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}
