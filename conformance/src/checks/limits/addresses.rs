//! Limits of users, of addresses and of doors, where they are configured low.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::checks::doors::origins::{FORWARDED, fresh_address};
use crate::checks::tokens::refusal::{closed_next, refused_by_status};
use crate::checks::{Check, Context, Peer, ReasonCode, Step, Stop, ensure, fail, field};
use crate::peer::{Request, Response};
use crate::target::Door;

use super::answer::keep_from_idling;
use super::window::Window;

/// What the variant is configured with.
const PER_USER: usize = 2;
const PER_ADDRESS: usize = 3;
const MESSAGES_PER_ADDRESS: usize = 12;
const PER_DOOR: usize = 4;
/// No window of a target that checks can wait for is shorter.
const WINDOW: Duration = Duration::from_secs(2);
/// Attempts to fill a window within its time.
const ATTEMPTS: usize = 3;

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check!(
            "limits",
            "per-user",
            "a connection more than a user may have is refused",
            "per-user",
            per_user
        ),
        check!("limits", "per-user-own", "each user has places of their own", "per-user", per_user_own),
        check!(
            "limits",
            "per-user-anonymous",
            "who has no name is not counted",
            "per-user-anonymous",
            anonymous
        ),
        check!(
            "limits",
            "per-address",
            "a connection more than an address may have is refused at the door",
            "per-address",
            per_address
        ),
        check!(
            "limits",
            "per-address-own",
            "each address has places of its own",
            "per-address",
            per_address_own
        ),
        check!(
            "limits",
            "per-address-freed",
            "a place of an address that becomes free can be taken",
            "per-address-freed",
            per_address_freed
        ),
        check!(
            "limits",
            "forwarded-last",
            "of several addresses the last one that is no trusted proxy counts",
            "forwarded",
            forwarded_last
        ),
        check!(
            "limits",
            "forwarded-network",
            "an IPv6 address stands for its network of 64 bits",
            "forwarded-network",
            forwarded_network
        ),
        check!(
            "limits",
            "rate-per-address",
            "the messages of an address are counted over its connections",
            "rate-per-address",
            rate_per_address
        ),
        check!(
            "limits",
            "rate-per-address-own",
            "each address has a window of its own",
            "rate-per-address",
            rate_per_address_own
        ),
        check!(
            "limits",
            "rate-request",
            "requests count as messages of their address: 429 with Retry-After",
            "rate-request",
            rate_request
        ),
        check!("limits", "full-door", "a full door is SERVER_FULL", "full-door", full_door),
    ];
    checks.map(|check| check.variant("limits")).into()
}

/// An upgrade request that comes from `address` by a trusted proxy.
fn from(cx: &Context, door: &Door, address: &str) -> Request {
    cx.upgrade_request(door).header(FORWARDED, address)
}

async fn open_from(cx: &Context, address: &str) -> Step<Peer> {
    cx.open_by(&from(cx, &Door::Query, address)).await
}

/// The same, held however slow the machine is.
async fn held_from(cx: &Context, address: &str) -> Step<Peer> {
    let mut peer = open_from(cx, address).await?;
    keep_from_idling(cx, &mut peer).await?;
    Ok(peer)
}

/// Refused at the door: one error, 1008, nothing before.
async fn refused_at_door(cx: &Context, request: &Request, code: &str, reason: &str) -> Step {
    let mut peer = cx.upgrade(request).await?;
    let first = peer.next_json(&format!("error {code}"), cx.soon()).await?.value;
    if field::name(&first) != "error" {
        return fail(ReasonCode::Accepted, format!("error {code}"), first.to_string());
    }
    field::equals(&first, "code", code)?;
    closed_next(cx, &mut peer, reason).await
}

/// A connection of `user` from an address of its own; what its handshake is answered by.
async fn joined(cx: &Context, user: Option<&str>) -> Step<(Peer, Value)> {
    let mut peer = held_from(cx, &fresh_address()).await?;
    let mut handshake = json!({"type": "connection_handshake"});
    if let Some(user) = user {
        handshake["user_id"] = Value::from(user);
    }
    peer.send(&handshake).await;
    let answers = |value: &Value| matches!(field::name(value), "connection_acknowledged" | "error");
    let answer = peer.expect("connection_acknowledged or an error", cx.soon(), answers).await?.value;
    Ok((peer, answer))
}

