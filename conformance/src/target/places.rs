//! Addresses that are known only when a process is started.

/// What stands in the place of names such as `{mcp_address}` in a command or a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<(String, String)>);

impl Places {
    /// Adds `value` for `{name}`.
    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        self.0.push((format!("{{{name}}}"), value.to_owned()));
    }

    /// `text` with the values in their places.
    pub fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_filled_in_and_others_stay() {
        let mut places = Places::default();
        places.insert("mcp_address", "127.0.0.1:4711");
        assert_eq!(places.fill("ws://{mcp_address}/ws {port}"), "ws://127.0.0.1:4711/ws {port}");
        assert_eq!(Places::default().fill("{mcp_address}"), "{mcp_address}");
    }
}
