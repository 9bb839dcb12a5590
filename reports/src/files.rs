//! The files of a run beside its page: their names, and what is in them.

use crate::RunReport;

/// Name of the page.
pub const PAGE_FILE: &str = "index.html";
/// Name of the JUnit file of the checks.
pub(crate) const JUNIT_FILE: &str = "conformance.junit.xml";
/// Name of the JUnit file of a load run.
pub(crate) const LOAD_JUNIT_FILE: &str = "load.junit.xml";
/// Name of the badge.
pub(crate) const BADGE_FILE: &str = "badge.svg";
/// Folder of the badges of the areas.
pub(crate) const BADGES_FOLDER: &str = "badges";
/// Name of the summary in Markdown.
pub(crate) const SUMMARY_FILE: &str = "summary.md";
/// Name of the rows of a load run.
pub(crate) const TIMELINE_FILE: &str = "timeline.csv";
/// Name of the operations of a load run.
pub(crate) const OPERATIONS_FILE: &str = "operations.csv";
/// Name of the histogram log of a load run.
pub const HISTOGRAMS_FILE: &str = "load.hdr";

/// A file that a page links to.
pub(crate) struct RawFile {
    pub(crate) name: &'static str,
    /// What is in it, in words.
    pub(crate) what: &'static str,
    /// True when a run has it.
    pub(crate) is_there: fn(&RunReport) -> bool,
}

/// Every file a page links to.
pub(crate) const RAW_FILES: [RawFile; 12] = [
    RawFile { name: "verdict.json", what: "the verdict with its reasons", is_there: |_| true },
    RawFile { name: SUMMARY_FILE, what: "the same in Markdown, for a pull request", is_there: |_| true },
    RawFile { name: "load.json", what: "every figure of the load run", is_there: |run| run.load.is_some() },
    RawFile {
        name: HISTOGRAMS_FILE,
        what: "a histogram a second for each operation and clock: HdrHistogram log, V2, compressed, microseconds",
        is_there: |run| run.latency.is_some(),
    },
    RawFile {
        name: TIMELINE_FILE,
        what: "one row a second, for a spreadsheet",
        is_there: |run| run.load.is_some(),
    },
    RawFile { name: OPERATIONS_FILE, what: "one row an operation", is_there: |run| run.load.is_some() },
    RawFile {
        name: LOAD_JUNIT_FILE,
        what: "the thresholds as test cases, for a CI server",
        is_there: |run| run.load.is_some(),
    },
    RawFile { name: "conformance.json", what: "every check", is_there: |run| run.conformance.is_some() },
    RawFile {
        name: JUNIT_FILE,
        what: "the checks as test cases, for a CI server",
        is_there: RunReport::has_junit,
    },
    RawFile { name: "prove.json", what: "every mutant", is_there: |run| run.proof.is_some() },
    RawFile { name: "compare.json", what: "what changed", is_there: |run| run.comparison.is_some() },
    RawFile {
        name: "capacity.json",
        what: "every level of the search",
        is_there: |run| run.capacity.is_some(),
    },
];
