//! What there is: checks, requirements and mutants, for `list` and `explain`.

use std::collections::BTreeMap;

use reports::model::Level;
use serde::Serialize;

use crate::Error;
use crate::checks::{self, Check, Side};
use crate::mutants::{self, Mutant, Seam};
use crate::requirements::{self, Requirement};
use crate::runner::Selection;
use crate::target::suggestion;

/// A check, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckEntry {
    /// Id.
    pub id: String,
    /// One line.
    pub title: String,
    /// Area.
    pub area: String,
    /// Whom it judges.
    pub side: Side,
    /// Level of the strongest requirement.
    pub level: Level,
    /// Requirements it cites.
    pub requirements: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Features it needs.
    pub features: Vec<String>,
    /// Configuration of the target it needs, when the usual one is not it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Mutants that prove it.
    pub mutants: Vec<String>,
    /// How it is done by hand, where it is a row of a table; told by `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// How a failure of it may read: the reason of its first mutant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// A requirement, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementEntry {
    /// Id.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// What is required.
    pub clause: String,
    /// Why it matters.
    pub why: String,
    /// Where it comes from.
    pub trace: Vec<String>,
    /// How to see it by hand; `explain` takes the line of one of its checks where the requirement has none.
    pub reproduce: Option<String>,
    /// Why it can't be seen by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_by_hand: Option<String>,
    /// Checks that cite it.
    pub checks: Vec<String>,
}

/// A mutant, described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MutantEntry {
    /// Id.
    pub id: String,
    /// What it does.
    pub description: String,
    /// The check that must notice it.
    pub check: String,
    /// The reason that check must give.
    pub reason: String,
    /// That reason in words.
    pub meaning: String,
    /// `wire`, `config`, `signal` or `client`.
    pub seam: String,
}

/// Everything there is, or everything about one id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Catalogue {
    /// Checks.
    pub checks: Vec<CheckEntry>,
    /// Requirements.
    pub requirements: Vec<RequirementEntry>,
    /// Mutants.
    pub mutants: Vec<MutantEntry>,
}

/// Everything there is.
pub fn list() -> Result<Catalogue, Error> {
    let (checks, mutants, requirements) = (checks::all(), mutants::all(), requirements::all()?);
    let (proofs, citations) = (proofs(&mutants), citations(&checks));
    Ok(Catalogue {
        checks: checks.iter().map(|check| check_entry(check, &requirements, &proofs)).collect(),
        requirements: requirements.iter().map(|found| requirement_entry(found, &citations)).collect(),
        mutants: mutants.iter().map(mutant_entry).collect(),
    })
}

/// The checks of `selection`, in the suite's order.
pub fn selection(selection: &Selection) -> Result<Vec<CheckEntry>, Error> {
    let (checks, requirements) = selection.checks()?;
    let mutants = mutants::all();
    let proofs = proofs(&mutants);
    Ok(checks.iter().map(|check| check_entry(check, &requirements, &proofs)).collect())
}

/// The check, requirement or mutant called `id`, with all that belongs to it.
pub fn explain(id: &str) -> Result<Catalogue, Error> {
    let all = list()?;
    let is_check = all.checks.iter().any(|check| check.id == id);
    let is_mutant = all.mutants.iter().any(|mutant| mutant.id == id);
    let is_requirement = all.requirements.iter().any(|requirement| requirement.id == id);
    if !(is_check || is_mutant || is_requirement) {
        let names = all.checks.iter().map(|check| check.id.as_str());
        let names = names.chain(all.requirements.iter().map(|requirement| requirement.id.as_str()));
        let names = names.chain(all.mutants.iter().map(|mutant| mutant.id.as_str()));
        return Err(Error::Unknown { id: id.to_owned(), hint: suggestion(id, names) });
    }
    let about = |check: &CheckEntry| {
        check.id == id
            || (is_mutant && check.mutants.iter().any(|mutant| mutant == id))
            || (is_requirement && check.requirements.iter().any(|requirement| requirement == id))
    };
    let mut checks: Vec<CheckEntry> = all.checks.into_iter().filter(about).collect();
    let cited = |entry: &RequirementEntry| {
        entry.id == id || checks.iter().any(|check| check.requirements.contains(&entry.id))
    };
    let proves = |entry: &MutantEntry| {
        entry.id == id || (!is_mutant && checks.iter().any(|check| check.mutants.contains(&entry.id)))
    };
    let mut requirements: Vec<RequirementEntry> = all.requirements.into_iter().filter(cited).collect();
    let mutants = all.mutants.into_iter().filter(proves).collect();
    tell_by_hand(id, &mut checks, &mut requirements);
    Ok(Catalogue { checks, requirements, mutants })
}

