//! The OpenAPI document by itself.

use std::collections::BTreeSet;

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};

use super::address::parameters;
use super::document::{Document, Kind};
use super::form;
use super::operation::{described, operations};

/// The requests of the protocol; what stands in braces is anything.
const REQUESTS: [(&str, &str); 12] = [
    ("POST", "/api/query"),
    ("GET", "/api/transactions/any"),
    ("GET", "/api/progress/any"),
    ("POST", "/api/sessions"),
    ("GET", "/api/sessions/any"),
    ("DELETE", "/api/sessions/any"),
    ("GET", "/api/database/list"),
    ("POST", "/api/database/select"),
    ("POST", "/api/database/validate"),
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
];

pub(super) fn checks() -> Vec<Check> {
    vec![
        answers_of!("requests-served", "requests-served", "OpenAPI 3.1 is served as JSON", served),
        answers_of!("requests-whole", "requests-whole", "every request of the protocol is described", whole),
        answers_of!(
            "requests-references",
            "references",
            "every reference of the OpenAPI document leads somewhere",
            references
        ),
        answers_of!("requests-schemas", "schemas", "every schema of the OpenAPI document is one", schemas),
        answers_of!(
            "requests-responses",
            "requests-responses",
            "every operation says what it is answered with",
            responses
        ),
        answers_of!(
            "requests-parameters",
            "requests-parameters",
            "what stands in braces in an address is described, and nothing else as being there",
            path_parameters
        ),
        answers_of!("requests-ids", "requests-ids", "no two operations have one id", ids),
    ]
}

async fn served(cx: Context) -> Step {
    let media_types = ["application/json", "application/vnd.oai.openapi+json", "application/openapi+json"];
    form::served(&cx, Kind::Requests, &media_types, "3.1").await
}

async fn references(cx: Context) -> Step {
    form::references(&cx, Kind::Requests).await
}

async fn schemas(cx: Context) -> Step {
    form::schemas(&cx, Kind::Requests).await
}

async fn whole(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    for (method, path) in REQUESTS {
        described(&document, method, path)?;
    }
    Ok(())
}

/// Statuses, ranges of them or `default`, each with words; one of them good.
async fn responses(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    for (_, _, operation) in operations(&document) {
        let Some(responses) = operation.get("responses") else {
            return fail(ReasonCode::Missing, format!("responses at {}", operation.place()), "none");
        };
        let mut good = false;
        for (status, response) in responses.members() {
            let place = format!("{} of {}", status, responses.place());
            ensure(is_status(&status), ReasonCode::WrongValue, "a status, a range or default", &place)?;
            good |= status.starts_with(['1', '2', '3']) || status == "default";
            let words = response.followed().and_then(|response| response.text("description"));
            ensure(words.is_some(), ReasonCode::Missing, &format!("description of {place}"), "none")?;
        }
        let expected = format!("an answer to what is right at {}", responses.place());
        ensure(good, ReasonCode::Missing, &expected, "refusals alone")?;
    }
    Ok(())
}

/// `200`, `4XX`, `default`, or a field of one's own.
fn is_status(key: &str) -> bool {
    let range =
        |key: &str| key.len() == 3 && key.ends_with("XX") && key.starts_with(['1', '2', '3', '4', '5']);
    let code = |key: &str| key.len() == 3 && key.parse::<u16>().is_ok_and(|code| (100..600).contains(&code));
    key == "default" || key.starts_with("x-") || range(key) || code(key)
}

async fn path_parameters(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    let paths = document.root().get("paths");
    for (method, address, operation) in operations(&document) {
        let path = paths.as_ref().and_then(|paths| paths.get(&address));
        let lists = [path.and_then(|path| path.get("parameters")), operation.get("parameters")];
        let all = lists.into_iter().flatten().flat_map(|list| list.members());
        let described = all.filter_map(|(_, parameter)| parameter.followed());
        let in_path: Vec<_> = described.filter(|parameter| parameter.text("in") == Some("path")).collect();
        let place = format!("{method} {address}");
        let named: BTreeSet<&str> = in_path.iter().filter_map(|parameter| parameter.text("name")).collect();
        let wanted: BTreeSet<&str> = parameters(&address).into_iter().collect();
        if named != wanted {
            let expected = format!("parameters {wanted:?} in the path of {place}");
            return fail(ReasonCode::WrongValue, expected, format!("{named:?}"));
        }
        let required = in_path.iter().all(|parameter| parameter.value()["required"] == true);
        ensure(required, ReasonCode::WrongValue, &format!("required parameters of {place}"), "others")?;
    }
    Ok(())
}

async fn ids(cx: Context) -> Step {
    let document = Document::of(&cx, Kind::Requests).await?;
    let mut seen = BTreeSet::new();
    for (_, _, operation) in operations(&document) {
        if let Some(id) = operation.text("operationId") {
            ensure(seen.insert(id.to_owned()), ReasonCode::Duplicate, "an operationId of its own", id)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_told_from_other_words() {
        for good in ["200", "4XX", "default", "x-more"] {
            assert!(is_status(good), "{good}");
        }
        for bad in ["2xx", "99", "600", "ok", "", "X00"] {
            assert!(!is_status(bad), "{bad}");
        }
    }
}
