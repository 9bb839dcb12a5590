"""/api/openapi.json and /api/asyncapi.json of this server: made from its own tables (docs/protocol.md §11)."""

import json

from doors import DOORS, PROGRESS_ADDRESS
from messages import BROADCASTS

INFO = {"title": "A small server of the application protocol", "version": "1.0.0"}
TOLD = (
    "connection_established",
    "connection_acknowledged",
    "pong",
    "heartbeat_response",
    "subscribed",
    "unsubscribed",
    "resumed",
    "session_snapshot",
    "query_accepted",
    "progress_update",
    "partial_result",
    "query_result",
    "query_cancelled",
    "chat_reply",
    "command_result",
    "token_refreshed",
    "database_context_changed",
    "belief_state",
    "agent_status",
    "system_metrics",
    "error",
    *BROADCASTS,
)


# Bodies of answers are JSON, but for streams of events and for metrics; their fields are in docs/protocol.md.
ANSWER = {"description": "The answer, or an error.",
          "content": {"application/json": {}, "text/event-stream": {}, "text/plain": {}}}
BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}


def openapi(routes):
    paths = {}
    for pattern, methods in routes:
        path = pattern.replace("*", "{id}")
        operations = {}
        for method in methods:
            operations[method.lower()] = {"responses": {"default": ANSWER}}
            if method == "POST":
                operations["post"]["requestBody"] = BODY
        if "{id}" in path:
            operations["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        paths[path] = operations
    return json.dumps({"openapi": "3.1.0", "info": INFO, "paths": paths}).encode()


def asyncapi(heard):
    messages = {name: {"name": name, "payload": {"type": "object"}} for name in dict.fromkeys((*TOLD, *heard))}
    channels, operations = {}, {}
    for path in (*DOORS, PROGRESS_ADDRESS):
        name = path.strip("/").replace("/", "_").replace("{", "").replace("}", "")
        references = {each: {"$ref": f"#/components/messages/{each}"} for each in messages}
        channels[name] = {"address": path, "messages": references}
        if path == PROGRESS_ADDRESS:
            channels[name]["parameters"] = {"session_id": {"description": "A session that exists."}}
        for kind, action, names in (("tell", "send", TOLD), ("hear", "receive", heard)):
            chosen = [{"$ref": f"#/channels/{name}/messages/{each}"} for each in names]
            operations[f"{kind}.{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": chosen,
            }
    document = {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }
    return json.dumps(document).encode()
