//! From a question to the statements of a study: the measure over time, what is behind it, and what it splits by.
//!
//! A study asks less of a question than an answer does: it needs something to measure. Conditions and times are
//! kept if they can be combined with it, words it can't place are named and left out.

use super::dictionary::Dictionary;
use super::items::{Item, Meaning};
use super::tree::{Dimension, Expression};
use super::{Aggregation, Grain, QueryTree, model, planner, reading, title, words};

/// Statements of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// What is studied, for a person.
    pub subject: String,
    /// Periods of the series.
    pub grain: Grain,
    /// The measure by period.
    pub main: QueryTree,
    /// Number of rows behind it by period, where that is something else.
    pub volume: Option<QueryTree>,
    /// The measure by a group and year: name of the group's column, statement.
    pub breakdown: Option<(String, QueryTree)>,
    /// First and last day of the data.
    pub extent: String,
    /// Phrases of the question that were taken.
    pub understood: Vec<String>,
    /// Words and phrases that were left out.
    pub left_out: Vec<String>,
}

/// Beginnings of words that ask for a study as such.
const ASKING: [&str; 24] = [
    "analy",
    "anomal",
    "behav",
    "chang",
    "develop",
    "driv",
    "dynamic",
    "evol",
    "explain",
    "explor",
    "fluctuat",
    "grow",
    "histor",
    "insight",
    "investigat",
    "irregular",
    "outlier",
    "pattern",
    "perform",
    "research",
    "season",
    "stud",
    "unusual",
    "why",
];

/// Groups to split by where the question names none, the first that can be reached.
const SPLITS: [&str; 6] = ["region", "channel", "category", "payment method", "segment", "brand"];

impl QueryTree {
    /// Whether the values of several periods add up.
    #[must_use]
    pub fn is_additive(&self) -> bool {
        self.measures.first().is_some_and(|measure| {
            matches!(
                measure.expression,
                Expression::Rows
                    | Expression::Column(Aggregation::Sum, _)
                    | Expression::Difference(Aggregation::Sum, ..)
            )
        })
    }
}

/// A question as far as a study needs it.
struct Asked<'a> {
    database: &'a str,
    items: Vec<Item<'a>>,
    grain: Grain,
    max_rows: u64,
}

/// Finds the statements; `Err` has what was understood and what was not when there is nothing to measure.
pub(super) fn study(
    question: &str,
    database: &str,
    dictionary: &Dictionary,
    max_rows: u64,
) -> Result<Study, (Vec<String>, Vec<String>)> {
    let (items, unknown) = dictionary.phrases(&words::words(question));
    let understood: Vec<String> = items.iter().map(|item| item.text.clone()).collect();
    let mut left_out: Vec<String> = unknown.iter().filter(|word| !asks(word)).cloned().collect();
    let splits: Vec<Item<'_>> = items.iter().filter(|item| splits(&item.meaning)).cloned().collect();
    let asked =
        Asked { database, grain: grain(&items).unwrap_or(Grain::Month), items: kept(&items), max_rows };
    let Some((main, used)) = asked.main() else { return Err((understood, unknown)) };
    left_out.extend(
        asked
            .items
            .iter()
            .filter(|item| !used.iter().any(|one| one.text == item.text))
            .map(|item| item.text.clone()),
    );
    let understood = understood.into_iter().filter(|text| !left_out.contains(text)).collect();
    let Some(extent) = extent(&main) else { return Err((Vec::new(), unknown)) };
    let breakdown = asked.breakdown(&used, &splits, dictionary);
    let volume = asked.volume(&main, &used);
    let subject = title::title(&main).replace(&format!(" by {}", asked.grain.name()), "");
    Ok(Study { subject, grain: asked.grain, main, volume, breakdown, extent, understood, left_out })
}

fn asks(word: &str) -> bool {
    let word = word.to_lowercase();
    ASKING.iter().any(|beginning| word.starts_with(beginning))
}

const fn splits(meaning: &Meaning) -> bool {
    matches!(meaning, Meaning::Dimension { .. })
}

