//! `tidegate list`.

use std::fmt::Write as _;

use clap::ValueEnum as _;
use conformance::{Catalogue, CheckEntry, Selection, Side};
use indexmap::IndexMap;
use reports::model::Level;
use serde_json::json;

use super::check::suite_expression;
use crate::arguments::{Format, Global, ListArguments, ListKind, Suite};
use crate::console;
use crate::exit::Exit;
use crate::setup;

/// Lists checks, requirements, mutants and scenarios, and what is missing between them.
pub(crate) fn run(global: &Global, arguments: &ListArguments) -> anyhow::Result<Exit> {
    let catalogue = conformance::list().map_err(setup::conformance)?;
    let wanted = |kind: ListKind| arguments.kind.is_none_or(|only| only == kind);
    let text = match (global.format, arguments.counts) {
        (Format::Json, true) => serde_json::to_string_pretty(&counts(&catalogue)?)? + "\n",
        (Format::Json, false) => {
            let scenarios: Vec<_> = scenarios::builtins().iter().map(|builtin| builtin.name).collect();
            let all = [
                (ListKind::Checks, "checks", json!(catalogue.checks)),
                (ListKind::Requirements, "requirements", json!(catalogue.requirements)),
                (ListKind::Mutants, "mutants", json!(catalogue.mutants)),
                (ListKind::Scenarios, "scenarios", json!(scenarios)),
            ];
            let listed = all.into_iter().filter(|(kind, ..)| wanted(*kind));
            let listed: serde_json::Map<_, _> =
                listed.map(|(_, name, rows)| (name.to_owned(), rows)).collect();
            serde_json::to_string_pretty(&listed)? + "\n"
        }
        (Format::Human | Format::Csv, true) => counted(&counts(&catalogue)?),
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

fn counts(catalogue: &Catalogue) -> anyhow::Result<serde_json::Value> {
    let checks = &catalogue.checks;
    let area = |id: &str| id.split('.').next().unwrap_or(id).to_owned();
    let areas = tally(checks.iter().map(|check| check.area.clone()));
    let requirements = tally(catalogue.requirements.iter().map(|requirement| area(&requirement.id)));
    let mutants = tally(catalogue.mutants.iter().map(|mutant| area(&mutant.check)));
    let of = |counts: &IndexMap<String, usize>, area: &str| counts.get(area).copied().unwrap_or_default();
    let by_area: serde_json::Map<String, serde_json::Value> = areas
        .iter()
        .map(|(area, checks)| {
            let row = json!({
                "checks": checks, "requirements": of(&requirements, area), "mutants": of(&mutants, area),
            });
            (area.clone(), row)
        })
        .collect();
    let mut suites = IndexMap::new();
    for suite in Suite::value_variants() {
        let name = suite.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        suites.insert(name, size(*suite)?);
    }
    Ok(json!({
        "checks": checks.len(),
        "requirements": catalogue.requirements.len(),
        "mutants": catalogue.mutants.len(),
        "scenarios": scenarios::builtins().len(),
        "checks_without_mutant": checks.iter().filter(|check| check.mutants.is_empty()).count(),
        "requirements_without_check":
            catalogue.requirements.iter().filter(|requirement| requirement.checks.is_empty()).count(),
        "levels": tally(checks.iter().map(|check| level(check.level).to_owned())),
        "suites": suites,
        "sides": tally(checks.iter().map(|check| side(check).to_owned())),
        "configurations": tally(checks.iter().filter_map(|check| check.variant.clone())),
        "areas": areas,
        "by_area": by_area,
    }))
}

/// How often each name comes.
fn tally(names: impl Iterator<Item = String>) -> IndexMap<String, usize> {
    let mut counts = IndexMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// How many checks belong to `suite`.
fn size(suite: Suite) -> anyhow::Result<usize> {
    let select = suite_expression(suite).map(str::parse).transpose().map_err(setup::conformance)?;
    match conformance::selection(&Selection { select, ..Selection::default() }) {
        Ok(checks) => Ok(checks.len()),
        Err(conformance::Error::NothingSelected { .. }) => Ok(0),
        Err(error) => Err(setup::conformance(error)),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

/// Who is under test.
fn side(check: &CheckEntry) -> &'static str {
    match check.side {
        Side::Server => "server",
        Side::Client => "client",
    }
}

fn counted(counts: &serde_json::Value) -> String {
    let mut text = String::new();
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or_default();
    for (name, value) in counts.as_object().into_iter().flatten() {
        match value.as_object() {
            None => text.push_str(&format!("{:28} {:>6}\n", name.replace('_', " "), number(value))),
            Some(_) if name == "areas" => {}
            Some(rows) if name == "by_area" => {
                text.push_str(&format!(
                    "\n{:28} {:>6} {:>12} {:>7}\n",
                    "area", "checks", "requirements", "mutants"
                ));
                for (area, row) in rows {
                    let [checks, requirements, mutants] =
                        ["checks", "requirements", "mutants"].map(|column| number(&row[column]));
                    text.push_str(&format!("  {area:26} {checks:>6} {requirements:>12} {mutants:>7}\n"));
                }
            }
            Some(rows) if rows.is_empty() => {}
            Some(rows) => {
                text.push_str(&format!("\n{name}\n"));
                text.extend(rows.iter().map(|(row, value)| format!("  {row:26} {:>6}\n", number(value))));
            }
        }
    }
    text
}
