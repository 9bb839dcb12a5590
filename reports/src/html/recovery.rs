//! After a cut: how long until a socket is whole again, and what became of the events meanwhile.

use maud::{Markup, html};

use super::charts::{ms, over};
use super::histograms::rate;
use super::operations::{find, key, table};
use super::plot::{Scale, Span, Unit, figure, spans};
use super::timeline::Timeline;
use crate::hdr::LatencyLog;
use crate::model::{LoadReport, Quantiles};
use crate::wording::{clock, count, micros};

/// The section; `None` when no socket was cut and none came back.
pub(super) fn section(load: &LoadReport, log: Option<&LatencyLog>) -> Option<Markup> {
    let operations = [
        ("The way back: from the first attempt to `resumed`", find(load, "resume")),
        ("The whole outage: from the break to `resumed`", find(load, "recovery")),
    ];
    let (sessions, messages) = (&load.sessions, &load.messages);
    if sessions.breaks == 0 && sessions.given_up == 0 && operations.iter().all(|(_, found)| found.is_none()) {
        return None;
    }
    let known: Vec<(String, &Quantiles)> = operations
        .iter()
        .filter_map(|(name, found)| Some((name.replace('`', ""), &(*found)?.service_us)))
        .collect();
    let pictured: Vec<Span> =
        known.iter().map(|(name, times)| Span { name: name.clone(), times: **times, beside: None }).collect();
    let failed: u64 = operations.iter().filter_map(|(_, found)| *found).flat_map(|o| o.errors.values()).sum();
    Some(html! {
        p { (sentence(load)) }
        dl.facts {
            div { dt { "Sockets cut or broken" } dd { (count(sessions.breaks)) }
                dd.muted { (count(failed)) " attempts to come back failed, " (count(sessions.given_up)) " sessions given up" } }
            div { dt { "Events replayed" } dd { (count(messages.replayed)) } dd.muted { "by a resume" } }
            div { dt { "Events lost" } dd.bad[messages.lost > 0] { (count(messages.lost)) } dd.muted { "offsets that never came" } }
            div { dt { "Doubled, reordered" }
                dd.bad[messages.duplicated + messages.out_of_order > 0] {
                    (count(messages.duplicated)) ", " (count(messages.out_of_order)) }
                dd.muted { "of those that came, by offset" } }
        }
        @if !known.is_empty() {
            (spans("Times after a cut, the numbers are in the table below", &pictured))
            (key(false))
            (table("Times after a cut", "Time", &known))
        }
        (over_time(load, log))
    })
}

fn sentence(load: &LoadReport) -> String {
    let (sessions, messages) = (&load.sessions, &load.messages);
    let way = find(load, "resume").map_or_else(String::new, |resume| {
        format!(", half of them within {} of the first attempt", micros(resume.service_us.p50))
    });
    let back = find(load, "resume")
        .map_or(0, |resume| resume.count - resume.errors.values().sum::<u64>().min(resume.count));
    let whole = match messages.lost + messages.duplicated + messages.out_of_order {
        0 => "no event was lost, doubled or out of its order".to_owned(),
        n => format!("{} events were lost, doubled or out of their order", count(n)),
    };
    format!(
        "{} sockets were cut or broke, {} came back in the measured phase{way}; {} events were replayed to them, and {whole}.",
        count(sessions.breaks),
        count(back),
        count(messages.replayed)
    )
}

/// When sockets came back, and how long they were away.
fn over_time(load: &LoadReport, log: Option<&LatencyLog>) -> Markup {
    let timeline = Timeline::new(load);
    let tag = log.and_then(|log| log.tag("recovery"));
    let back = rate(log, "recovery", &timeline, "came back");
    let (Some(tag), Some(back)) = (tag, back) else { return html! {} };
    let busiest = tag.seconds.iter().max_by_key(|second| second.count);
    let title = busiest.map_or_else(String::new, |second| {
        format!("Most sockets came back at {}: {} in one second", clock(second.until_s), count(second.count))
    });
    let many = over(
        &timeline,
        "recoveries",
        title,
        format!("sockets that were whole again{}", timeline.note("the largest")),
        Unit::PerSecond,
        vec![back],
    );
    let longest = tag.seconds.iter().map(|second| second.max).max().unwrap_or_default();
    let mut long = over(
        &timeline,
        "recovery",
        format!("The longest outage of a socket took {}", micros(longest)),
        format!("outages by the second in which they ended{}", timeline.note("the largest")),
        Unit::Millis,
        vec![
            timeline.largest_of("max", tag, |second| ms(second.max)),
            timeline.largest_of("p50", tag, |second| ms(second.p50)),
        ],
    );
    long.scale = Scale::Logarithmic;
    html! { (figure(&many)) (figure(&long)) }
}
