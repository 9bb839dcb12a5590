//! The threshold language: what it takes, what it refuses, and where.

use std::time::Duration;

use scenarios::threshold::{
    Clock, Counter, Gauge, Limit, Measure, Operator, Per, Statistic, Threshold, Unit,
};

#[test]
fn every_kind_of_threshold_is_read() {
    let time = |statistic, operation: &str, clock| Measure::Time {
        statistic,
        operation: operation.to_owned(),
        clock,
    };
    let cases = [
        (
            "p99(progress.first) < 100ms",
            time(Statistic::P99, "progress.first", Clock::Service),
            Operator::Less,
            100.0,
            Unit::Milliseconds,
        ),
        (
            "p50( query.result.intended )<=1.5s",
            time(Statistic::P50, "query.result", Clock::Intended),
            Operator::AtMost,
            1.5,
            Unit::Seconds,
        ),
        (
            "mean(heartbeat) < 900us",
            time(Statistic::Mean, "heartbeat", Clock::Service),
            Operator::Less,
            900.0,
            Unit::Microseconds,
        ),
        (
            "p999(connect) < 1s",
            time(Statistic::P999, "connect", Clock::Service),
            Operator::Less,
            1.0,
            Unit::Seconds,
        ),
        (
            "max(send.lag) < 50ms",
            time(Statistic::Max, "send.lag", Clock::Service),
            Operator::Less,
            50.0,
            Unit::Milliseconds,
        ),
        ("count(resume) > 0", Measure::Count("resume".to_owned()), Operator::Greater, 0.0, Unit::None),
        ("rate(errors) < 0.1%", Measure::ErrorRate, Operator::Less, 0.1, Unit::Percent),
        ("rate(errors) < 0.001", Measure::ErrorRate, Operator::Less, 0.001, Unit::None),
        ("lost == 0", Measure::Counter(Counter::Lost), Operator::Equal, 0.0, Unit::None),
        (
            "  verified_answers>1_000 ",
            Measure::Counter(Counter::VerifiedAnswers),
            Operator::Greater,
            1_000.0,
            Unit::None,
        ),
        (
            "sessions.peak >= 1000",
            Measure::Counter(Counter::SessionsPeak),
            Operator::AtLeast,
            1_000.0,
            Unit::None,
        ),
        (
            "errors.QUERY_FAILED != 3",
            Measure::Errors("QUERY_FAILED".to_owned()),
            Operator::NotEqual,
            3.0,
            Unit::None,
        ),
    ];
    for (text, measure, operator, value, unit) in cases {
        let expected = Threshold { measure, operator, limit: Limit { value, unit, per: None }, abort: None };
        assert_eq!(text.parse::<Threshold>().as_ref(), Ok(&expected), "{text}");
        assert_eq!(
            expected.to_string().parse::<Threshold>().as_ref(),
            Ok(&expected),
            "printed and read again"
        );
    }
}

#[test]
fn growth_rates_memory_and_aborts_are_read() {
    let read = |text: &str| {
        let threshold: Threshold = text.parse().unwrap();
        assert_eq!(threshold.to_string().parse::<Threshold>().as_ref(), Ok(&threshold), "{text}");
        threshold
    };
    let growth = read("growth(server.rss) < 1MiB/h");
    assert_eq!(growth.measure, Measure::Growth(Gauge::ServerRss));
    assert_eq!(growth.limit, Limit { value: 1.0, unit: Unit::Mebibytes, per: Some(Per::Hour) });
    assert_eq!(growth.limit.of_base(1.0), 3_600.0 / 1_024.0, "1 KiB a second");
    assert_eq!(growth.limit.symbol(), "MiB/h");
    assert_eq!(read("growth(server.sockets) <= 0/min").limit.per, Some(Per::Minute));
    assert_eq!(read("growth(server.sockets) >= -2/s").limit.value, -2.0);
    assert_eq!(read("rate(query.result) > 100/s").measure, Measure::Throughput("query.result".to_owned()));
    let memory = read("server.rss < 512 MiB");
    assert_eq!(memory.measure, Measure::Counter(Counter::ServerRss));
    assert_eq!(memory.limit.of_base(1_048_576.0), 1_024.0);
    assert_eq!(read("server.rss_kib_per_session < 20").limit.unit, Unit::None, "KiB, as the name says");
    for (text, delay) in [
        ("errors < 100 abort", Duration::ZERO),
        ("rate(errors) < 5% abort after 10s", Duration::from_secs(10)),
        ("p99(progress.first) < 1s abort after 1.5 min", Duration::from_secs(90)),
        ("growth(in_flight) < 5/s abort after 250ms", Duration::from_millis(250)),
    ] {
        assert_eq!(read(text).abort, Some(delay), "{text}");
    }
    assert_eq!(read("lost == 0").abort, None);
}

