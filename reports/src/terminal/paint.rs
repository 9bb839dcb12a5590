//! Colour, and text made safe and short enough for a line.

use anstyle::{AnsiColor, Style};

use crate::model::{CheckStatus, Verdict};

/// Colours or plain text, as the caller decided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    color: bool,
}

impl Paint {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }

    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    pub(super) fn odd(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    pub(super) fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Pass => self.good(text),
            Verdict::Fail => self.bad(text),
            Verdict::Invalid => self.odd(text),
        }
    }

    pub(super) fn status(self, status: CheckStatus, text: &str) -> String {
        match status {
            CheckStatus::Passed => self.good(text),
            CheckStatus::Failed | CheckStatus::NotRun => self.bad(text),
            CheckStatus::Warning | CheckStatus::Quarantined | CheckStatus::KnownFailing => self.odd(text),
            CheckStatus::NotApplicable => self.dim(text),
        }
    }
}

/// `text` on one line of at most `width` characters. What a target sent must not steer the terminal: control
/// characters become spaces.
pub(super) fn fit(text: &str, width: usize) -> String {
    let mut line: String = text.chars().map(|c| if steers(c) { ' ' } else { c }).take(width + 1).collect();
    if line.chars().count() > width {
        line = line.chars().take(width.saturating_sub(1)).collect();
        line.push('…');
    }
    line
}

/// True for control characters and for those that turn the direction of writing.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_one_short_line() {
        assert_eq!(fit("a\u{1b}[31mred\nb", 80), "a [31mred b");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("ab\u{202e}cd", 9), "ab cd");
    }
}
