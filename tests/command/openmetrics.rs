//! A strict reader of the OpenMetrics text format, as far as it is used.

use std::collections::{BTreeMap, BTreeSet};

/// One page: its samples by name with labels, and the type of each family.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) samples: BTreeMap<String, f64>,
    pub(crate) types: BTreeMap<String, String>,
}

impl Page {
    /// Reads a page; panics with the line that is wrong.
    pub(crate) fn read(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end mark: {text}"));
        let mut page = Self::default();
        let mut family = String::new();
        let mut closed = BTreeSet::new();
        for line in body.lines() {
            if let Some(said) = line.strip_prefix("# ") {
                let (keyword, rest) = said.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                let (name, value) = rest.split_once(' ').unwrap_or_else(|| panic!("{line}"));
                if name != family {
                    assert!(
                        closed.insert(std::mem::replace(&mut family, name.to_owned())),
                        "{line}: begun again"
                    );
                    assert!(!closed.contains(name), "{line}: begun again");
                }
                match keyword {
                    "TYPE" => {
                        assert!(page.types.insert(name.to_owned(), value.to_owned()).is_none(), "{line}");
                    }
                    "UNIT" => assert!(name.ends_with(&format!("_{value}")), "{line}"),
                    "HELP" => {}
                    other => panic!("unknown keyword {other}"),
                }
                continue;
            }
            let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            page.fits(&family, name, line);
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(page.samples.insert(name.to_owned(), value).is_none(), "{line}: told twice");
        }
        page.histograms_add_up();
        page
    }

    /// A sample belongs to the family before it, by the endings of its type.
    fn fits(&self, family: &str, name: &str, line: &str) {
        let bare = name.split('{').next().unwrap_or(name);
        let end = bare.strip_prefix(family).unwrap_or_else(|| panic!("{line}: not of {family}"));
        let kind = self.types.get(family).unwrap_or_else(|| panic!("{line}: no type"));
        let ends: &[&str] = match kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "info" => &["_info"],
            "histogram" => &["_bucket", "_sum", "_count"],
            other => panic!("{line}: type {other}"),
        };
        assert!(ends.contains(&end), "{line}: a {kind}");
    }

    fn histograms_add_up(&self) {
        for (name, kind) in &self.types {
            if kind != "histogram" {
                continue;
            }
            let counts = self
                .samples
                .range(format!("{name}_count")..)
                .take_while(|(sample, _)| sample.starts_with(&format!("{name}_count")));
            for (sample, count) in counts {
                let labels = sample.strip_prefix(&format!("{name}_count")).unwrap_or_default();
                let more = labels.trim_matches(['{', '}']);
                let more = if more.is_empty() { String::new() } else { format!(",{more}") };
                let last = self.samples.get(&format!("{name}_bucket{{le=\"+Inf\"{more}}}"));
                assert_eq!(last, Some(count), "{sample}");
            }
        }
    }

    /// The value of a sample.
    pub(crate) fn value(&self, name: &str) -> f64 {
        *self.samples.get(name).unwrap_or_else(|| panic!("no {name} in {:#?}", self.samples))
    }

    /// Nothing that only grows is smaller than in `before`.
    pub(crate) fn goes_on_from(&self, before: &Self) {
        for (name, value) in &before.samples {
            let grows = ["_total", "_bucket", "_count", "_sum"]
                .iter()
                .any(|end| name.split('{').next().is_some_and(|bare| bare.ends_with(end)));
            if grows {
                assert!(self.value(name) >= *value, "{name} fell from {value} to {}", self.value(name));
            }
        }
    }
}
