//! What no schema can say: which message answers which, in which order, and what ends a connection. In words, as
//! descriptions of the two documents; `docs/protocol.md` has the same at length.

/// Rules of every socket, in CommonMark.
pub(super) const SOCKETS: &str = "\
Questions in plain words, and the events of their sessions. Requests are described at /api/openapi.json.

**Order.** The server speaks first: `connection_established`. A client may then send `connection_handshake`, once, and is \
answered by `connection_acknowledged`, and by `resumed` where it asked to resume; without a handshake it has a session of its \
own. What is refused is told by one `error`, and where the connection ends for it, by a close with the reason below.

**Ids.** `id`, `query_id` and `correlation_id` of a message of the client come back unchanged on everything that answers it, \
and no others do; null is as not given. `transaction_id` is the server's for one run of a query.

**Unknown things.** Both sides pass over fields that they don't know. A message of an unknown type is answered by the error \
`UNKNOWN_TYPE`. JSON with a key twice, a number out of range, half a surrogate pair or more than 128 levels is `INVALID_JSON`, \
a known message of another form `INVALID_MESSAGE`. The connection stays.

**Dialects.** In the named one a message is flat and `type` is its name. In the typed one what the server tells comes as \
`event` or `broadcast` with `event_name` and `payload`, the end of a query comes to its asker as `response`; every message of \
the client needs a `timestamp`, and its fields may stand in `params`, which win.

**Sessions.** An event has a `session_id`, an `epoch` and an `offset`, which is one more than that of the event before. Events \
reach the session's connections, of them those that are subscribed; an asker gets those of its own query too. Delivery is at \
least once, in order: pass over what was seen. 300 events, 1 MiB and 300 s of them are held. A resume from an offset brings \
all that came behind it or, where it is not all held, nothing and a `session_snapshot`. The same `agent_id` that resumes takes \
the place of its old connection.

**Signs of life.** The server pings every `ping_interval_ms`; who sends no frame for `pong_timeout_ms` is closed with 1011. \
Clients send `heartbeat` at the same interval. Without a message for an application, a running query or a subscription of its \
own a connection is closed after `idle_timeout_ms`.

**Closes.** 1000: no reason, \"Idle timeout\", \"Superseded\". 1001: \"Server shutting down\". 1002, 1007: broken frames, broken \
UTF-8. 1003: a binary frame of a client that did not announce `msgpack`. 1008, behind its error: \"Invalid session\", \"Session \
expired\", \"Authentication failed\", \"Token expired\", \"Too many connections\", \"Server full\", \"Handshake timeout\", \"Rate \
limit exceeded\"; without one: \"Slow consumer\". 1009: a message that is too large. 1011: \"Heartbeat timeout\", \"Internal \
error\".

**Coming back.** After a loss a client waits 1, 2, 4, 8 and 16 s and up to 1 s more by chance; five attempts, then it asks by \
`POST /api/query`. It counts anew only after an answered heartbeat. It does not come back by itself after 1000, 1002, 1003, \
1007 and the first four reasons of 1008, and sends nothing again that was answered with 1009.

**Encodings.** A handshake that names the capability `msgpack` gets messages of 4 KiB and more as MessagePack in binary frames \
and may send such; one that names `batch` gets updates that are ready together as one `batch`. permessage-deflate is agreed on \
without context takeover of the server, and of the client unless the server is configured to keep its context. The subprotocol `tidegate.v1` is selected where it is offered; `bearer.TOKEN` beside it brings a token.";

/// Rules of every request, in CommonMark.
pub(super) const REQUESTS: &str = "\
Questions in plain words over HTTP. Sockets are described at /api/asyncapi.json.

A body is JSON whatever its content type, and is read strictly: a key twice or a number out of range is `INVALID_JSON`. A \
refusal is an `error` message with the status of its code. 429 and 503 come with `Retry-After`, 401 with `WWW-Authenticate`, \
405 with `Allow`, everything with `X-Request-Id`. A page of an origin that is neither the server's own nor allowed gets 403 for \
anything under `/api/`.

A session is named in the body, else by `X-Session-Id`; one that is not known, or another user's, is 404, one that has ended \
410, for a day. Where neither names one, a question is asked in a session of its own. What happens in a session is the same \
by requests and on sockets, under the same offsets.";

