//! Bounds of the numbers and times of the command line: beyond them a typing mistake is likelier than the wish.

use std::time::Duration;

use clap::builder::RangedU64ValueParser;

/// Longest phase of a load run.
const DAY: Duration = Duration::from_secs(86_400);
/// Longest way to a target.
const DELAY: Duration = Duration::from_secs(60);
/// Most arrivals a second; more than one process can send.
pub(crate) const MOST_A_SECOND: f64 = 10_000_000.0;

/// Checks or clients at one time.
pub(super) fn jobs() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_024)
}

/// Sessions of a load run.
pub(super) fn sessions() -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=10_000_000)
}

/// Length of a phase, such as `60s`.
pub(crate) fn period(text: &str) -> Result<Duration, String> {
    let period = time(text, "60s", DAY)?;
    if period.is_zero() { Err("must be longer than zero".to_owned()) } else { Ok(period) }
}

/// How long every byte takes to a target, such as `20ms`.
pub(super) fn delay(text: &str) -> Result<Duration, String> {
    time(text, "20ms", DELAY)
}

fn time(text: &str, example: &str, most: Duration) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| format!("{error}, such as {example}"))?;
    if time > most {
        return Err(format!("must be {} at most", humantime::format_duration(most)));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_bounded() {
        assert_eq!(period("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(delay("0s"), Ok(Duration::ZERO));
        for text in ["0s", "25h", "10000y", "1000000000000000y", "-1s", "soon", ""] {
            assert!(period(text).is_err(), "{text}");
        }
        assert!(delay("2m").unwrap_err().contains("1m at most"));
    }
}
