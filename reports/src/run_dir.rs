//! The folder of one run.
//!
//! Invariants: a file is there whole or not at all (temporary file, fsync, rename); `latest` points at a
//! complete run or is not there, because only [`RunDir::publish`] moves it, by one rename, as the last step.
//! A run that is killed therefore leaves the earlier `latest` as it was.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;

use crate::ReportError;

/// Name of the link to the newest complete run.
pub const LATEST: &str = "latest";

/// Runs of one command in one second are told apart by a number; beyond this something is wrong.
const MOST_IN_ONE_SECOND: u32 = 10_000;

/// The folder `<out>/<UTC time>-<command>/` of one run.
#[derive(Debug, Clone)]
pub struct RunDir {
    out: PathBuf,
    path: PathBuf,
}

impl RunDir {
    /// Makes the folder for a run of `command` begun at `now`, and `out` above it where needed.
    ///
    /// # Errors
    /// [`ReportError::Write`] naming the folder that could not be made.
    pub fn create(out: &Path, command: &str, now: Timestamp) -> Result<Self, ReportError> {
        fs::create_dir_all(out).map_err(ReportError::write(out))?;
        let stem = format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), file_stem(command));
        for attempt in 1..=MOST_IN_ONE_SECOND {
            let name = if attempt == 1 { stem.clone() } else { format!("{stem}-{attempt}") };
            let path = out.join(name);
            // `create_dir` either makes it or finds it there: two runs never get the same folder.
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { out: out.to_owned(), path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(ReportError::write(&path)(error)),
            }
        }
        let path = out.join(stem);
        Err(ReportError::Write { path, source: io::Error::from(io::ErrorKind::AlreadyExists) })
    }

    /// The folder of an earlier run, to render its reports again.
    ///
    /// # Errors
    /// [`ReportError::Read`] when there is no such folder.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let path = fs::canonicalize(path).map_err(ReportError::read(path))?;
        let out = path.parent().map_or_else(|| path.clone(), Path::to_owned);
        Ok(Self { out, path })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one file whole and durably: temporary file beside it, fsync, rename. `name` may lie in a
    /// folder below, such as `transcripts/a.txt`.
    ///
    /// # Errors
    /// [`ReportError::Write`] naming the file, [`ReportError::UnsafeName`] for a name that leads out.
    pub fn write(&self, name: &str, contents: &[u8]) -> Result<PathBuf, ReportError> {
        let path = self.place(name, contents, true)?;
        self.sync_folder(path.parent().unwrap_or(&self.path))?;
        Ok(path)
    }

    /// Writes many small files, each whole, without waiting for the disk after each one.
    ///
    /// # Errors
    /// As [`RunDir::write`], at the first file that fails.
    pub fn write_many<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<(), ReportError> {
        for (name, contents) in files {
            self.place(name, contents, false)?;
        }
        self.sync_folder(&self.path)
    }

    /// Points `latest` at this run, by one rename. To be called last, when every file is written.
    ///
    /// # Errors
    /// [`ReportError::LatestIsNoLink`] when something else has that name, [`ReportError::Write`] otherwise.
    pub fn publish(&self) -> Result<PathBuf, ReportError> {
        let link = self.out.join(LATEST);
        if fs::symlink_metadata(&link).is_ok_and(|metadata| !metadata.is_symlink()) {
            return Err(ReportError::LatestIsNoLink { path: link });
        }
        let name = self.path.file_name().unwrap_or_default();
        // The run's own name is unique, so two runs that end together don't share a temporary link.
        let fresh = self.out.join(format!(".{LATEST}-{}", name.to_string_lossy()));
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ReportError::write(&fresh)(error));
            }
            _ => {}
        }
        symlink(name, &fresh).map_err(ReportError::write(&fresh))?;
        fs::rename(&fresh, &link).map_err(ReportError::write(&link))?;
        self.sync_folder(&self.out)?;
        Ok(link)
    }

    fn place(&self, name: &str, contents: &[u8], durable: bool) -> Result<PathBuf, ReportError> {
        let path = self.path.join(inside(name)?);
        let folder = path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder).map_err(ReportError::write(folder))?;
        let written = (|| {
            let mut file = tempfile::Builder::new()
                .prefix(".part-")
                .permissions(Permissions::from_mode(0o666))
                .tempfile_in(folder)?;
            file.write_all(contents)?;
            if durable {
                file.as_file().sync_all()?;
            }
            file.persist(&path).map_err(|error| error.error)
        })();
        written.map_err(ReportError::write(&path))?;
        Ok(path)
    }

    fn sync_folder(&self, folder: &Path) -> Result<(), ReportError> {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(ReportError::write(folder))
    }
}

