//! The last screen of a run: at most 24 lines of 80 columns.

use std::path::Path;

use super::paint::{Paint, fit};
use crate::RunReport;
use crate::model::Verdict;
use crate::wording::{self, Finding, KeyNumber};

const WIDTH: usize = 80;
const LINES: usize = 24;
/// Lines besides the findings: rule, verdict (two at most), three numbers, next (two at most), page, blanks.
const FIXED: usize = 12;

/// Width of the column of verbs.
const VERB: usize = 9;

/// The verdict of `run` as the last screen, `page` being the path to open. Ends with a line feed.
pub fn verdict_screen(run: &RunReport, page: &Path, color: bool) -> String {
    let paint = Paint::new(color);
    let mut lines = vec![paint.dim(&"─".repeat(WIDTH))];
    lines.extend(verdict(run, paint));
    lines.push(String::new());
    lines.extend(wording::key_numbers(run).iter().map(|number| key_number(number, paint)));
    lines.push(String::new());
    let note: Vec<String> =
        wording::notes(run).iter().flat_map(|note| labelled("Note", note, paint)).collect();
    let found = findings(&wording::findings(run), LINES - FIXED - note.len(), paint);
    if !found.is_empty() {
        lines.extend(found);
        lines.push(String::new());
    }
    lines.extend(note);
    lines.extend(labelled("Next", &wording::next_step(run), paint));
    // A path is for copying: never cut, never wrapped.
    lines.push(format!(" {}  {}", paint.bold("Page"), page.display()));
    lines.join("\n") + "\n"
}

fn verdict(run: &RunReport, paint: Paint) -> Vec<String> {
    let word = wording::verdict_word(run.verdict.verdict);
    let room = WIDTH - word.len() - 3;
    let mut wrapped = wrap(&wording::headline(run), room, 2).into_iter();
    let first = wrapped.next().unwrap_or_default();
    let mut lines = vec![format!(" {}  {}", paint.verdict(run.verdict.verdict, word), paint.bold(&first))];
    lines.extend(wrapped.map(|line| format!("{}{}", " ".repeat(word.len() + 3), paint.bold(&line))));
    if run.verdict.verdict == Verdict::Invalid && run.verdict.reasons.len() > 1 {
        lines.truncate(2);
    }
    lines
}

fn key_number(number: &KeyNumber, paint: Paint) -> String {
    let value = format!("{:>14}", fit(&number.value, 14));
    let value = if number.ok { paint.bold(&value) } else { paint.bad(&value) };
    let label = format!("{:<23}", fit(&number.label, 23));
    format!(" {value}  {label}  {}", paint.dim(&fit(&number.note, WIDTH - 42)))
}

