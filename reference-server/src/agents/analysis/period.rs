//! Stretches of time as whole numbers, so that neighbours differ by one.

use jiff::civil::Date;

use crate::agents::nlp::Grain;

/// One day, week, month, quarter or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    grain_rank: u8,
    number: i64,
}

/// The Monday before the epoch's first day.
const FIRST_MONDAY: Date = jiff::civil::date(1969, 12, 29);

fn rank(grain: Grain) -> u8 {
    match grain {
        Grain::Day => 0,
        Grain::Week => 1,
        Grain::Month => 2,
        Grain::Quarter => 3,
        Grain::Year => 4,
    }
}

fn days(date: Date) -> i64 {
    date.since(FIRST_MONDAY).map_or(0, |span| i64::from(span.get_days()))
}

impl Period {
    /// Reads a label as the translator's statements write it: `2024-03-01`, `2024-03`, `2024-Q1`, `2024`; a week
    /// is named by its Monday.
    #[must_use]
    pub fn read(grain: Grain, label: &str) -> Option<Self> {
        let number = match grain {
            Grain::Day => days(label.parse().ok()?),
            Grain::Week => days(label.parse().ok()?).div_euclid(7),
            Grain::Month => {
                let (year, month) = label.split_once('-')?;
                let month: i64 = month.parse().ok().filter(|month| (1..=12).contains(month))?;
                year_number(year)? * 12 + month - 1
            }
            Grain::Quarter => {
                let (year, quarter) = label.split_once("-Q")?;
                let quarter: i64 = quarter.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
                year_number(year)? * 4 + quarter - 1
            }
            Grain::Year => year_number(label)?,
        };
        Some(Self { grain_rank: rank(grain), number })
    }

    /// The period that a day is in.
    #[must_use]
    pub fn of(grain: Grain, day: Date) -> Self {
        let (year, month) = (i64::from(day.year()), i64::from(day.month()) - 1);
        let number = match grain {
            Grain::Day => days(day),
            Grain::Week => days(day).div_euclid(7),
            Grain::Month => year * 12 + month,
            Grain::Quarter => year * 4 + month / 3,
            Grain::Year => year,
        };
        Self { grain_rank: rank(grain), number }
    }

    /// How many periods later this one is.
    #[must_use]
    pub const fn after(self, earlier: Self) -> i64 {
        self.number - earlier.number
    }

    /// The period so many later.
    #[must_use]
    pub const fn plus(self, periods: i64) -> Self {
        Self { grain_rank: self.grain_rank, number: self.number + periods }
    }

    fn grain(self) -> Grain {
        match self.grain_rank {
            0 => Grain::Day,
            1 => Grain::Week,
            2 => Grain::Month,
            3 => Grain::Quarter,
            _ => Grain::Year,
        }
    }

