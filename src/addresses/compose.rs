//! Compose files: what services publish, and what they give a front end in its environment.

use std::path::Path;

use marked_yaml::Node;
use marked_yaml::types::{MarkedMappingNode, MarkedScalarNode, MarkedSequenceNode};

use super::{AddressError, Published, Said, Setting, known, place};

pub(super) fn read(file: &Path, text: &str, said: &mut Said) -> Result<(), AddressError> {
    let refused = |message: String| AddressError::Parse { file: file.to_owned(), message };
    let root = marked_yaml::parse_yaml(0, text).map_err(|error| refused(format!("not YAML: {error}")))?;
    let services = root.as_mapping().and_then(|root| root.get_mapping("services"));
    let services = services.ok_or_else(|| refused("no compose file: it has no services".to_owned()))?;
    for service in services.values().filter_map(Node::as_mapping) {
        match service.get_node("environment") {
            Some(Node::Mapping(names)) => mapped(file, names, said),
            Some(Node::Sequence(lines)) => listed(file, lines, said),
            _ => {}
        }
        if let Some(ports) = service.get_sequence("ports") {
            said.published.extend(ports.iter().filter_map(|port| published(file, port)));
        }
    }
    Ok(())
}

/// `NAME: value`
fn mapped(file: &Path, names: &MarkedMappingNode, said: &mut Said) {
    for (name, value) in names.iter() {
        let (Some(variable), Some(value)) = (known(name.as_str()), value.as_scalar()) else { continue };
        let value = interpolated(value.as_str());
        said.settings.push(Setting { place: place(file, line(name)), variable, value });
    }
}

/// `- NAME=value`
fn listed(file: &Path, lines: &MarkedSequenceNode, said: &mut Said) {
    for node in lines.iter().filter_map(Node::as_scalar) {
        let Some((name, value)) = node.as_str().split_once('=') else { continue };
        let Some(variable) = known(name.trim()) else { continue };
        said.settings.push(Setting { place: place(file, line(node)), variable, value: interpolated(value) });
    }
}

/// `"8080:8080"`, `"127.0.0.1:8080:8080/tcp"`, or `{target: 8080, published: "8080"}`. A range, or a port that
/// Docker picks, says nothing that could be compared.
fn published(file: &Path, node: &Node) -> Option<Published> {
    match node {
        Node::Scalar(short) => {
            let text = interpolated(short.as_str());
            let mut parts = text.split('/').next()?.rsplit(':');
            let container = parts.next()?.parse().ok()?;
            let host = parts.next()?.parse().ok()?;
            Some(Published { place: place(file, line(short)), host, container })
        }
        Node::Mapping(long) => {
            let number =
                |key| long.get_scalar(key).and_then(|value| interpolated(value.as_str()).parse().ok());
            let line = long.get_scalar("target").map_or(0, line);
            Some(Published {
                place: place(file, line),
                host: number("published")?,
                container: number("target")?,
            })
        }
        Node::Sequence(_) => None,
    }
}

/// Takes the default of `${NAME:-default}` and `${NAME-default}`; a name without one stays as it is.
fn interpolated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        match inside.split_once('-') {
            Some((_, default)) => out.push_str(default),
            None => {
                out.push_str("${");
                out.push_str(inside);
                out.push('}');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn line(node: &MarkedScalarNode) -> usize {
    node.span().start().map_or(0, marked_yaml::Marker::line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        let mut said = Said::default();
        read(Path::new("compose.yml"), text, &mut said).unwrap();
        said
    }

    #[test]
    fn both_forms_of_environment_and_ports_are_read() {
        let said = said(
            "services:\n  web:\n    environment:\n      NEXT_PUBLIC_API_URL: http://localhost:${PORT:-8000}\n      OTHER: 1\n\
             \x20 web2:\n    environment:\n      - NEXT_PUBLIC_WS_URL=ws://localhost:9000\n\
             \x20 server:\n    ports:\n      - \"127.0.0.1:9000:8080/tcp\"\n      - target: 8081\n        published: \"81\"\n      - 3000\n",
        );
        let settings: Vec<_> =
            said.settings.iter().map(|one| (one.place.line, one.variable, one.value.as_str())).collect();
        assert_eq!(
            settings,
            [
                (4, "NEXT_PUBLIC_API_URL", "http://localhost:8000"),
                (8, "NEXT_PUBLIC_WS_URL", "ws://localhost:9000")
            ]
        );
        let published: Vec<_> =
            said.published.iter().map(|one| (one.place.line, one.host, one.container)).collect();
        assert_eq!(published, [(11, 9000, 8080), (12, 81, 8081)]);
    }

    #[test]
    fn what_is_no_compose_file_is_refused() {
        for text in ["a: 1", "- x", "services: [", ""] {
            assert!(read(Path::new("compose.yml"), text, &mut Said::default()).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn random_text_never_panics(text in "[ \\-:a-z${}\n\\[\\]\"]{0,80}") {
            let _ = read(Path::new("compose.yml"), &text, &mut Said::default());
            let _ = interpolated(&text);
        }
    }
}
