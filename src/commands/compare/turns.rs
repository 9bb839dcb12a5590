//! The runs of two sides, made here and taking turns: ABAB…, so that whatever changes on the machine hits both.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use reports::json;
use reports::model::{GeneratorVerdict, LoadReport};

use crate::arguments::Global;
use crate::console::Console;
use crate::exit::Failure;

/// A run whose generator was the limit is made again so often.
const ATTEMPTS: u32 = 3;

/// One side: its letter and the arguments of `tidegate load`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Side {
    letter: char,
    arguments: Vec<String>,
}

/// Folders of the runs made, in order.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) before: Vec<PathBuf>,
    pub(super) after: Vec<PathBuf>,
}

/// Reads `A: …` and `B: …`.
pub(super) fn sides(given: &[String]) -> anyhow::Result<[Side; 2]> {
    let refuse = |text: String| -> anyhow::Error { Failure::Usage(text).into() };
    let read = |letter: char| -> anyhow::Result<Side> {
        let mut texts = given.iter().filter_map(|text| text.trim().strip_prefix(letter)?.strip_prefix(':'));
        let text = texts.next().ok_or_else(|| {
            refuse(format!("--run: there is no side {letter}: give --run 'A: …' and --run 'B: …'"))
        })?;
        let arguments =
            words(text).ok_or_else(|| refuse(format!("--run {text:?}: a quote is not closed")))?;
        Ok(Side { letter, arguments })
    };
    if given.len() != 2 {
        return Err(refuse(format!(
            "--run was given {} times: give --run 'A: …' and --run 'B: …'",
            given.len()
        )));
    }
    Ok([read('A')?, read('B')?])
}

/// Words as a shell splits them, quotes included; nothing else of a shell. `None` when a quote is not closed.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut begun, mut quote) = (Vec::new(), String::new(), false, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, begun) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    quote.is_none().then_some(words)
}

/// Makes `runs` runs of each side in folders below `place`.
pub(super) fn take(
    sides: &[Side; 2],
    runs: u64,
    global: &Global,
    place: &Path,
    console: &Arc<Console>,
) -> anyhow::Result<Made> {
    let mut made = Made::default();
    for round in 0..runs {
        for side in sides {
            console.step(&format!("run {} {} of {runs}", side.letter, round + 1));
            // Both sides of a round have the same seed: what is drawn is no difference.
            let seed = global.seed.wrapping_add(round);
            let folder = place.join(format!("{}-{:02}", side.letter, round + 1));
            let run = valid_run(side, seed, &folder, console)?;
            if side.letter == 'A' { made.before.push(run) } else { made.after.push(run) }
        }
    }
    Ok(made)
}

fn valid_run(side: &Side, seed: u64, folder: &Path, console: &Console) -> anyhow::Result<PathBuf> {
    let mut why = String::new();
    for attempt in 1..=ATTEMPTS {
        let out = folder.join(attempt.to_string());
        let (place, report) = one_run(side, seed, &out)?;
        if report.generator.verdict == GeneratorVerdict::Ok && !report.interrupted {
            return Ok(place);
        }
        why = report.generator.reasons.join("; ");
        console.line(&format!("      says nothing about its target, once more: {why}"));
    }
    Err(Failure::Target(format!(
        "side {}: {ATTEMPTS} runs on end said nothing about the target: {why}",
        side.letter
    ))
    .into())
}

/// One run in a process of its own: what one run leaves behind in memory must not be in the next.
fn one_run(side: &Side, seed: u64, out: &Path) -> anyhow::Result<(PathBuf, LoadReport)> {
    let binary = std::env::current_exe().context("can't find this program's own file")?;
    let output = Command::new(binary)
        .arg("--out")
        .arg(out)
        .args(["--quiet", "--format", "json", "--seed", &seed.to_string(), "load"])
        .args(&side.arguments)
        .stdin(Stdio::null())
        .output()
        .context("can't start a load run")?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let place = out.join(reports::LATEST);
    let report = json::read::<LoadReport>(&place)?;
    match (output.status.code(), report) {
        (Some(0 | 1 | 3), Some(report)) => {
            let place =
                std::fs::canonicalize(&place).with_context(|| format!("can't find {}", place.display()))?;
            Ok((place, report))
        }
        (Some(2), _) => Err(Failure::Usage(format!("side {}: {said}", side.letter)).into()),
        (None, _) => Err(Failure::Target(format!("side {}: the run was killed", side.letter)).into()),
        (Some(_), _) => Err(Failure::Target(format!("side {}: {said}", side.letter)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_read_as_a_shell_would() {
        let given = |a: &str, b: &str| sides(&[a.to_owned(), b.to_owned()]);
        let [a, b] = given("A: smoke --set 'name=two words' --url \"\"", "B:gate").unwrap();
        assert_eq!(a.arguments, ["smoke", "--set", "name=two words", "--url", ""]);
        assert_eq!((b.letter, b.arguments), ('B', vec!["gate".to_owned()]));
        for (a, b, word) in [
            ("A: smoke", "A: smoke", "no side B"),
            ("A: 'smoke", "B: smoke", "not closed"),
            ("smoke", "B: smoke", "no side A"),
        ] {
            assert!(given(a, b).unwrap_err().to_string().contains(word), "{a} {b}");
        }
        assert!(sides(&["A: smoke".to_owned()]).is_err());
    }
}