/// As many connections of `user` as they may have.
async fn user_full(cx: &Context, user: Option<&str>) -> Step<Vec<Peer>> {
    let mut peers = Vec::new();
    for _ in 0..PER_USER {
        let (peer, answer) = joined(cx, user).await?;
        let taken = field::name(&answer) == "connection_acknowledged";
        ensure(taken, ReasonCode::Refused, "connection_acknowledged", answer)?;
        peers.push(peer);
    }
    Ok(peers)
}

/// The handshake tells who it is: error, then 1008 "Too many connections".
async fn per_user(cx: Context) -> Step {
    let user = format!("user-{}", cx.fresh_session());
    let _held = user_full(&cx, Some(&user)).await?;
    let (mut peer, answer) = joined(&cx, Some(&user)).await?;
    if field::name(&answer) != "error" {
        return fail(ReasonCode::Accepted, "error TOO_MANY_CONNECTIONS", answer.to_string());
    }
    field::equals(&answer, "code", "TOO_MANY_CONNECTIONS")?;
    closed_next(&cx, &mut peer, "Too many connections").await
}

/// Another user comes in while one has no place left.
async fn per_user_own(cx: Context) -> Step {
    let user = format!("user-{}", cx.fresh_session());
    let _held = user_full(&cx, Some(&user)).await?;
    let (_peer, answer) = joined(&cx, Some(&format!("other-{user}"))).await?;
    let taken = field::name(&answer) == "connection_acknowledged";
    ensure(taken, ReasonCode::Refused, "connection_acknowledged", answer)
}

/// One more than a user may have, without a name.
async fn anonymous(cx: Context) -> Step {
    let _held = user_full(&cx, None).await?;
    let (_peer, answer) = joined(&cx, None).await?;
    let taken = field::name(&answer) == "connection_acknowledged";
    ensure(taken, ReasonCode::Refused, "connection_acknowledged", answer)
}

async fn address_full(cx: &Context, address: &str) -> Step<Vec<Peer>> {
    let mut peers = Vec::new();
    for _ in 0..PER_ADDRESS {
        peers.push(held_from(cx, address).await?);
    }
    Ok(peers)
}

/// Known at the door: `TOO_MANY_CONNECTIONS` before `connection_established`.
async fn per_address(cx: Context) -> Step {
    let address = fresh_address();
    let _held = address_full(&cx, &address).await?;
    let request = from(&cx, &Door::Query, &address);
    refused_at_door(&cx, &request, "TOO_MANY_CONNECTIONS", "Too many connections").await
}

async fn per_address_own(cx: Context) -> Step {
    let _held = address_full(&cx, &fresh_address()).await?;
    let other = from(&cx, &Door::Query, &fresh_address());
    cx.opens(&other).await
}

