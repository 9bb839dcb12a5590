//! Numbers as people write them.

use super::series::Unit;

/// `1,234,567`
fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value with its unit: money without cents from 1,000 on.
pub(super) fn amount(unit: Unit, value: f64) -> String {
    let (sign, size) = if value < 0.0 { ("-", -value) } else { ("", value) };
    match unit {
        Unit::MoneyCents if size >= 100_000.0 => format!("{sign}${}", grouped((size / 100.0).round() as u64)),
        Unit::MoneyCents => {
            let cents = size.round() as u64;
            format!("{sign}${}.{:02}", grouped(cents / 100), cents % 100)
        }
        Unit::Percent => format!("{sign}{size:.1} %"),
        Unit::Number if size >= 100.0 || size.fract() == 0.0 => {
            format!("{sign}{}", grouped(size.round() as u64))
        }
        Unit::Number => format!("{sign}{size:.2}"),
    }
}

/// A rate without its sign: `12.3 %`.
pub(super) fn percent(rate: f64) -> String {
    format!("{:.1} %", rate.abs() * 100.0)
}

/// `rose by 12.3 %`, `fell by 4.0 %`, `stayed the same`.
pub(super) fn moved(rate: f64) -> String {
    match rate {
        rate if rate.abs() < 0.000_5 => "stayed the same".to_owned(),
        rate if rate > 0.0 => format!("rose by {}", percent(rate)),
        rate => format!("fell by {}", percent(rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (unit, value, text) in [
            (Unit::MoneyCents, 123_456_789.0, "$1,234,568"),
            (Unit::MoneyCents, 12_345.0, "$123.45"),
            (Unit::MoneyCents, -5.0, "-$0.05"),
            (Unit::Percent, 12.34, "12.3 %"),
            (Unit::Number, 1_234.0, "1,234"),
            (Unit::Number, 2.5, "2.50"),
            (Unit::Number, 0.0, "0"),
        ] {
            assert_eq!(amount(unit, value), text);
        }
        assert_eq!(
            (moved(0.1), moved(-0.25), moved(0.0)),
            ("rose by 10.0 %".to_owned(), "fell by 25.0 %".to_owned(), "stayed the same".to_owned())
        );
    }
}
