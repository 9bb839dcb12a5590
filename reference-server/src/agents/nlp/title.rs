//! The title of an answer.

use super::planner::words;
use super::tree::{Dimension, Filter, QueryTree};

/// Such as "Top 5 customers by purchase amount, 2024".
pub(super) fn title(tree: &QueryTree) -> String {
    let measures: Vec<&str> = tree.measures.iter().map(|measure| measure.title.as_str()).collect();
    let names: Vec<String> = tree.dimensions.iter().map(name).collect();
    let measured = measures.join(" and ");
    let mut title = match tree.limit {
        Some(limit) if !names.is_empty() => {
            let end = if tree.order.first().is_some_and(|key| key.descending) { "Top" } else { "Bottom" };
            let many = names.join(" and ");
            let many = if limit == 1 { many } else { format!("{limit} {}", plural(&many)) };
            format!("{end} {many} by {}", measured.to_lowercase())
        }
        _ if tree.count_groups => format!("Number of {}", plural(&names.join(" and "))),
        _ if !tree.columns.is_empty() => capital(&words(&tree.base)),
        _ if names.is_empty() => measured,
        _ => format!("{measured} by {}", names.join(" and ")),
    };
    if tree.share {
        title.push_str(", with shares");
    }
    let mut details: Vec<String> = tree.filters.iter().filter_map(filter).collect();
    let limited = tree.having.iter().filter_map(|condition| tree.measures.get(condition.measure));
    details.extend(limited.map(|measure| format!("limited by {}", measure.title.to_lowercase())));
    details.extend(tree.span.as_ref().map(|span| span.text.clone()));
    if !details.is_empty() {
        title = format!("{title}, {}", details.join(", "));
    }
    title
}

fn name(dimension: &Dimension) -> String {
    words(dimension.alias().trim_end_matches("_id").trim_end_matches("_key"))
}

pub(super) fn filter(filter: &Filter) -> Option<String> {
    match filter {
        Filter::OneOf { values, negated: false, .. } => Some(values.join(" or ")),
        Filter::OneOf { values, negated: true, .. } => Some(format!("without {}", values.join(" or "))),
        Filter::Compare { column, .. } => {
            Some(format!("limited by {}", words(column.column.trim_end_matches("_cents"))))
        }
    }
}

pub(super) fn plural(name: &str) -> String {
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ if name.ends_with('s') => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
