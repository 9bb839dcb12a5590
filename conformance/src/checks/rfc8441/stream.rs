//! Opening streams, and what stands in the way.

use crate::checks::rfc7692::connection::FIELD;
use crate::checks::{Context, Peer, ReasonCode, Step, Stop, fail};
use crate::peer::deflate::judge_answer;
use crate::peer::http2::{ENABLE_CONNECT_PROTOCOL, Http2, Http2Fault};
use crate::peer::{Link, LinkOptions, MAX_MESSAGE, Response, Stream};
use crate::target::Door;

/// A connection of HTTP/2; not applicable where the target answers in HTTP/1 or ends the connection at once. Silence
/// and broken frames are no such answer.
pub(super) async fn connection(cx: &Context) -> Step<Http2> {
    let (name, stream) = cx.raw_for_http2().await?.into_stream();
    match Http2::open(name, stream, cx.transcript().clone(), cx.soon().end()).await {
        Ok(http2) => Ok(http2),
        Err(fault @ (Http2Fault::Other(_) | Http2Fault::Ended)) => {
            Err(cx.declined("h2", format!("the target speaks no HTTP/2 here: {fault}")))
        }
        Err(fault) => {
            fail(code_of(&fault), "SETTINGS of HTTP/2, an answer in HTTP/1 or an end", fault.to_string())
        }
    }
}

/// The same, where the target offers the extended CONNECT by its settings.
pub(super) async fn offered(cx: &Context) -> Step<Http2> {
    let http2 = connection(cx).await?;
    match http2.setting(ENABLE_CONNECT_PROTOCOL) {
        None | Some(0) => Err(cx.declined("h2", "the target's settings don't offer the extended CONNECT")),
        Some(_) => Ok(http2),
    }
}

/// Fields of an extended CONNECT, changed and added to by `more`.
pub(super) fn fields(cx: &Context, more: &[(&'static str, &str)]) -> Vec<(String, String)> {
    let path = cx.target().path(&Door::Echo);
    let host = cx.target().host();
    let mut fields: Vec<(String, String)> = [
        (":method", "CONNECT"),
        (":protocol", "websocket"),
        (":scheme", if cx.target().tls().is_some() { "https" } else { "http" }),
        (":path", &path),
        (":authority", &host),
        ("sec-websocket-version", "13"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for (name, value) in more {
        fields.retain(|(field, _)| field != name);
        let at = if name.starts_with(':') { 0 } else { fields.len() };
        if !value.is_empty() {
            fields.insert(at, ((*name).to_owned(), (*value).to_owned()));
        }
    }
    fields
}

/// Sends a request on `stream` and gives the head of its response.
pub(super) async fn asked(
    cx: &Context,
    http2: &mut Http2,
    stream: u32,
    fields: &[(String, String)],
) -> Step<Response> {
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let found = match http2.request(stream, &fields).await {
        Ok(()) => http2.response(stream, cx.soon().end()).await,
        Err(fault) => Err(fault),
    };
    let fault = match found {
        Ok(response) => return Ok(response),
        Err(fault) => fault,
    };
    fail(code_of(&fault), "a response to the extended CONNECT", fault.to_string())
}

fn code_of(fault: &Http2Fault) -> ReasonCode {
    match fault {
        Http2Fault::Silent => ReasonCode::Missing,
        Http2Fault::Ended | Http2Fault::Reset(_) | Http2Fault::GoAway(_) => ReasonCode::Closed,
        _ => ReasonCode::Malformed,
    }
}

/// Opens `count` streams, each with these further fields.
pub(super) async fn opened(cx: &Context, count: u32, more: &[(&'static str, &str)]) -> Step<Vec<Peer>> {
    let mut http2 = offered(cx).await?;
    let mut responses = Vec::new();
    let streams: Vec<u32> = (0..count).map(|number| 1 + 2 * number).collect();
    for stream in &streams {
        let response = asked(cx, &mut http2, *stream, &fields(cx, more)).await?;
        if response.status != 200 {
            return fail(ReasonCode::WrongStatus, "status 200", format!("status {}", response.status));
        }
        responses.push(response);
    }
    peers(cx, http2, &streams, responses).await
}

/// The streams as connections of the suite.
pub(super) async fn peers(
    cx: &Context,
    http2: Http2,
    streams: &[u32],
    responses: Vec<Response>,
) -> Step<Vec<Peer>> {
    let sockets = http2.tunnels(streams).await.map_err(|error| Stop::Harness(error.to_string()))?;
    let peer = |((stream, socket), response): ((&u32, _), Response)| {
        let offer = [super::talking::OFFER].into_iter();
        let agreement = judge_answer(offer, response.values(FIELD)).ok().flatten();
        let inflate = agreement.map(|agreement| agreement.inflate_rules(MAX_MESSAGE as usize));
        let options = LinkOptions { inflate, ..LinkOptions::default() };
        let link = Link::new(
            &format!("stream-{stream}"),
            Stream::Plain(socket),
            &[],
            cx.transcript().clone(),
            options,
        );
        Peer::new(link, response)
    };
    Ok(streams.iter().zip(sockets).zip(responses).map(peer).collect())
}
