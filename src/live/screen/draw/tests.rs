use std::sync::Arc;
use std::time::Duration;

use loadgen::live::{Detail, LiveThreshold, SecondTimes, ThresholdState};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use reports::model::{
    DatabaseSecond, ErrorExample, GeneratorFigures, GeneratorVerdict, LoadModel, MessageCounts,
    OperationReport, Quantiles, ServerFigures, SessionCounts, ThresholdResult, TimelineRow,
};

use super::*;

fn threshold(name: &str, limit: &str, actual: &str, state: ThresholdState) -> LiveThreshold {
    let ok = state == ThresholdState::Kept;
    let result =
        ThresholdResult { name: name.into(), limit: limit.into(), actual: actual.into(), value: None, ok };
    LiveThreshold { result, state, abort: (name == "rate(errors)").then_some(Duration::from_secs(10)) }
}

fn detail(at: u64) -> Detail {
    let times = |p99: u64| Quantiles { p50: 12_000, p99, count: 90, ..Quantiles::default() };
    Detail {
        scenario: "gate".into(),
        target: "reference server".into(),
        model: LoadModel::Closed,
        over: false,
        row: TimelineRow {
            send_lag_p99_us: Some(1_200),
            server_rss_kib: Some(308_224),
            server_cpu: Some(0.82),
            server_sockets: Some(2_012),
            generator_rss_kib: Some(62_000),
            generator_cpu: Some(0.4),
            generator_sockets: Some(2_034),
            database: Some(DatabaseSecond {
                connections: Some(12),
                running: Some(3),
                rss_kib: Some(154_000),
                cpu: Some(0.31),
                ..DatabaseSecond::default()
            }),
            ..TimelineRow::default()
        },
        duration_s: 30.0,
        sessions: SessionCounts {
            requested: 1_000,
            established: 1_000,
            peak: 1_000,
            ..SessionCounts::default()
        },
        messages: MessageCounts::default(),
        arrivals: None,
        queries: 400,
        errors: vec![ErrorExample {
            code: "timeout".into(),
            count: 2,
            example: "no answer\u{1b}[31m to \u{202e}show-revenue".into(),
            ..ErrorExample::default()
        }],
        operations: vec![OperationReport {
            name: "query.result".into(),
            count: 400,
            errors: Default::default(),
            service_us: Quantiles::default(),
            intended_us: Quantiles::default(),
            curve_service: Vec::new(),
            curve_intended: Vec::new(),
        }],
        times: Vec::new(),
        second: vec![SecondTimes {
            name: "query.result".into(),
            service_us: times(61_000),
            intended_us: times(61_000 + 20_000 * (at % 7)),
        }],
        generator: GeneratorFigures {
            verdict: GeneratorVerdict::Ok,
            reasons: Vec::new(),
            cpu_us_per_message: None,
            rss_kib_per_session: None,
            send_lag_us: Quantiles::default(),
            little_residual: None,
            cpu_cores: None,
        },
        server: ServerFigures::default(),
        thresholds: vec![
            threshold("sessions.peak", ">= 1000", "1000", ThresholdState::Kept),
            threshold("p99(query.result.intended)", "< 100ms", "181ms", ThresholdState::Missed),
            threshold("rate(errors)", "< 0.1%", "0.02%", ThresholdState::Kept),
            threshold("lost", "== 0", "0", ThresholdState::Open),
        ],
    }
}

/// A view of `seconds` seconds.
fn view(seconds: u64) -> View {
    let mut view = View::default();
    for at in 1..=seconds {
        view.second(Arc::new(Snapshot {
            phase: "steady",
            elapsed: Duration::from_secs(at),
            left: Duration::from_secs(60 - at),
            sessions: 1_000,
            requested: 1_000,
            sent: 300 + 10 * (at % 11),
            received: 1_200,
            queries: 41,
            in_flight: 37,
            p99: None,
            errors: 2,
            verified: 1_234,
            wrong: 0,
            detail: Some(Arc::new(detail(at))),
        }));
    }
    view
}

fn drawn(view: &View, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, view, Theme { color: false })).unwrap();
    let buffer = terminal.backend().buffer();
    let lines = (0..height).map(|y| {
        let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_narrow_screen_has_everything() {
    insta::assert_snapshot!(drawn(&view(34), 80, 24));
}

#[test]
fn a_wide_screen_has_larger_charts() {
    insta::assert_snapshot!(drawn(&view(34), 140, 40));
}

#[test]
fn the_generator_as_the_limit_is_told_loudly() {
    let mut told = detail(3);
    told.generator.verdict = GeneratorVerdict::Limit;
    told.generator.reasons = vec!["the generator sent late: p99 of the send lag is 80 ms".into()];
    let mut view = View::default();
    view.second(Arc::new(Snapshot { detail: Some(Arc::new(told)), ..Snapshot::default() }));
    view.freeze();
    view.end();
    let text = drawn(&view, 80, 24);
    assert!(text.contains("THE GENERATOR IS THE LIMIT: the generator sent late"), "{text}");
    assert!(text.contains("FROZEN") && text.contains("q leaves this view"), "{text}");
}

#[test]
fn help_lies_over_the_rest_and_nothing_breaks_on_any_screen() {
    let mut view = view(20);
    view.explain();
    assert!(drawn(&view, 80, 24).contains("ends the run in good order"));
    for (width, height) in [(1, 1), (5, 3), (20, 8), (39, 13), (81, 25), (300, 90)] {
        drawn(&view, width, height);
        drawn(&View::default(), width, height);
    }
}

#[test]
fn colour_is_there_only_where_it_is_wanted() {
    for color in [false, true] {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| draw(frame, &view(5), Theme { color })).unwrap();
        let cells = &terminal.backend().buffer().content;
        let colored = cells.iter().any(|cell| cell.fg != ratatui::style::Color::Reset);
        assert_eq!(colored, color);
    }
}
