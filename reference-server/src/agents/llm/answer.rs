//! The statement in what a model said.

use serde::Deserialize;

/// An answer as JSON.
#[derive(Deserialize)]
struct Object {
    sql: Option<String>,
}

/// Finds the statement: in a JSON object's `sql`, in a fence, or as the whole text. Thoughts before it are skipped.
/// `None` when there is none.
pub(in crate::agents) fn statement(answer: &str) -> Option<String> {
    let answer = answer.rsplit_once("</think>").map_or(answer, |(_, after)| after).trim();
    let fenced = fence(answer);
    let candidates = [Some(answer), fenced.as_ref().map(|(_, text)| *text)];
    let in_json = candidates
        .into_iter()
        .flatten()
        .find_map(|text| serde_json::from_str::<Object>(text).ok().and_then(|object| object.sql));
    let found = in_json.or_else(|| match fenced {
        Some((kind, text)) if kind.is_empty() || !kind.eq_ignore_ascii_case("json") => Some(text.to_owned()),
        Some(_) => None,
        None => begins_as_query(answer).then(|| answer.to_owned()),
    })?;
    let statement = found.trim().trim_end_matches(';').trim_end();
    (!statement.is_empty()).then(|| statement.to_owned())
}

/// The first fence: what stands behind its opening, and its text. One that is not closed reaches to the end.
fn fence(text: &str) -> Option<(&str, &str)> {
    let (_, after) = text.split_once("```")?;
    let (kind, after) = after.split_once('\n')?;
    Some((kind.trim(), after.split_once("```").map_or(after, |(inside, _)| inside).trim()))
}

fn begins_as_query(text: &str) -> bool {
    let word = text.split(|sign: char| !sign.is_ascii_alphabetic()).next().unwrap_or_default();
    ["select", "with"].iter().any(|query| word.eq_ignore_ascii_case(query))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_found_however_they_are_wrapped() {
        for answer in [
            "SELECT 1",
            "select 1;\n",
            "Here you are:\n```sql\nSELECT 1;\n```\nIt counts.",
            "```\nSELECT 1\n```",
            "{\"sql\":\"SELECT 1\",\"why\":\"x\"}",
            "```json\n{\"sql\": \"SELECT 1\"}\n```",
            "<think>SELECT 2? no</think>SELECT 1",
            "```SQL\nSELECT 1",
        ] {
            let found = statement(answer).unwrap_or_else(|| panic!("{answer}"));
            assert!(found.eq_ignore_ascii_case("select 1"), "{answer}: {found}");
        }
        for answer in
            ["", "I can't do that.", "{\"sql\":null}", "```json\n{}\n```", "```sql\n```", "DROP TABLE x"]
        {
            assert_eq!(statement(answer), None, "{answer}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_answers_never_panic(answer in "(```|json|\\{|\\}|\"sql\"|:|\n|;|select|</think>|\\PC){0,30}") {
            let _ = statement(&answer);
        }
    }
}
