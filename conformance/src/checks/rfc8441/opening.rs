//! The extended CONNECT, taken and refused (RFC 8441 §3 to §5).

use crate::checks::{Check, Context, ReasonCode, Step, ensure, fail};
use crate::peer::http2::ENABLE_CONNECT_PROTOCOL;

use super::stream::{asked, fields, offered};

pub(super) fn checks() -> Vec<Check> {
    let refused = |id, title, more: &'static [(&'static str, &'static str)]| {
        Check::new(id, title, &["extended-connect.refusals"], move |cx| refused(cx, more))
    };
    vec![
        Check::new(
            "extended-connect.setting",
            "SETTINGS_ENABLE_CONNECT_PROTOCOL is 0 or 1",
            &["extended-connect.setting"],
            setting,
        ),
        Check::new(
            "extended-connect.opened",
            "an extended CONNECT for websocket is answered with 200",
            &["extended-connect.opening"],
            opened,
        ),
        Check::new(
            "extended-connect.no-accept",
            "the answer has none of the fields of an upgrade",
            &["extended-connect.no-upgrade-fields"],
            no_upgrade_fields,
        ),
        refused(
            "extended-connect.other-protocol",
            "an extended CONNECT for another protocol is refused",
            &[(":protocol", "x-unheard-of")],
        ),
        refused(
            "extended-connect.unknown-path",
            "an extended CONNECT on a path without a door is refused",
            &[(":path", "/no/such/door/at/all")],
        ),
        refused(
            "extended-connect.other-version",
            "another version of WebSocket is refused",
            &[("sec-websocket-version", "12")],
        ),
        refused(
            "extended-connect.get",
            "a GET with the fields of a handshake opens nothing",
            &[(":method", "GET"), (":protocol", "")],
        ),
    ]
}

async fn setting(cx: Context) -> Step {
    let value = offered(&cx).await?.setting(ENABLE_CONNECT_PROTOCOL).unwrap_or_default();
    ensure(value == 1, ReasonCode::WrongValue, "the value 1", value)
}

async fn opened(cx: Context) -> Step {
    let mut http2 = offered(&cx).await?;
    let response = asked(&cx, &mut http2, 1, &fields(&cx, &[])).await?;
    ensure(response.status == 200, ReasonCode::WrongStatus, "status 200", response.status)
}

async fn no_upgrade_fields(cx: Context) -> Step {
    let mut http2 = offered(&cx).await?;
    let response = asked(&cx, &mut http2, 1, &fields(&cx, &[])).await?;
    for name in ["sec-websocket-accept", "connection", "upgrade"] {
        if let Some(value) = response.field(name) {
            return fail(ReasonCode::Unexpected, format!("no field {name}"), value);
        }
    }
    Ok(())
}

/// Any status but one that opens the stream; or the stream is reset.
async fn refused(cx: Context, more: &'static [(&'static str, &'static str)]) -> Step {
    let mut http2 = offered(&cx).await?;
    match asked(&cx, &mut http2, 1, &fields(&cx, more)).await {
        Ok(response) if (200..300).contains(&response.status) => {
            fail(ReasonCode::Accepted, "a refusal", format!("status {}", response.status))
        }
        Err(crate::checks::Stop::Violation(violation)) if violation.code == ReasonCode::Closed => Ok(()),
        other => other.map(drop),
    }
}
