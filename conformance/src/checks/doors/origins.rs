//! Which pages may open a door: the same origin, those on the list, and who sends none.

use rand::Rng as _;

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::Request;
use crate::target::Door;

/// An origin that a page has.
pub(crate) struct Page {
    /// Id of its check.
    pub(crate) id: &'static str,
    /// Id of its mutant.
    pub(crate) mutant: &'static str,
    /// What is checked of it.
    pub(crate) title: &'static str,
    /// What the browser sends.
    pub(crate) origin: &'static str,
}

macro_rules! page {
    ($slug:literal, $origin:literal, $title:literal) => {
        Page {
            id: concat!("doors.origin-", $slug),
            mutant: concat!("doors.origin-", $slug, "-wrong"),
            title: $title,
            origin: $origin,
        }
    };
}

/// Origins of the list of the variant.
pub(crate) static ALLOWED: &[Page] = &[
    page!("listed", "https://app.example", "a page of a listed origin may open a door"),
    page!(
        "listed-port",
        "https://other.example:8443",
        "a listed origin with a port is allowed with that port"
    ),
    page!("listed-case", "https://APP.Example", "hosts of origins are compared without regard to case"),
    page!("listed-default-port", "https://app.example:443", "the default port may be written or not"),
];

/// Origins that look like those of the list.
pub(crate) static REFUSED: &[Page] = &[
    page!("foreign", "https://evil.example", "a page of another origin is 403, list or no list"),
    page!("scheme", "http://app.example", "a listed host over another scheme is 403"),
    page!("port", "https://app.example:8443", "a listed host with another port is 403"),
    page!("no-port", "https://other.example", "a host listed with a port is 403 without it"),
    page!("subdomain", "https://sub.app.example", "a subdomain of a listed host is 403"),
    page!("suffix", "https://app.example.evil.test", "a host that begins like a listed one is 403"),
    page!("prefix", "https://evilapp.example", "a host that ends like a listed one is 403"),
    page!("userinfo", "https://app.example@evil.test", "a listed host as user of another is 403"),
    page!("null", "null", "the opaque origin of a sandboxed page is 403"),
];

/// Field by which a trusted proxy names a client.
pub(crate) const FORWARDED: &str = "X-Forwarded-For";

/// An address nobody has used, so that limits of addresses don't reach over checks.
pub(crate) fn fresh_address() -> String {
    let [a, b, c] = rand::rng().random::<[u8; 3]>();
    format!("10.{a}.{b}.{c}")
}

pub(super) fn checks() -> Vec<Check> {
    let requirement = &["doors.origin-list"];
    let allowed = ALLOWED.iter().map(move |page| {
        Check::new(page.id, page.title, requirement, move |cx| opens(cx, page.origin)).variant("limits")
    });
    let refused = REFUSED.iter().map(move |page| {
        Check::new(page.id, page.title, requirement, move |cx| refuses(cx, page.origin)).variant("limits")
    });
    let more = [
        Check::new("doors.origin-two", "two origins in one upgrade are 403", &["doors.origin-two"], two)
            .variant("limits"),
        Check::new(
            "doors.origin-none",
            "who sends no origin is no browser and may open a door",
            &["doors.origin-none"],
            none,
        )
        .variant("limits"),
        Check::new(
            "doors.origin-request",
            "a page of another origin gets 403 from requests too",
            &["doors.origin-request"],
            by_request,
        )
        .variant("limits"),
        Check::new(
            "doors.origin-cors",
            "a listed origin is told that it may read the answer, another is not",
            &["doors.origin-cors"],
            cors,
        )
        .variant("limits"),
        Check::new(
            "doors.origin-demo",
            "a demo door has the same list of origins",
            &["doors.origin-demo"],
            demo,
        )
        .variant("limits"),
    ];
    allowed.chain(refused).chain(more).collect()
}

fn from(cx: &Context, door: &Door, origin: Option<&str>) -> Request {
    let request = cx.upgrade_request(door).header(FORWARDED, &fresh_address());
    origin.map_or(request.clone(), |origin| request.header("Origin", origin))
}

async fn opened(cx: &Context, request: &Request) -> Step {
    let response = cx.exchange("origin", request).await?;
    ensure(response.status == 101, ReasonCode::Refused, "101 Switching Protocols", response.status)
}

async fn refused(cx: &Context, request: &Request) -> Step {
    let response = cx.exchange("origin", request).await?;
    let actual = format!("status {}", response.status);
    ensure(response.status != 101, ReasonCode::Accepted, "status 403", &actual)?;
    ensure(response.status == 403, ReasonCode::WrongStatus, "status 403", actual)
}

async fn opens(cx: Context, origin: &'static str) -> Step {
    opened(&cx, &from(&cx, &Door::Query, Some(origin))).await
}

async fn refuses(cx: Context, origin: &'static str) -> Step {
    refused(&cx, &from(&cx, &Door::Query, Some(origin))).await
}

/// The first good, the second not.
async fn two(cx: Context) -> Step {
    let request = from(&cx, &Door::Query, Some("https://app.example"));
    refused(&cx, &request.header("Origin", "https://evil.example")).await
}

/// Programs send none.
async fn none(cx: Context) -> Step {
    opened(&cx, &from(&cx, &Door::Query, None)).await
}

fn asking(cx: &Context, origin: &str) -> Request {
    Request::get(&cx.target().rest("/api/database/list"))
        .header("Origin", origin)
        .header(FORWARDED, &fresh_address())
}

/// 403 `FORBIDDEN`.
async fn by_request(cx: Context) -> Step {
    let response = cx.http(asking(&cx, "https://evil.example")).await?;
    crate::checks::tokens::refusal::refused_by_status(&response, 403, "FORBIDDEN").map(|_| ())
}

/// `Access-Control-Allow-Origin` names that origin, or all.
async fn cors(cx: Context) -> Step {
    let response = cx.http(asking(&cx, "https://app.example")).await?;
    ensure(response.status == 200, ReasonCode::Refused, "status 200", response.status)?;
    match response.field("Access-Control-Allow-Origin") {
        Some("https://app.example") => {}
        None => return fail(ReasonCode::Missing, "Access-Control-Allow-Origin", "none"),
        Some(other) => return fail(ReasonCode::WrongValue, "that origin allowed", format!("{other:?}")),
    }
    let response = cx.http(asking(&cx, "https://evil.example")).await?;
    match response.field("Access-Control-Allow-Origin") {
        None => Ok(()),
        Some(other) => fail(ReasonCode::Accepted, "no other origin allowed", format!("{other:?}")),
    }
}

/// 403 there too: a browser's user is asked for nothing else.
async fn demo(cx: Context) -> Step {
    refused(&cx, &from(&cx, &Door::Demo, Some("https://evil.example"))).await
}
