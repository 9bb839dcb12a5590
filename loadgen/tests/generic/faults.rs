//! Every kind of step, and every way in which it can go wrong on the other side.

use crate::doors::{ANSWER, STREAM, Then, close, frame};
use crate::table::{Case, case, fail, meet, refused};

/// An HTTP answer with `body`.
fn answer(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A text message.
fn text(text: &str) -> Vec<u8> {
    frame(1, text.as_bytes())
}

/// Ways in which an HTTP answer does not come, or can't be read, for the step at `place`.
fn no_answer(place: &'static str) -> Vec<Case> {
    let lost = (place, "connection_lost");
    vec![
        case("ends", lost, "", Then::Ends),
        case("resets", lost, "", Then::Resets),
        case("ends-in-head", lost, "HTTP/1.1 200 O", Then::Ends),
        case("silent", (place, "timeout"), "", Then::Waits),
        case("silent-in-head", (place, "timeout"), "HTTP/1.1 200 OK\r\nContent-", Then::Waits),
        case("garbage", (place, "unreadable"), "SSH-2.0-OpenSSH_9.2\r\n\r\n", Then::Ends),
    ]
}

/// A session that has connected and says hi, and expects what `expected` says; more steps may follow there.
fn after_hi(expected: &str) -> String {
    const HI: &str = r#"
[connection.c]
ws = "/message/${who.door}"
[[begin]]
do = "connect"
[[step]]
do = "send"
text = "hi"
[[step]]
do = "expect"
"#;
    [HI, expected].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connect() {
    let at = |code| ("begin.0", code);
    let accepting = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    let mut cases = no_answer("begin.0");
    cases.extend([
        case("full", at("http_503"), answer("503 Full", b""), Then::Waits),
        case(
            "full-in-words",
            at("SERVER_FULL"),
            answer("503 Full", br#"{"code":"SERVER_FULL"}"#),
            Then::Ends,
        ),
        case("too-many", at("http_429"), answer("429 Too Many", b"slow down"), Then::Waits),
        case("missing", at("http_404"), answer("404 Not Found", b"no"), Then::Ends).for_good(),
        case("moved", at("http_302"), "HTTP/1.1 302 Found\r\nLocation: /sound\r\n\r\n", Then::Ends)
            .for_good(),
        case("no-upgrade", at("http_200"), answer("200 OK", b"hello"), Then::Ends).for_good(),
        case(
            "wrong-key",
            at("unreadable"),
            format!("{accepting}Sec-WebSocket-Accept: x\r\n\r\n"),
            Then::Waits,
        ),
        case("no-key", at("unreadable"), format!("{accepting}\r\n"), Then::Waits),
        case(
            "long-head",
            at("unreadable"),
            format!("HTTP/1.1 101 x\r\nX: {}", "x".repeat(20_000)),
            Then::Waits,
        ),
    ]);
    let script = r#"
[connection.c]
ws = "/upgrade/${who.door}"
[[begin]]
do = "connect"
within = "2s"
[[step]]
do = "send"
text = "hi"
[[step]]
do = "expect"
contains = "answer"
[[end]]
do = "close"
"#;
    meet(script, None, cases).await;
}

/// Frames that break RFC 6455, or are larger than a generator takes.
fn wrong_frames(place: &'static str) -> Vec<Case> {
    let at = (place, "unreadable");
    let large = |first: u8| {
        let payload = vec![b'x'; 1_500_000];
        [&[first, 127], (payload.len() as u64).to_be_bytes().as_slice(), &payload].concat()
    };
    vec![
        case("utf8", at, frame(1, &[0xff, 0xfe]), Then::Waits),
        case("masked", at, [0x81, 0x80, 0, 0, 0, 0], Then::Waits),
        case("reserved-bit", at, [0xc1, 0x00], Then::Waits),
        case("reserved-opcode", at, [0x83, 0x00], Then::Waits),
        case("long-ping", at, frame(9, &[b'x'; 126]), Then::Waits),
        case("no-begin", at, [0x80, 0x00], Then::Waits),
        case("too-large", at, [&[0x81, 127], (1_u64 << 40).to_be_bytes().as_slice()].concat(), Then::Waits),
        case("too-many-fragments", at, [large(0x01), large(0x80)].concat(), Then::Waits),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect() {
    let at = |code| ("step.1", code);
    let mut cases = wrong_frames("step.1");
    cases.extend([
        case("silent", at("timeout"), "", Then::GoesOn),
        case("ends", at("connection_lost"), "", Then::Ends),
        case("resets", at("connection_lost"), "", Then::Resets),
        case("ends-in-frame", at("connection_lost"), &text(ANSWER)[..9], Then::Ends),
        case("silent-in-frame", at("timeout"), &text(ANSWER)[..9], Then::Waits).twice(),
        case("closes", at("closed_1011"), close(1011, "broken"), Then::Waits),
        case("refuses", at("closed_1008"), close(1008, "no"), Then::Waits),
        case("closes-without-code", at("closed_1005"), frame(8, b""), Then::Waits),
        case("no-json", at("not_json"), text("answer {"), Then::GoesOn).said(),
        case("empty", at("timeout"), text(""), Then::GoesOn).said(),
        case("other", at("timeout"), text(r#"{"other":1}"#), Then::GoesOn).said(),
        case("binary", at("timeout"), frame(2, ANSWER.as_bytes()), Then::GoesOn).said(),
        case("wrong", at("wrong_answer"), text(r#"{"answer":2,"token":"t"}"#), Then::GoesOn).said(),
        case("nothing-to-capture", at("capture_failed"), text(r#"{"answer":1}"#), Then::GoesOn).said(),
    ]);
    let script = after_hi(
        r#"
name = "answer"
contains = "answer"
check = { "$.answer" = 1 }
capture = { token = "$.token" }
within = "2s"
"#,
    );
    meet(&script, Some("answer"), cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_where_others_are_refused() {
    let at = ("step.1", "unexpected_message");
    let cases = vec![
        case("other", at, text(r#"{"other":1}"#), Then::GoesOn).said(),
        case("no-json", at, text("answer {"), Then::GoesOn).said(),
        case("binary", at, frame(2, ANSWER.as_bytes()), Then::GoesOn).said(),
        case("ends", ("step.1", "connection_lost"), "", Then::Ends),
    ];
    let script = after_hi(
        r#"
name = "answer"
where = { "$.answer" = 1 }
others = "fail"
within = "2s"
"#,
    );
    meet(&script, Some("answer"), cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_and_capture() {
    let cases = vec![
        case("no-json", ("step.2", "not_json"), text("answer {"), Then::GoesOn).said(),
        case("wrong", ("step.2", "wrong_answer"), text(r#"{"answer":2,"token":"t"}"#), Then::GoesOn).said(),
        case("nothing-to-capture", ("step.3", "capture_failed"), text(r#"{"answer":1}"#), Then::GoesOn)
            .said(),
    ];
    let script = after_hi(
        r#"
contains = "answer"
[[step]]
do = "check"
check = { "$.answer" = 1 }
[[step]]
do = "capture"
capture = { token = "$.token" }
"#,
    );
    meet(&script, None, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send() {
    let at = |code| ("step.3", code);
    // What ends the connection comes with the answer, so that it is known when the second message is to be sent.
    let after = |bytes: Vec<u8>| [text(ANSWER), bytes].concat();
    let cases = vec![
        case("closes", at("closed_1011"), after(close(1011, "broken")), Then::Waits).said(),
        case("breaks-rules", at("unreadable"), after(vec![0xc1, 0x00]), Then::Waits).said(),
        case("deaf", at("timeout"), text(ANSWER), Then::Deaf).said().unheard(),
    ];
    let large = "x".repeat(16 * 1024 * 1024);
    let data = format!(
        r#"
[data.what]
rows = [{{ text = "x" }}, {{ text = "x" }}, {{ text = "{large}" }}, {{ text = "x" }}]
"#
    );
    let script = after_hi(
        r#"
contains = "answer"
[[step]]
do = "set"
values = { second = true }
[[step]]
do = "send"
text = "${what.text}"
[[step]]
do = "expect"
contains = "answer"
within = "60s"
"#,
    );
    meet(&(data + &script), None, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expect_close() {
    let at = |code| ("step.2", code);
    let cases = vec![
        case("silent", at("timeout"), "", Then::GoesOn),
        case("speaks", at("timeout"), text(ANSWER), Then::GoesOn).said(),
        case("other-code", at("wrong_close"), close(1000, ""), Then::Waits),
        case("no-code", at("wrong_close"), frame(8, b""), Then::Waits),
        case("ends", at("wrong_close"), "", Then::Ends),
        case("resets", at("wrong_close"), "", Then::Resets),
        case("breaks-rules", at("wrong_close"), [0xc1, 0x00], Then::Waits),
    ];
    let script = r#"
[connection.c]
ws = "/message/${who.door}"
[[step]]
do = "connect"
[[step]]
do = "send"
text = "bye"
[[step]]
do = "expect-close"
name = "farewell"
code = 1011
within = "2s"
"#;
    meet(script, Some("farewell"), cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_step() {
    let at = |code| ("step.1", code);
    let cases = vec![
        case("silent", at("timeout"), "", Then::Waits),
        case("ends", at("wrong_close"), "", Then::Ends),
        case("resets", at("wrong_close"), "", Then::Resets),
        case("speaks-and-ends", at("wrong_close"), text(ANSWER), Then::Ends).said(),
        case("breaks-rules", at("wrong_close"), [0xc1, 0x00], Then::Waits),
    ];
    let script = r#"
[connection.c]
ws = "/closing/${who.door}"
[[step]]
do = "connect"
[[step]]
do = "close"
within = "2s"
"#;
    meet(script, None, cases).await;
}

/// Ways in which an answer, or a stream, is another one than the step at `place` wants.
fn wrong_status(place: &'static str) -> Vec<Case> {
    vec![
        case("full", (place, "http_503"), answer("503 Full", b"{}"), Then::GoesOn).said(),
        case("forbidden", (place, "http_403"), answer("403 Forbidden", b""), Then::GoesOn).said(),
        case(
            "moved",
            (place, "http_302"),
            "HTTP/1.1 302 Found\r\nLocation: /request/sound\r\nContent-Length: 0\r\n\r\n",
            Then::GoesOn,
        )
        .said(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http() {
    let at = |code| ("step.0", code);
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut cases = no_answer("step.0");
    cases.extend(wrong_status("step.0"));
    cases.extend([
        case("ends-in-body", at("connection_lost"), &answer("200 OK", ANSWER.as_bytes())[..50], Then::Ends),
        case("silent-in-body", at("timeout"), &answer("200 OK", ANSWER.as_bytes())[..50], Then::Waits),
        case("ends-in-chunk", at("connection_lost"), format!("{chunked}5\r\n{{\"a"), Then::Ends),
        case("no-chunk", at("unreadable"), format!("{chunked}zz\r\n{{}}"), Then::Waits),
        case(
            "long-head",
            at("unreadable"),
            format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(100_000)),
            Then::Waits,
        ),
        case("too-large", at("unreadable"), answer("200 OK", &vec![b' '; 9_000_000]), Then::Waits),
        case("nothing", at("not_json"), "HTTP/1.1 204 No Content\r\n\r\n", Then::GoesOn).said(),
        case("no-json", at("not_json"), answer("200 OK", b"{\"answer\":1"), Then::GoesOn).said(),
        case("utf8", at("not_json"), answer("200 OK", b"{\"answer\":\"\xff\"}"), Then::GoesOn).said(),
        case("wrong", at("wrong_answer"), answer("200 OK", br#"{"answer":2,"token":"t"}"#), Then::GoesOn)
            .said(),
        case("nothing-to-capture", at("capture_failed"), answer("200 OK", br#"{"answer":1}"#), Then::GoesOn)
            .said(),
    ]);
    let script = r#"
[[step]]
do = "http"
name = "answer"
path = "/request/${who.door}"
check = { "$.answer" = 1 }
capture = { token = "$.token" }
within = "2s"
"#;
    meet(script, Some("answer"), cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeat() {
    let at = |code| ("step.0.step.0", code);
    let cases = vec![
        case("full", at("http_503"), answer("503 Full", b"{}"), Then::GoesOn).said(),
        case("silent", at("timeout"), "", Then::Waits),
        case("ends", at("connection_lost"), "", Then::Ends),
    ];
    let script = r#"
[[step]]
do = "repeat"
times = 3
[[step.step]]
do = "http"
path = "/request/${who.door}"
within = "2s"
"#;
    meet(script, None, cases).await;
}

/// Events that are not the one that is expected.
fn wrong_events(place: &'static str) -> Vec<Case> {
    let at = |code| (place, code);
    let event = |data: &[u8]| [STREAM.as_bytes(), b"event: answer\ndata: ", data, b"\n\n"].concat();
    let chunked = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    vec![
        case("stream-ends", at("closed_1000"), STREAM, Then::Ends),
        case("ends-in-event", at("connection_lost"), &event(ANSWER.as_bytes())[..100], Then::Ends),
        case("ends-before-blank", at("connection_lost"), format!("{STREAM}data: 1\n"), Then::Ends),
        case("ends-in-chunk", at("connection_lost"), format!("{chunked}40\r\nevent: answer\n"), Then::Ends),
        case("no-chunk", at("unreadable"), format!("{chunked}zz\r\n"), Then::Waits),
        case("stream-silent", at("timeout"), STREAM, Then::Waits),
        case("silent-in-event", at("timeout"), format!("{STREAM}event: answer\ndata: {{"), Then::Waits),
        case("other-event", at("timeout"), format!("{STREAM}event: tick\ndata: {ANSWER}\n\n"), Then::Waits)
            .said(),
        case("no-json", at("not_json"), event(b"{"), Then::Waits).said(),
        case("utf8", at("not_json"), event(&[0xff]), Then::Waits).said(),
        case("wrong", at("wrong_answer"), event(br#"{"answer":2,"token":"t"}"#), Then::Waits).said(),
        case("nothing-to-capture", at("capture_failed"), event(br#"{"answer":1}"#), Then::Waits).said(),
        case("event-too-large", at("unreadable"), event(&vec![b'x'; 2_200_000]), Then::Waits),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sse_and_its_events() {
    let mut cases = no_answer("step.0");
    cases.extend(wrong_status("step.0"));
    cases
        .push(case("no-stream", ("step.0", "no_event_stream"), answer("200 OK", b"{}"), Then::GoesOn).said());
    cases.extend(wrong_events("step.1"));
    let script = r#"
[[step]]
do = "sse"
path = "/request/${who.door}"
within = "2s"
[[step]]
do = "expect"
event = "answer"
check = { "$.answer" = 1 }
capture = { token = "$.token" }
within = "2s"
[[step]]
do = "close"
"#;
    meet(script, None, cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_are_wrong_by_themselves() {
    let unset =
        "[[step]]\ndo = \"set\"\nvalues = { x = \"${y}\" }\n[[step]]\ndo = \"set\"\nvalues = { y = 1 }\n";
    fail(unset, ("step.0", "unset_variable")).await;
    let socket = "[connection.c]\nws = \"/sound\"\n";
    let unset = format!(
        "{socket}[[step]]\ndo = \"connect\"\n[[step]]\ndo = \"send\"\ntext = \"${{y}}\"\n[[step]]\ndo = \"set\"\nvalues = {{ y = 1 }}\n"
    );
    fail(&unset, ("step.1", "unset_variable")).await;
    let closed = "[[step]]\ndo = \"connect\"\n[[step]]\ndo = \"close\"\n";
    for after in [
        "do = \"send\"\ntext = \"x\"",
        "do = \"expect\"\ncontains = \"x\"",
        "do = \"expect-close\"",
        "do = \"close\"",
    ] {
        fail(&format!("{socket}{closed}[[step]]\n{after}\n"), ("step.2", "not_open")).await;
    }
    let nothing = "[[step]]\ndo = \"check\"\ncheck = { \"$.x\" = 1 }\n";
    fail(nothing, ("step.0", "not_json")).await;
    let blank =
        "[[step]]\ndo = \"set\"\nvalues = { y = \"a b\" }\n[[step]]\ndo = \"http\"\npath = \"/${y}\"\n";
    fail(blank, ("step.1", "unusable_path")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_refused() {
    let socket = "[connection.c]\nws = \"/message/sound\"\n[[begin]]\ndo = \"connect\"\n";
    let echo = "[[step]]\ndo = \"send\"\ntext = \"x\"\n[[step]]\ndo = \"expect\"\ncontains = \"answer\"\n";
    refused(&format!("{socket}{echo}"), "begin.0").await;
    refused("[[step]]\ndo = \"http\"\npath = \"/request/sound\"\n", "step.0").await;
    let event = "[[step]]\ndo = \"expect\"\nevent = \"answer\"\n[[step]]\ndo = \"close\"\n";
    refused(&format!("[[step]]\ndo = \"sse\"\npath = \"/request/sound\"\n{event}"), "step.0").await;
}
