//! Select expressions: `level:must & !tag:slow`, `heartbeat.* | rest`, parentheses.

use std::str::FromStr;

use globset::{Glob, GlobMatcher};
use reports::model::Level;

use crate::Error;
use crate::checks::Check;
use crate::requirements::Requirement;
use crate::target::suggestion;

/// Nesting that is still read; more would be a mistake, or an attack on the stack.
const MAX_DEPTH: usize = 64;

/// A parsed select expression.
#[derive(Debug, Clone)]
pub struct Select {
    text: String,
    root: Node,
}

#[derive(Debug, Clone)]
enum Node {
    Atom(Atom),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
}

/// One name of an expression.
#[derive(Debug, Clone)]
struct Atom {
    /// As it was written, without `tag:` or the like.
    name: String,
    /// Where it begins, from 1.
    column: usize,
    meaning: Meaning,
}

#[derive(Debug, Clone)]
enum Meaning {
    /// Glob over the id; a bare area matches all of it.
    Id(GlobMatcher),
    Area,
    Level(Level),
    Tag,
    Requirement(GlobMatcher),
}

impl Select {
    /// True when `check` is selected.
    pub fn matches(&self, check: &Check, requirements: &[Requirement]) -> bool {
        self.root.matches(check, requirements)
    }

    /// The first name that means none of `checks`, as a mistake: it would be dropped unseen beside others.
    pub(super) fn mistake(&self, checks: &[Check]) -> Option<Mistake> {
        let mut atoms = Vec::new();
        self.root.atoms(&mut atoms);
        let atom = atoms.into_iter().find(|atom| atom.is_in_vain(checks))?;
        let message = format!("no check matches {:?}{}", atom.name, atom.hint(checks));
        Some(Mistake { column: atom.column, message })
    }
}

/// What is wrong with an expression, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) column: usize,
    pub(super) message: String,
}

impl std::fmt::Display for Select {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Node {
    fn matches(&self, check: &Check, requirements: &[Requirement]) -> bool {
        match self {
            Self::Atom(Atom { meaning: Meaning::Level(level), .. }) => check.level(requirements) == *level,
            Self::Atom(atom) => atom.names(check),
            Self::Not(inner) => !inner.matches(check, requirements),
            Self::And(nodes) => nodes.iter().all(|node| node.matches(check, requirements)),
            Self::Or(nodes) => nodes.iter().any(|node| node.matches(check, requirements)),
        }
    }

    fn atoms<'a>(&'a self, into: &mut Vec<&'a Atom>) {
        match self {
            Self::Atom(atom) => into.push(atom),
            Self::Not(inner) => inner.atoms(into),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.atoms(into)),
        }
    }
}

impl Atom {
    /// True when it names `check`; a level names nothing.
    fn names(&self, check: &Check) -> bool {
        match &self.meaning {
            Meaning::Id(glob) => glob.is_match(check.id),
            Meaning::Area => check.area() == self.name,
            Meaning::Level(_) => false,
            Meaning::Tag => check.tags.contains(&self.name.as_str()),
            Meaning::Requirement(glob) => check.requirements.iter().any(|id| glob.is_match(id)),
        }
    }

    fn is_in_vain(&self, checks: &[Check]) -> bool {
        !matches!(self.meaning, Meaning::Level(_)) && !checks.iter().any(|check| self.names(check))
    }

    /// A name of its kind that is near.
    fn hint(&self, checks: &[Check]) -> String {
        match &self.meaning {
            Meaning::Id(_) | Meaning::Area => {
                suggestion(&self.name, checks.iter().flat_map(|check| [check.area(), check.id]))
            }
            Meaning::Level(_) => String::new(),
            Meaning::Tag => {
                suggestion(&self.name, checks.iter().flat_map(|check| check.tags.iter().copied()))
            }
            Meaning::Requirement(_) => {
                suggestion(&self.name, checks.iter().flat_map(|check| check.requirements.iter().copied()))
            }
        }
    }
}

impl FromStr for Select {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let root = parser.any_of()?;
        parser.blanks();
        match parser.peek() {
            None => Ok(Self { text: text.trim().to_owned(), root }),
            Some(letter) => Err(parser.error(&format!("expected `&`, `|` or the end, got `{letter}`"))),
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn column(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }

    fn error(&self, message: &str) -> Error {
        Error::Select { column: self.column(), message: message.to_owned() }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, letter: char) -> bool {
        self.blanks();
        let found = self.peek() == Some(letter);
        if found {
            self.at += letter.len_utf8();
        }
        found
    }

    fn any_of(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.all_of()?];
        while self.take('|') {
            nodes.push(self.all_of()?);
        }
        Ok(Node::Or(nodes))
    }

    fn all_of(&mut self) -> Result<Node, Error> {
        let mut nodes = vec![self.one()?];
        while self.take('&') {
            nodes.push(self.one()?);
        }
        Ok(Node::And(nodes))
    }

