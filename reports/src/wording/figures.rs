//! Figures with their units, three significant digits where more would pretend.

/// A whole number with thousands separators: `91,204`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three significant digits, no trailing zeros: `0.61`, `61`, `612`, `1,240`.
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let size = value.abs();
    if size >= 1_000.0 {
        let sign = if value < 0.0 { "−" } else { "" };
        // Saturates at the largest whole number, far beyond any figure of a run.
        return format!("{sign}{}", count(size.round() as u64));
    }
    let decimals = match size {
        _ if size == 0.0 => 0,
        _ if size >= 99.95 => 0,
        _ if size >= 9.995 => 1,
        _ if size >= 0.01 => 2,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A large number in short, for axes: `1.2k`, `3.4M`.
pub fn compact(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 => format!("{}G", plain(value / 1e9)),
        size if size >= 1e6 => format!("{}M", plain(value / 1e6)),
        size if size >= 1e4 => format!("{}k", plain(value / 1e3)),
        _ => plain(value),
    }
}

/// A time in microseconds: `340 µs`, `61 ms`, `1.24 s`.
pub fn micros(us: u64) -> String {
    millis(us as f64 / 1e3)
}

/// A time in milliseconds: `0.34` becomes `340 µs`.
pub fn millis(ms: f64) -> String {
    match ms.abs() {
        size if size < 0.9995 => format!("{} µs", plain((ms * 1e3).round())),
        size if size < 999.5 => format!("{} ms", plain(ms)),
        _ => seconds(ms / 1e3),
    }
}

/// A time in seconds: `1.24 s`, `2 min 5 s`.
pub fn seconds(s: f64) -> String {
    if s < 119.5 || !s.is_finite() {
        return format!("{} s", plain(s));
    }
    let whole = s.round() as u64;
    match whole % 60 {
        0 => format!("{} min", count(whole / 60)),
        rest => format!("{} min {rest} s", count(whole / 60)),
    }
}

/// A moment of a run: `0:34`, `1:02:03`.
pub fn clock(s: f64) -> String {
    let whole = s.max(0.0).round() as u64;
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// Memory given in KiB: `12.4 KiB`, `310 MiB`, `1.2 GiB`.
pub fn kib(kib: f64) -> String {
    match kib.abs() {
        size if size < 1024.0 => format!("{} KiB", plain(kib)),
        size if size < 1024.0 * 1024.0 => format!("{} MiB", plain(kib / 1024.0)),
        _ => format!("{} GiB", plain(kib / 1024.0 / 1024.0)),
    }
}

/// A share: `0.052` becomes `5.2 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", plain(share * 100.0))
}

/// A change as percent, with its sign: `+12 %`.
pub fn signed_percent(share: f64) -> String {
    format!("{}{}", if share > 0.0 { "+" } else { "" }, percent(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let cases = [
            (count(0), "0"),
            (count(999), "999"),
            (count(91_204), "91,204"),
            (count(1_000_000), "1,000,000"),
            (micros(0), "0 µs"),
            (micros(340), "340 µs"),
            (micros(61_000), "61 ms"),
            (micros(61_240), "61.2 ms"),
            (micros(9_999), "10 ms"),
            (micros(612_345), "612 ms"),
            (micros(999_900), "1 s"),
            (micros(1_240_000), "1.24 s"),
            (seconds(60.0), "60 s"),
            (seconds(120.0), "2 min"),
            (seconds(125.2), "2 min 5 s"),
            (clock(34.0), "0:34"),
            (clock(3723.0), "1:02:03"),
            (kib(12.4), "12.4 KiB"),
            (kib(317_440.0), "310 MiB"),
            (percent(0.052), "5.2 %"),
            (plain(f64::NAN), "unknown"),
            (plain(1240.0), "1,240"),
            (compact(12_400.0), "12.4k"),
        ];
        for (made, expected) in cases {
            assert_eq!(made, expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_figure_panics(value in proptest::num::f64::ANY, whole in proptest::num::u64::ANY) {
            for text in [plain(value), compact(value), millis(value), seconds(value), clock(value), kib(value),
                         percent(value), count(whole), micros(whole)] {
                proptest::prop_assert!(!text.is_empty());
            }
        }
    }
}
