//! A transcript as a sequence diagram: suite on the left, the other side on the right, one row a message, in the order
//! and at the time they went over the wire. Long payloads fold away; nothing needs a script.

use maud::{Markup, html};
use serde::Deserialize;

use super::check::Heard;
use super::told::told;

/// Rows shown of a transcript at its beginning and at its end: what matters is there.
const FIRST: usize = 40;
const LAST: usize = 80;
/// Characters of a payload shown at once; the rest folds away.
const SHORT: usize = 110;
/// Characters of a payload in the page; the file has all of it.
const LONGEST: usize = 1_500;
/// Connections told apart by colour, besides their names.
const COLORS: usize = 4;

/// One line of a transcript for machines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Entry {
    at_us: u64,
    connection: String,
    direction: Direction,
    kind: String,
    payload: String,
    #[serde(default)]
    hex: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Sent,
    Received,
    Note,
}

/// The diagram of `lines`, one JSON object each, between the suite and `other`, with the end that the check came to;
/// `None` when they are no transcript.
pub(super) fn diagram(heard: Heard<'_>, lines: &str, other: &str) -> Option<Markup> {
    let entries: Vec<Entry> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>().ok()?;
    if entries.is_empty() {
        return None;
    }
    let mut connections: Vec<&str> = Vec::new();
    for entry in &entries {
        if !connections.contains(&entry.connection.as_str()) && entry.direction != Direction::Note {
            connections.push(&entry.connection);
        }
    }
    let left_out = entries.len().saturating_sub(FIRST + LAST);
    let (first, rest) = entries.split_at(if left_out > 0 { FIRST } else { entries.len() });
    Some(html! {
        div.seq tabindex="0" role="region" aria-label=(format!("Messages of {}", heard.id)) {
            div.lanes aria-hidden="true" { span {} span { "suite" } span { (other) } }
            ol {
                @for entry in first { (row(entry, &connections, other)) }
                @if left_out > 0 { li.cut { "… " (left_out) " more …" } }
                @for entry in rest.iter().skip(left_out) { (row(entry, &connections, other)) }
                @if let Some(reason) = heard.reason {
                    li.end { span.said { strong { (reason.code) } ": expected " (told(&reason.expected).words) ", got " (told(&reason.actual).words) } }
                }
            }
        }
    })
}

fn row(entry: &Entry, connections: &[&str], other: &str) -> Markup {
    let class = match entry.direction {
        Direction::Sent => "sent",
        Direction::Received if entry.hex.is_some() => "received broken",
        Direction::Received => "received",
        Direction::Note => "remark",
    };
    let color = connections.iter().position(|name| *name == entry.connection).unwrap_or_default() % COLORS;
    let spoken = match entry.direction {
        Direction::Sent => format!("suite to {other}"),
        Direction::Received => format!("{other} to suite"),
        Direction::Note => "remark".to_owned(),
    };
    html! {
        li class=(format!("{class} c{color}")) {
            time { (seconds(entry.at_us)) }
            div {
                @if entry.direction == Direction::Note {
                    span.said { (remark(entry)) }
                } @else {
                    span.kind { span.visuallyhidden { (spoken) ", " } (entry.kind)
                        @if let Some(name) = name(body(&entry.payload)) { " " (name) }
                        @if connections.len() > 1 { " " span.connection { (entry.connection) } } }
                    span.arrow aria-hidden="true" {}
                    (payload(entry))
                }
            }
        }
    }
}

/// The body of a request or an answer; a message is one itself.
fn body(payload: &str) -> &str {
    ["\r\n\r\n", "\n\n"].iter().find_map(|end| payload.split_once(end)).map_or(payload, |(_, body)| body)
}

/// What a message calls itself: its type, an event's name with it, what a client says or is told to do, or the part it has
/// in a call (JSON-RPC).
fn name(payload: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(payload).ok()?;
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).map(|text| head(text, 60).0);
    let call = || text("method").or_else(|| value.get("result").map(|_| "result"));
    let name = text("type").or_else(|| text("event")).or_else(|| text("do")).or_else(call);
    let Some(name) = name else {
        return Some(format!("error {}", value.get("error")?.get("code")?));
    };
    Some(match text("event_name") {
        Some(event) => format!("{name} {event}"),
        None => name.to_owned(),
    })
}

