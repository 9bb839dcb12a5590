//! Which address of a document a path is: `/api/sessions/{session_id}` is that of `/api/sessions/x`.

/// How well `template` fits `path`: the number of segments that are the same; `None` when it does not.
pub(super) fn fit(template: &str, path: &str) -> Option<usize> {
    let plain = |text: &str| text.split(['?', '#']).next().unwrap_or_default().trim_matches('/').to_owned();
    let (template, path) = (plain(template), plain(path));
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut same = 0;
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(same),
            (Some(wanted), Some(given)) if wanted == given => same += 1,
            (Some(wanted), Some(given)) if is_parameter(wanted) && !given.is_empty() => {}
            _ => return None,
        }
    }
}

/// True for `{name}`.
fn is_parameter(segment: &str) -> bool {
    segment.len() > 2 && segment.starts_with('{') && segment.ends_with('}')
}

/// Names of the parameters in a template.
pub(super) fn parameters(template: &str) -> Vec<&str> {
    let segments = template.split(['/', '?', '&', '=']);
    segments.filter(|segment| is_parameter(segment)).map(|name| &name[1..name.len() - 1]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn templates_fit_their_paths() {
        for (template, path, expected) in [
            ("/health", "/health", Some(1)),
            ("/health", "/health?x=1", Some(1)),
            ("health/", "/health", Some(1)),
            ("/api/sessions/{id}", "/api/sessions/abc", Some(2)),
            ("/api/sessions/{id}", "/api/sessions", None),
            ("/api/sessions/{id}", "/api/sessions/", None),
            ("/api/sessions/{id}", "/api/sessions/a/b", None),
            ("/api/{kind}/list", "/api/database/list", Some(2)),
            ("/", "/", Some(1)),
            ("/a", "/b", None),
        ] {
            assert_eq!(fit(template, path), expected, "{template} {path}");
        }
        assert_eq!(parameters("/a/{b}/c/{d}"), ["b", "d"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(template in "\\PC{0,30}", path in "\\PC{0,30}") {
            let _ = (fit(&template, &path), parameters(&template));
        }

        #[test]
        fn every_path_fits_itself(path in "(/[a-z{}]{1,8}){1,4}") {
            prop_assert!(fit(&path, &path).is_some());
        }
    }
}