/// One leaves, one comes.
async fn per_address_freed(cx: Context) -> Step {
    let address = fresh_address();
    let mut held = address_full(&cx, &address).await?;
    if let Some(mut leaving) = held.pop() {
        leaving.close(1000, "", cx.soon()).await?;
        leaving.expect_end(cx.soon()).await?;
    }
    let deadline = cx.soon();
    loop {
        let opened = cx.opens(&from(&cx, &Door::Query, &address)).await;
        if opened.is_ok() || deadline.is_late(Instant::now()) {
            return opened;
        }
        // A server may notice a little later that the connection is gone.
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
}

/// What a client writes in front of it is not believed: the same last address is the same client.
async fn forwarded_last(cx: Context) -> Step {
    let address = fresh_address();
    let mut held = Vec::new();
    for _ in 0..PER_ADDRESS {
        held.push(held_from(&cx, &format!("{}, {address}", fresh_address())).await?);
    }
    let request = from(&cx, &Door::Query, &format!("{}, {address}", fresh_address()));
    refused_at_door(&cx, &request, "TOO_MANY_CONNECTIONS", "Too many connections").await
}

/// Whoever has one address of a network has all of them.
async fn forwarded_network(cx: Context) -> Step {
    let [a, b] = rand::random::<[u16; 2]>();
    let mut held = Vec::new();
    for host in 1..=PER_ADDRESS {
        held.push(held_from(&cx, &format!("2001:db8:{a:x}:{b:x}::{host}")).await?);
    }
    let request = from(&cx, &Door::Query, &format!("2001:db8:{a:x}:{b:x}:ffff::9"));
    refused_at_door(&cx, &request, "TOO_MANY_CONNECTIONS", "Too many connections").await
}

/// Names of the answers to `count` messages of one connection.
async fn said(cx: &Context, peer: &mut Peer, count: usize) -> Step<Vec<Value>> {
    for number in 0..count {
        peer.send(&json!({"type": "subscribe", "id": number, "events": ["query_result"]})).await;
    }
    let mut answers = Vec::new();
    for _ in 0..count {
        let answered = |value: &Value| matches!(field::name(value), "subscribed" | "error");
        answers.push(peer.expect("an answer to each message", cx.soon(), answered).await?.value);
    }
    Ok(answers)
}

/// Half on one connection, half on another; the next is refused.
async fn rate_per_address(cx: Context) -> Step {
    let address = fresh_address();
    let (mut one, mut two) = (open_from(&cx, &address).await?, open_from(&cx, &address).await?);
    let window = Window::announced(one.established())?;
    let began = Instant::now();
    let half = MESSAGES_PER_ADDRESS / 2;
    let answers = [said(&cx, &mut one, half).await?, said(&cx, &mut two, half).await?].concat();
    if let Some(refused) = answers.iter().find(|answer| field::name(answer) == "error") {
        return fail(
            ReasonCode::Refused,
            format!("{MESSAGES_PER_ADDRESS} messages answered"),
            refused.to_string(),
        );
    }
    let more = said(&cx, &mut two, 1).await?.remove(0);
    if field::name(&more) != "error" {
        if began.elapsed() > window.length {
            return Err(Stop::Harness("the window was over before it was full".to_owned()));
        }
        return fail(ReasonCode::Accepted, "error RATE_LIMIT_EXCEEDED", more.to_string());
    }
    field::equals(&more, "code", "RATE_LIMIT_EXCEEDED")
}

/// One address has said all it may; another is answered.
async fn rate_per_address_own(cx: Context) -> Step {
    let mut full = open_from(&cx, &fresh_address()).await?;
    said(&cx, &mut full, MESSAGES_PER_ADDRESS).await?;
    let mut other = open_from(&cx, &fresh_address()).await?;
    let answer = said(&cx, &mut other, 1).await?.remove(0);
    ensure(field::name(&answer) == "subscribed", ReasonCode::Refused, "subscribed", answer)
}

/// One request more than the limit, all at one time: one of them is refused.
async fn rate_request(cx: Context) -> Step {
    for _ in 0..ATTEMPTS {
        let (address, began) = (fresh_address(), Instant::now());
        let mut asking = JoinSet::new();
        for _ in 0..=MESSAGES_PER_ADDRESS {
            let request = Request::get(&cx.target().rest("/api/database/list")).header(FORWARDED, &address);
            let cx = cx.clone();
            asking.spawn(async move { cx.http(request).await });
        }
        let responses = asking.join_all().await.into_iter().collect::<Step<Vec<Response>>>()?;
        match responses.iter().find(|response| response.status != 200) {
            Some(refused) => return refused_with_time(refused),
            None if began.elapsed() < WINDOW => {
                return fail(
                    ReasonCode::Accepted,
                    format!("429 after {MESSAGES_PER_ADDRESS} requests"),
                    "200 for all",
                );
            }
            // On a slow machine the first ones have left the window already.
            None => {}
        }
    }
    Err(Stop::Harness("the window was over before it was full".to_owned()))
}

fn refused_with_time(response: &Response) -> Step {
    refused_by_status(response, 429, "RATE_LIMIT_EXCEEDED")?;
    match response.field("Retry-After").map(str::parse::<u32>) {
        Some(Ok(_)) => Ok(()),
        Some(Err(_)) => fail(ReasonCode::WrongValue, "Retry-After in seconds", "another form"),
        None => fail(ReasonCode::Missing, "Retry-After", "none"),
    }
}

/// The chat door takes four; whoever else holds some makes it full sooner.
async fn full_door(cx: Context) -> Step {
    let mut held = Vec::new();
    for _ in 0..=PER_DOOR {
        let mut peer = cx.upgrade(&from(&cx, &Door::Chat, &fresh_address())).await?;
        let first = peer.next_json("connection_established or error SERVER_FULL", cx.soon()).await?.value;
        if field::name(&first) != "error" {
            keep_from_idling(&cx, &mut peer).await?;
            held.push(peer);
            continue;
        }
        field::equals(&first, "code", "SERVER_FULL")?;
        return closed_next(&cx, &mut peer, "Server full").await;
    }
    fail(
        ReasonCode::Accepted,
        format!("at most {PER_DOOR} connections at the chat door"),
        format!("{}", held.len()),
    )
}
