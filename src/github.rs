//! GitHub Actions: annotations on standard error, where they can't break machine output, and a step summary.

use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::Context as _;
use reports::RunReport;

use crate::arguments::Global;

/// True when it was asked for, or when the runner says that it is one.
pub(crate) fn is_wanted(global: &Global) -> bool {
    global.github || std::env::var("GITHUB_ACTIONS").is_ok_and(|value| value == "true")
}

/// Writes annotations, and the summary where the runner names a file for it.
pub(crate) fn tell(report: &RunReport) -> anyhow::Result<()> {
    std::io::stderr()
        .write_all(reports::github::annotations(report).as_bytes())
        .context("can't write to standard error")?;
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    // The file belongs to the whole step: what others wrote stays.
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .and_then(|mut file| file.write_all(reports::markdown::summary(report).as_bytes()))
        .with_context(|| format!("can't write the step summary {}", path.to_string_lossy()))
}