/// A remark of the suite; the first one says what was begun.
fn remark(entry: &Entry) -> String {
    let begun = || {
        let value: serde_json::Value = serde_json::from_str(&entry.payload).ok()?;
        Some(format!("{} begins, seed {}", value.get("check")?.as_str()?, value.get("seed")?))
    };
    begun().unwrap_or_else(|| format!("{}: {}", entry.connection, entry.payload))
}

fn payload(entry: &Entry) -> Markup {
    let text = entry.payload.trim_end();
    let first = text.lines().next().unwrap_or_default();
    let (short, cut) = head(first, SHORT);
    let folded = cut || text.len() > first.len() || entry.hex.is_some();
    html! {
        @if folded {
            details {
                summary { code { (short) @if cut { "…" } } }
                pre { (head(&readable(text), LONGEST).0) @if let Some(hex) = &entry.hex { "\nhex " (head(hex, LONGEST).0) } }
            }
        } @else if !text.is_empty() { code { (text) } }
    }
}

/// JSON in lines, everything else as it is.
fn readable(text: &str) -> String {
    let json = text.starts_with(['{', '[']).then(|| serde_json::from_str::<serde_json::Value>(text).ok());
    json.flatten()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// The first `most` characters of `text`, and whether there are more.
fn head(text: &str, most: usize) -> (&str, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (&text[..end], true),
        None => (text, false),
    }
}

fn seconds(at_us: u64) -> String {
    format!("{:.3} s", at_us as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    fn drawn(lines: &str) -> Option<String> {
        let report = sample::one_of_each();
        diagram(Heard::of(&report.results[1]), lines, "target").map(Markup::into_string)
    }

    fn line(direction: &str, payload: &str) -> String {
        let entry = serde_json::json!({"at_us": 1500, "connection": "query-1", "direction": direction,
            "kind": "text", "payload": payload});
        entry.to_string() + "\n"
    }

    #[test]
    fn each_message_is_a_row_with_its_direction_and_the_end_says_why() {
        let text = drawn(&(line("sent", "{\"type\":\"ping\"}") + &line("received", "<b>"))).unwrap();
        assert!(text.contains("class=\"sent c0\"") && text.contains("class=\"received c0\""), "{text}");
        assert!(text.contains("0.002 s") || text.contains("0.001 s"), "{text}");
        assert!(text.contains("&lt;b&gt;") && text.contains("li class=\"end\""), "{text}");
    }

    #[test]
    fn a_message_is_named_where_it_names_itself() {
        let named = |payload: &str| name(payload).unwrap_or_default();
        assert_eq!(named(r#"{"type":"pong","id":1}"#), "pong");
        assert_eq!(named(r#"{"type":"event","event_name":"progress_update"}"#), "event progress_update");
        assert_eq!(named(r#"{"event":"ready"}"#), "ready");
        assert_eq!((named("GET / HTTP/1.1"), named("[1]"), named(r#"{"type":7}"#)), Default::default());
        let text = drawn(&line("received", r#"{"type":"<b>"}"#)).unwrap();
        assert!(text.contains("text &lt;b&gt;"), "{text}");
    }

    #[test]
    fn the_begin_is_said_in_words() {
        let text = drawn(&line("note", "{\"check\":\"life.ping\",\"seed\":7}")).unwrap();
        assert!(text.contains("life.ping begins, seed 7"), "{text}");
        assert!(drawn(&line("note", "cut")).unwrap().contains("query-1: cut"));
    }

    #[test]
    fn a_long_one_shows_its_beginning_and_its_end() {
        let lines: String = (0..500).map(|at| line("sent", &format!("message {at}"))).collect();
        let text = drawn(&lines).unwrap();
        assert!(
            text.contains("… 380 more …") && text.contains("message 0<") && text.contains("message 499<")
        );
        assert!(!text.contains("message 200<"));
    }

    #[test]
    fn what_is_no_transcript_has_no_diagram() {
        assert!(drawn("").is_none() && drawn("0.1 << text").is_none() && drawn("{}").is_none());
    }

    proptest! {
        #[test]
        fn any_payload_is_drawn(payload in any::<String>()) {
            prop_assert!(drawn(&line("received", &payload)).is_some());
        }

        #[test]
        fn random_text_never_panics(text in any::<String>()) {
            let _ = drawn(&text);
        }
    }
}
