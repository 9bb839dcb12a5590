//! Questions that lean on those before them: "and by month?", "only 2023", "the top 5".

use super::dictionary::Dictionary;
use super::reading::{self, Raw};
use super::words::Word;
use super::{QueryTree, planner, words};

/// Words by which a question says that it goes on from the one before.
const CUES: [&str; 16] = [
    "and", "but", "also", "too", "now", "then", "only", "just", "instead", "same", "about", "again", "ones",
    "one", "those", "these",
];
/// Those of them that keep what was there beside what comes.
const ADDING: [&str; 2] = ["also", "too"];
/// A cue stands among the first words, or it is none.
const FIRST: usize = 2;

/// What a question means after others.
pub(super) struct Understood {
    pub(super) query: QueryTree,
    pub(super) phrases: Vec<String>,
}

/// What is read of one question.
struct Read {
    raw: Raw,
    phrases: Vec<String>,
    /// Whether it says that it goes on.
    goes_on: bool,
    adds: bool,
}

/// A conversation about one database.
pub(super) struct Conversation<'a> {
    pub(super) dictionary: &'a Dictionary,
    pub(super) database: &'a str,
    pub(super) max_rows: u64,
}

impl Conversation<'_> {
    /// What `question` means after the questions `before`, the oldest first. `None` if it can't be read even so.
    pub(super) fn understand(&self, question: &str, before: &[&str]) -> Option<Understood> {
        let mut context: Option<Raw> = None;
        for earlier in before {
            if let Some((raw, ..)) = self.after(context.as_ref(), earlier) {
                context = Some(raw);
            }
        }
        let (_, query, phrases) = self.after(context.as_ref(), question)?;
        Some(Understood { query, phrases })
    }

    /// A question by itself, unless it says that it goes on; otherwise, or if that makes no sense, the other way.
    fn after(&self, context: Option<&Raw>, question: &str) -> Option<(Raw, QueryTree, Vec<String>)> {
        let read = self.read(question)?;
        let joined = || context.map(|context| context.clone().then(read.raw.clone(), read.adds));
        let alone = || Some(read.raw.clone());
        let ways: [&dyn Fn() -> Option<Raw>; 2] =
            if read.goes_on { [&joined, &alone] } else { [&alone, &joined] };
        let (raw, query) = ways.iter().find_map(|way| {
            let raw = way()?;
            let query = self.plan(raw.clone())?;
            Some((raw, query))
        })?;
        Some((raw, query, read.phrases))
    }

    fn read(&self, question: &str) -> Option<Read> {
        let words = words::words(question);
        let says = |cues: &[&str], within: usize| {
            words.iter().take(within).any(|word: &Word| cues.contains(&word.text.to_lowercase().as_str()))
        };
        let (goes_on, adds) =
            (says(&CUES, FIRST) || says(&["instead"], words.len()), says(&ADDING, words.len()));
        let (items, unknown) = self.dictionary.phrases(&words);
        if unknown.iter().any(|word| !CUES.contains(&word.to_lowercase().as_str())) {
            return None;
        }
        let phrases = items.iter().map(|item| item.text.clone()).collect();
        Some(Read { raw: reading::raw(self.database, &items), phrases, goes_on, adds })
    }

    fn plan(&self, raw: Raw) -> Option<QueryTree> {
        let reading = reading::settle(self.database, raw);
        if !reading.unplaced.is_empty() {
            return None;
        }
        planner::plan(self.database, &reading, self.max_rows).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::agents::nlp::Translator;

    /// The statement of the last question, after the others.
    fn sql(questions: &[&str]) -> String {
        let (question, before) = questions.split_last().unwrap();
        let translated = Translator::new().translate_after(question, before, "financial_db", 1_000);
        translated.unwrap_or_else(|error| panic!("{questions:?}: {error:?}")).sql
    }

    #[test]
    fn what_is_said_anew_replaces_what_was_said_before() {
        for (questions, whole) in [
            (&["show revenue by region", "and by month?"][..], "revenue by month"),
            (&["revenue by country", "only 2023"], "revenue by country in 2023"),
            (&["revenue by country in 2023", "what about 2024?"], "revenue by country in 2024"),
            (&["revenue by customer", "the top 5"], "top 5 customers by revenue"),
            (&["revenue in Germany", "and France?"], "revenue in France"),
            (&["revenue by month in Germany", "also France"], "revenue by month in Germany and France"),
            (&["revenue by month in 2023", "and in Q2?"], "revenue by month in Q2 2023"),
            (
                &["revenue by country in 2023", "and the number of orders?"],
                "number of orders by country in 2023",
            ),
            (
                &["revenue by country", "and by month?", "only 2023", "only Germany"],
                "revenue by month in 2023 in Germany",
            ),
        ] {
            assert_eq!(sql(questions), sql(&[whole]), "{questions:?}");
        }
    }

    #[test]
    fn a_whole_question_stands_alone_and_so_does_the_first() {
        assert_eq!(
            sql(&["revenue in Germany", "top 5 customers by revenue"]),
            sql(&["top 5 customers by revenue"])
        );
        assert_eq!(sql(&["sing me a lullaby", "show revenue"]), sql(&["show revenue"]));
        let translator = Translator::new();
        assert!(translator.translate_after("and by month?", &[], "financial_db", 10).is_err());
        assert!(translator.translate_after("sing", &["show revenue"], "financial_db", 10).is_err());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

        #[test]
        fn random_conversations_never_panic(questions in proptest::collection::vec("(and|only|also)? ?(revenue|top 5|by month|2023|Germany|how many|orders|average|not|share|Q2|\\PC{0,8}){0,3}", 1..5)) {
            let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
            let (question, before) = questions.split_last().unwrap();
            let _ = Translator::new().translate_after(question, before, "financial_db", 10);
        }
    }
}