/// What is to be known of an operation beside its parameters and answers.
pub(super) fn of_operation(id: &str) -> Option<&'static str> {
    Some(match id {
        "ask" => {
            "Without `Accept: text/event-stream` and `Prefer: respond-async` the answer comes when the question is answered. As a \
             stream, each event has `id: epoch:offset`, `event:` the name of the message and `data:` the message of the named \
             dialect; it shows this question's events only and ends with the terminal one. With `Prefer: respond-async` the \
             answer is 202 at once, and `Location` is to be polled. `Accept` wins. What is refused before acceptance has the \
             status of its code in all three. The same `query_id` in a session within ten minutes is one execution, on sockets \
             too. A client that leaves does not cancel its question. `preferences.stream` counts for the stream alone."
        }
        "getTransaction" => {
            "Its `ETag` changes with anything in it: with `If-None-Match` it is 304 until then. `percent` does not fall; a \
             transaction that is over has `eta_ms` 0 and `current_agent` null. `result` is there when it is completed, `error` \
             when it has failed."
        }
        "followSession" => {
            "As a stream: a `retry` field, then the session's events as they happen, each with `id: epoch:offset`, `event:` and \
             `data:` as those of `POST /api/query`; from the event behind `Last-Event-ID`, or behind `epoch` and `offset`, on, \
             and then `resumed` comes first, without an id. Comments keep it alive. It counts among the connections of its \
             session and ends with it. With `poll=1`: `resumed` and the events behind that place, from the first on where none \
             is given; where they are not all held, none, and `session_snapshot` beside it. A malformed place is 400."
        }
        "createSession" => {
            "Without a `session_id` one is made. One that exists is 200 for its own user, and 404 for any other."
        }
        "endSession" => {
            "Its sockets are closed 1008 \"Session expired\", its streams end; from then on it is 410."
        }
        "selectDatabase" => {
            "Counts for the session's questions that name no database, for an hour, and for the user's new sessions; told as \
             `database_context_changed`. A refused one changes nothing. The order is: message, session, user, the default."
        }
        "validateDatabase" => "Answers 200 either way, and changes nothing.",
        _ => return None,
    })
}

/// What is to be known of a message of the client: what answers it, and how it is refused.
pub(super) fn of_client(name: &str) -> Option<&'static str> {
    Some(match name {
        "connection_handshake" => {
            "Answered by `connection_acknowledged`, then by `resumed` where it has `resume`. No field is mandatory. A session \
             that is not known is made and is its first user's; a malformed id, or another user's session, is `INVALID_SESSION` \
             and 1008. A second one is `ALREADY_ESTABLISHED`."
        }
        "ping" => "Answered by `pong`. Signs of life are counted apart from messages, 600 a minute.",
        "heartbeat" => "Answered by `heartbeat_response`, at once, also while a query runs.",
        "subscribe" => {
            "Answered by `subscribed`: `events` of this request, `rejected` for unknown names, `active` for all that is \
             subscribed now. Names: progress_update, partial_result, query_result (`query_accepted` and every end of a query, \
             too), chat, database_context_changed, agent_status, system_metrics, belief_state, schema_changed."
        }
        "unsubscribe" => {
            "Answered by `unsubscribed`, as `subscribe` is. An asker still gets `query_accepted` and the end of its own query."
        }
        "query" => {
            "Answered by `query_accepted`, then `progress_update` at least once a stage, `partial_result` where \
             `preferences.stream` is true, and one end: `query_result`, `error` or `query_cancelled`. Refused before acceptance: \
             `QUERY_REJECTED` with `details.reason` empty, too_long, control_character, queue_full or draining, \
             `DATABASE_CONTEXT_…`, `INVALID_SESSION` for a `session_id` that is not the connection's. The same `query_id` \
             within ten minutes is one execution: `query_accepted` with `duplicate` true and without an offset, then the old \
             end; with another text it is `INVALID_MESSAGE`."
        }
        "command" => {
            "Answered, to its sender alone, by `command_result` with the state that follows (cancelled, paused, running, \
             retrying) or, of a finished query, with its final state. `retry` of one that has not finished is `QUERY_REJECTED`, \
             reason not_finished; a transaction that is none of the session's is `NOT_FOUND`."
        }
        "token_refresh" => {
            "Answered by `token_refreshed`. A token that is bad, expired or another user's ends the connection as at its \
             opening."
        }
        "chat_message" => {
            "As `query`, with the session's last ten turns of chat as context; its end is `chat_reply` in place of \
             `query_result`."
        }
        _ => return None,
    })
}
