//! Prometheus' text format, read strictly.

use std::collections::{BTreeMap, BTreeSet};

/// One line with a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// A page of figures.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Name → type, in no order.
    pub(super) types: BTreeMap<String, String>,
    pub(super) samples: Vec<Sample>,
}

/// The types there are.
const TYPES: [&str; 8] =
    ["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset"];

impl Page {
    /// Reads a page; what is wrong is told with its line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut page = Self::default();
        let mut over: BTreeSet<String> = BTreeSet::new();
        let mut family = String::new();
        let mut seen = BTreeSet::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if let Some(comment) = line.strip_prefix('#') {
                page.comment(comment, &seen).map_err(|why| format!("{why}: {line:?}"))?;
                continue;
            }
            let sample = sample(line).ok_or_else(|| format!("no sample: {line:?}"))?;
            let of = page.family(&sample.name).to_owned();
            if of != family {
                if !over.insert(of.clone()) {
                    return Err(format!("lines of {of} in two places: {line:?}"));
                }
                family = of;
            }
            if !seen.insert(format!("{} {:?}", sample.name, sample.labels)) {
                return Err(format!("the same twice: {line:?}"));
            }
            page.samples.push(sample);
        }
        Ok(page)
    }

    fn comment(&mut self, comment: &str, seen: &BTreeSet<String>) -> Result<(), String> {
        let mut words = comment.split_whitespace();
        if words.next() != Some("TYPE") {
            return Ok(());
        }
        let (Some(name), Some(kind), None) = (words.next(), words.next(), words.next()) else {
            return Err("TYPE with a name and a type".to_owned());
        };
        if !TYPES.contains(&kind) {
            return Err("no type of figures".to_owned());
        }
        if seen.iter().any(|known| known.split(' ').next() == Some(name)) {
            return Err("TYPE behind its figures".to_owned());
        }
        if self.types.insert(name.to_owned(), kind.to_owned()).is_some() {
            return Err("TYPE twice".to_owned());
        }
        Ok(())
    }

    /// What a sample belongs to: `x` for `x_bucket` where `x` is a histogram.
    fn family<'a>(&self, name: &'a str) -> &'a str {
        let parts = ["_bucket", "_sum", "_count", "_total", "_created"];
        let base = parts.iter().find_map(|part| name.strip_suffix(part));
        base.filter(|base| self.types.contains_key(*base)).unwrap_or(name)
    }

    /// The sum of all samples of this name; `None` when there is none.
    pub(super) fn total(&self, name: &str) -> Option<f64> {
        let found: Vec<f64> =
            self.samples.iter().filter(|sample| sample.name == name).map(|sample| sample.value).collect();
        (!found.is_empty()).then(|| found.iter().sum())
    }

    /// What is wrong with a histogram, if anything is.
    pub(super) fn histogram_fault(&self, name: &str) -> Option<String> {
        let (bucket, count, sum) = (format!("{name}_bucket"), format!("{name}_count"), format!("{name}_sum"));
        let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for sample in self.samples.iter().filter(|sample| sample.name == bucket) {
            let mut labels = sample.labels.clone();
            let Some(bound) = labels.remove("le").and_then(|bound| bound.parse::<f64>().ok()) else {
                return Some(format!("{bucket} without le"));
            };
            series.entry(format!("{labels:?}")).or_default().push((bound, sample.value));
        }
        let of = |name: &str, labels: &str| {
            let mut samples = self.samples.iter().filter(|sample| sample.name == name);
            samples.find(|sample| format!("{:?}", sample.labels) == labels).map(|sample| sample.value)
        };
        for (labels, buckets) in series {
            let place = format!("{name} {labels}");
            if buckets.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                return Some(format!("{place}: bounds that do not rise"));
            }
            if buckets.windows(2).any(|pair| pair[0].1 > pair[1].1) {
                return Some(format!("{place}: buckets that fall"));
            }
            let Some((_, all)) = buckets.last().filter(|(bound, _)| bound.is_infinite()) else {
                return Some(format!("{place}: no bucket +Inf"));
            };
            if of(&count, &labels) != Some(*all) {
                return Some(format!("{place}: {:?} in {count}, {all} in +Inf", of(&count, &labels)));
            }
            if of(&sum, &labels).is_none() {
                return Some(format!("{place}: no {sum}"));
            }
        }
        None
    }
}

