//! Which files were read through from end to end and found whole, so that the next start need not do it again.
//!
//! Reading all pages takes most of the time of a start. A file that has not been touched since counts as whole;
//! damage that the file system does not know of is found by the statement that meets it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Name of the record, beside the files it is about.
const FILE: &str = "checked.json";

/// What changes when somebody touches a file; the time of change can't be set back by a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stamp {
    inode: u64,
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self {
            inode: found.ino(),
            length: found.len(),
            seconds: found.ctime(),
            nanoseconds: found.ctime_nsec(),
        })
    }
}

/// Whether the file at `path` is the very one that was found whole before.
pub(super) fn knows(path: &Path) -> bool {
    let (Some(now), Some(name)) = (Stamp::of(path), name(path)) else { return false };
    read(path).get(name) == Some(&now)
}

/// Remembers that the file at `path` is whole. A record that can't be written costs the next start its time.
pub(super) fn remember(path: &Path) {
    let (Some(now), Some(name), Some(folder)) = (Stamp::of(path), name(path), path.parent()) else { return };
    let mut all = read(path);
    all.insert(name.to_owned(), now);
    let written = || -> std::io::Result<()> {
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&all)?)?;
        file.persist(folder.join(FILE)).map_err(|error| error.error)?;
        Ok(())
    };
    if let Err(error) = written() {
        tracing::debug!(%error, "the record of checked files can't be written");
    }
}

/// What is recorded beside `path`; nothing if there is no record, or none that can be read.
fn read(path: &Path) -> BTreeMap<String, Stamp> {
    let text = path.parent().and_then(|folder| std::fs::read(folder.join(FILE)).ok());
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_until_it_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one.sqlite"), folder.path().join("other.sqlite"));
        std::fs::write(&one, "whole").unwrap();
        std::fs::write(&other, "whole").unwrap();
        assert!(!knows(&one));
        remember(&one);
        remember(&other);
        assert!(knows(&one) && knows(&other));
        std::fs::write(&one, "whole and more").unwrap();
        assert!(!knows(&one) && knows(&other));
        // The same bytes under the same name are another file.
        std::fs::copy(&other, folder.path().join("copy")).unwrap();
        std::fs::rename(folder.path().join("copy"), &other).unwrap();
        assert!(!knows(&other));
    }

    #[test]
    fn a_record_that_is_none_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.sqlite");
        std::fs::write(&file, "whole").unwrap();
        std::fs::write(folder.path().join(FILE), "{\"one.sqlite\": 7}").unwrap();
        assert!(!knows(&file));
        remember(&file);
        assert!(knows(&file));
    }
}
