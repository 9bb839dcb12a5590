//! The proxy that carries out faults: what a fault does not touch goes on unchanged, what it does is done.

use std::time::Duration;

use conformance::Target;
use conformance::checks::{Context, Pace, Peer, ReasonCode, Step, Stop};
use conformance::mutants::{Action, Fault, Out, Proxy, Reply, edit};
use conformance::peer::{Frame, Message, Request, Response};
use conformance::target::Door;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::foreign::{Foreign, Manner};

/// A proxy with `make`'s faults in front of an honest server.
struct Between {
    context: Context,
    _proxy: Proxy,
    _foreign: Foreign,
}

async fn between<F: Fault + 'static>(make: impl Fn() -> F + Send + Sync + 'static) -> Between {
    let foreign = Foreign::start(Manner::Honest);
    let upstream = foreign.target.address().to_owned();
    let proxy = Proxy::start(upstream, Box::new(move || Box::new(make())), 1.0).await.unwrap();
    let target = foreign.target.at(proxy.address().to_string());
    Between { context: context(target), _proxy: proxy, _foreign: foreign }
}

fn context(target: Target) -> Context {
    let pace = Pace { round_trip: Duration::from_millis(1), scale: 1.0, limit: Duration::from_secs(10) };
    Context::new("made.check", target, pace, 7)
}

async fn upgraded(between: &Between) -> Peer {
    between.context.upgrade(&between.context.upgrade_request(&Door::Query)).await.unwrap()
}

fn code<T: std::fmt::Debug>(step: Step<T>) -> ReasonCode {
    match step.unwrap_err() {
        Stop::Violation(violation) => violation.code,
        other => panic!("{other:?}"),
    }
}

/// A fault that does nothing.
struct Clean;

impl Fault for Clean {}

/// Nothing either, but it looks at everything.
struct Watching;

impl Fault for Watching {
    fn watches_client(&self) -> bool {
        true
    }
}

async fn converses<F: Fault + 'static>(make: impl Fn() -> F + Send + Sync + 'static) {
    let between = between(make).await;
    let cx = &between.context;
    let response = cx.http(Request::get("/health")).await.unwrap();
    assert_eq!((response.status, response.text().as_str()), (200, "{}"));
    let mut peer = upgraded(&between).await;
    peer.expect_type("connection_established", cx.soon()).await.unwrap();
    peer.send_frame(Frame::text("frag").more()).await;
    peer.send_frame(Frame::ping("inside")).await;
    peer.send_frame(Frame::continuation("ment")).await;
    peer.expect_pong(b"inside", cx.soon()).await.unwrap();
    peer.send_frame(Frame::ping(vec![b'x'; 125])).await;
    peer.expect_pong(&[b'x'; 125], cx.soon()).await.unwrap();
    peer.close(1000, "done", cx.soon()).await.unwrap();
    peer.expect_end(cx.soon()).await.unwrap();
}

#[tokio::test]
async fn a_clean_proxy_changes_nothing() {
    converses(|| Clean).await;
    converses(|| Watching).await;
}

#[tokio::test]
async fn messages_are_swallowed_repeated_and_replaced() {
    let established = "connection_established";
    let gone = between(move || edit::drop_message(established)).await;
    let within = gone.context.within(Duration::from_millis(100));
    assert_eq!(code(upgraded(&gone).await.expect_type(established, within).await), ReasonCode::Missing);

    let twice = between(move || edit::duplicate_message(established)).await;
    let mut peer = upgraded(&twice).await;
    for _ in 0..2 {
        peer.expect_type(established, twice.context.soon()).await.unwrap();
    }

    let other =
        between(move || edit::edit_message(established, |message| message["client_id"] = json!(7))).await;
    let got = upgraded(&other).await.expect_type(established, other.context.soon()).await.unwrap();
    assert_eq!(got.value["client_id"], 7);
}

#[tokio::test]
async fn late_is_told_from_missing() {
    let delayed = between(|| edit::delay_message("connection_established", Duration::from_millis(600))).await;
    let within = delayed.context.within(Duration::from_millis(250));
    let late = upgraded(&delayed).await.expect_type("connection_established", within).await;
    assert_eq!(code(late), ReasonCode::Late);
}

#[tokio::test]
async fn steps_reach_both_sides() {
    let later = between(|| {
        edit::on_message("connection_established", |message, _| {
            Action::Do(vec![
                Out::ClientLater(Duration::from_millis(50), Message::json(&json!({"type": "later"}))),
                Out::Client(message.clone()),
                // The server's pong shows that it got this.
                Out::Server(Message::Ping(b"from between".to_vec())),
            ])
        })
    })
    .await;
    let mut peer = upgraded(&later).await;
    peer.expect_type("connection_established", later.context.soon()).await.unwrap();
    peer.expect_pong(b"from between", later.context.soon()).await.unwrap();
    peer.expect_type("later", later.context.soon()).await.unwrap();
}

#[tokio::test]
async fn connections_are_cut_or_held() {
    let cut = between(|| edit::on_message("connection_established", |_, _| Action::cut())).await;
    upgraded(&cut).await.expect_end(cut.context.soon()).await.unwrap();

    let held = between(edit::never_close).await;
    let mut peer = upgraded(&held).await;
    peer.send_frame(Frame::close(1000, "bye")).await;
    let within = held.context.within(Duration::from_millis(100));
    assert_eq!(code(peer.expect_close(1000, None, within).await), ReasonCode::NotClosed);
}

#[tokio::test]
async fn requests_and_responses_can_be_changed() {
    let changed = between(|| {
        edit::edit_response(|request, response| {
            if response.status == 200 {
                response.status = 503;
                response.set_body(request.target.clone());
            }
        })
    })
    .await;
    let response = changed.context.http(Request::get("/ready")).await.unwrap();
    assert_eq!((response.status, response.text().as_str()), (503, "/ready"));

    let answered = between(|| {
        edit::on_request(|request| match request.target.as_str() {
            "/teapot" => Reply::Answer(Response::new(418, "Teapot", "short and stout")),
            _ => Reply::Rewrite(request.clone().without("Upgrade")),
        })
    })
    .await;
    assert_eq!(answered.context.http(Request::get("/teapot")).await.unwrap().status, 418);
    let refused = answered.context.upgrade(&answered.context.upgrade_request(&Door::Query)).await;
    assert_eq!(code(refused), ReasonCode::WrongStatus);
}

#[tokio::test]
async fn answers_that_come_together_go_on_together() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while String::from_utf8_lossy(&asked).matches("\r\n\r\n").count() < 3 {
            assert_ne!(stream.read_buf(&mut asked).await.unwrap(), 0);
        }
        stream.write_all(ANSWER.repeat(3).as_bytes()).await.unwrap();
        stream
    });
    let proxy = Proxy::start(upstream, Box::new(|| Box::new(Clean)), 1.0).await.unwrap();
    let mut client = TcpStream::connect(proxy.address()).await.unwrap();
    client.write_all("GET /ready HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3).as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let all = async {
        while String::from_utf8_lossy(&heard).matches("\r\n\r\nok").count() < 3 {
            assert_ne!(client.read_buf(&mut heard).await.unwrap(), 0, "{}", String::from_utf8_lossy(&heard));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all).await.expect("three answers");
    drop(server.await.unwrap());
}
