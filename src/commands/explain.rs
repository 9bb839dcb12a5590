//! `tidegate explain ID`.

use std::fmt::Write as _;

use conformance::{Catalogue, CheckEntry, Side};

use crate::arguments::{ExplainArguments, Format, Global};
use crate::console;
use crate::exit::Exit;
use crate::setup;

/// Prints a check, requirement or mutant with all that belongs to it, or a built-in scenario.
pub(crate) fn run(global: &Global, arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let id = arguments.id.as_str();
    let text = if let Some(builtin) = scenarios::builtin(id) {
        match global.format {
            Format::Json => {
                let scenario = scenarios::load(id, &[]).map_err(setup::usage)?;
                serde_json::to_string_pretty(&scenario)? + "\n"
            }
            Format::Human | Format::Csv => builtin.text.to_owned(),
        }
    } else {
        let catalogue = conformance::explain(id).map_err(setup::conformance)?;
        match global.format {
            Format::Json => serde_json::to_string_pretty(&catalogue)? + "\n",
            Format::Human | Format::Csv => explained(&catalogue)?,
        }
    };
    console::print(&text)?;
    Ok(Exit::Pass)
}

fn explained(catalogue: &Catalogue) -> anyhow::Result<String> {
    let mut text = String::new();
    for check in &catalogue.checks {
        describe_check(&mut text, check)?;
    }
    for requirement in &catalogue.requirements {
        let level = format!("{:?}", requirement.level).to_uppercase();
        writeln!(text, "requirement {} ({level})", requirement.id)?;
        writeln!(text, "  {}\n  why: {}", requirement.clause, requirement.why)?;
        writeln!(text, "  from: {}", requirement.trace.join(", "))?;
        if let Some(reproduce) = &requirement.reproduce {
            writeln!(text, "  by hand: {}", indented(reproduce))?;
        }
        if let Some(why) = &requirement.not_by_hand {
            writeln!(text, "  by hand: not possible: {why}")?;
        }
        if requirement.checks.len() > 1 {
            writeln!(text, "  checked by: {}", requirement.checks.join(", "))?;
        }
        writeln!(text)?;
    }
    if !catalogue.mutants.is_empty() {
        writeln!(text, "known mistakes behind it, each one proven to be noticed")?;
    }
    for mutant in &catalogue.mutants {
        writeln!(text, "  {} ({})\n    {}", mutant.id, mutant.seam, mutant.description)?;
        writeln!(text, "    {} then fails as `{}`: {}", mutant.check, mutant.reason, mutant.meaning)?;
    }
    Ok(text)
}

fn describe_check(text: &mut String, check: &CheckEntry) -> std::fmt::Result {
    let level = format!("{:?}", check.level).to_uppercase();
    writeln!(text, "check {}\n  {}\n  area {}, level {level}", check.id, check.title, check.area)?;
    if !check.tags.is_empty() {
        writeln!(text, "  tags {}", check.tags.join(", "))?;
    }
    if !check.features.is_empty() {
        writeln!(text, "  needs {}", check.features.join(", "))?;
    }
    if let Some(variant) = &check.variant {
        writeln!(text, "  needs the target configured otherwise: [variants.{variant}] of its file")?;
    }
    writeln!(text, "  cites {}", check.requirements.join(", "))?;
    if let Some(example) = &check.failure {
        writeln!(text, "  a failure reads\n    FAIL {}  {example}", check.id)?;
    }
    if let Some(line) = &check.by_hand {
        writeln!(text, "  by hand: {}", indented(line))?;
    }
    match check.side {
        Side::Server => {
            writeln!(text, "  alone: tidegate check URL -s {} --transcripts all", check.id)?;
            writeln!(text, "  proven: tidegate check --prove -s {}\n", check.id)
        }
        Side::Client => {
            writeln!(text, "  alone: tidegate check-client -s {} --transcripts all -- CMD", check.id)?;
            writeln!(text, "  proven: tidegate check-client --prove -s {}\n", check.id)
        }
    }
}

/// Lines after the first, further in than the first.
fn indented(lines: &str) -> String {
    lines.trim().replace('\n', "\n    ")
}