/// The gravest findings that fit into `room` lines, and how many are left out. Where not all fit, those that say the
/// very same are told once.
fn findings(findings: &[Finding<'_>], room: usize, paint: Paint) -> Vec<String> {
    let all: Vec<String> = findings.iter().flat_map(|finding| one(finding, paint)).collect();
    if all.len() <= room {
        return all;
    }
    let (mut lines, mut left): (Vec<String>, _) = (Vec::new(), findings.len());
    for (finding, alike) in wording::told_once(findings) {
        let mut shown = one(finding, paint);
        if alike > 0 {
            let others = wording::others_say(alike);
            shown.push(paint.dim(&format!("           {others}, each by itself in the page")));
        }
        let last = left == 1 + alike;
        if lines.len() + shown.len() > room - usize::from(!last) {
            lines.push(
                paint.dim(&format!("           … and {} more in the page", wording::count(left as u64))),
            );
            break;
        }
        left -= 1 + alike;
        lines.extend(shown);
    }
    lines
}

fn one(finding: &Finding<'_>, paint: Paint) -> Vec<String> {
    let verb = paint.bad(&format!("{:<VERB$}", finding.verb));
    let id = fit(&finding.reason.id, 40);
    let text = fit(&finding.reason.text, (WIDTH - 13).saturating_sub(id.chars().count()));
    let mut lines = vec![format!(" {verb} {}  {text}", paint.bold(&id))];
    // A threshold's sentence has both sides already.
    if finding.verb != "MISSED"
        && let Some((expected, actual)) = finding.sides
    {
        lines.push(format!("           {} {}", paint.dim("expected"), fit(expected, WIDTH - 20)));
        lines.push(format!("           {} {}", paint.dim("actual  "), fit(actual, WIDTH - 20)));
    }
    lines
}

fn labelled(label: &str, text: &str, paint: Paint) -> Vec<String> {
    let indent = label.len() + 3;
    let mut lines = wrap(text, WIDTH - indent, 2);
    for (at, line) in lines.iter_mut().enumerate() {
        *line = match at {
            0 => format!(" {}  {line}", paint.bold(label)),
            _ => format!("{}{line}", " ".repeat(indent)),
        };
    }
    lines
}

/// `text` in lines of at most `width` characters, at most `most` of them, the last one cut if need be.
fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let more = lines.len() < most;
        match lines.last_mut() {
            Some(line) if !more || line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fit(line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Accounts, CheckStatus, InstrumentFigures};
    use crate::sample;

    fn screen(run: &RunReport) -> String {
        verdict_screen(run, Path::new("tidegate-out/latest/index.html"), false)
    }

    #[test]
    fn screens_of_made_runs() {
        insta::assert_snapshot!("pass", screen(&sample::gate_pass()));
        insta::assert_snapshot!("fail", screen(&sample::gate_fail()));
        insta::assert_snapshot!("target-gone", screen(&sample::target_gone()));
        insta::assert_snapshot!("compared", screen(&sample::compared()));
        insta::assert_snapshot!("compared-load", screen(&sample::compared_load()));
        insta::assert_snapshot!("planned", screen(&sample::planned()));
        insta::assert_snapshot!("prove", screen(&sample::prove_fail()));
    }

    #[test]
    fn sums_that_were_not_closed_are_said_so() {
        let mut run = sample::gate_pass();
        assert!(!screen(&run).contains("Note"));
        for (accounts, said) in [
            (Accounts::Agree, None),
            (Accounts::Contradict, None),
            (
                Accounts::NotTold,
                Some(" Note  The target tells no counters: sums were not closed against it.\n"),
            ),
            (
                Accounts::NotComparable,
                Some(" Note  The target was started anew, or others used it: sums were not"),
            ),
        ] {
            run.load.as_mut().unwrap().server.accounts = Some(accounts);
            assert_eq!(screen(&run).contains("Note"), said.is_some(), "{accounts:?}");
            assert!(said.is_none_or(|said| screen(&run).contains(said)), "{}", screen(&run));
        }
    }

    #[test]
    fn a_second_try_and_an_unsteady_instrument_are_said() {
        let mut run = sample::check_pass();
        let conformance = run.conformance.as_mut().unwrap();
        let mut reason = sample::one_of_each().results[1].reason.clone();
        reason.as_mut().unwrap().code = "late".to_owned();
        conformance.results[3].at_first = reason;
        conformance.instrument = Some(InstrumentFigures::new(9, 1_200.0, 2_000.0, 11_240.0));
        let id = conformance.results[3].id.clone();
        let shown = screen(&run);
        assert!(shown.contains(&format!("Note  {id} passed only when it was run again alone")), "{shown}");
        assert!(
            shown.contains("Note  The instrument itself stood still for 2 s (1.2 s at a time)"),
            "{shown}"
        );
    }

    #[test]
    fn where_not_all_fit_the_same_is_told_once() {
        let mut run = sample::large();
        let mut reason = run.verdict.reasons[0].clone();
        reason.text = "the door is shut".to_owned();
        let others = 2 * LINES;
        run.verdict.reasons = vec![reason; 1 + others];
        let shown = screen(&run);
        assert_eq!(shown.matches("the door is shut").count(), 1, "{shown}");
        assert!(shown.contains(&format!("{} others say the same", wording::count(others as u64))), "{shown}");
        assert!(!shown.contains("more in the page"), "nothing else is left: {shown}");
    }

    #[test]
    fn every_screen_fits() {
        let mut worst = sample::large();
        worst.load.as_mut().unwrap().server.accounts = Some(Accounts::NotComparable);
        for reason in &mut worst.verdict.reasons {
            reason.text = "a\u{1b}[2J long tale ".repeat(40);
        }
        for run in [
            sample::gate_pass(),
            sample::gate_fail(),
            sample::check_pass(),
            sample::prove_fail(),
            sample::target_gone(),
            sample::large(),
            sample::compared(),
            sample::compared_load(),
            sample::planned(),
            worst,
        ] {
            let screen = screen(&run);
            assert!(screen.lines().count() <= LINES, "{screen}");
            for line in screen.lines() {
                assert!(line.chars().count() <= WIDTH, "{line}");
            }
            assert!(!screen.contains('\u{1b}'), "no colour was asked for");
        }
    }

    #[test]
    fn colour_is_only_paint() {
        let run = sample::gate_fail();
        let page = Path::new("tidegate-out/latest/index.html");
        let painted = verdict_screen(&run, page, true);
        assert!(painted.contains("\u{1b}[1m\u{1b}[31mFAIL"));
        let mut plain = String::new();
        let mut rest = painted.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        assert_eq!(plain + rest, screen(&run));
    }

    #[test]
    fn a_check_that_is_not_run_is_shown_with_both_sides() {
        let mut run = sample::check_pass();
        let conformance = run.conformance.as_mut().unwrap();
        conformance.results = sample::one_of_each().results;
        let evidence = crate::verdict::Evidence { conformance: Some(conformance), ..Default::default() };
        run.verdict = crate::verdict::judge(&conformance.header, "check", &evidence);
        let not_run =
            conformance.results.iter().find(|r| r.status == CheckStatus::NotRun).unwrap().id.clone();
        assert!(screen(&run).contains(&format!("NOT RUN   {not_run}")));
    }
}
