//! Names of operations, from what is said.

use scenarios::threshold::OPERATIONS;
use serde_json::Value;

/// Fields that say what kind of message it is, the likeliest first.
const KINDS: [&str; 9] = ["type", "event", "kind", "action", "op", "method", "command", "cmd", "topic"];

/// The field that says what kind of message `json` is, and what it says.
pub(super) fn kind(json: &Value) -> Option<(&'static str, &str)> {
    KINDS.into_iter().find_map(|field| {
        let value = json.get(field)?.as_str()?;
        (!value.is_empty() && value.len() <= 64 && !value.contains(char::is_whitespace))
            .then_some((field, value))
    })
}

/// `text` as the name of an operation.
pub(super) fn operation(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let plain = plain.trim_matches('_');
    let named = match plain.chars().next() {
        None => "message".to_owned(),
        Some(first) if first.is_ascii_alphabetic() => plain.to_owned(),
        Some(_) => format!("message_{plain}"),
    };
    match OPERATIONS.contains(&named.as_str()) || named == "errors" {
        true => format!("{named}_message"),
        false => named,
    }
}

/// The name of a request: its method and path, without what looks like an id.
pub(super) fn request(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts = path.split('/').filter(|part| !part.is_empty()).map(|part| {
        let is_id = part.len() >= 8 && part.chars().any(|c| c.is_ascii_digit());
        if is_id || part.chars().all(|c| c.is_ascii_digit()) { "id" } else { part }
    });
    operation(&std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_taken_from_what_is_said() {
        assert_eq!(kind(&json!({"id": 1, "type": "query"})), Some(("type", "query")));
        assert_eq!(kind(&json!({"type": "two words", "op": "sub"})), Some(("op", "sub")));
        assert_eq!(kind(&json!([1])), None);
        assert_eq!(operation("heartbeat"), "heartbeat_message");
        assert_eq!(operation("Näme-1"), "n_me_1");
        assert_eq!(operation("42"), "message_42");
        assert_eq!(
            request("GET", "/api/v1/users/4711/orders/ab12cd34ef?x=1"),
            "get_api_v1_users_id_orders_id"
        );
        assert_eq!(request("GET", "/"), "get");
    }

    proptest::proptest! {
        #[test]
        fn any_name_can_be_used(text in "\\PC{0,30}") {
            let name = operation(&text);
            proptest::prop_assert!(name.starts_with(|c: char| c.is_ascii_alphabetic()));
            proptest::prop_assert!(!OPERATIONS.contains(&name.as_str()));
        }
    }
}
