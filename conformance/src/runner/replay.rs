//! An old run of one check, read from its transcript to be run again.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::Error;
use crate::checks::{self, Check};
use crate::flow::Script;

/// A transcript longer than this is not read.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What a transcript says of the run it is of.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The check.
    pub check: Check,
    /// The seed of the run: a check makes the same random choices again.
    pub seed: u64,
    /// The script that was played, if the check plays one: it alone is played again.
    pub script: Option<Arc<Script>>,
}

#[derive(Deserialize)]
struct Line {
    kind: String,
    payload: String,
}

#[derive(Deserialize)]
struct Begun {
    check: String,
    seed: u64,
}

impl Replay {
    /// Reads a transcript: the `.jsonl`, or the `.txt` that has one beside it.
    ///
    /// # Errors
    /// The file can't be read, is no transcript, or is of a check that is no more.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let is_text = path.extension().is_some_and(|ending| ending == "txt");
        let path = if is_text { path.with_extension("jsonl") } else { path.to_owned() };
        let unreadable = |source| Error::Read { path: path.clone(), source };
        let size = std::fs::metadata(&path).map_err(unreadable)?.len();
        if size > LONGEST {
            let cause = format!("{size} bytes are no transcript");
            return Err(Error::Transcript { path, cause });
        }
        let text = std::fs::read_to_string(&path).map_err(unreadable)?;
        Self::parse(&text).map_err(|cause| Error::Transcript { path, cause })
    }

    /// Reads the lines of a transcript.
    fn parse(text: &str) -> Result<Self, String> {
        let (mut begun, mut script) = (None, None);
        for (at, line) in text.lines().enumerate() {
            let line: Line =
                serde_json::from_str(line).map_err(|error| format!("line {}: {error}", at + 1))?;
            match line.kind.as_str() {
                "run" if begun.is_none() => {
                    let found = serde_json::from_str::<Begun>(&line.payload);
                    begun = Some(found.map_err(|error| format!("line {}: {error}", at + 1))?);
                }
                "script" => {
                    let found = Script::parse(&line.payload);
                    script = Some(found.map_err(|error| format!("line {}: {error}", at + 1))?);
                }
                _ => {}
            }
        }
        let Begun { check, seed } = begun.ok_or("no line says what was run")?;
        let found = checks::all().into_iter().find(|known| known.id == check);
        let check = found.ok_or_else(|| format!("{check:?} is no check of this version"))?;
        Ok(Self { check, seed, script: script.map(Arc::new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Transcript;

    fn written(check: &str, script: Option<&str>) -> String {
        let transcript = Transcript::default();
        transcript.begin(&serde_json::json!({"check": check, "seed": 7}).to_string());
        if let Some(script) = script {
            transcript.script(script);
        }
        transcript.note("check", "done");
        transcript.to_json_lines()
    }

    #[test]
    fn a_transcript_says_what_was_run() {
        let replay = Replay::parse(&written("resume.offsets", None)).unwrap();
        assert_eq!((replay.check.id, replay.seed, replay.script.is_some()), ("resume.offsets", 7, false));
        let script = r#"{"moves":[{"do":"settle"}]}"#;
        let replay = Replay::parse(&written("flow.cuts", Some(script))).unwrap();
        assert_eq!(replay.script.unwrap().to_json(), script);
    }

    #[test]
    fn what_is_no_transcript_is_refused() {
        for text in ["", "{}", "no json", &written("no.such-check", None), &written("flow.cuts", Some("{}"))]
        {
            assert!(Replay::parse(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = Replay::parse(&text);
        }
    }
}
