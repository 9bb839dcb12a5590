//! `tidegate serve` and `tidegate query`.

use super::process::{Server, out, run};

#[test]
fn one_line_says_where_it_listens_and_a_signal_ends_it() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    assert_eq!(server.line["event"], "listening");
    assert!(server.line["pid"].is_u64());
    for tier in ["backend", "agents", "mcp"] {
        let address: std::net::SocketAddr = server.line[tier].as_str().unwrap().parse().unwrap();
        assert_ne!(address.port(), 0, "{tier}");
    }
    server.signal("TERM");
    let ended = server.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_second_server_beside_the_same_data_says_that_its_sessions_end_with_it() {
    let out = out();
    let first = Server::start(out.path(), &[]);
    let second = Server::start(out.path(), &[]);
    second.signal("TERM");
    let ended = second.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.stderr.contains("state.sqlite is in use by another server: sessions of this one end with it"),
        "{ended:?}"
    );
    first.signal("TERM");
    let ended = first.wait();
    assert!(ended.code == Some(0) && !ended.stderr.contains("in use"), "{ended:?}");
}

#[test]
fn a_question_gets_progress_table_and_chart() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let question = "Show me the top 5 customers by total purchase amount";
    let asked = run(out.path(), &["query", "--url", &server.url(), question]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    for text in ["Processing NLP...", "Executing SQL...", "Generating Viz..."] {
        assert!(asked.stderr.contains(text), "{text} is missing in {}", asked.stderr);
    }
    assert!(
        asked.stdout.contains('█') && asked.stdout.contains("5 rows from financial_db"),
        "{}",
        asked.stdout
    );
    let csv = run(out.path(), &["query", "--url", &server.url(), "--format", "csv", question]);
    assert_eq!(csv.stdout.lines().count(), 6, "{}", csv.stdout);
    let json = run(out.path(), &["query", "--url", &server.url(), "--format", "json", question]);
    let result: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(result["row_count"], 5);
}

#[test]
fn a_question_that_can_not_be_read_is_refused_with_suggestions() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let asked = run(out.path(), &["query", "--url", &server.url(), "predict the wether on mars"]);
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.stderr.contains("QUERY_REJECTED"), "{}", asked.stderr);
    assert!(asked.stdout.is_empty());
}

#[test]
fn each_tier_runs_as_a_process_of_its_own() {
    let out = out();
    let file = |name: &str, text: String| {
        let path = out.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let mcp = Server::start(out.path(), &["--role", "mcp"]);
    let mcp_url = format!("ws://{}/ws", mcp.line["mcp"].as_str().unwrap());
    let config = file("agents.toml", format!("[upstream]\nmcp = \"{mcp_url}\"\n"));
    let agents = Server::start(out.path(), &["--role", "agents", "--config", &config]);
    let agents_url = format!("http://{}", agents.line["agents"].as_str().unwrap());
    let upstream = format!("[upstream]\nmcp = \"{mcp_url}\"\nagents = \"{agents_url}\"\n");
    let config = file("backend.toml", upstream);
    let backend = Server::start(out.path(), &["--role", "backend", "--config", &config]);
    let asked = run(out.path(), &["query", "--url", &backend.url(), "--format", "json", "show revenue"]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
}

/// The text frames of an opened socket up to its close frame, and that frame's code.
fn heard(stream: &mut std::net::TcpStream) -> (Vec<String>, Option<u16>) {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let (mut rest, mut texts) = (&bytes[head..], Vec::new());
    while let [first, short, ..] = *rest {
        let (start, length) = match short {
            126 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
            short => (2, usize::from(short)),
        };
        let payload = &rest[start..start + length];
        match first {
            0x81 => texts.push(String::from_utf8(payload.to_vec()).unwrap()),
            0x88 => return (texts, Some(u16::from_be_bytes([payload[0], payload[1]]))),
            _ => {}
        }
        rest = &rest[start + length..];
    }
    (texts, None)
}

#[test]
fn fault_19_a_termination_drains_all_who_are_connected() {
    use std::io::Write as _;
    let out = out();
    let server = Server::start_with(out.path(), &[], &[("TIDEGATE_TIMERS_DRAIN_TIMEOUT", "2s")]);
    let address = server.line["backend"].as_str().unwrap().to_owned();
    let request = format!(
        "GET /ws/query HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    let mut sockets: Vec<_> = (0..1_000)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            // The first byte of the answer: the connection is one before the signal comes.
            stream.peek(&mut [0]).unwrap();
            stream
        })
        .collect();
    server.signal("TERM");
    assert_eq!(server.wait().code, Some(0));
    for stream in &mut sockets {
        let (texts, code) = heard(stream);
        assert!(texts.iter().any(|text| text.contains("server_shutting_down")), "{texts:?}");
        assert_eq!(code, Some(1001));
    }
}

#[test]
fn a_hangup_reads_the_log_filter_again_and_ends_nothing() {
    let out = out();
    let path = out.path().join("server.toml");
    std::fs::write(&path, "[log]\nfilter = \"warn\"\n").unwrap();
    let server = Server::start(out.path(), &["--config", &path.display().to_string()]);
    std::fs::write(&path, "[log]\nfilter = \"nonsense=nonsense\"\n").unwrap();
    server.signal("HUP");
    let question = "Show me the top 5 customers by total purchase amount";
    let asked = run(out.path(), &["query", "--url", &server.url(), question]);
    assert_eq!(asked.code, Some(0), "{asked:?}");
    server.signal("TERM");
    let ran = server.wait();
    assert_eq!(ran.code, Some(0));
    assert!(ran.stderr.contains("can't be read again; the old one stays"), "{}", ran.stderr);
}
