//! Traces and logs of a server process, as a collector and an operator get them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::process::{Server, out};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector that keeps what it is sent.
pub(crate) struct Collector {
    pub(crate) address: String,
    pub(crate) received: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    /// Takes what is sent to `path`.
    pub(crate) fn start(path: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(stream, path, &kept);
            }
        });
        Self { address, received }
    }
}

/// Takes the requests of one connection.
fn take(mut stream: TcpStream, path: &str, kept: &Mutex<Vec<u8>>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = stream.read(&mut buffer) {
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let end = head + 4 + length.unwrap_or(0_usize);
        if bytes.len() < end {
            continue;
        }
        assert!(text.starts_with(&format!("post {path} ")), "{text}");
        kept.lock().unwrap().extend_from_slice(&bytes[head + 4..end]);
        bytes.drain(..end);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
    }
}

fn ask(server: &Server, question: &str) -> String {
    let address = server.line["backend"].as_str().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = format!("{{\"query\":{question:?}}}");
    write!(
        stream,
        "POST /api/query HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\
         traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn one_trace_reaches_from_the_client_to_the_statement() {
    let out = out();
    let collector = Collector::start("/v1/traces");
    let server =
        Server::start_with(out.path(), &[], &[("TIDEGATE_TELEMETRY_OTLP_ENDPOINT", &collector.address)]);
    let answer = ask(&server, "Show me the top 5 customers by total purchase amount");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.signal("TERM");
    assert_eq!(server.wait().code, Some(0));
    let received = collector.received.lock().unwrap();
    let id: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&TRACE[2 * at..2 * at + 2], 16).unwrap()).collect();
    let spans = received.windows(16).filter(|window| *window == id).count();
    // The request, the query, three stages, three agents, the tool, the statement.
    assert!(spans >= 10, "{spans} spans of the client's trace");
    for name in ["query", "nlp", "data", "viz", "execute_query_tool", "sql", "db.query.text"] {
        assert!(received.windows(name.len()).any(|window| window == name.as_bytes()), "no {name}");
    }
}

#[test]
fn lines_of_the_log_are_json_with_the_ids_of_what_they_are_about() {
    let out = out();
    let server = Server::start_with(
        out.path(),
        &[],
        &[("TIDEGATE_LOG_FORMAT", "json"), ("TIDEGATE_LOG_FILTER", "info")],
    );
    let answer = ask(&server, "Show me the top 5 customers by total purchase amount");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.signal("TERM");
    let ran = server.wait();
    let lines: Vec<serde_json::Value> =
        ran.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let line = lines
        .iter()
        .find(|line| {
            line["message"].as_str().is_some_and(|text| text.starts_with("Using database context: "))
        })
        .unwrap_or_else(|| panic!("no line about the database context in {}", ran.stderr));
    assert_eq!(line["level"], "INFO");
    assert!(line.to_string().contains("request_id"), "{line}");
}
