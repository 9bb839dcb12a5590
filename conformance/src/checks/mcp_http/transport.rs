//! The endpoint: origins, content types, methods, sessions.

use serde_json::json;

use super::client::{Client, SESSION, exchange, post, refuses, result_of, rpc, send, status};
use super::stream::Answer;
use crate::checks::{Context, ReasonCode, Step, Stop, ensure, fail};
use crate::peer::{Request, Response, is_event_stream};

/// An origin nobody allowed.
const ELSEWHERE: &str = "http://evil.example";

fn forbidden(response: &Response) -> Step {
    if response.status == 200 {
        return fail(ReasonCode::Accepted, "403", "200");
    }
    status(response, 403)
}

/// A page of another origin can't initialize.
pub(super) async fn origin(cx: Context) -> Step {
    let cx = cx.mcp()?;
    let hello = rpc(1, "initialize", Some(super::client::introduction(super::client::NEWEST)));
    let answer = send(&cx, post(&cx, &hello).header("Origin", ELSEWHERE)).await?;
    forbidden(answer.head())?;
    ensure(answer.head().field(SESSION).is_none(), ReasonCode::Leak, "no session", "a session")
}

/// Nor use a session it got hold of.
pub(super) async fn origin_of_request(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let request = client.post(&rpc(2, "ping", None)).header("Origin", ELSEWHERE);
    forbidden(send(&client.cx, request).await?.head())
}

/// Nor listen to it.
pub(super) async fn origin_of_stream(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let answer = send(&client.cx, client.bare("GET").header("Origin", ELSEWHERE)).await?;
    // A server without such streams may say that first.
    if answer.head().status == 405 {
        return Ok(());
    }
    forbidden(answer.head())
}

/// A request is answered by JSON or by events.
pub(super) async fn content_type(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let said = client.exchange("ping", None).await?;
    status(&said.head, 200)?;
    let kind = said.head.field("Content-Type").unwrap_or_default().to_ascii_lowercase();
    let holds = kind.starts_with("application/json") || is_event_stream(&said.head);
    ensure(holds, ReasonCode::WrongValue, "application/json or text/event-stream", kind)
}

/// A body that does not say it is JSON is refused: a page may send it without asking.
pub(super) async fn plain_text(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let request = client.post(&rpc(2, "ping", None)).with("Content-Type", "text/plain");
    refuses(send(&client.cx, request).await?.head())
}

/// Another method is refused; a 405 says which there are.
pub(super) async fn wrong_method(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let answer = send(&client.cx, client.bare("PUT")).await?;
    let response = answer.head();
    if response.status != 405 {
        return if response.status == 501 { Ok(()) } else { refuses(response) };
    }
    let allow = response.field("Allow").unwrap_or_default();
    let named = allow.split(',').any(|method| method.trim() == "POST");
    ensure(named, ReasonCode::Missing, "Allow with POST", format!("{allow:?}"))
}

/// GET opens a stream of events, or is 405.
pub(super) async fn get(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    match send(&client.cx, client.bare("GET")).await? {
        Answer::Stream(..) => Ok(()),
        Answer::Whole(response) if response.status == 405 => Ok(()),
        Answer::Whole(response) => {
            let actual = format!("{} {:?}", response.status, response.field("Content-Type"));
            fail(ReasonCode::WrongStatus, "a stream of events, or 405", actual)
        }
    }
}

/// The headers of the protocol may be written in any case.
pub(super) async fn header_case(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let session = client.session()?.to_owned();
    let request = client.post(&rpc(2, "ping", None)).without(SESSION).header("mCP-sESSION-iD", &session);
    let said = exchange(&client.cx, request).await?;
    status(&said.head, 200)?;
    result_of(said.response()?).map(|_| ())
}

/// The id of a session is of visible ASCII.
pub(super) async fn session_letters(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let session = client.session()?;
    let holds = !session.is_empty() && session.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    ensure(holds, ReasonCode::WrongValue, "a session id of visible ASCII", format!("{session:?}"))
}

