//! Text of others as part of a document.

use std::fmt::Write as _;

/// Adds a line.
pub(super) fn line(text: &mut String, line: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "{line}");
}

/// `text` as a cell of a table: one line, no markup of its own, not endless.
pub(super) fn cell(text: &str) -> String {
    const LONGEST: usize = 300;
    let mut out = String::new();
    for letter in text.chars().take(LONGEST) {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '`' => out.push('\''),
            '[' | ']' | '*' | '_' | '#' | '!' if out.is_empty() => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    if text.chars().count() > LONGEST {
        out.push('…');
    }
    out
}
