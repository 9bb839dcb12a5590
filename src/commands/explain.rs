//! `tidegate explain ID`.

use std::fmt::Write as _;

use conformance::Catalogue;

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
        writeln!(
            text,
            "check {}\n  {}\n  area {}, level {:?}",
            check.id, check.title, check.area, check.level
        )?;
        if !check.tags.is_empty() {
            writeln!(text, "  tags {}", check.tags.join(", "))?;
        }
        if !check.features.is_empty() {
            writeln!(text, "  needs {}", check.features.join(", "))?;
        }
        writeln!(text, "  cites {}\n", check.requirements.join(", "))?;
    }
    for requirement in &catalogue.requirements {
        writeln!(text, "requirement {} ({:?})", requirement.id, requirement.level)?;
        writeln!(text, "  {}\n  why: {}", requirement.clause, requirement.why)?;
        writeln!(text, "  trace: {}", requirement.trace.join(", "))?;
        if let Some(reproduce) = &requirement.reproduce {
            writeln!(text, "  by hand: {}", reproduce.trim().replace('\n', "\n    "))?;
        }
        writeln!(text)?;
    }
    for mutant in &catalogue.mutants {
        writeln!(text, "mutant {} ({})\n  {}", mutant.id, mutant.seam, mutant.description)?;
        writeln!(text, "  must be noticed by {} with reason {}\n", mutant.check, mutant.reason)?;
    }
    Ok(text)
}