/// Sessions have ids that can't be guessed: they differ, and by more than a counter.
pub(super) async fn session_unlike(cx: Context) -> Step {
    let (one, other) = (Client::open(&cx).await?, Client::open(&cx).await?);
    let (one, other) = (one.session()?, other.session()?);
    ensure(one != other, ReasonCode::Duplicate, "two sessions with two ids", one)?;
    ensure(one.len() >= 16, ReasonCode::WrongValue, "an id of 16 characters or more", one)?;
    let alike = one.bytes().zip(other.bytes()).filter(|(a, b)| a == b).count();
    // Of random hexadecimal digits one in sixteen is alike by chance, and separators are alike always.
    let holds = alike * 2 < one.len();
    ensure(holds, ReasonCode::WrongValue, "ids that differ in most places", format!("{one} and {other}"))
}

/// A request without the session's id is 400.
pub(super) async fn session_unsaid(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    client.session()?;
    let request = client.post(&rpc(2, "ping", None)).without(SESSION);
    let answer = send(&client.cx, request).await?;
    if answer.head().status == 200 {
        return fail(ReasonCode::Accepted, "400", "200");
    }
    status(answer.head(), 400)
}

/// A session nobody opened is 404.
pub(super) async fn session_unknown(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    client.session()?;
    let request = client.post(&rpc(2, "ping", None)).with(SESSION, "00000000-0000-4000-8000-000000000000");
    let answer = send(&client.cx, request).await?;
    if answer.head().status == 200 {
        return fail(ReasonCode::Accepted, "404", "200");
    }
    status(answer.head(), 404)
}

/// DELETE ends a session, or is 405.
pub(super) async fn delete(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    client.session()?;
    let answer = send(&client.cx, client.bare("DELETE")).await?;
    let code = answer.head().status;
    let holds = (200..300).contains(&code) || code == 405;
    ensure(holds, ReasonCode::WrongStatus, "200 to 299, or 405", code)
}

async fn ended(cx: &Context) -> Step<Client> {
    let client = Client::open(cx).await?;
    client.session()?;
    let answer = send(&client.cx, client.bare("DELETE")).await?;
    if answer.head().status == 405 {
        return Err(client.cx.declined("mcp-delete", "clients can't end sessions here"));
    }
    Ok(client)
}

async fn gone(client: &Client, request: Request) -> Step {
    let answer = send(&client.cx, request).await?;
    if (200..300).contains(&answer.head().status) {
        return fail(ReasonCode::Accepted, "404", answer.head().status.to_string());
    }
    status(answer.head(), 404)
}

/// After its end requests of a session are 404.
pub(super) async fn post_after_end(cx: Context) -> Step {
    let client = ended(&cx).await?;
    gone(&client, client.post(&rpc(2, "ping", None))).await
}

/// After its end there are no streams of a session.
pub(super) async fn get_after_end(cx: Context) -> Step {
    let client = ended(&cx).await?;
    let probe = send(&client.cx, client.bare("GET")).await?;
    if probe.head().status == 405 {
        return Err(client.cx.declined("mcp-get", "GET is not offered"));
    }
    gone(&client, client.bare("GET")).await
}

/// A session can't be ended twice.
pub(super) async fn delete_after_end(cx: Context) -> Step {
    let client = ended(&cx).await?;
    gone(&client, client.bare("DELETE")).await
}

/// The end of one session is not the end of another.
pub(super) async fn ends_apart(cx: Context) -> Step {
    let other = Client::open(&cx).await?;
    ended(&cx).await?;
    let said = other.exchange("ping", None).await?;
    status(&said.head, 200)?;
    result_of(said.response()?).map(|_| ())
}

/// An initialization is answered with the session's id once, other requests need not repeat it.
pub(super) async fn session_once(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let session = client.session()?.to_owned();
    let said = client.exchange("ping", None).await?;
    match said.head.field(SESSION) {
        Some(other) => ensure(other == session, ReasonCode::WrongValue, &session, other),
        None => Ok(()),
    }
}

/// A body of 20 MiB is refused, or answered; the next client is served.
pub(super) async fn large_body(cx: Context) -> Step {
    let client = Client::open(&cx).await?;
    let padding = "x".repeat(20 * 1024 * 1024);
    let request = client.post(&rpc(2, "ping", Some(json!({"_meta": {"padding": padding}}))));
    match send(&client.cx, request).await {
        Ok(answer) if answer.head().status >= 500 => {
            fail(ReasonCode::WrongStatus, "200, or a status of 400 to 499", answer.head().status.to_string())
        }
        // Cut off in the middle of what nobody wants to read is a refusal too.
        Ok(_) | Err(Stop::Violation(_)) => Client::open(&cx).await.map(|_| ()),
        Err(stop) => Err(stop),
    }
}
