//! A part of a run as a file, `shard.json`, to be made one with the others later and elsewhere.

use jiff::Timestamp;
use reports::model::{DatabaseFigures, Header, SchemaId};
use scenarios::Scenario;
use serde::{Deserialize, Serialize};

use super::{ClockOffset, ShardError, Share, Takings};
use crate::options::Ending;

/// Name of the format.
pub const SCHEMA_SHARD: &str = "tidegate.shard";

/// Version of the format that is written and read.
const VERSION: u32 = 1;

/// Name of the file.
pub const RECORD_FILE: &str = "shard.json";

/// A part of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardRecord {
    /// Common fields.
    #[serde(flatten)]
    pub header: Header,
    /// What the user calls the run, to tell it from others.
    pub run: Option<String>,
    /// Which part it is.
    pub share: Share,
    /// The scenario of the whole run, with everything the command line said.
    pub scenario: Scenario,
    /// Name of the target.
    pub target: String,
    /// The database, as far as it was known.
    pub database: DatabaseFigures,
    /// The moment planned for the start, by this machine's clock.
    pub planned_at: Timestamp,
    /// How much later it really began, microseconds.
    pub late_us: u64,
    /// This machine's clock beside the target's.
    pub clock: Option<ClockOffset>,
    /// How it ended.
    pub ending: Ending,
    /// What makes it invalid beside its figures: processes that were lost on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Everything that was measured.
    pub takings: Takings,
}

impl ShardRecord {
    /// The schema of the file.
    pub fn schema() -> SchemaId {
        SchemaId::new(SCHEMA_SHARD, VERSION)
    }

    /// As the text of its file.
    ///
    /// # Errors
    /// A value has no JSON form.
    pub fn to_text(&self) -> Result<String, ShardError> {
        serde_json::to_string(self).map_err(|error| ShardError::Record {
            origin: RECORD_FILE.to_owned(),
            message: error.to_string(),
        })
    }

    /// Reads `text`, which came from `origin`.
    ///
    /// # Errors
    /// It is no such file, or one of another version.
    pub fn parse(text: &[u8], origin: &str) -> Result<Self, ShardError> {
        /// Only the part of a file that says what it is.
        #[derive(Deserialize)]
        struct Stamp {
            schema: SchemaId,
        }
        let refuse = |message: String| ShardError::Record { origin: origin.to_owned(), message };
        let stamp: Stamp = serde_json::from_slice(text).map_err(|error| refuse(error.to_string()))?;
        if stamp.schema != Self::schema() {
            return Err(refuse(format!(
                "expected format {SCHEMA_SHARD} version {VERSION}, found {} version {}",
                stamp.schema.name, stamp.schema.version
            )));
        }
        serde_json::from_slice(text).map_err(|error| refuse(error.to_string()))
    }

    /// The moment it really began, microseconds since the epoch, by its own clock.
    pub(super) fn began_us(&self) -> i64 {
        self.planned_at.as_microsecond().saturating_add(i64::try_from(self.late_us).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::family::made;
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for builtin in scenarios::builtins() {
            let scenario = scenarios::load(builtin.name, &[]).unwrap();
            let record = ShardRecord { scenario, ..made::record(1, 4) };
            let text = record.to_text().unwrap();
            assert_eq!(ShardRecord::parse(text.as_bytes(), "x").unwrap(), record, "{}", builtin.name);
        }
    }

    #[test]
    fn another_format_is_refused_by_name() {
        let told = |text: &str| ShardRecord::parse(text.as_bytes(), "a/shard.json").unwrap_err().to_string();
        assert_eq!(
            told(r#"{"schema":{"name":"tidegate.load","version":1}}"#),
            "a/shard.json: expected format tidegate.shard version 1, found tidegate.load version 1"
        );
        assert!(told("{").starts_with("a/shard.json: EOF"));
    }

    proptest! {
        #[test]
        fn a_cut_file_is_refused(cut in 1_usize..2_000) {
            let text = made::record(0, 2).to_text().unwrap();
            let cut = text.floor_char_boundary(text.len() - cut.min(text.len()));
            prop_assert!(ShardRecord::parse(&text.as_bytes()[..cut], "x").is_err());
        }
    }
}
