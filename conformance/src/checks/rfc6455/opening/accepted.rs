//! Correct requests, also unusual ones, become connections (RFC 6455 §4.2.1, RFC 9110 §5).

use crate::peer::Request;

use super::asking::{Answer, Asking};

pub(super) const ASKINGS: &[Asking] = &[
    Asking {
        id: "opening.plain",
        title: "a correct request is answered by 101",
        requirements: &["opening.accepts"],
        change: |request| request,
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.upgrade-capital",
        title: "Upgrade: WebSocket is the same as websocket",
        requirements: &["opening.case"],
        change: |request| request.with("Upgrade", "WebSocket"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.upgrade-shouted",
        title: "Upgrade: WEBSOCKET is the same as websocket",
        requirements: &["opening.case"],
        change: |request| request.with("Upgrade", "WEBSOCKET"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-small",
        title: "Connection: upgrade is the same as Upgrade",
        requirements: &["opening.case"],
        change: |request| request.with("Connection", "upgrade"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-shouted",
        title: "Connection: UPGRADE is the same as Upgrade",
        requirements: &["opening.case"],
        change: |request| request.with("Connection", "UPGRADE"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.names-small",
        title: "names of fields in small letters are the same names",
        requirements: &["opening.case"],
        change: |request| {
            let headers = request.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
            Request { headers, ..request }
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.names-shouted",
        title: "names of fields in capitals are the same names",
        requirements: &["opening.case"],
        change: |request| {
            let headers = request.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_ascii_uppercase(), value.clone())).collect();
            Request { headers, ..request }
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-list",
        title: "Connection: keep-alive, Upgrade names the upgrade",
        requirements: &["opening.connection-list"],
        change: |request| request.with("Connection", "keep-alive, Upgrade"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-list-first",
        title: "Connection: Upgrade, keep-alive names the upgrade",
        requirements: &["opening.connection-list"],
        change: |request| request.with("Connection", "Upgrade, keep-alive"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-list-tight",
        title: "Connection: keep-alive,Upgrade without a blank names the upgrade",
        requirements: &["opening.connection-list"],
        change: |request| request.with("Connection", "keep-alive,Upgrade"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-list-holes",
        title: "empty members of the list in Connection are passed over",
        requirements: &["opening.list-holes"],
        change: |request| request.with("Connection", ", keep-alive, , Upgrade,"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.connection-twice",
        title: "two Connection fields are one list",
        requirements: &["opening.connection-fields"],
        change: |request| request.with("Connection", "keep-alive").header("Connection", "Upgrade"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.upgrade-list",
        title: "Upgrade: websocket, h2c names websocket",
        requirements: &["opening.upgrade-list"],
        change: |request| request.with("Upgrade", "websocket, h2c"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.blanks",
        title: "blanks around values do not count",
        requirements: &["opening.blanks"],
        change: |request| {
            request.with("Upgrade", "  \t websocket \t ").with("Sec-WebSocket-Version", " 13  ")
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.key-of-zeros",
        title: "a key of sixteen zero octets is a key",
        requirements: &["opening.keys"],
        change: |request| request.with("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.key-of-ones",
        title: "a key of sixteen octets with all bits set is a key",
        requirements: &["opening.keys"],
        change: |request| request.with("Sec-WebSocket-Key", "/////////////////////w=="),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.key-with-plus",
        title: "a key with both odd letters of base64 is a key",
        requirements: &["opening.keys"],
        change: |request| request.with("Sec-WebSocket-Key", "+/+/+/+/+/+/+/+/+/+/+w=="),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.unknown-fields",
        title: "fields nobody knows change nothing",
        requirements: &["opening.unknown-fields"],
        change: |request| {
            let request = request.header("X-Unheard-Of", "yes").header("Cookie", "a=b; c=d");
            request.header("User-Agent", "suite/1 (any)").header("Accept-Language", "de, en;q=0.5")
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.many-fields",
        title: "forty further fields change nothing",
        requirements: &["opening.unknown-fields"],
        change: |request| {
            (0..40).fold(request, |request, at| request.header(&format!("X-Field-{at}"), "value"))
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.long-field",
        title: "a field of 2,000 letters changes nothing",
        requirements: &["opening.unknown-fields"],
        change: |request| request.header("Cookie", &"x".repeat(2_000)),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.empty-field",
        title: "a field without a value changes nothing",
        requirements: &["opening.unknown-fields"],
        change: |request| request.header("X-Empty", ""),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.order",
        title: "the order of the fields does not count",
        requirements: &["opening.field-order"],
        change: |request| {
            let headers = request.headers.iter().rev().cloned().collect();
            Request { headers, ..request }
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.query-text",
        title: "query text behind the path changes nothing",
        requirements: &["opening.query-text"],
        change: |mut request| {
            let begin = if request.target.contains('?') { '&' } else { '?' };
            request.target = format!("{}{begin}case=opening&x=%20y", request.target);
            request
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.absolute-target",
        title: "a request target in absolute form is taken",
        requirements: &["opening.absolute-target"],
        change: |mut request| {
            request.target =
                format!("http://{}{}", request.field("Host").unwrap_or_default(), request.target);
            request
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.content-length-zero",
        title: "Content-Length: 0 changes nothing",
        requirements: &["opening.empty-body"],
        change: |request| request.header("Content-Length", "0"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.unknown-subprotocol",
        title: "an offer of a subprotocol nobody knows does not keep the door shut",
        requirements: &["opening.unknown-offers"],
        change: |request| request.header("Sec-WebSocket-Protocol", "unheard.of"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.unknown-extension",
        title: "an offer of an extension nobody knows does not keep the door shut",
        requirements: &["opening.unknown-offers"],
        change: |request| request.header("Sec-WebSocket-Extensions", "x-unheard-of; level=9"),
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.quoted-extension",
        title: "a parameter of an extension may be quoted",
        requirements: &["opening.unknown-offers"],
        change: |request| {
            request.header("Sec-WebSocket-Extensions", "x-unheard-of; name=\"v1\"; flag, x-other")
        },
        answer: Answer::Opens,
    },
    Asking {
        id: "opening.extension-twice",
        title: "two extension fields are one list",
        requirements: &["opening.unknown-offers"],
        change: |request| {
            let request = request.header("Sec-WebSocket-Extensions", "x-first");
            request.header("Sec-WebSocket-Extensions", "x-second; a=b")
        },
        answer: Answer::Opens,
    },
];
