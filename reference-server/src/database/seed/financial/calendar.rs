//! The days of the made data: 2022-01-01 to 2025-12-31, and how busy each is.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::vocabulary::SEASON;

/// Days from 2022-01-01 to 2025-12-31.
pub(super) const DAYS: u32 = 1_461;

/// A day, counted from 2022-01-01.
pub(super) type Day = u32;

/// Texts of all days and the running total of their weights.
pub(super) struct Calendar {
    texts: Vec<String>,
    running: Vec<u64>,
}

impl Calendar {
    /// Demand grows by about 80 % over the four years, follows the season, and dips at weekends.
    pub(super) fn new() -> Self {
        let (mut texts, mut running) = (Vec::new(), Vec::new());
        let mut total = 0_u64;
        let mut day = 0_u64;
        for year in 2022..=2025 {
            for (month, season) in (1..).zip(SEASON) {
                for of_month in 1..=days_of(year, month) {
                    // 2022-01-01 was a Saturday.
                    let week = if day % 7 < 2 { 82 } else { 108 };
                    total += (1_000 + day * 11 / 20) * season * week;
                    texts.push(format!("{year:04}-{month:02}-{of_month:02}"));
                    running.push(total);
                    day += 1;
                }
            }
        }
        Self { texts, running }
    }

    /// `YYYY-MM-DD`; days after the last are the last.
    pub(super) fn text(&self, day: Day) -> &str {
        &self.texts[(day.min(DAYS - 1)) as usize]
    }

    /// A day, the busy ones more often.
    pub(super) fn busy_day(&self, rng: &mut ChaCha8Rng) -> Day {
        let ticket = rng.random_range(0..self.running[self.running.len() - 1]);
        u32::try_from(self.running.partition_point(|running| *running <= ticket)).unwrap_or(DAYS - 1)
    }
}

fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_spans_four_years() {
        let calendar = Calendar::new();
        assert_eq!(calendar.texts.len(), DAYS as usize);
        assert_eq!(calendar.text(0), "2022-01-01");
        assert_eq!(calendar.text(790), "2024-03-01");
        assert_eq!(calendar.text(9_999), "2025-12-31");
    }
}
