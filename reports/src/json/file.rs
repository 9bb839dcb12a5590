//! One report file: written, read back, and refused when it is of another format.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ReportError;
use crate::model::{
    CapacityReport, ComparisonReport, ConformanceReport, LoadReport, ProofReport, SCHEMA_CAPACITY,
    SCHEMA_COMPARE, SCHEMA_CONFORMANCE, SCHEMA_LOAD, SCHEMA_PROVE, SCHEMA_VERDICT, SchemaId, VerdictReport,
};

/// Version of every format this tool writes and reads.
pub const VERSION: u32 = 1;

/// A report that has a file of its own.
pub trait ReportFile: Serialize + DeserializeOwned {
    /// Name of its format, such as `tidegate.verdict`.
    const SCHEMA: &'static str;
}

impl ReportFile for VerdictReport {
    const SCHEMA: &'static str = SCHEMA_VERDICT;
}
impl ReportFile for ConformanceReport {
    const SCHEMA: &'static str = SCHEMA_CONFORMANCE;
}
impl ReportFile for LoadReport {
    const SCHEMA: &'static str = SCHEMA_LOAD;
}
impl ReportFile for ComparisonReport {
    const SCHEMA: &'static str = SCHEMA_COMPARE;
}
impl ReportFile for CapacityReport {
    const SCHEMA: &'static str = SCHEMA_CAPACITY;
}
impl ReportFile for ProofReport {
    const SCHEMA: &'static str = SCHEMA_PROVE;
}

/// Name of the file a report is kept in: `verdict.json` for [`VerdictReport`].
pub fn file_name<R: ReportFile>() -> String {
    let name = R::SCHEMA.rsplit('.').next().unwrap_or(R::SCHEMA);
    format!("{name}.json")
}

/// `report` as the text of its file.
///
/// # Errors
/// [`ReportError::Serialize`] when a value has no JSON form.
pub fn to_text<R: ReportFile>(report: &R) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(report)
        .map_err(|source| ReportError::Serialize { name: file_name::<R>(), source })?;
    text.push('\n');
    Ok(text)
}

/// Reads the file of `R` in the run's folder `dir`; `None` when there is no such file.
///
/// # Errors
/// [`ReportError::Read`], [`ReportError::Malformed`] with line and column, or [`ReportError::Format`].
pub fn read<R: ReportFile>(dir: &Path) -> Result<Option<R>, ReportError> {
    let path = dir.join(file_name::<R>());
    match fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ReportError::read(&path)(error)),
    }
}

/// Only the part of a file that says what it is.
#[derive(serde::Deserialize)]
struct Stamp {
    schema: SchemaId,
}

fn parse<R: ReportFile>(path: &Path, text: &str) -> Result<R, ReportError> {
    let malformed = |source| ReportError::Malformed { path: path.to_owned(), source };
    // The stamp first: a file of another version may well lack fields, and that is not what is wrong with it.
    let found = serde_json::from_str::<Stamp>(text).map_err(malformed)?.schema;
    let expected = SchemaId::new(R::SCHEMA, VERSION);
    if found != expected {
        return Err(ReportError::Format { path: path.to_owned(), expected, found });
    }
    serde_json::from_str(text).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let run = sample::gate_fail();
        let load = run.load.unwrap();
        fs::write(dir.path().join("load.json"), to_text(&load).unwrap()).unwrap();
        assert_eq!(read::<LoadReport>(dir.path()).unwrap(), Some(load));
        assert_eq!(read::<ProofReport>(dir.path()).unwrap(), None);
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let text = r#"{"schema":{"name":"tidegate.verdict","version":7}}"#;
        let error = parse::<VerdictReport>(Path::new("old/verdict.json"), text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "old/verdict.json: expected format tidegate.verdict version 1, found tidegate.verdict version 7"
        );
    }

    #[test]
    fn another_format_is_refused_by_name() {
        let text = r#"{"schema":{"name":"tidegate.load","version":1}}"#;
        let error = parse::<VerdictReport>(Path::new("verdict.json"), text).unwrap_err();
        assert!(matches!(error, ReportError::Format { .. }), "{error}");
    }

    #[test]
    fn a_broken_file_is_named_with_line_and_column() {
        let error = parse::<VerdictReport>(Path::new("verdict.json"), "{\n  \"schema\": 3\n}").unwrap_err();
        assert!(error.to_string().starts_with("verdict.json:2:13: "), "{error}");
    }

    proptest! {
        #[test]
        fn random_text_never_panics(text in ".{0,200}") {
            prop_assert!(parse::<VerdictReport>(Path::new("verdict.json"), &text).is_err());
        }

        #[test]
        fn a_cut_file_is_refused(cut in 1usize..4000) {
            let text = to_text(&sample::gate_fail().verdict).unwrap();
            let end = text.len().saturating_sub(cut.min(text.len() - 1)).max(1);
            if let Some(part) = text.get(..end) {
                prop_assert!(part.trim_end() == text.trim_end() || parse::<VerdictReport>(Path::new("v"), part).is_err());
            }
        }
    }
}