#[test]
fn every_counter_can_be_named() {
    for (name, counter) in Counter::ALL {
        let read: Threshold = format!("{name} < 5").parse().unwrap();
        assert_eq!(read.measure, Measure::Counter(counter));
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    let cases = [
        ("", 1, "expected a figure"),
        ("lsot == 0", 1, "unknown figure `lsot`, did you mean `lost`?"),
        ("p98(connect) < 1s", 1, "unknown function `p98`, did you mean `p9"),
        ("p99 < 1s", 5, "expected `(`, as in `p99(query.result)`"),
        ("p99(conect) < 1s", 5, "unknown operation `conect`, did you mean `connect`?"),
        ("p99(connect < 1s", 13, "expected `)`"),
        ("rate(lost) < 1%", 6, "unknown operation `lost`"),
        ("rate(eror) < 1%", 6, "unknown operation `eror`, did you mean `errors`?"),
        ("rate(query.result) > 5", 23, "expected `/`"),
        ("rate(query.result) > 5/d", 24, "expected s, min or h, not `d`"),
        ("rate(query.result.intended) > 5/s", 6, "a rate has no intended time"),
        ("growth(server.rs) < 1MiB/h", 8, "unknown gauge `server.rs`, did you mean `server.rss`?"),
        ("growth(server.rss) < 1/h", 23, "growth of memory needs KiB, MiB or GiB per time"),
        ("growth(server.rss) < 1MiB", 26, "expected `/`"),
        ("server.rss < 5ms", 15, "memory needs KiB, MiB or GiB, not `ms`"),
        ("lost == 0 abort later", 17, "expected `after`, as in `abort after 10s`"),
        ("lost == 0 abort after 10", 25, "expected ms, s, min or h, not ``"),
        ("lost == 0 abort after -1s", 23, "expected a time between 0s and 24h"),
        ("lost == 0 abort after 10s now", 27, "expected nothing more"),
        ("count(resume.intended) > 1", 7, "a count has no intended time"),
        ("lost = 0", 6, "expected `==`, not `=`"),
        ("lost 0", 6, "expected one of < <= > >= == !="),
        ("lost == ", 9, "expected a number"),
        ("lost == 1.2.3", 9, "expected a number"),
        ("lost == 5ms", 10, "a number has no unit, `ms` does not fit"),
        ("p99(connect) < 5", 17, "a time needs us, ms or s, not ``"),
        ("p99(connect) < 5%", 17, "a time needs us, ms or s, not `%`"),
        ("rate(errors) < 5ms", 17, "a share needs % or nothing, not `ms`"),
        ("lost == 0 and more", 11, "a number has no unit"),
        ("lost == 0 + 1", 11, "expected nothing more"),
    ];
    for (text, place, message) in cases {
        let error = text.parse::<Threshold>().unwrap_err();
        assert_eq!(error.at + 1, place, "{text}: {error}");
        assert!(error.message.starts_with(message), "{text}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn random_text_never_panics(text in "\\PC{0,80}") {
        let _ = text.parse::<Threshold>();
    }

    #[test]
    fn nearly_right_text_never_panics(
        name in "(p99|rate|count|growth|lost|é)", rest in "[a-z().<>= 0-9%é/-]{0,30}( abort)?[ a-z0-9.-]{0,9}",
    ) {
        let _ = format!("{name}{rest}").parse::<Threshold>();
    }
}