    fn one(&mut self) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        let node = if self.take('!') {
            Node::Not(Box::new(self.one()?))
        } else if self.take('(') {
            let inner = self.any_of()?;
            if !self.take(')') {
                return Err(self.error("expected `)`"));
            }
            inner
        } else {
            self.atom()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn atom(&mut self) -> Result<Node, Error> {
        self.blanks();
        let rest = &self.text[self.at..];
        let end = rest
            .find(|letter: char| letter.is_whitespace() || "&|!()".contains(letter))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        let (name, meaning) = self.meaning(word)?;
        let column = self.column();
        self.at += end;
        Ok(Node::Atom(Atom { name: name.to_owned(), column, meaning }))
    }

    /// The name in `word` and what it means.
    fn meaning<'w>(&self, word: &'w str) -> Result<(&'w str, Meaning), Error> {
        if word.is_empty() {
            return Err(self.error("expected an id, an area, `level:`, `tag:`, `area:` or `requirement:`"));
        }
        let glob = |pattern: &str| {
            let parsed = Glob::new(pattern).map_err(|error| self.error(&error.to_string()))?;
            Ok(parsed.compile_matcher())
        };
        match word.split_once(':') {
            Some(("level", "must")) => Ok(("must", Meaning::Level(Level::Must))),
            Some(("level", "should")) => Ok(("should", Meaning::Level(Level::Should))),
            Some(("level", "may")) => Ok(("may", Meaning::Level(Level::May))),
            Some(("level", _)) => Err(self.error("expected level:must, level:should or level:may")),
            Some(("tag", tag)) => Ok((tag, Meaning::Tag)),
            Some(("area", area)) => Ok((area, Meaning::Area)),
            Some(("requirement", pattern)) => Ok((pattern, Meaning::Requirement(glob(pattern)?))),
            Some((key, _)) => {
                Err(self.error(&format!("expected level:, tag:, area: or requirement:, got `{key}:`")))
            }
            None if !word.contains(['.', '*', '?', '[', '{']) => Ok((word, Meaning::Area)),
            None => Ok((word, Meaning::Id(glob(word)?))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(id: &'static str, level: &'static str, tags: &'static [&'static str]) -> Check {
        let requirements: &'static [&'static str] = match level {
            "must" => &["x.must"],
            _ => &["x.should"],
        };
        Check::new(id, "made", requirements, |_| async { Ok(()) }).tags(tags)
    }

    fn checks() -> [Check; 3] {
        [
            made("life.ping", "must", &[]),
            made("life.idle", "must", &["slow"]),
            made("rest.health", "should", &[]),
        ]
    }

    #[test]
    fn a_name_that_means_nothing_is_a_mistake_with_a_column_and_a_suggestion() {
        for (expression, column, hint) in [
            ("life | rst", 8, "\"rest\""),
            ("life.ping | life.idel", 13, "\"life.idle\""),
            ("life & !tag:slwo", 9, "\"slow\""),
            ("life | (rest & requirement:x.shuold)", 16, "\"x.should\""),
            ("life | xyzzy", 8, "\"xyzzy\""),
        ] {
            let mistake = expression.parse::<Select>().unwrap().mistake(&checks()).unwrap();
            assert_eq!(mistake.column, column, "{expression}");
            assert!(mistake.message.contains(hint), "{}", mistake.message);
        }
        for expression in ["life | rest", "level:may | life", "!tag:slow & requirement:x.*", "*.i*"] {
            assert!(expression.parse::<Select>().unwrap().mistake(&checks()).is_none(), "{expression}");
        }
    }

    fn picks(expression: &str) -> Vec<&'static str> {
        let requirement = |id: &str, level| Requirement {
            id: id.to_owned(),
            level,
            clause: String::new(),
            why: String::new(),
            trace: Vec::new(),
            reproduce: None,
            not_by_hand: None,
        };
        let requirements = [requirement("x.must", Level::Must), requirement("x.should", Level::Should)];
        let select: Select = expression.parse().unwrap();
        checks().iter().filter(|check| select.matches(check, &requirements)).map(|check| check.id).collect()
    }

    #[test]
    fn expressions_pick_what_they_say() {
        for (expression, expected) in [
            ("life.ping", vec!["life.ping"]),
            ("life", vec!["life.ping", "life.idle"]),
            ("*.i*", vec!["life.idle"]),
            ("level:must & !tag:slow", vec!["life.ping"]),
            ("rest|tag:slow", vec!["life.idle", "rest.health"]),
            ("!(life | level:must)", vec!["rest.health"]),
            ("requirement:x.should", vec!["rest.health"]),
            ("area:life & *.ping | rest", vec!["life.ping", "rest.health"]),
            ("nothing.here", vec![]),
        ] {
            assert_eq!(picks(expression), expected, "{expression}");
        }
    }

    #[test]
    fn mistakes_are_refused_with_their_column() {
        for (expression, column) in
            [("", 1), ("a &", 4), ("(a", 3), ("a b", 3), ("level:most", 1), ("a | colour:red", 5)]
        {
            match expression.parse::<Select>() {
                Err(Error::Select { column: got, .. }) => assert_eq!(got, column, "{expression}"),
                other => panic!("{expression}: {other:?}"),
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "[a-z.*:&|!()\\[\\]{} é]{0,300}") {
            let _ = text.parse::<Select>();
        }
    }
}
