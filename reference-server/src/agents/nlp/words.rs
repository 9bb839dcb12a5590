//! A question as words.

/// One word, number, date or comparison sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, without a plural ending.
    pub(super) stem: String,
    /// As it was written.
    pub(super) text: String,
    /// Whether a plural ending was taken off.
    pub(super) plural: bool,
}

/// Splits at blanks and punctuation; keeps dates, numbers and signs such as `>=` whole.
pub(super) fn words(question: &str) -> Vec<Word> {
    let characters: Vec<char> = question.chars().collect();
    let mut words = Vec::new();
    let mut current = String::new();
    for (at, &character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| characters[before]);
        let after = characters.get(at + 1).copied();
        let digits = |one: Option<char>| one.is_some_and(|one| one.is_ascii_digit());
        match character {
            '<' | '>' | '=' => {
                if !current.chars().all(|one| "<>=".contains(one)) {
                    push(&mut words, &mut current);
                }
                current.push(character);
            }
            ',' | '.' | '-' if digits(before) && digits(after) => current.push(character),
            '$' | '\'' | '’' if !current.is_empty() || digits(after) => push(&mut words, &mut current),
            _ if separates(character) => push(&mut words, &mut current),
            _ => {
                if current.chars().any(|one| "<>=".contains(one)) {
                    push(&mut words, &mut current);
                }
                current.push(character);
            }
        }
    }
    push(&mut words, &mut current);
    words
}

fn separates(character: char) -> bool {
    character.is_whitespace() || character.is_control() || "?!.,;:\"'`’()[]{}/-_&".contains(character)
}

fn push(words: &mut Vec<Word>, current: &mut String) {
    if current.is_empty() {
        return;
    }
    let text = std::mem::take(current);
    // The `s` of "customer's".
    if text == "s" {
        return;
    }
    let lower = text.to_lowercase();
    let stem = stem(&lower);
    words.push(Word { plural: stem != lower, stem, text });
}

/// Takes off a plural ending. Terms of the dictionary go through the same, so it need not be good English.
pub(super) fn stem(word: &str) -> String {
    let long = word.len() > 3 && word.is_ascii();
    match word {
        _ if !long => word.to_owned(),
        _ if word.ends_with("ies") && word.len() > 4 => format!("{}y", &word[..word.len() - 3]),
        _ if ["ses", "xes", "ches", "shes"].iter().any(|ending| word.ends_with(ending))
            && !["purchases", "databases", "cases", "increases"].contains(&word) =>
        {
            word[..word.len() - 2].to_owned()
        }
        _ if word.ends_with('s') && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) => {
            word[..word.len() - 1].to_owned()
        }
        _ => word.to_owned(),
    }
}

/// A number such as `5`, `1,000`, `2.5`, `10k` or `3m`, in thousandths.
pub(super) fn number(word: &str) -> Option<i64> {
    let (digits, factor) = match word.as_bytes().last()? {
        b'k' => (&word[..word.len() - 1], 1_000_000),
        b'm' => (&word[..word.len() - 1], 1_000_000_000),
        _ => (word, 1_000),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = whole.replace(',', "");
    let grouped = whole.split(',').skip(1).all(|group| group.len() == 3);
    let numeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if plain.is_empty()
        || plain.len() > 9
        || fraction.len() > 3
        || !grouped
        || !numeric(&plain)
        || !numeric(fraction)
    {
        return None;
    }
    let whole: i64 = plain.parse().ok()?;
    let thousandths: i64 = format!("{fraction:0<3}").parse().ok()?;
    Some(whole * factor + thousandths * (factor / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(question: &str) -> Vec<String> {
        words(question).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn words_dates_numbers_and_signs_stay_whole() {
        for (question, expected) in [
            ("Top-5 customers?", vec!["top", "5", "customer"]),
            ("orders >= $1,000.50 in 2024-03", vec!["order", ">=", "1,000.50", "in", "2024-03"]),
            ("customers' categories, year-over-year", vec!["customer", "category", "year", "over", "year"]),
            ("total>500", vec!["total", ">", "500"]),
            ("what's the status", vec!["what", "the", "status"]),
            ("ümlaut → x", vec!["ümlaut", "→", "x"]),
        ] {
            assert_eq!(stems(question), expected, "{question}");
        }
    }

    #[test]
    fn numbers_are_read_in_thousandths() {
        for (text, expected) in [
            ("5", Some(5_000)),
            ("1,000", Some(1_000_000)),
            ("2.5", Some(2_500)),
            ("10k", Some(10_000_000)),
            ("1.5m", Some(1_500_000_000)),
            ("1,00", None),
            ("k", None),
            ("", None),
            ("12345678901", None),
            ("5-6", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,80}") {
            for word in words(&text) {
                let _ = number(&word.stem);
            }
        }
    }
}
