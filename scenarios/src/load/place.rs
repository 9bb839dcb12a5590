//! Line and column of a byte offset, and the offset of a key.

use toml::de::{DeTable, DeValue};

/// Line and column, both from 1, columns in characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

/// Where the value of the dotted `key` stands; elements of arrays are named by their number, from 0.
pub(super) fn of_key(table: &DeTable<'_>, key: &str) -> Option<usize> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    let Some(rest) = rest else {
        // A table of its own is better shown by its name than by the first thing in it.
        let own = matches!(value.get_ref(), DeValue::Table(_)) && value.span().start < name.span().start;
        return Some(if own { name.span().start } else { value.span().start });
    };
    match value.get_ref() {
        DeValue::Table(below) => of_key(below, rest),
        DeValue::Array(items) => {
            let (number, rest) = rest.split_once('.').map_or((rest, None), |(n, rest)| (n, Some(rest)));
            let item = items.get(number.parse::<usize>().ok()?)?;
            match (item.get_ref(), rest) {
                (DeValue::Table(below), Some(rest)) => {
                    of_key(below, rest).or_else(|| Some(item.span().start))
                }
                _ => Some(item.span().start),
            }
        }
        _ => None,
    }
}
