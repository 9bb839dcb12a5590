//! Why a statement was refused.

/// Why a statement may not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Over the cap, in bytes.
    #[error("{bytes} bytes of SQL are over the limit of {limit}")]
    TooLong {
        /// Length of the text.
        bytes: usize,
        /// The cap.
        limit: usize,
    },
    /// Over the cap, in tokens.
    #[error("{tokens} words and signs are over the limit of {limit}")]
    TooComplex {
        /// Tokens of the text.
        tokens: usize,
        /// The cap.
        limit: usize,
    },
    /// Nested too deep.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The cap.
        limit: usize,
    },
    /// No statement.
    #[error("no statement")]
    Empty,
    /// More than one.
    #[error("{count} statements, only one is allowed")]
    SeveralStatements {
        /// How many.
        count: usize,
    },
    /// Not SQL as it is known here.
    #[error("syntax: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// Not a SELECT.
    #[error("{statement} is not a query, only SELECT is allowed")]
    NotAQuery {
        /// First word.
        statement: String,
    },
    /// A comment that a database would execute, or a hint.
    #[error("comments with instructions are not allowed")]
    ExecutableComment,
    /// Written anew it would be another statement.
    #[error("the statement can be read in two ways")]
    Ambiguous,
    /// A statement that writes, inside a query.
    #[error("{statement} inside a query is not allowed")]
    Writes {
        /// Which.
        statement: &'static str,
    },
    /// A clause outside the allowed ones.
    #[error("{clause} is not allowed")]
    Clause {
        /// Which.
        clause: &'static str,
    },
    /// A function outside the allowed ones.
    #[error("function {name} is not allowed")]
    Function {
        /// Its name.
        name: String,
    },
    /// A table that the chosen database has not.
    #[error("table {name} is not in database {database}")]
    Table {
        /// Its name.
        name: String,
        /// The chosen database.
        database: String,
    },
    /// An expression outside the allowed ones.
    #[error("{what} is not allowed")]
    Expression {
        /// What it is.
        what: &'static str,
    },
}

impl Refusal {
    /// A stable word for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too_long",
            Self::TooComplex { .. } | Self::TooDeep { .. } => "too_complex",
            Self::Empty => "empty",
            Self::SeveralStatements { .. } => "several_statements",
            Self::Syntax { .. } => "syntax",
            Self::NotAQuery { .. } | Self::Writes { .. } => "not_read_only",
            Self::ExecutableComment => "executable_comment",
            Self::Ambiguous => "ambiguous",
            Self::Clause { .. } => "clause_not_allowed",
            Self::Function { .. } => "function_not_allowed",
            Self::Table { .. } => "table_not_allowed",
            Self::Expression { .. } => "expression_not_allowed",
        }
    }
}