/// `command` as part of a file name: what is no letter, digit or hyphen becomes a hyphen.
fn file_stem(command: &str) -> String {
    command.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect()
}

/// `name` as a relative path that stays below the run's folder.
pub(crate) fn inside(name: &str) -> Result<&Path, ReportError> {
    let path = Path::new(name);
    let stays = !name.is_empty()
        && !name.contains('\0')
        && path.components().all(|component| matches!(component, Component::Normal(_)));
    if stays { Ok(path) } else { Err(ReportError::UnsafeName { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00.25Z".parse().unwrap()
    }

    #[test]
    fn folders_of_one_second_are_told_apart() {
        let out = tempfile::tempdir().unwrap();
        let first = RunDir::create(out.path(), "gate", noon()).unwrap();
        let second = RunDir::create(out.path(), "gate", noon()).unwrap();
        assert_eq!(first.path(), out.path().join("20261121T120000Z-gate"));
        assert_eq!(second.path(), out.path().join("20261121T120000Z-gate-2"));
    }

    #[test]
    fn latest_moves_only_on_publish() {
        let out = tempfile::tempdir().unwrap();
        let first = RunDir::create(out.path(), "gate", noon()).unwrap();
        first.write("verdict.json", b"{}").unwrap();
        let latest = first.publish().unwrap();
        let second = RunDir::create(out.path(), "check", noon()).unwrap();
        second.write("verdict.json", b"{\"half\":true}").unwrap();
        assert_eq!(fs::read(latest.join("verdict.json")).unwrap(), b"{}", "not published: untouched");
        second.publish().unwrap();
        assert_eq!(fs::read(latest.join("verdict.json")).unwrap(), b"{\"half\":true}");
        assert_eq!(fs::read_link(&latest).unwrap(), Path::new("20261121T120000Z-check"), "relative");
    }

    #[test]
    fn nothing_temporary_stays_behind() {
        let out = tempfile::tempdir().unwrap();
        let run = RunDir::create(out.path(), "gate", noon()).unwrap();
        run.write("a.json", b"1").unwrap();
        run.write("a.json", b"2").unwrap();
        run.write_many([("transcripts/x.txt", b"x".as_slice())]).unwrap();
        run.publish().unwrap();
        let names = |path: &Path| {
            let mut names: Vec<_> =
                fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(names(run.path()), ["a.json", "transcripts"]);
        assert_eq!(names(out.path()), ["20261121T120000Z-gate", "latest"]);
        assert_eq!(fs::read(run.path().join("a.json")).unwrap(), b"2");
    }

    #[test]
    fn a_folder_called_latest_is_left_alone() {
        let out = tempfile::tempdir().unwrap();
        fs::create_dir(out.path().join(LATEST)).unwrap();
        let run = RunDir::create(out.path(), "gate", noon()).unwrap();
        assert!(matches!(run.publish(), Err(ReportError::LatestIsNoLink { .. })));
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("file");
        fs::write(&file, b"in the way").unwrap();
        let error = RunDir::create(&file.join("deeper"), "gate", noon()).unwrap_err();
        assert!(error.to_string().contains("file/deeper"), "{error}");
        let run = RunDir::create(out.path(), "gate", noon()).unwrap();
        fs::create_dir(run.path().join("verdict.json")).unwrap();
        let error = run.write("verdict.json", b"{}").unwrap_err();
        assert!(error.to_string().ends_with("gate/verdict.json"), "{error}");
    }

    #[test]
    fn names_cannot_lead_out_of_the_folder() {
        for name in ["", "../x", "/etc/passwd", "a/../../b", ".", "a\0b"] {
            assert!(inside(name).is_err(), "{name:?}");
        }
        assert!(inside("transcripts/a.b-c.txt").is_ok());
    }
}
