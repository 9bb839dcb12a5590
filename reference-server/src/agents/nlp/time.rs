//! Stretches of time: from what was written to days.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::items::{Bound, Item, Meaning, Relative};
use super::tree::{Grain, Operator};

/// From (inclusive) and to (exclusive); `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
}

/// What stands at some place of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// A stretch.
    Range(Range),
    /// A year; a month, quarter or half elsewhere may narrow it.
    Year(i16),
    /// Months of a year that is said elsewhere: first month and how many.
    Part(i8, i8),
}

/// A stretch of time at the start of `items`, and how many items it takes.
pub(super) fn read(items: &[Item<'_>], last_day: Date) -> Option<(When, usize)> {
    let meaning = |at: usize| items.get(at).map(|item| item.meaning.as_ref());
    match meaning(0)? {
        Meaning::Compare(Operator::Between) => {
            pair(&items[1..], last_day, |one| matches!(one, Meaning::And | Meaning::Bound(Bound::To)))
                .map(|(range, taken)| (When::Range(range), taken + 1))
        }
        Meaning::Bound(Bound::From) => {
            let both =
                pair(&items[1..], last_day, |one| matches!(one, Meaning::Bound(Bound::To | Bound::Until)));
            if let Some((range, taken)) = both {
                return Some((When::Range(range), taken + 1));
            }
            let (range, taken) = point(&items[1..], last_day)?;
            Some((When::Range(range), taken + 1))
        }
        Meaning::Bound(bound) => {
            let (range, taken) = point(&items[1..], last_day)?;
            let open = |from, to| When::Range(Range { from, to });
            let range = match bound {
                Bound::Since => open(range.from, None),
                Bound::After => open(range.to, None),
                Bound::Before => open(None, range.from),
                Bound::Until => open(None, range.to),
                Bound::From | Bound::To => return None,
            };
            Some((range, taken + 1))
        }
        Meaning::Past => {
            let (Meaning::Number(number), Meaning::Unit(unit)) = (meaning(1)?, meaning(2)?) else {
                return None;
            };
            Some((When::Range(past(*number / 1_000, *unit, last_day)?), 3))
        }
        Meaning::Year(year) => match pair(items, last_day, |one| matches!(one, Meaning::Bound(Bound::To))) {
            Some((range, taken)) => Some((When::Range(range), taken)),
            None => match point(items, last_day)? {
                (_, 1) => Some((When::Year(*year), 1)),
                (range, taken) => Some((When::Range(range), taken)),
            },
        },
        first => match point(items, last_day) {
            Some((range, taken)) => Some((When::Range(range), taken)),
            None => part(first).map(|(month, count)| (When::Part(month, count), 1)),
        },
    }
}

/// Two points with a word between them: "2022 to 2023", "January to March 2024".
fn pair(items: &[Item<'_>], last_day: Date, joins: impl Fn(&Meaning) -> bool) -> Option<(Range, usize)> {
    let join = items.iter().take(4).position(|item| joins(item.meaning.as_ref()))?;
    let (second, taken) = point(&items[join + 1..], last_day)?;
    let first = match point(&items[..join], last_day) {
        Some((first, used)) if used == join => first,
        // "January to March 2024": the year is that of the end.
        None if join == 1 => {
            let (month, count) = part(items[0].meaning.as_ref())?;
            months(second.from?.year(), month, count)?
        }
        _ => return None,
    };
    let range = Range { from: first.from, to: second.to };
    (range.from < range.to).then_some((range, join + 1 + taken))
}

/// One point: a year, a month of a year, a day, "last month".
fn point(items: &[Item<'_>], last_day: Date) -> Option<(Range, usize)> {
    let meaning = |at: usize| items.get(at).map(|item| item.meaning.as_ref());
    match (meaning(0)?, meaning(1)) {
        (Meaning::Year(year), Some(next)) if part(next).is_some() => {
            // "2024 Q1", but not when the part has a year of its own: "2023 Q1 2024" is anyone's guess.
            let (month, count) = part(next)?;
            Some((months(*year, month, count)?, 2))
        }
        (Meaning::Year(year), _) => Some((months(*year, 1, 12)?, 1)),
        (Meaning::YearMonth(year, month), _) => Some((months(*year, *month, 1)?, 1)),
        (Meaning::Day(day), _) => Some((Range { from: Some(*day), to: day.tomorrow().ok() }, 1)),
        (Meaning::Relative(relative), _) => Some((self::relative(*relative, last_day)?, 1)),
        (first, Some(Meaning::Year(year))) => {
            let (month, count) = part(first)?;
            Some((months(*year, month, count)?, 2))
        }
        (first, Some(Meaning::Relative(relative))) => {
            let (month, count) = part(first)?;
            let (Relative::This(Grain::Year) | Relative::Last(Grain::Year)) = relative else { return None };
            Some((months(self::relative(*relative, last_day)?.from?.year(), month, count)?, 2))
        }
        _ => None,
    }
}

fn part(meaning: &Meaning) -> Option<(i8, i8)> {
    match meaning {
        Meaning::Month(month) => Some((*month, 1)),
        Meaning::Quarter(quarter) => Some((quarter * 3 - 2, 3)),
        Meaning::Half(half) => Some((half * 6 - 5, 6)),
        _ => None,
    }
}

/// `count` months from `month` of `year`.
pub(super) fn months(year: i16, month: i8, count: i8) -> Option<Range> {
    let from = Date::new(year, month, 1).ok()?;
    let to = from.checked_add(i64::from(count).months()).ok()?;
    Some(Range { from: Some(from), to: Some(to) })
}

fn start(grain: Grain, day: Date) -> Option<Date> {
    let month = day.month();
    match grain {
        Grain::Day => Some(day),
        Grain::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok(),
        Grain::Month => Some(day.first_of_month()),
        Grain::Quarter => Some(date(day.year(), (month - 1) / 3 * 3 + 1, 1)),
        Grain::Year => Some(day.first_of_year()),
    }
}

fn step(grain: Grain, count: i64) -> jiff::Span {
    match grain {
        Grain::Day => count.days(),
        Grain::Week => count.weeks(),
        Grain::Month => count.months(),
        Grain::Quarter => (count * 3).months(),
        Grain::Year => count.years(),
    }
}

fn relative(relative: Relative, last_day: Date) -> Option<Range> {
    let (Relative::This(grain) | Relative::Last(grain)) = relative;
    let this = start(grain, last_day)?;
    let (from, to) = match relative {
        Relative::This(_) => (this, this.checked_add(step(grain, 1)).ok()?),
        Relative::Last(_) => (this.checked_sub(step(grain, 1)).ok()?, this),
    };
    Some(Range { from: Some(from), to: Some(to) })
}

/// "Last 3 months": as many, up to the last day of the data.
fn past(count: i64, unit: Grain, last_day: Date) -> Option<Range> {
    if !(1..=1_000).contains(&count) {
        return None;
    }
    let to = last_day.tomorrow().ok()?;
    Some(Range { from: Some(to.checked_sub(step(unit, count)).ok()?), to: Some(to) })
}

impl Range {
    /// For a person: `2024`, `2024-03`, `2024-Q1`, `2022-01-01 to 2023-06-30`, `since 2024-01-01`.
    pub(super) fn text(self) -> String {
        let last = |to: Date| to.yesterday().unwrap_or(to);
        match (self.from, self.to) {
            (Some(from), Some(to)) => {
                let is = |grain: Grain| {
                    start(grain, from) == Some(from) && from.checked_add(step(grain, 1)).ok() == Some(to)
                };
                if is(Grain::Year) {
                    from.year().to_string()
                } else if is(Grain::Quarter) {
                    format!("{}-Q{}", from.year(), (from.month() + 2) / 3)
                } else if is(Grain::Month) {
                    from.strftime("%Y-%m").to_string()
                } else if is(Grain::Day) {
                    from.to_string()
                } else {
                    format!("{from} to {}", last(to))
                }
            }
            (Some(from), None) => format!("since {from}"),
            (None, Some(to)) => format!("before {to}"),
            (None, None) => String::new(),
        }
    }

    /// Days as the tree has them.
    pub(super) fn days(self) -> (String, String) {
        let text = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        (text(self.from), text(self.to))
    }
}