/// Adds the line of the check called `id`, or, for requirements without one, that of the first check that has one.
fn tell_by_hand(id: &str, checks: &mut [CheckEntry], requirements: &mut [RequirementEntry]) {
    let all = checks::all();
    let line = |id: &str| all.iter().find(|check| check.id == id).and_then(Check::line);
    if let Some(check) = checks.iter_mut().find(|check| check.id == id) {
        check.by_hand = line(id);
    }
    let is_told = checks.iter().any(|check| check.by_hand.is_some());
    for requirement in requirements {
        if !is_told && requirement.reproduce.is_none() && requirement.not_by_hand.is_none() {
            requirement.reproduce = requirement.checks.iter().find_map(|check| line(check));
        }
    }
}

/// The mutants of each check.
type Proofs<'a> = BTreeMap<&'a str, Vec<&'a Mutant>>;
/// The checks that cite each requirement.
type Citations<'a> = BTreeMap<&'a str, Vec<String>>;

fn proofs(mutants: &[Mutant]) -> Proofs<'_> {
    let mut proofs = Proofs::new();
    for mutant in mutants {
        proofs.entry(mutant.check).or_default().push(mutant);
    }
    proofs
}

fn citations(checks: &[Check]) -> Citations<'_> {
    let mut citations = Citations::new();
    for check in checks {
        for requirement in check.requirements {
            citations.entry(requirement).or_default().push(check.id.to_owned());
        }
    }
    citations
}

fn check_entry(check: &Check, requirements: &[Requirement], proofs: &Proofs<'_>) -> CheckEntry {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    CheckEntry {
        id: check.id.to_owned(),
        title: check.title.to_owned(),
        area: check.area().to_owned(),
        side: check.side,
        level: check.level(requirements),
        requirements: owned(check.requirements),
        tags: owned(check.tags),
        features: owned(check.features),
        variant: check.variant.map(str::to_owned),
        by_hand: None,
        failure: proofs.get(check.id).and_then(|mutants| mutants.first()).map(|mutant| {
            format!("{}: {} (because {})", mutant.reason, mutant.reason.meaning(), mutant.description)
        }),
        mutants: proofs
            .get(check.id)
            .map_or_else(Vec::new, |mutants| mutants.iter().map(|mutant| mutant.id.to_owned()).collect()),
    }
}

fn requirement_entry(requirement: &Requirement, citations: &Citations<'_>) -> RequirementEntry {
    RequirementEntry {
        id: requirement.id.clone(),
        level: requirement.level,
        clause: requirement.clause.clone(),
        why: requirement.why.clone(),
        trace: requirement.trace.clone(),
        reproduce: requirement.reproduce.clone(),
        not_by_hand: requirement.not_by_hand.clone(),
        checks: citations.get(requirement.id.as_str()).cloned().unwrap_or_default(),
    }
}

fn mutant_entry(mutant: &Mutant) -> MutantEntry {
    MutantEntry {
        id: mutant.id.to_owned(),
        description: mutant.description.to_owned(),
        check: mutant.check.to_owned(),
        reason: mutant.reason.to_string(),
        meaning: mutant.reason.meaning().to_owned(),
        seam: match mutant.seam {
            Seam::Wire(_) => "wire".to_owned(),
            Seam::Config(_) => "config".to_owned(),
            Seam::Signal(_) => "signal".to_owned(),
            Seam::Client(_) => "client".to_owned(),
        },
    }
}
