//! Where the databases are.

use std::fmt;
use std::str::FromStr;

use mysql_async::Opts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the databases are. A password in an address never shows itself.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Source {
    /// Files, in the process of the MCP server.
    #[default]
    Embedded,
    /// A TiDB that is started in a container and removed at the end.
    Tidb,
    /// A MySQL or TiDB server.
    MySql(Address),
}

/// Address and account of a MySQL server, `mysql://user:password@host:port/`.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: String,
}

/// Why a text names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no database, expected embedded, tidb, or such as mysql://user@host:4000/{cause}")]
pub struct SourceError {
    /// Without a password.
    text: String,
    cause: String,
}

impl Address {
    /// The address with its password, for the one place that connects.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.url
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "tidb" => Ok(Self::Tidb),
            _ if !text.starts_with("mysql://") => {
                Err(SourceError { text: redacted(text), cause: String::new() })
            }
            _ => match Opts::from_url(text) {
                Ok(_) => Ok(Self::MySql(Address { url: text.to_owned() })),
                Err(error) => Err(SourceError { text: redacted(text), cause: format!(": {error}") }),
            },
        }
    }
}

impl TryFrom<String> for Source {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("embedded"),
            Self::Tidb => formatter.write_str("tidb"),
            Self::MySql(address) => write!(formatter, "{address}"),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&redacted(&self.url))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Without the password, which ends at the last `@` before the path.
fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.chars().take(64).collect() };
    let Some((account, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = account.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_and_its_password_never_shown() {
        assert_eq!("embedded".parse(), Ok(Source::Embedded));
        assert_eq!("tidb".parse(), Ok(Source::Tidb));
        let source: Source = "mysql://root:hush@db.example:4000/".parse().unwrap();
        assert_eq!(source.to_string(), "mysql://root@db.example:4000/");
        assert_eq!(format!("{source:?}"), "mysql://root@db.example:4000/");
        assert_eq!(serde_json::to_string(&source).unwrap(), "\"mysql://root@db.example:4000/\"");
        let Source::MySql(address) = source else { panic!("{source:?}") };
        assert_eq!(address.expose(), "mysql://root:hush@db.example:4000/");
    }

    #[test]
    fn other_text_is_refused_without_its_password() {
        for text in ["", "sqlite", "postgres://root:hush@x/", "mysql://", "mysql://root:hush@x:port/"] {
            let error = text.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains("expected embedded") && !error.contains("hush"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "(mysql://)?\\PC{0,60}") {
            let _ = text.parse::<Source>();
        }
    }
}
