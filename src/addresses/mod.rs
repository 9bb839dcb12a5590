//! Do the addresses that a front end was given lead to this server? Reads `.env` and compose files and compares
//! each address with the listeners: the port of another tier in a front end's file is the commonest mistake there is.

mod compose;
mod env_file;
mod judgement;

use std::path::{Path, PathBuf};

pub(crate) use judgement::{Finding, Listeners, Verdict, judge};

/// The variables that name the server, in the order in which a front end looks for its socket's address.
pub(crate) const VARIABLES: [&str; 3] =
    ["NEXT_PUBLIC_WS_URL", "NEXT_PUBLIC_BACKEND_URL", "NEXT_PUBLIC_API_URL"];

/// Where something was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: PathBuf,
    /// Line, from 1.
    pub(crate) line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.file.display(), self.line)
    }
}

/// A variable as a file sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) place: Place,
    pub(crate) variable: &'static str,
    pub(crate) value: String,
}

/// A port of a container that is reached under a port of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) place: Place,
    pub(crate) host: u16,
    pub(crate) container: u16,
}

/// What the files say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) settings: Vec<Setting>,
    pub(crate) published: Vec<Published>,
}

/// A file that can't be read as what it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AddressError {
    #[error("can't read {}", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    #[error("{}: {message}", file.display())]
    Parse { file: PathBuf, message: String },
}

/// Reads files: YAML by their ending, all others as lines `NAME=value`.
pub(crate) fn read(files: &[PathBuf]) -> Result<Said, AddressError> {
    let mut said = Said::default();
    for file in files {
        let text = std::fs::read_to_string(file)
            .map_err(|source| AddressError::Read { file: file.clone(), source })?;
        let is_yaml = file.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
        if is_yaml { compose::read(file, &text, &mut said)? } else { env_file::read(file, &text, &mut said)? }
    }
    Ok(said)
}

fn known(name: &str) -> Option<&'static str> {
    VARIABLES.into_iter().find(|variable| *variable == name)
}

fn place(file: &Path, line: usize) -> Place {
    Place { file: file.to_owned(), line }
}
