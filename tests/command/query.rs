//! `tidegate query` over a line that breaks.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::process::{Server, out, run};

/// A relay to `upstream` whose first connection breaks as soon as the server has said `word`.
fn breaking(upstream: &str, word: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let upstream = upstream.to_owned();
    thread::spawn(move || {
        for (at, client) in listener.incoming().enumerate() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(&upstream)) else { return };
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || carry(from, to, None));
            thread::spawn(move || carry(server, client, (at == 0).then_some(word)));
        }
    });
    address
}

/// Carries octets until one side ends, or `word` was among them.
fn carry(mut from: TcpStream, mut to: TcpStream, word: Option<&[u8]>) {
    let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(size @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..size]).is_err() {
            break;
        }
        seen.extend_from_slice(&piece[..size]);
        if word.is_some_and(|word| seen.windows(word.len()).any(|part| part == word)) {
            break;
        }
    }
    for stream in [from, to] {
        // The other direction may have ended it.
        let _ = stream.shutdown(Shutdown::Both);
    }
}

#[test]
fn a_question_whose_connection_breaks_is_answered_all_the_same() {
    let out = out();
    let server = Server::start(out.path(), &[]);
    let question = "Show me the top 5 customers by total purchase amount";
    let direct = run(out.path(), &["query", "--url", &server.url(), "--format", "csv", question]);
    assert_eq!(direct.code, Some(0), "{direct:?}");
    let relay = breaking(server.line["backend"].as_str().unwrap(), b"query_accepted");
    let url = format!("http://{relay}");
    let broken = run(out.path(), &["query", "--url", &url, "--format", "csv", question]);
    assert_eq!(broken.code, Some(0), "{broken:?}");
    assert!(broken.stderr.contains("the connection is lost, back in"), "{}", broken.stderr);
    assert_eq!(broken.stdout, direct.stdout);
}