/// The grain that is named, unless it is the unit of "last 3 months".
fn grain(items: &[Item<'_>]) -> Option<Grain> {
    items.iter().enumerate().find_map(|(at, item)| match item.meaning.as_ref() {
        Meaning::Grain(grain) => Some(*grain),
        Meaning::Unit(grain) if !counted(items, at) => Some(*grain),
        _ => None,
    })
}

fn counted(items: &[Item<'_>], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| matches!(items[before].meaning.as_ref(), Meaning::Number(_)))
}

/// What a study keeps of a question: no groups and ranks, those are its own.
fn kept<'a>(items: &[Item<'a>]) -> Vec<Item<'a>> {
    let meaning = |at: Option<usize>| at.and_then(|at| items.get(at)).map(|item| item.meaning.as_ref());
    let keep = |at: usize| match items[at].meaning.as_ref() {
        Meaning::By
        | Meaning::Which
        | Meaning::Trend
        | Meaning::Contrast
        | Meaning::And
        | Meaning::Share
        | Meaning::Distinct
        | Meaning::Grain(_)
        | Meaning::Rank(_)
        | Meaning::Superlative(_) => false,
        Meaning::Unit(_) => counted(items, at),
        Meaning::Number(_) => {
            let ranks =
                |one: Option<&Meaning>| matches!(one, Some(Meaning::Rank(_) | Meaning::Superlative(_)));
            !ranks(meaning(at.checked_sub(1))) && !ranks(meaning(Some(at + 1)))
        }
        // "country = Germany" needs its country.
        Meaning::Dimension { .. } => {
            matches!(meaning(Some(at + 1)), Some(Meaning::Compare(_) | Meaning::Not))
        }
        _ => true,
    };
    let mut kept: Vec<Item<'a>> = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(at, _)| keep(*at)) {
        let mut item = item.clone();
        if let Meaning::Extreme(_, metric) = items[at].meaning.as_ref() {
            item.meaning = std::borrow::Cow::Owned(Meaning::Metric(metric, None));
        }
        let second = |known: &Item<'_>| matches!(known.meaning.as_ref(), Meaning::Metric(..));
        if second(&item) && kept.iter().any(second) {
            continue;
        }
        kept.push(item);
    }
    kept
}

fn item(meaning: Meaning, text: &str) -> Item<'static> {
    Item { meaning: std::borrow::Cow::Owned(meaning), text: text.to_owned(), plural: false }
}

const fn measures(meaning: &Meaning) -> bool {
    matches!(meaning, Meaning::Metric(..) | Meaning::Aggregate(_) | Meaning::Count)
}

const fn is_time(meaning: &Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Relative(_)
            | Meaning::Past
            | Meaning::Number(_)
            | Meaning::Unit(_)
            | Meaning::Month(_)
            | Meaning::Quarter(_)
            | Meaning::Half(_)
            | Meaning::Bound(_)
            | Meaning::Year(_)
            | Meaning::YearMonth(..)
            | Meaning::Day(_)
    )
}