    /// Its label.
    #[must_use]
    pub fn label(self) -> String {
        match self.grain() {
            Grain::Month => {
                format!("{:04}-{:02}", self.number.div_euclid(12), self.number.rem_euclid(12) + 1)
            }
            Grain::Quarter => {
                format!("{:04}-Q{}", self.number.div_euclid(4), self.number.rem_euclid(4) + 1)
            }
            Grain::Year => format!("{:04}", self.number),
            Grain::Day | Grain::Week => self.first_day().to_string(),
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        let date = |year: i64, month: i64| {
            let (year, month) = (i16::try_from(year).unwrap_or(1), i8::try_from(month).unwrap_or(1));
            Date::new(year, month, 1).unwrap_or_default()
        };
        let number = self.number;
        match self.grain() {
            Grain::Month => date(number.div_euclid(12), number.rem_euclid(12) + 1),
            Grain::Quarter => date(number.div_euclid(4), number.rem_euclid(4) * 3 + 1),
            Grain::Year => date(number, 1),
            Grain::Day | Grain::Week => {
                let factor = if self.grain_rank == 1 { 7 } else { 1 };
                let span = jiff::Span::new().try_days(number * factor);
                span.and_then(|span| FIRST_MONDAY.checked_add(span)).unwrap_or_default()
            }
        }
    }

    /// Days it has.
    #[must_use]
    pub fn length_in_days(self) -> i64 {
        days(self.plus(1).first_day()) - days(self.first_day())
    }

    /// Days from its first day to `day`, that one included; at most its length, and 0 when it comes before.
    #[must_use]
    pub fn days_until(self, day: Date) -> i64 {
        (days(day) - days(self.first_day()) + 1).clamp(0, self.length_in_days())
    }

    /// Its place in the cycle of its grain, from 0: January, Monday, the first quarter.
    #[must_use]
    pub fn place(self) -> usize {
        let place = match self.grain() {
            Grain::Month => self.number.rem_euclid(12),
            Grain::Quarter => self.number.rem_euclid(4),
            Grain::Day => self.number.rem_euclid(7),
            Grain::Week => i64::from(self.first_day().day_of_year() - 1) / 7 % 52,
            Grain::Year => 0,
        };
        usize::try_from(place).unwrap_or(0)
    }

    /// The year it begins in.
    #[must_use]
    pub fn year(self) -> i64 {
        i64::from(self.first_day().year())
    }
}

/// Periods after which a pattern may come again; `None` for years.
pub(super) const fn cycle(grain: Grain) -> Option<usize> {
    match grain {
        Grain::Day => Some(7),
        Grain::Week => Some(52),
        Grain::Month => Some(12),
        Grain::Quarter => Some(4),
        Grain::Year => None,
    }
}

/// Periods of a year.
pub(super) const fn per_year(grain: Grain) -> i64 {
    match grain {
        Grain::Day => 365,
        Grain::Week => 52,
        Grain::Month => 12,
        Grain::Quarter => 4,
        Grain::Year => 1,
    }
}

/// Name of a place in the cycle.
pub(super) fn place_name(grain: Grain, place: usize) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    match grain {
        Grain::Month => MONTHS.get(place).map_or_else(String::new, ToString::to_string),
        Grain::Day => DAYS.get(place).map_or_else(String::new, ToString::to_string),
        Grain::Quarter => format!("Q{}", place + 1),
        Grain::Week => format!("week {}", place + 1),
        Grain::Year => String::new(),
    }
}

fn year_number(text: &str) -> Option<i64> {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_and_written_and_neighbours_differ_by_one() {
        for (grain, label, next, place) in [
            (Grain::Month, "2023-12", "2024-01", 11),
            (Grain::Quarter, "2023-Q4", "2024-Q1", 3),
            (Grain::Year, "2023", "2024", 0),
            (Grain::Day, "2024-02-28", "2024-02-29", 2),
            (Grain::Week, "2024-12-30", "2025-01-06", 0),
        ] {
            let period = Period::read(grain, label).unwrap();
            assert_eq!(period.label(), label);
            assert_eq!(period.plus(1).label(), next);
            assert_eq!(Period::read(grain, next).unwrap().after(period), 1);
            assert_eq!(period.place(), place, "{label}");
        }
        for (grain, label) in [
            (Grain::Month, "2023-13"),
            (Grain::Month, "2023"),
            (Grain::Quarter, "2023-Q5"),
            (Grain::Day, "x"),
        ] {
            assert_eq!(Period::read(grain, label), None, "{label}");
        }
    }

    #[test]
    fn days_of_a_period_are_counted() {
        let february = Period::read(Grain::Month, "2024-02").unwrap();
        assert_eq!(february.length_in_days(), 29);
        assert_eq!(february.days_until(jiff::civil::date(2024, 2, 10)), 10);
        assert_eq!(february.days_until(jiff::civil::date(2024, 3, 10)), 29);
        assert_eq!(february.days_until(jiff::civil::date(2024, 1, 31)), 0);
        assert_eq!(Period::of(Grain::Quarter, jiff::civil::date(2024, 5, 1)).label(), "2024-Q2");
    }

    proptest::proptest! {
        #[test]
        fn random_labels_never_panic(label in "[0-9Q-]{0,12}|\\PC{0,12}") {
            for grain in [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year] {
                if let Some(period) = Period::read(grain, &label) {
                    let _ = (period.label(), period.place(), period.length_in_days(), period.year());
                }
            }
        }
    }
}
