//! What could be asked instead.

use super::dictionary::Dictionary;

/// Questions that work, per database.
const FINANCIAL: [&str; 6] = [
    "Show revenue by month for 2024",
    "Show me the top 5 customers by total purchase amount",
    "What is the average order value per month for 2024?",
    "How many orders were cancelled last year?",
    "Share of revenue by region",
    "Top 10 products by units sold in Germany",
];
const TPCH: [&str; 4] = [
    "Show revenue by year",
    "Top 5 suppliers by revenue",
    "Number of orders by priority",
    "Average order value by customer segment",
];

/// Questions known to work for a database.
pub(super) fn examples(database: &str) -> &'static [&'static str] {
    if database == "tpch" { &TPCH } else { &FINANCIAL }
}

/// The question with a misspelt word put right, if there is a term very like it.
pub(super) fn corrected(question: &str, unknown: &str, dictionary: &Dictionary) -> Option<String> {
    let word = unknown.to_lowercase();
    if word.len() < 4 || word.len() > 24 {
        return None;
    }
    let best = dictionary
        .terms()
        .filter(|term| term.len().abs_diff(word.len()) <= 2)
        .map(|term| (distance(&word, term), term))
        .filter(|(distance, term)| *distance <= 1 + term.len() / 6)
        .min()?;
    Some(question.replacen(unknown, best.1, 1))
}

/// Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, character) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (at, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(character != *known);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(row[at + 1] + 1);
        }
    }
    row[other.len()]
}