impl<'a> Asked<'a> {
    fn plan(&self, items: &[Item<'_>]) -> Option<QueryTree> {
        let reading = reading::read(self.database, items);
        if !reading.unplaced.is_empty() {
            return None;
        }
        planner::plan(self.database, &reading, self.max_rows)
            .ok()
            .filter(|tree| tree.measures.len() == 1 && tree.limit.is_none() && !tree.count_groups)
    }

    fn over_time(&self, items: &[Item<'a>]) -> Option<QueryTree> {
        let mut items = items.to_vec();
        items.extend([item(Meaning::By, "by"), item(Meaning::Grain(self.grain), self.grain.name())]);
        let tree = self.plan(&items)?;
        matches!(tree.dimensions.as_slice(), [Dimension::Time { .. }]).then_some(tree)
    }

    /// The measure over time with as much of the question as can be combined, and the phrases used.
    fn main(&self) -> Option<(QueryTree, Vec<Item<'a>>)> {
        let measured = self.items.iter().any(|item| matches!(item.meaning.as_ref(), Meaning::Metric(..)));
        let entity = |item: &Item<'_>| matches!(item.meaning.as_ref(), Meaning::Entity(_));
        let bound = |item: &Item<'_>| matches!(item.meaning.as_ref(), Meaning::Value { bound: true, .. });
        let compared = |item: &Item<'_>| {
            matches!(item.meaning.as_ref(), Meaning::Compare(_) | Meaning::Not | Meaning::Dimension { .. })
        };
        let subject = |item: &Item<'_>| measures(&item.meaning) || (!measured && entity(item));
        let value = |item: &Item<'_>| matches!(item.meaning.as_ref(), Meaning::Value { .. });
        let tries: [&dyn Fn(&Item<'_>) -> bool; 5] = [
            &|_| true,
            &|item| !compared(item) && (subject(item) || !entity(item) && !bound(item)),
            &|item| subject(item) || is_time(&item.meaning),
            &|item| subject(item) || value(item) && !bound(item),
            &subject,
        ];
        tries.iter().find_map(|keep| {
            let mut used: Vec<Item<'a>> = self.items.iter().filter(|item| keep(item)).cloned().collect();
            let counts = used.iter().any(|item| matches!(item.meaning.as_ref(), Meaning::Count));
            if let (false, false, Some(at)) = (measured, counts, used.iter().position(entity)) {
                used.insert(at, item(Meaning::Count, "number of"));
            }
            self.over_time(&used).map(|tree| (tree, used))
        })
    }

    /// The measure by a group and year.
    fn breakdown(
        &self,
        used: &[Item<'a>],
        splits: &[Item<'_>],
        dictionary: &Dictionary,
    ) -> Option<(String, QueryTree)> {
        let own = SPLITS.iter().flat_map(|term| dictionary.phrases(&words::words(term)).0);
        splits.iter().cloned().chain(own).find_map(|split| {
            let mut items: Vec<Item<'_>> = used.to_vec();
            items.extend([item(Meaning::By, "by"), split, item(Meaning::And, "and")]);
            items.push(item(Meaning::Grain(Grain::Year), "year"));
            let tree = self.plan(&items)?;
            // A split by what is filtered has one group only.
            let named = tree.dimensions.iter().find_map(|dimension| match dimension {
                Dimension::Column { column, alias } if !is_filtered(&tree, &column.column) => {
                    Some(alias.clone())
                }
                _ => None,
            })?;
            (tree.dimensions.len() == 2).then_some((named, tree))
        })
    }

    /// How many rows are behind each period, where the measure is something else.
    fn volume(&self, main: &QueryTree, used: &[Item<'a>]) -> Option<QueryTree> {
        if matches!(main.measures.first()?.expression, Expression::Rows) || !main.is_additive() {
            return None;
        }
        let entity = model::entity(self.database, &main.base)?;
        let mut items = vec![item(Meaning::Count, "number of"), item(Meaning::Entity(entity), entity.plural)];
        items.extend(used.iter().filter(|item| !measures(&item.meaning)).cloned());
        self.over_time(&items).filter(|tree| tree.base == main.base)
    }
}

fn is_filtered(tree: &QueryTree, name: &str) -> bool {
    tree.filters.iter().any(
        |filter| matches!(filter, super::Filter::OneOf { column, negated: false, .. } if column.column == name),
    )
}

/// The statement for the first and last day of the data.
fn extent(main: &QueryTree) -> Option<String> {
    let date = main.dimensions.iter().find_map(|dimension| match dimension {
        Dimension::Time { column, .. } => Some(column),
        _ => None,
    })?;
    let joined = main.joins.iter().find(|join| join.alias == date.table).map(|join| join.table.as_str());
    let (table, column) = (joined.unwrap_or(&main.base), &date.column);
    Some(format!(
        "SELECT MIN({column}) AS first_day, MAX({column}) AS last_day, COUNT(*) AS row_count FROM {table}"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Translator};
    use super::*;

    fn study(database: &str, question: &str) -> Study {
        Translator::new()
            .study(question, database, 1_000)
            .unwrap_or_else(|error| panic!("{question}: {error:?}"))
    }

    #[test]
    fn the_measure_is_taken_over_time_with_what_is_behind_it_and_what_it_splits_by() {
        let found = study("financial_db", "How did revenue in Germany develop since 2023, and why?");
        assert_eq!(
            (found.grain, found.subject.as_str()),
            (Grain::Month, "Revenue, Germany, since 2023-01-01")
        );
        let main = found.main.render(Dialect::Sqlite);
        assert!(
            main.contains("SUM(total_cents)") && main.contains("'Germany'") && main.contains("'2023-01-01'"),
            "{main}"
        );
        let volume = found.volume.unwrap().render(Dialect::Sqlite);
        assert!(volume.contains("COUNT(*)") && volume.contains("'Germany'"), "{volume}");
        let (split, breakdown) = found.breakdown.unwrap();
        assert_eq!((split.as_str(), breakdown.dimensions.len()), ("region", 2));
        assert_eq!(
            found.extent,
            "SELECT MIN(order_date) AS first_day, MAX(order_date) AS last_day, COUNT(*) AS row_count FROM orders"
        );
        assert!(found.left_out.is_empty(), "{:?}", found.left_out);
    }

    #[test]
    fn a_question_may_choose_grain_and_split_or_name_a_thing_only() {
        let found = study("financial_db", "analyse units sold by category per quarter");
        assert_eq!((found.grain, found.breakdown.unwrap().0.as_str()), (Grain::Quarter, "category"));
        assert!(found.main.is_additive());
        let found = study("financial_db", "research the payments");
        assert!(found.main.render(Dialect::Sqlite).contains("COUNT(*)"));
        assert_eq!(found.volume, None);
        let found = study("tpch", "seasonality of average order value");
        assert!(!found.main.is_additive() && found.volume.is_none());
        let found = study("financial_db", "revenue of the last 6 months, top 5 blobs");
        assert!(found.left_out.contains(&"blobs".to_owned()), "{:?}", found.left_out);
        assert!(found.main.span.is_some() && found.grain == Grain::Month);
    }

    #[test]
    fn where_nothing_can_be_measured_nothing_is_studied() {
        for question in ["hello", "", "why is the sky blue", "drop table orders;"] {
            let studied = Translator::new().study(question, "financial_db", 1_000);
            if question.contains("orders") {
                assert!(studied.unwrap().left_out.contains(&"drop".to_owned()));
            } else {
                assert!(!studied.unwrap_err().suggestions.is_empty());
            }
        }
        assert!(Translator::new().study("revenue", "nowhere", 1).is_err());
    }

    proptest::proptest! {
        #[test]
        fn random_questions_never_panic(words in proptest::collection::vec(
            proptest::sample::select(vec!["revenue", "by", "top", "5", "last", "months", "2024", "germany", "not",
                "orders", "average", "country", "=", "over", "per", "week", "customers", "active", "and", "xyz"]),
            0..9,
        )) {
            let _ = Translator::new().study(&words.join(" "), "financial_db", 10);
        }
    }
}
