//! Where the shards of a run over many machines put their results: a bucket or a folder they share.
//!
//! Each shard has a folder of its own below it, `shard-00003-of-00008`. Its record is written last, so that a shard
//! that is there is there whole.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use loadgen::shards::{Member, RECORD_FILE, ShardRecord, Share};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::time::timeout;
use url::Url;

use crate::exit::Failure;
use crate::setup;
use crate::workers::HDR_FILE;

/// Longest time that one file may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// How the folder of every shard begins.
const FOLDER: &str = "shard-";

/// A bucket or folder.
pub(crate) struct Results {
    store: Box<dyn ObjectStore>,
    place: Key,
    url: String,
}

impl Results {
    /// The one at `url`: `s3://bucket/folder`, `file:///folder`, or a folder of this machine.
    ///
    /// # Errors
    /// It is no such address, or the variables of a bucket can't be used: the user's mistake.
    pub(crate) fn open(url: &str) -> anyhow::Result<Self> {
        let refuse =
            |why: String| -> anyhow::Error { Failure::Usage(format!("--results {url:?}: {why}")).into() };
        let parsed = match url.contains("://") {
            true => Url::parse(url).map_err(|error| refuse(error.to_string()))?,
            false => {
                let folder = std::path::absolute(url).map_err(|error| refuse(error.to_string()))?;
                Url::from_directory_path(folder).map_err(|()| refuse("is no folder".to_owned()))?
            }
        };
        if !matches!(parsed.scheme(), "s3" | "s3a" | "file") {
            return Err(refuse("expected s3://bucket/folder, file:///folder or a folder".to_owned()));
        }
        let variables = setup::environment().into_iter().filter(|(name, _)| name.starts_with("AWS_"));
        let (store, place) =
            object_store::parse_url_opts(&parsed, variables).map_err(|error| refuse(error.to_string()))?;
        Ok(Self { store, place, url: url.to_owned() })
    }

    /// Puts the files of a shard there, the record last.
    pub(crate) async fn put(&self, share: Share, folder: &Path) -> anyhow::Result<()> {
        for name in ["load.json", "verdict.json", HDR_FILE, RECORD_FILE] {
            let path = folder.join(name);
            let contents = match std::fs::read(&path) {
                Ok(contents) => contents,
                // A run that came to nothing has no figures.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error).with_context(|| path.display().to_string()),
            };
            let key = self.place.clone().join(name_of(share)).join(name);
            let put = timeout(PATIENCE, self.store.put(&key, PutPayload::from(contents)));
            let put = put.await.map_err(anyhow::Error::new).and_then(|put| put.map_err(anyhow::Error::new));
            put.with_context(|| format!("can't write {name} to {}", self.url))?;
        }
        Ok(())
    }

    /// Every shard that is there.
    pub(crate) async fn shards(&self) -> anyhow::Result<Vec<Member>> {
        let listing = timeout(PATIENCE, self.store.list_with_delimiter(Some(&self.place)));
        let reading = || format!("can't read {}", self.url);
        let listing = listing.await.with_context(reading)?.with_context(reading)?;
        let mut members = Vec::new();
        for folder in listing.common_prefixes {
            if !folder.filename().is_some_and(|name| name.starts_with(FOLDER)) {
                continue;
            }
            let origin = format!("{} in {}", folder.filename().unwrap_or_default(), self.url);
            let Some(record) = self.get(&folder.clone().join(RECORD_FILE)).await? else { continue };
            let Some(hdr_log) = self.get(&folder.join(HDR_FILE)).await? else {
                bail!(Failure::Usage(format!("{origin} has no {HDR_FILE}")));
            };
            members.push(member(origin, &record, hdr_log)?);
        }
        Ok(members)
    }

    async fn get(&self, key: &Key) -> anyhow::Result<Option<Vec<u8>>> {
        let reading = || format!("can't read {key} of {}", self.url);
        let got = timeout(PATIENCE, self.store.get(key)).await.with_context(reading)?;
        let got = match got {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.with_context(reading)?,
        };
        let bytes = timeout(PATIENCE, got.bytes()).await.with_context(reading)?.with_context(reading)?;
        Ok(Some(bytes.into()))
    }
}

/// Name of the folder of a shard.
fn name_of(share: Share) -> String {
    format!("{FOLDER}{:05}-of-{:05}", share.index() + 1, share.of())
}

/// The shards in `folders`: each is that of a shard, or holds such.
pub(crate) fn folders(folders: &[PathBuf]) -> anyhow::Result<Vec<Member>> {
    let mut members = Vec::new();
    for folder in folders {
        if folder.join(RECORD_FILE).is_file() {
            members.push(read(folder)?);
            continue;
        }
        let entries = std::fs::read_dir(folder)
            .map_err(|error| Failure::Usage(format!("can't read {}: {error}", folder.display())))?;
        let mut below: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        below.retain(|folder| folder.join(RECORD_FILE).is_file());
        below.sort();
        if below.is_empty() {
            bail!(Failure::Usage(format!(
                "{} has no {RECORD_FILE}, so it is no shard's, and no folder of shards",
                folder.display()
            )));
        }
        for folder in below {
            members.push(read(&folder)?);
        }
    }
    Ok(members)
}

fn read(folder: &Path) -> anyhow::Result<Member> {
    let file = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path)
            .map_err(|error| Failure::Usage(format!("can't read {}: {error}", path.display())))
    };
    member(folder.display().to_string(), &file(RECORD_FILE)?, file(HDR_FILE)?)
}

fn member(origin: String, record: &[u8], hdr_log: Vec<u8>) -> anyhow::Result<Member> {
    let record = ShardRecord::parse(record, &origin).map_err(setup::usage)?;
    let name = format!("shard {}", record.share);
    Ok(Member { origin, name, record, hdr_log })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_mistakes() {
        for right in ["s3://bucket/night", "file:///tmp/results", "results", "/mnt/results"] {
            let opened = Results::open(right);
            assert!(opened.is_ok(), "{right}: {:?}", opened.err());
        }
        for wrong in ["http://host/x", "s3:///x", "gs://bucket/x", "ftp://x"] {
            let error = Results::open(wrong).err().unwrap().to_string();
            assert!(error.contains(&format!("--results {wrong:?}")), "{error}");
        }
    }

    #[tokio::test]
    async fn what_no_shard_has_written_is_no_shard() {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::open(&folder.path().display().to_string()).unwrap();
        assert!(results.shards().await.unwrap().is_empty());
        let share: Share = "2/3".parse().unwrap();
        let from = folder.path().join("run");
        std::fs::create_dir(&from).unwrap();
        std::fs::write(from.join("load.json"), "{}").unwrap();
        results.put(share, &from).await.unwrap();
        assert!(folder.path().join("shard-00002-of-00003/load.json").is_file());
        assert!(results.shards().await.unwrap().is_empty(), "a shard without its record is not there yet");
        std::fs::write(from.join(RECORD_FILE), "{}").unwrap();
        std::fs::write(from.join(HDR_FILE), "").unwrap();
        results.put(share, &from).await.unwrap();
        let error = results.shards().await.unwrap_err().to_string();
        assert!(error.contains("shard-00002-of-00003"), "{error}");
        let error = folders(&[folder.path().join("nothing")]).unwrap_err().to_string();
        assert!(error.contains("can't read"), "{error}");
    }
}
