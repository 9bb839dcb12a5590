//! Ids in the page, so that a link can point at every finding.

use std::collections::HashSet;

use maud::{Markup, html};

/// Anchors for `ids` in their order, all different even where ids are not.
pub(super) fn anchors<'a>(kind: &str, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    ids.map(|id| {
        let plain = anchor(kind, id);
        let mut unique = plain.clone();
        let mut next = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{plain}--{next}");
            next += 1;
        }
        unique
    })
    .collect()
}

/// The anchor of `id`: letters, digits, dots and hyphens stay, everything else becomes its number.
pub(super) fn anchor(kind: &str, id: &str) -> String {
    let mut anchor = format!("{kind}-");
    for c in id.chars().take(120) {
        if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
            anchor.push(c);
        } else {
            anchor.push_str(&format!("_{:x}_", u32::from(c)));
        }
    }
    anchor
}

/// A small link of a heading to itself.
pub(super) fn self_link(anchor: &str, what: &str) -> Markup {
    html! { a.self href=(format!("#{anchor}")) aria-label=(format!("Link to {what}")) { "#" } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_unique_and_readable() {
        let made = anchors("check", ["a.b-c", "a.b-c", "a b", "a_b"].into_iter());
        assert_eq!(made, ["check-a.b-c", "check-a.b-c--2", "check-a_20_b", "check-a_5f_b"]);
    }
}
