//! What a client does through the proxy is written as a scenario that plays, without its secrets.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use loadgen::record::{Payload, Recording, What, record};
use loadgen::{Options, Stop, Target, run};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::attack::{TURN, header};
use crate::server::Service;

/// What `client` does with the proxy's address, as it was recorded.
async fn recorded<F: Future<Output = ()>>(service: &Service, client: impl FnOnce(String) -> F) -> Recording {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let target = Target::resolve(&service.url()).await.unwrap();
    let stop = Stop::new();
    let proxy = record(listener, &target, &stop);
    let client = async {
        client(address).await;
        stop.stop();
    };
    tokio::join!(proxy, client).0.unwrap()
}

/// One request on a connection of its own.
async fn request(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{head}\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains('}') {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    String::from_utf8(answer).unwrap()
}

/// Logs in, greets, says three things with its token and the id it got, and goes.
async fn work(address: String) {
    let answer =
        request(&address, "POST /login HTTP/1.1\r\nX-Api-Key: topsecret", r#"{"password":"hunter22"}"#).await;
    assert!(answer.contains("sesame"), "{answer}");
    let mut upgrade =
        format!("ws://{address}/greeting?access_token=eyJsecretsecret").into_client_request().unwrap();
    upgrade.headers_mut().insert("Authorization", "Bearer sesame".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(upgrade).await.unwrap();
    let greeting: Value =
        serde_json::from_str(socket.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
    for number in 0..3 {
        let said = serde_json::json!({"type": "say", "connection": greeting["id"], "number": number, "nothing": null,
            "id": "0b0e7a3a-9f0e-4e9e-8f6e-2d7c1f0a9b3c"});
        socket.send(Message::text(said.to_string())).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().to_text().unwrap(), said.to_string());
    }
    socket.send(Message::binary(vec![0, 1, 255])).await.unwrap();
    socket.next().await.unwrap().unwrap();
    socket.close(None).await.unwrap();
    while socket.next().await.is_some_and(|message| message.is_ok()) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_session_plays_and_holds_no_secret() {
    let _turn = TURN.lock().await;
    let service = Service::start().await;
    let recording = recorded(&service, work).await;
    let folder = tempfile::tempdir().unwrap();
    let written = recording.write(folder.path(), &service.url()).unwrap();
    let text = std::fs::read_to_string(&written.scenario).unwrap();
    let trace = std::fs::read_to_string(&written.trace).unwrap();
    for secret in ["topsecret", "hunter22", "eyJsecretsecret", "sesame", "abc123"] {
        assert!(!text.contains(secret) && !trace.contains(secret), "{secret} in\n{text}\n{trace}");
    }
    assert_eq!(written.secrets, ["x_api_key", "password", "access_token", "authorization"], "{text}");
    assert!(text.contains("capture = { connection") || text.contains("capture = { id"), "{text}");
    assert!(text.contains("\"$.id\""), "{text}");
    assert!(trace.starts_with("t,session,step\n0.000,s0,POST /login\n"), "{trace}");

    let overrides = [
        "parameters.authorization=Bearer sesame",
        "sessions.count=3",
        "sessions.duration=2s",
        "pace.every=500ms",
        "generator.send_lag_p99=10s",
        "generator.pause_p999=60s",
        "generator.cpu_share=1.0",
        "generator.little_residual=1.0",
    ];
    let overrides = overrides.map(str::to_owned);
    let scenario = scenarios::load(&written.scenario.display().to_string(), &overrides).unwrap();
    let target = Target::resolve(&service.url()).await.unwrap();
    let outcome = run(&scenario, &target, Options::new(header()), (), Stop::new()).await.unwrap();
    let report = outcome.report;
    assert!(report.errors.is_empty(), "{:?}\n{text}", report.errors);
    let names: Vec<&str> = report.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(names, ["connect", "upgrade", "post_login", "hello", "say", "message"], "{text}");
    let say = report.operations.iter().find(|operation| operation.name == "say").unwrap();
    assert!(say.count >= 9, "{say:?}");
}

#[tokio::test]
async fn bytes_pass_as_they_are() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let body = "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n";
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nx-odd:  two \r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    let expected = format!(
        "POST /a%20b?x=1 HTTP/1.1\r\nHost: {address}\r\nTransfer-Encoding: chunked\r\nX-oDD:   three\r\n\r\n{body}"
    );
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut came = vec![0; expected.len()];
        stream.read_exact(&mut came).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(came).unwrap()
    };
    let proxy = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let entry = proxy.local_addr().unwrap();
    let target = Target::resolve(&format!("http://{address}")).await.unwrap();
    let stop = Stop::new();
    let client = async {
        let mut stream = TcpStream::connect(entry).await.unwrap();
        let text = expected.replace(&address.to_string(), &entry.to_string());
        for piece in text.as_bytes().chunks(7) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut came = vec![0; answer.len()];
        stream.read_exact(&mut came).await.unwrap();
        stop.stop();
        String::from_utf8(came).unwrap()
    };
    let (recording, seen, came) = tokio::join!(record(proxy, &target, &stop), server, client);
    assert_eq!((seen, came), (expected, answer.to_owned()));
    let kinds: Vec<&What> = recording.as_ref().unwrap().seen.iter().map(|seen| &seen.what).collect();
    assert!(matches!(kinds[0], What::Request { body, .. } if body == b"hello"), "{kinds:?}");
    assert!(matches!(kinds[1], What::Response { body: Some(body), .. } if body == b"{}"), "{kinds:?}");
}

#[tokio::test]
async fn questions_of_tidegate_become_a_trace() {
    let at = |millis: u64| Duration::from_millis(millis);
    let seen = |millis, line, what| loadgen::record::Seen { at: at(millis), line, what };
    let ask = |text: &str| {
        What::Sent(Payload::Text(serde_json::json!({"type": "query", "query": text}).to_string()))
    };
    let recording = Recording {
        seen: vec![
            seen(500, 3, ask("How many, then?")),
            seen(2_000, 4, ask("customers")),
            seen(2_500, 3, ask("x")),
        ],
    };
    let folder = tempfile::tempdir().unwrap();
    let written = recording.write(folder.path(), "http://h").unwrap();
    let trace = std::fs::read_to_string(&written.trace).unwrap();
    assert_eq!(trace, "t,session,question\n0.000,s0,\"How many, then?\"\n1.500,s1,customers\n2.000,s0,x\n");
    let replay = scenarios::load(&written.replay.unwrap().display().to_string(), &[]).unwrap();
    let mut set = scenarios::QuestionSet::builtin().unwrap();
    let file = replay.load.trace.unwrap();
    assert_eq!(scenarios::Trace::from_file(std::path::Path::new(&file), &mut set).unwrap().entries.len(), 3);
}
