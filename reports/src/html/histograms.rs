//! Charts from the histogram log: percentiles and heat maps over time.

use maud::{Markup, html};

use super::charts::{has_values, ms, over};
use super::plot::{Chart, Heat, Limit, Scale, Series, Unit, figure};
use super::timeline::Timeline;
use super::{limit, messages};
use crate::hdr::{LatencyLog, Second, TagSeconds, cell_from_us};
use crate::model::LoadReport;
use crate::wording;

/// Rows of a heat map at most.
const MOST_ROWS: usize = 28;

/// Least share of a column's values for each darkness above the lightest.
const DARKER: [f64; 4] = [0.01, 0.05, 0.2, 0.4];

/// Operations of which a heat map is worth its room, what a user waits for first.
const HEATED: [&str; 3] = ["query.result.intended", "progress.first.intended", "heartbeat.intended"];

/// Heat maps shown.
const MOST_HEAT: usize = 2;

/// Tags whose seconds are shown as lines.
const LINED: [&str; 5] = ["progress.first", "heartbeat", "delivery.spread", "resume", "recovery"];

/// Operations that come and go with sessions: of these the seconds say little.
const PASSING: [&str; 7] =
    ["session.create", "session.delete", "connect", "upgrade", "handshake", "subscribe", "send.lag"];

/// The tags of a run's histogram log that its page draws.
pub(crate) fn wanted(load: &LoadReport) -> Vec<String> {
    let has = |tag: &str| {
        let name = tag.strip_suffix(".intended").unwrap_or(tag);
        load.operations.iter().any(|operation| operation.name == name && operation.count > 0)
    };
    let mut heated: Vec<String> = HEATED.iter().filter(|tag| has(tag)).map(|tag| (*tag).to_owned()).collect();
    if heated.is_empty() {
        // An application of its own: what it did most.
        let mut others: Vec<_> =
            load.operations.iter().filter(|operation| !PASSING.contains(&operation.name.as_str())).collect();
        others.sort_by_key(|operation| std::cmp::Reverse(operation.count));
        heated.extend(others.iter().map(|operation| format!("{}.intended", operation.name)));
    }
    heated.truncate(MOST_HEAT);
    heated.extend(LINED.iter().filter(|tag| has(tag)).map(|tag| (*tag).to_owned()));
    heated
}

/// Percentiles of the time to the first progress, and heat maps.
pub(super) fn over_time(load: &LoadReport, log: Option<&LatencyLog>) -> Markup {
    let timeline = Timeline::new(load);
    let first = first_progress(load, &timeline, log);
    let heated = log.into_iter().flat_map(|log| &log.tags).filter(|tag| tag.tag.ends_with(".intended"));
    let maps: Vec<Chart> = heated.enumerate().filter_map(|(at, tag)| heat_map(&timeline, at, tag)).collect();
    html! {
        @if has_values(&first) { (figure(&first)) }
        @for map in &maps { (figure(map)) }
        @if maps.is_empty() {
            p.aside { "No heat map: the run has no histogram log (" code { "load.hdr" } "), or nothing was measured in it." }
        }
    }
}

fn first_progress(load: &LoadReport, timeline: &Timeline<'_>, log: Option<&LatencyLog>) -> Chart {
    let limit = limit::first_progress(load);
    let mut series = vec![
        timeline.largest("p99", |row| row.p99_us.map(ms)),
        timeline.largest("p50", |row| row.p50_us.map(ms)),
    ];
    if let Some(tag) = log.and_then(|log| log.tag("progress.first")) {
        series.push(timeline.largest_of("max", tag, |second| ms(second.max)));
        series.push(timeline.largest_of("p90", tag, |second| ms(second.p90)));
    }
    let what = if load.operations.iter().any(|operation| operation.name == "progress.first") {
        "time to the first progress"
    } else {
        "time to the first progress, or to the answer where there is none"
    };
    let mut chart = over(
        timeline,
        "latency",
        messages::latency(timeline, limit.map(|(limit, _)| limit)),
        format!("{what}, percentiles of each second{}", timeline.note("the largest")),
        Unit::Millis,
        series,
    );
    chart.scale = Scale::Logarithmic;
    chart
        .limits
        .extend(limit.map(|(value, _)| Limit { value, label: format!("limit {}", wording::millis(value)) }));
    chart
}

