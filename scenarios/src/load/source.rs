//! Where the text of a scenario comes from, and the chain of what it extends.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::did_you_mean;
use super::place::position;
use crate::builtin::{builtin, builtins};
use crate::error::ScenarioError;

/// Deepest chain of `extends`.
const DEEPEST: usize = 8;

/// One scenario text and where it came from.
pub(super) struct Source {
    pub(super) text: String,
    /// As it stands in messages: the path as given, or the built-in name with `.toml`.
    pub(super) origin: String,
    /// Folder in which `extends` and data files are looked for; `None` for built-in ones.
    pub(super) folder: Option<PathBuf>,
}

impl Source {
    /// A mistake at byte `at` of this text.
    pub(super) fn mistake(&self, at: usize, message: String) -> ScenarioError {
        let (line, column) = position(&self.text, at);
        ScenarioError::Parse { origin: self.origin.clone(), line, column, message }
    }

    /// The same for what the parser says.
    pub(super) fn refused(&self, error: &toml::de::Error) -> ScenarioError {
        self.mistake(error.span().map_or(0, |span| span.start), error.message().to_owned())
    }

    /// Its text with a place for every value.
    pub(super) fn document(&self) -> Result<toml::Spanned<DeTable<'_>>, ScenarioError> {
        DeTable::parse(&self.text).map_err(|error| self.refused(&error))
    }

    fn parent(&self) -> Result<Option<String>, ScenarioError> {
        let document = self.document()?;
        let extends = document.get_ref().iter().find(|(key, _)| key.get_ref() == "extends");
        match extends.map(|(_, value)| (value.get_ref(), value.span().start)) {
            None => Ok(None),
            Some((DeValue::String(name), _)) => Ok(Some(name.to_string())),
            Some((other, at)) => {
                Err(self.mistake(at, format!("invalid type: {}, expected a string", other.type_str())))
            }
        }
    }
}

/// `source` and what it extends, the nearest first.
pub(super) fn follow(source: Source) -> Result<Vec<Source>, ScenarioError> {
    let mut chain = vec![source];
    loop {
        let last = &chain[chain.len() - 1];
        let Some(parent) = last.parent()? else { return Ok(chain) };
        if chain.len() == DEEPEST {
            return Err(ScenarioError::Circle { origin: last.origin.clone(), limit: DEEPEST });
        }
        let next = find(&parent, last.folder.as_deref())?;
        chain.push(next);
    }
}

/// A file wins over a built-in scenario, a built-in one needs no file.
pub(super) fn find(name: &str, folder: Option<&Path>) -> Result<Source, ScenarioError> {
    let path = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    if path.is_file() {
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ScenarioError::Read { path: path.clone(), source })?;
        let folder = Some(path.parent().map_or_else(PathBuf::new, Path::to_owned));
        return Ok(Source { text, origin: path.display().to_string(), folder });
    }
    if let Some(found) = builtin(name) {
        return Ok(Source {
            text: found.text.to_owned(),
            origin: format!("{}.toml", found.name),
            folder: None,
        });
    }
    let names = || builtins().iter().map(|builtin| builtin.name);
    Err(ScenarioError::Unknown {
        name: name.to_owned(),
        known: names().collect::<Vec<_>>().join(", "),
        suggestion: did_you_mean(name.trim_end_matches(".toml"), names()),
    })
}
