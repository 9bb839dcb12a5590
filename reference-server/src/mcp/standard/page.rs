//! Cutting long lists into pages. A cursor is opaque to clients: the place in the list where the page begins.

use rmcp::ErrorData;
use rmcp::model::PaginatedRequestParams;

/// The page that was asked for, and the cursor of the next one.
pub(super) fn page<T>(
    items: Vec<T>,
    request: Option<PaginatedRequestParams>,
    size: usize,
) -> Result<(Vec<T>, Option<String>), ErrorData> {
    let cursor = request.and_then(|request| request.cursor);
    let start = match &cursor {
        None => 0,
        Some(cursor) => place(cursor)
            .filter(|place| *place < items.len())
            .ok_or_else(|| ErrorData::invalid_params("no such cursor", None))?,
    };
    let next = start + size;
    let cursor = (next < items.len()).then(|| format!("page-{next}"));
    Ok((items.into_iter().skip(start).take(size).collect(), cursor))
}

fn place(cursor: &str) -> Option<usize> {
    cursor.strip_prefix("page-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cursor: &str) -> Option<PaginatedRequestParams> {
        Some(PaginatedRequestParams::default().with_cursor(Some(cursor.to_owned())))
    }

    #[test]
    fn pages_follow_one_another_and_end() {
        let items: Vec<u32> = (0..7).collect();
        let (first, cursor) = page(items.clone(), None, 3).unwrap();
        assert_eq!(first, [0, 1, 2]);
        let (second, cursor) = page(items.clone(), at(&cursor.unwrap()), 3).unwrap();
        assert_eq!(second, [3, 4, 5]);
        let (third, cursor) = page(items, at(&cursor.unwrap()), 3).unwrap();
        assert_eq!((third, cursor), (vec![6], None));
        assert_eq!(page(vec![1, 2], None, 2).unwrap(), (vec![1, 2], None));
    }

    proptest::proptest! {
        #[test]
        fn a_made_up_cursor_is_refused(cursor in "\\PC{0,20}") {
            let known = place(&cursor).is_some_and(|place| place < 2);
            proptest::prop_assert_eq!(page(vec![1, 2], at(&cursor), 1).is_ok(), known);
        }
    }
}
