//! Lines `NAME=value`, read as dotenv does: quotes, `export`, comments.

use std::path::Path;

use super::{AddressError, Said, Setting, known, place};

pub(super) fn read(file: &Path, text: &str, said: &mut Said) -> Result<(), AddressError> {
    let mut after = 0;
    for pair in dotenvy::Iter::new(text.as_bytes()) {
        let (name, value) = pair.map_err(|error| AddressError::Parse {
            file: file.to_owned(),
            message: format!("not lines of NAME=value: {error}"),
        })?;
        let line = line_of(text, &name, after);
        after = line;
        if let Some(variable) = known(&name) {
            said.settings.push(Setting { place: place(file, line), variable, value });
        }
    }
    Ok(())
}

/// The line, from 1, that sets `name`, behind line `after`.
fn line_of(text: &str, name: &str, after: usize) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().enumerate().skip(after).find(|(_, line)| sets(line)).map_or(after, |(index, _)| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<(usize, &'static str, String)> {
        let mut said = Said::default();
        read(Path::new(".env"), text, &mut said).unwrap();
        said.settings.into_iter().map(|one| (one.place.line, one.variable, one.value)).collect()
    }

    #[test]
    fn names_are_found_with_their_lines() {
        let text = "# a comment\nOTHER=1\nexport NEXT_PUBLIC_API_URL=\"http://localhost:8000\"\n\nNEXT_PUBLIC_WS_URL=\n";
        let expected = [
            (3, "NEXT_PUBLIC_API_URL", "http://localhost:8000".to_owned()),
            (5, "NEXT_PUBLIC_WS_URL", String::new()),
        ];
        assert_eq!(settings(text), expected);
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "\\PC{0,200}") {
            let _ = read(Path::new(".env"), &text, &mut Said::default());
        }
    }
}
