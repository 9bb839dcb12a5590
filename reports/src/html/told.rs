//! What a side of a finding says, in words: a message or a body of JSON in it is told by its name and status, or by why
//! it says no; the whole of it is folded.

use maud::{Markup, html};
use serde_json::Value;

/// Characters of a message that can stand as it is.
const SHORT: usize = 60;

/// A text that may have a message in it.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    /// All of it in words.
    pub(super) words: String,
    /// The message, laid out, where the words left something out.
    pub(super) message: Option<String>,
}

/// `text` in words.
pub(super) fn told(text: &str) -> Told {
    in_words(text).unwrap_or_else(|| Told { words: text.to_owned(), message: None })
}

fn in_words(text: &str) -> Option<Told> {
    let (before, end) = text.split_at(text.find('{')?);
    let mut values = serde_json::Deserializer::from_str(end).into_iter::<Value>();
    let message = values.next()?.ok()?;
    let (all, rest) = end.split_at(values.byte_offset());
    let is_long = all.chars().count() > SHORT;
    let word = |key: &str| message.get(key).and_then(Value::as_str);
    let code = word("code").map(|code| format!(" {code}")).unwrap_or_default();
    let words = match (word("type"), word("message").or_else(|| word("reason"))) {
        (Some(kind), Some(why)) => format!("{before}{kind}{code}: {why}{rest}"),
        (Some(kind), None) if is_long => {
            let status = word("status").map(|status| format!(" with status {status}")).unwrap_or_default();
            format!("{before}{kind}{code}{status}{rest}")
        }
        (None, _) if is_long => format!("{before}{}with a body of JSON{rest}", gap(before)),
        _ => return None,
    };
    Some(Told { words, message: serde_json::to_string_pretty(&message).ok() })
}

fn gap(before: &str) -> &'static str {
    if before.is_empty() || before.ends_with(' ') { "" } else { " " }
}

/// A side of a finding: the words, and the message folded.
pub(super) fn side(text: &str) -> Markup {
    let told = told(text);
    html! {
        (told.words)
        @if let Some(message) = &told.message {
            details { summary { "in full" } pre tabindex="0" role="region" aria-label="The message in full" { (message) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_says_why_is_told_in_words() {
        let error = r#"expected pong, got {"type":"error","timestamp":"t","code":"NOT_FOUND","message":"no such one"}"#;
        assert_eq!(told(error).words, "expected pong, got error NOT_FOUND: no such one");
        let resumed = r#"expected all, got {"type":"resumed","recovered":false,"reason":"TOO_MANY"}"#;
        assert_eq!(told(resumed).words, "expected all, got resumed: TOO_MANY");
        for other in ["expected {x}, got y", r#"got {"type":"pong"}"#, r#"got {"reason":"r"}"#, ""] {
            assert_eq!(told(other), Told { words: other.to_owned(), message: None });
        }
    }

    #[test]
    fn a_long_message_is_told_by_its_name_and_kept_in_full() {
        let long = format!(r#"got {{"type":"connection_established","client_id":"{}"}}"#, "c".repeat(80));
        let said = told(&long);
        assert_eq!(said.words, "got connection_established");
        assert!(said.message.unwrap().contains("\n  \"client_id\": \"ccc"));
        let inside = format!(
            r#"got {{"type":"command_result","id":"{}","status":"stopped"}} (after: a move)"#,
            "i".repeat(40)
        );
        assert_eq!(told(&inside).words, "got command_result with status stopped (after: a move)");
        let body = format!(r#"200 {{"databases":["{}"]}}"#, "d".repeat(80));
        assert_eq!(told(&body).words, "200 with a body of JSON");
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in ".{0,200}") {
            let _ = side(&text);
        }
    }
}