/// `name{label="text",…} value timestamp?`, perhaps with an example behind it.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(|char: char| !char.is_ascii_alphanumeric() && char != '_' && char != ':')?;
    let (name, rest) = line.split_at(end);
    if name.is_empty() || name.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let figures = rest.split(" # ").next()?;
    let mut words = figures.split_whitespace();
    let value = words.next()?.parse().ok()?;
    if let Some(timestamp) = words.next() {
        timestamp.parse::<f64>().ok()?;
    }
    words.next().is_none().then(|| Sample { name: name.to_owned(), labels, value })
}

/// Labels behind `{`, and what is behind `}`.
fn labels(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Some((labels, behind));
        }
        let (name, behind) = rest.split_once('=')?;
        let mut value = String::new();
        let mut chars = behind.trim_start().strip_prefix('"')?.char_indices();
        let body = behind.trim_start().strip_prefix('"')?;
        let end = loop {
            match chars.next()? {
                (at, '"') => break at,
                (_, '\\') => match chars.next()?.1 {
                    'n' => value.push('\n'),
                    char @ ('"' | '\\') => value.push(char),
                    _ => return None,
                },
                (_, char) => value.push(char),
            }
        };
        let name = name.trim();
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !plain || name.is_empty() || labels.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = body.get(end + 1..)?.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.starts_with('}') => rest,
            None => return None,
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: &str = "# HELP a About.\n# TYPE a counter\na 1\n\n# TYPE h histogram\n\
        h_bucket{le=\"0.5\",x=\"q\\\"\"} 1\nh_bucket{le=\"+Inf\",x=\"q\\\"\"} 2\nh_sum{x=\"q\\\"\"} 0.25\n\
        h_count{x=\"q\\\"\"} 2 1700000000000\nb{} NaN\n";

    #[test]
    fn a_good_page_is_read() {
        let page = Page::parse(GOOD).unwrap();
        assert_eq!(page.total("a"), Some(1.0));
        assert_eq!(page.total("none"), None);
        assert_eq!(page.types["h"], "histogram");
        assert_eq!(page.histogram_fault("h"), None);
    }

    #[test]
    fn bad_pages_are_told() {
        for (text, why) in [
            ("a one\n", "no sample"),
            ("1a 1\n", "no sample"),
            ("a{x=1} 1\n", "no sample"),
            ("a{x=\"1\" y=\"2\"} 1\n", "no sample"),
            ("a 1\nb 1\na{x=\"1\"} 1\n", "in two places"),
            ("a 1\na 2\n", "the same twice"),
            ("a 1\n# TYPE a counter\n", "behind its figures"),
            ("# TYPE a counter\n# TYPE a counter\n", "TYPE twice"),
            ("# TYPE a number\n", "no type"),
        ] {
            let told = Page::parse(text).unwrap_err();
            assert!(told.contains(why), "{text:?}: {told}");
        }
    }

    #[test]
    fn bad_histograms_are_told() {
        for (from, to, why) in [
            ("h_bucket{le=\"0.5\",x=\"q\\\"\"} 1", "h_bucket{le=\"0.5\",x=\"q\\\"\"} 3", "fall"),
            ("h_count{x=\"q\\\"\"} 2", "h_count{x=\"q\\\"\"} 3", "in h_count"),
            ("h_sum{x=\"q\\\"\"} 0.25\n", "", "no h_sum"),
            ("le=\"+Inf\"", "le=\"0.9\"", "no bucket +Inf"),
            ("le=\"+Inf\"", "le=\"0.1\"", "do not rise"),
        ] {
            let page = Page::parse(&GOOD.replace(from, to)).unwrap();
            let told = page.histogram_fault("h").unwrap();
            assert!(told.contains(why), "{to}: {told}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "([a-z#{}\"=, \\\\0-9.+]|\\PC|\n){0,80}") {
            let _ = Page::parse(&text);
        }
    }
}
