//! What a scraper takes, by its `Accept` header.

use super::page::PageFormat;

/// The format that `accept` prefers. Who asks for nothing, or for something that is not there, gets the older format,
/// which everybody reads.
pub(super) fn preferred(accept: &str) -> PageFormat {
    let best = |kind: fn(&str, &str) -> bool| {
        accept
            .split(',')
            .filter_map(|range| weight(range, kind))
            .fold(None, |best: Option<f32>, weight| Some(best.map_or(weight, |best| best.max(weight))))
    };
    let open = best(|media, version| media == "application/openmetrics-text" && is_known(version));
    let text = best(|media, _| matches!(media, "text/plain" | "text/*"));
    match (open.filter(|weight| *weight > 0.0), text.unwrap_or(0.0)) {
        (Some(open), text) if open >= text => PageFormat::OpenMetrics,
        _ => PageFormat::Prometheus,
    }
}

/// Versions of OpenMetrics whose readers understand 1.0.0; none is any.
fn is_known(version: &str) -> bool {
    matches!(version, "" | "0.0.1" | "1.0.0")
}

/// The weight of one range of `accept`, when it is of `kind`.
fn weight(range: &str, kind: fn(&str, &str) -> bool) -> Option<f32> {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let (mut weight, mut version) = (1.0, String::new());
    for part in parts {
        let Some((key, value)) = part.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match key.trim().to_ascii_lowercase().as_str() {
            "q" => weight = value.parse().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0),
            "version" => value.clone_into(&mut version),
            _ => {}
        }
    }
    kind(&media, &version).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_prefers_open_metrics_gets_it() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                          application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.3";
        for (accept, format) in [
            (prometheus, PageFormat::OpenMetrics),
            ("application/openmetrics-text", PageFormat::OpenMetrics),
            ("Application/OpenMetrics-Text; version=\"1.0.0\"", PageFormat::OpenMetrics),
            ("text/plain, application/openmetrics-text;q=0.9", PageFormat::Prometheus),
            ("application/openmetrics-text;q=0", PageFormat::Prometheus),
            ("application/openmetrics-text;version=9.0.0", PageFormat::Prometheus),
            ("", PageFormat::Prometheus),
            ("*/*", PageFormat::Prometheus),
            ("image/png", PageFormat::Prometheus),
        ] {
            assert_eq!(preferred(accept), format, "{accept:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_headers_never_panic(accept in "\\PC{0,120}") {
            let _ = preferred(&accept);
        }
    }
}
