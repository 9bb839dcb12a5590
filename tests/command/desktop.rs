//! The MCP server as the child of a desktop client.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use super::process::{self, out, run};

/// Sends one message of the Model Context Protocol and reads its answer, a line each.
fn exchange(
    child: &mut std::process::Child,
    lines: &mut dyn Iterator<Item = String>,
    message: &str,
) -> serde_json::Value {
    writeln!(child.stdin.as_mut().unwrap(), "{message}").unwrap();
    serde_json::from_str(&lines.next().unwrap()).expect("one message a line and nothing else")
}

#[test]
fn a_desktop_client_speaks_with_the_mcp_server_over_standard_input_and_output() {
    let out = out();
    for end in ["close", "TERM"] {
        let mut command = process::tidegate(out.path(), &["-v", "serve", "--role", "mcp", "--stdio"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"desk","version":"1"}}}"#;
        let welcome = exchange(&mut child, &mut lines, hello);
        assert_eq!(welcome["result"]["protocolVersion"], "2025-06-18");
        let call = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"execute_query_tool","arguments":{"database":"tpch","query":"SELECT count(*) AS regions FROM region"}}}"#;
        // The log that this client did not ask to be without comes first.
        let mut answer = exchange(&mut child, &mut lines, call);
        while answer["id"] != 2 {
            answer = serde_json::from_str(&lines.next().unwrap()).unwrap();
        }
        assert_eq!(answer["result"]["structuredContent"]["rows"], serde_json::json!([[5]]));
        if end == "TERM" {
            process::signal(child.id(), end);
        }
        // Waiting closes its standard input, which ends it by itself in the first round.
        let held = (end == "TERM").then(|| child.stdin.take());
        let ended = process::finished(child);
        assert_eq!(ended.code, Some(0), "{end}: {ended:?}");
        assert_eq!(lines.next(), None);
        drop(held);
    }
    let alone = run(out.path(), &["serve", "--stdio"]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
    assert!(alone.stderr.contains("--role mcp"), "{}", alone.stderr);
}

#[test]
fn ids_of_sessions_are_in_no_log() {
    let out = out();
    let mut command =
        process::tidegate(out.path(), &["-vv", "serve", "--role", "mcp", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let mut stream = std::net::TcpStream::connect(line["mcp"].as_str().unwrap()).unwrap();
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"desk","version":"1"}}}"#;
    write!(
        stream,
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut heads = BufReader::new(stream).lines().map(Result::unwrap);
    let session = heads.find_map(|head| head.strip_prefix("mcp-session-id: ").map(str::to_owned)).unwrap();
    process::signal(child.id(), "TERM");
    let ended = process::finished(child);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.is_empty() && !ended.stderr.contains(&session), "{}", ended.stderr);
}