/// Median, 99th percentile and maximum of one tag over time; `None` where the log has nothing of it.
pub(super) fn lines(
    load: &LoadReport,
    log: Option<&LatencyLog>,
    tag: &str,
    (id, title, what): (&str, String, &str),
) -> Option<Chart> {
    let timeline = Timeline::new(load);
    let tag = log?.tag(tag)?;
    let mut chart = over(
        &timeline,
        id,
        title,
        format!("{what}, of each second{}", timeline.note("the largest")),
        Unit::Millis,
        vec![
            timeline.largest_of("p99", tag, |second| ms(second.p99)),
            timeline.largest_of("p50", tag, |second| ms(second.p50)),
            timeline.largest_of("max", tag, |second| ms(second.max)),
        ],
    );
    chart.scale = Scale::Logarithmic;
    has_values(&chart).then_some(chart)
}

/// How often one tag was recorded in each second.
pub(super) fn rate(
    log: Option<&LatencyLog>,
    tag: &str,
    timeline: &Timeline<'_>,
    name: &'static str,
) -> Option<Series> {
    let gathered = timeline.gathered(log?.tag(tag)?);
    let most = |seconds: Vec<&Second>| seconds.into_iter().map(|second| second.count as f64).reduce(f64::max);
    Some(Series::new(name, gathered.into_iter().map(|seconds| Some(most(seconds).unwrap_or(0.0))).collect()))
}

/// When how many times were how long.
fn heat_map(timeline: &Timeline<'_>, at: usize, tag: &TagSeconds) -> Option<Chart> {
    let name = tag.tag.strip_suffix(".intended").unwrap_or(&tag.tag);
    let heat = heat(timeline, tag)?;
    let mut chart = over(
        timeline,
        "",
        messages::heat(name, tag),
        format!("{name} from the intended moment{}", timeline.note("all")),
        Unit::Millis,
        vec![
            timeline.largest_of("p99", tag, |second| ms(second.p99)),
            timeline.largest_of("p50", tag, |second| ms(second.p50)),
        ],
    );
    chart.id = format!("chart-heat-{at}");
    chart.scale = Scale::Logarithmic;
    chart.heat = Some(heat);
    Some(chart)
}

fn heat(timeline: &Timeline<'_>, tag: &TagSeconds) -> Option<Heat> {
    let cells = || tag.seconds.iter().flat_map(|second| &second.cells).map(|(cell, _)| *cell);
    let (low, high) = (cells().min()?, cells().max()?);
    let span = usize::from(high - low) + 1;
    let gathered = span.div_ceil(MOST_ROWS);
    let rows = span.div_ceil(gathered);
    let mut found = Vec::new();
    for (column, seconds) in timeline.gathered(tag).into_iter().enumerate() {
        let mut counts = vec![0_u64; rows];
        for (cell, count) in seconds.iter().flat_map(|second| &second.cells) {
            counts[usize::from(cell - low) / gathered] += count;
        }
        let total: u64 = counts.iter().sum();
        let dark = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        found.extend(dark.map(|(row, count)| (column, row, darkness(*count as f64 / total as f64))));
    }
    let top = low + u16::try_from(rows * gathered).unwrap_or(u16::MAX - low);
    Some(Heat {
        from: cell_from_us(low) / 1e3,
        to: cell_from_us(top) / 1e3,
        columns: timeline.columns(),
        rows,
        cells: found,
    })
}

/// From 1, the lightest: a single value among thousands is still seen.
fn darkness(share: f64) -> u8 {
    1 + DARKER.iter().map(|least| u8::from(share >= *least)).sum::<u8>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn one_slow_value_among_thousands_is_a_cell_of_its_own() {
        let load = sample::gate_pass().load.unwrap();
        let second = Second {
            until_s: 30.0,
            count: 5_001,
            p50: 1_000,
            p90: 1_000,
            p99: 1_000,
            max: 4_000_000,
            cells: vec![(40, 5_000), (87, 1)],
        };
        let tag = TagSeconds { tag: "x.intended".to_owned(), seconds: vec![second] };
        let heat = heat(&Timeline::new(&load), &tag).unwrap();
        let shades: Vec<u8> = heat.cells.iter().map(|(_, _, shade)| *shade).collect();
        assert_eq!(shades, [5, 1]);
        assert!(heat.rows <= MOST_ROWS && heat.from <= 1.0241 && heat.to >= 4_000.0 * 0.8);
        assert_eq!(heat.cells[0].1, 0);
        assert_eq!(heat.cells[1].1, heat.rows - 1);
    }

    #[test]
    fn an_application_of_its_own_is_drawn_by_what_it_did_most() {
        let mut load = sample::gate_pass().load.unwrap();
        assert_eq!(wanted(&load)[0], "query.result.intended");
        for (at, operation) in load.operations.iter_mut().enumerate() {
            operation.name = format!("step-{at}");
            operation.count = at as u64 + 1;
        }
        assert_eq!(wanted(&load), ["step-10.intended", "step-9.intended"]);
    }
}
