//! What SQL may run: one statement that only reads, known by its syntax tree.
//!
//! The text is capped before anything looks at it, counted in tokens before it is parsed (a chain of operators
//! becomes a tree as deep as it is long), parsed, and walked: everything that is not allowed by name is refused.
//! What goes to the database is the tree, written anew, never the text that came: so a comment that the
//! database would execute, or a hint, can't reach it. What was written is then parsed and walked once more, so
//! that it is the very text sent that was found to be harmless.

mod refusal;
mod walk;

#[cfg(test)]
mod faults;

#[cfg(test)]
mod tests;

use sqlparser::ast::{Statement as Parsed, Visit};
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

pub use refusal::Refusal;

use crate::database::{DatabaseInfo, Dialect};

/// Most tokens of one statement. The deepest tree is about half as deep, which every stack holds.
pub const MAX_TOKENS: usize = 4_000;

/// Deepest nesting of parentheses, subqueries and the like.
const MAX_DEPTH: usize = 48;

/// A statement that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    sql: String,
}

impl Admitted {
    /// The statement, written anew from its tree.
    pub fn sql(&self) -> &str {
        &self.sql
    }
}

/// Decides on a statement for `database`, written in `dialect`. `max_bytes` caps the text.
///
/// # Errors
/// [`Refusal`] says what is not allowed.
pub fn admit(
    text: &str,
    database: &DatabaseInfo,
    dialect: Dialect,
    max_bytes: usize,
) -> Result<Admitted, Refusal> {
    if text.len() > max_bytes {
        return Err(Refusal::TooLong { bytes: text.len(), limit: max_bytes });
    }
    if has_instructions(text) {
        return Err(Refusal::ExecutableComment);
    }
    let sql = rewrite(text, database, dialect)?;
    match rewrite(&sql, database, dialect) {
        Ok(again) if again == sql => Ok(Admitted { sql }),
        _ => Err(Refusal::Ambiguous),
    }
}

/// The text as a harmless tree says it.
fn rewrite(text: &str, database: &DatabaseInfo, dialect: Dialect) -> Result<String, Refusal> {
    let grammar: &dyn Grammar = match dialect {
        Dialect::Sqlite => &SQLiteDialect {},
        Dialect::MySql => &MySqlDialect {},
    };
    let statement = parse(grammar, tokens(grammar, text)?)?;
    let Parsed::Query(query) = &statement else {
        return Err(Refusal::NotAQuery { statement: first_word(text) });
    };
    let mut walk = walk::Walk::new(database, dialect);
    if let std::ops::ControlFlow::Break(refusal) = query.visit(&mut walk) {
        return Err(refusal);
    }
    Ok(query.to_string())
}

/// Whether there is anything that a database might take for an instruction in a comment: `/*! … */` and
/// `/*T! … */` are executed, `/*+ … */` is a hint. Decided before anything is parsed, and inside texts too: where
/// a text ends is a matter of dialect.
fn has_instructions(text: &str) -> bool {
    text.match_indices("/*").any(|(at, opening)| {
        let comment = text[at + opening.len()..].trim_start_matches(|sign: char| sign.is_ascii_alphabetic());
        comment.starts_with(['!', '+'])
    })
}

/// The tokens of the text without comments, counted.
fn tokens(dialect: &dyn Grammar, text: &str) -> Result<Vec<Token>, Refusal> {
    let tokens = Tokenizer::new(dialect, text)
        // Escapes stay as they were written: undone and written again they could end a text early.
        .with_unescape(false)
        .tokenize()
        .map_err(|error| Refusal::Syntax { message: error.message })?;
    let mut kept = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            Token::Whitespace(Whitespace::MultiLineComment(_) | Whitespace::SingleLineComment { .. }) => {
                // A comment separates words, so does the blank in its place.
                kept.push(Token::Whitespace(Whitespace::Space));
            }
            other => kept.push(other),
        }
    }
    let count = kept.iter().filter(|token| !matches!(token, Token::Whitespace(_))).count();
    if count > MAX_TOKENS {
        return Err(Refusal::TooComplex { tokens: count, limit: MAX_TOKENS });
    }
    Ok(kept)
}

fn parse(dialect: &dyn Grammar, tokens: Vec<Token>) -> Result<Parsed, Refusal> {
    let statements =
        Parser::new(dialect).with_recursion_limit(MAX_DEPTH).with_tokens(tokens).parse_statements().map_err(
            |error| match error {
                ParserError::RecursionLimitExceeded => Refusal::TooDeep { limit: MAX_DEPTH },
                ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
                    Refusal::Syntax { message }
                }
            },
        )?;
    let count = statements.len();
    match <[Parsed; 1]>::try_from(statements) {
        Ok([statement]) => Ok(statement),
        Err(_) if count == 0 => Err(Refusal::Empty),
        Err(_) => Err(Refusal::SeveralStatements { count }),
    }
}

/// The word a statement begins with, for the error message.
fn first_word(text: &str) -> String {
    text.split(|sign: char| !sign.is_ascii_alphabetic())
        .find(|word| !word.is_empty())
        .map(|word| word.chars().take(20).collect::<String>().to_ascii_uppercase())
        .unwrap_or_default()
}
