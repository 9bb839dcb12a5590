//! `tidegate list`.

use std::fmt::Write as _;

use conformance::Catalogue;
use serde_json::json;

use crate::arguments::{Format, Global, ListArguments, ListKind};
use crate::console;
use crate::exit::Exit;
use crate::setup;

/// Lists checks, requirements, mutants and scenarios, and what is missing between them.
pub(crate) fn run(global: &Global, arguments: &ListArguments) -> anyhow::Result<Exit> {
    let catalogue = conformance::list().map_err(setup::conformance)?;
    let wanted = |kind: ListKind| arguments.kind.is_none_or(|only| only == kind);
    let text = match (global.format, arguments.counts) {
        (Format::Json, true) => serde_json::to_string_pretty(&counts(&catalogue))? + "\n",
        (Format::Json, false) => {
            serde_json::to_string_pretty(&json!({
                "checks": catalogue.checks,
                "requirements": catalogue.requirements,
                "mutants": catalogue.mutants,
                "scenarios": scenarios::builtins().iter().map(|builtin| builtin.name).collect::<Vec<_>>(),
            }))? + "\n"
        }
        (Format::Human | Format::Csv, true) => counted(&catalogue),
        (Format::Human | Format::Csv, false) => listed(&catalogue, wanted)?,
    };
    console::print(&text)?;
    Ok(Exit::Pass)
}

fn listed(catalogue: &Catalogue, wanted: impl Fn(ListKind) -> bool) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut section = |title: &str, rows: Vec<(&str, String)>| -> std::fmt::Result {
        let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or_default();
        writeln!(text, "{title} ({})", rows.len())?;
        for (id, about) in rows {
            writeln!(text, "  {id:width$}  {about}")?;
        }
        writeln!(text)
    };
    if wanted(ListKind::Checks) {
        let row = |check: &conformance::CheckEntry| {
            if check.mutants.is_empty() {
                format!("{} [no mutant]", check.title)
            } else {
                check.title.clone()
            }
        };
        section("Checks", catalogue.checks.iter().map(|check| (check.id.as_str(), row(check))).collect())?;
    }
    if wanted(ListKind::Requirements) {
        let row = |requirement: &conformance::RequirementEntry| {
            let level = format!("{:?}", requirement.level).to_uppercase();
            let checks = if requirement.checks.is_empty() { " [no check]" } else { "" };
            format!("{level:6}  {}{checks}", requirement.clause)
        };
        let rows = catalogue.requirements.iter().map(|entry| (entry.id.as_str(), row(entry))).collect();
        section("Requirements", rows)?;
    }
    if wanted(ListKind::Mutants) {
        let row = |mutant: &conformance::MutantEntry| format!("{} → {}", mutant.description, mutant.check);
        section("Mutants", catalogue.mutants.iter().map(|entry| (entry.id.as_str(), row(entry))).collect())?;
    }
    if wanted(ListKind::Scenarios) {
        let describe = |name: &str| {
            scenarios::load(name, &[]).map_or_else(|error| error.to_string(), |scenario| scenario.description)
        };
        let rows =
            scenarios::builtins().iter().map(|builtin| (builtin.name, describe(builtin.name))).collect();
        section("Scenarios", rows)?;
    }
    Ok(text)
}

fn counts(catalogue: &Catalogue) -> serde_json::Value {
    let mut areas = serde_json::Map::new();
    for check in &catalogue.checks {
        let count = areas.get(&check.area).and_then(serde_json::Value::as_u64).unwrap_or_default();
        areas.insert(check.area.clone(), json!(count + 1));
    }
    json!({
        "checks": catalogue.checks.len(),
        "requirements": catalogue.requirements.len(),
        "mutants": catalogue.mutants.len(),
        "scenarios": scenarios::builtins().len(),
        "checks_without_mutant": catalogue.checks.iter().filter(|check| check.mutants.is_empty()).count(),
        "requirements_without_check":
            catalogue.requirements.iter().filter(|requirement| requirement.checks.is_empty()).count(),
        "areas": areas,
    })
}

fn counted(catalogue: &Catalogue) -> String {
    let mut text = String::new();
    if let serde_json::Value::Object(counts) = counts(catalogue) {
        for (name, value) in counts {
            match value {
                serde_json::Value::Object(areas) => {
                    text.extend(areas.iter().map(|(area, count)| format!("  {area:26} {count:>5}\n")));
                }
                value => text.push_str(&format!("{:28} {value:>5}\n", name.replace('_', " "))),
            }
        }
    }
    text
}
