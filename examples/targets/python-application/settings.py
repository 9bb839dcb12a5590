"""Timers, limits and switches, with the numbers of docs/protocol.md and docs/configuration.md."""

import argparse
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Settings:
    port: int = 8080
    # Timers, milliseconds (protocol §5, §8, §10, §11, §14).
    ping_interval_ms: int = 30_000
    pong_timeout_ms: int = 60_000
    idle_timeout_ms: int = 300_000
    handshake_timeout_ms: int = 10_000
    drain_timeout_ms: int = 30_000
    session_ttl_ms: int = 3_600_000
    session_memory_ms: int = 86_400_000
    history_age_ms: int = 300_000
    header_timeout_ms: int = 10_000
    body_timeout_ms: int = 10_000
    write_timeout_ms: int = 10_000
    close_timeout_ms: int = 5_000
    dedup_window_ms: int = 600_000
    transaction_memory_ms: int = 600_000
    agent_status_interval_ms: int = 10_000
    system_metrics_interval_ms: int = 5_000
    stream_keep_alive_ms: int = 15_000
    rate_window_ms: int = 60_000
    context_session_ttl_ms: int = 3_600_000
    context_user_ttl_ms: int = 30 * 86_400_000
    send_backoff_ms: int = 100
    # Limits (protocol §8, §10).
    max_message_bytes: int = 65_536
    max_fragments: int = 1_024
    max_header_bytes: int = 16_384
    max_body_bytes: int = 65_536
    max_connections_per_session: int = 3
    max_connections: int = 10_000
    rate_limit: int = 100
    rate_violations: int = 10
    life_limit: int = 600
    queue_messages: int = 256
    queue_bytes: int = 1_048_576
    history_events: int = 300
    history_bytes: int = 1_048_576
    max_query_chars: int = 4_000
    max_rows: int = 10_000
    partial_rows: int = 500
    partial_bytes: int = 65_536
    result_bytes: int = 524_288
    max_running_queries: int = 2_000
    max_queued_queries: int = 10_000
    dead_letters: int = 1_000
    chat_turns: int = 10
    # Tokens (§2): without a secret the doors that always need one refuse everybody. Keys of the other algorithms
    # are in a file.
    tokens_required: int = 0
    algorithm: str = "HS256"
    hs256_secret: str = ""
    jwks: str = ""
    audience: str = ""
    issuer: str = ""
    leeway_ms: int = 30_000
    # Handshake (§2, §4): `http` refuses before the upgrade.
    handshake_required: int = 0
    reject_mode: str = "websocket"
    # Limits of users and addresses (§10); 0 sets none. Lists are written with commas.
    max_connections_per_user: int = 0
    max_connections_per_ip: int = 0
    rate_limit_per_ip: int = 0
    trusted_proxies: str = ""
    origins: str = ""
    # Certificate and key, PEM; without them there is no TLS.
    certificate: str = ""
    certificate_key: str = ""
    # A door that echoes, for suites of RFC 6455 (§3).
    echo_door: int = 0
    # Connections at the chat door; 0 sets no limit.
    chat_connections: int = 0
    # How long each of the three simulated stages takes.
    stage_ms: int = 100
    # Workflows beside `bi`: `NAME=AGENT+AGENT,…`; agents that can't be reached: `NAME,…`.
    workflows: str = ""
    unreachable: str = ""
    no_database: int = 0
    request_timeout_ms: int = 120_000
    breaker_failures: int = 5
    breaker_window_ms: int = 30_000
    breaker_cooldown_ms: int = 10_000
    # `off`, `warn` or `required` (protocol §6, database context).
    context_policy: str = "warn"


def listed(text):
    return [part for part in text.split(",") if part]


def duration(milliseconds):
    """A duration as people write it in configuration: `250ms`, `30s`, `1m`."""
    for unit, size in (("m", 60_000), ("s", 1_000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def from_arguments():
    parser = argparse.ArgumentParser(description="A small server of the application protocol.")
    for field in fields(Settings):
        parser.add_argument("--" + field.name.replace("_", "-"), type=field.type, default=field.default)
    return Settings(**vars(parser.parse_args()))
