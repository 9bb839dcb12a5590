#!/usr/bin/env python3
"""A WebSocket server by hand, to see what a client does. Standard library only.

It upgrades one client at a time on 127.0.0.1:8080, sends each OCTETS a third of a second after the one before, and shows all
that comes: text of messages, octets of other frames, requests, ends, and the seconds since the last end.
Octets are written as for printf; a letter and *N, as in X*125 at their end, is that letter N times.

Lines of standard input: `cut` resets the connection, `close CODE REASON` sends a close frame, anything else is sent as text;
SESSION and QUESTION in it stand for the session and the query_id that the client named last.
"""
import argparse
import base64
import codecs
import hashlib
import json
import re
import select
import socket
import struct
import time

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
UPGRADE = ("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
           "Sec-WebSocket-Accept: {accept}\\r\\n{extension}\\r\\n")
USER = open(0, "rb", buffering=0)  # one line at a time: select knows nothing of lines that are read ahead
TIMERS = {"ping_interval_ms": 30000, "pong_timeout_ms": 60000, "idle_timeout_ms": 300000,
          "handshake_timeout_ms": 10000, "drain_timeout_ms": 30000, "session_ttl_ms": 3600000}


def octets(text):
    """As printf understands it; the letter before *N is repeated."""
    if many := re.search(r"(.)\*(\d+)$", text):
        return octets(text[:many.start()]) + many[1].encode() * int(many[2])
    return codecs.escape_decode(text.encode())[0]


def frame(opcode, payload):
    head = bytes([0x80 | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + b"\x7e" + struct.pack("!H", len(payload)) + payload
    return head + b"\x7f" + struct.pack("!Q", len(payload)) + payload


def cut_frame(data):
    """The first frame of data and what is behind it, or None."""
    if len(data) < 2:
        return None
    length, at = data[1] & 0x7F, 2
    if length > 125:
        at = 4 if length == 126 else 10
        length = int.from_bytes(data[2:at], "big") if len(data) >= at else 1 << 62
    key = data[at:at + 4] if data[1] & 0x80 else b"\0\0\0\0"
    at += 4 if data[1] & 0x80 else 0
    if len(data) < at + length:
        return None
    payload = bytes(octet ^ key[place % 4] for place, octet in enumerate(data[at:at + length]))
    return data[:at], data[0], payload, data[at + length:]


class Client:
    """One connection."""

    def __init__(self, sock, options):
        self.sock, self.options, self.data = sock, options, b""
        self.session, self.question, self.has_closed = "by_hand_01", "q-1", False

    def send(self, octets_):
        try:
            self.sock.sendall(octets_)
        except OSError as error:
            print(f"not sent: {error}", flush=True)

    def say(self, message):
        self.send(frame(1, json.dumps(message).encode()))

    def greet(self):
        timers = TIMERS | {name: int(value) for name, value in (one.split("=") for one in self.options.timers)}
        message = {"type": "connection_established", "client_id": "c-1", "session_id": self.session, "server_id": "s-1",
                   "protocol_version": "1.0", "dialect": self.options.dialect, "timers": timers, "epoch": "e", "top": 0,
                   "limits": {"max_message_bytes": 65536, "rate_limit": {"limit": 100, "window": "1m"},
                              "max_connections_per_session": 3},
                   "capabilities": [], "timestamp": "2026-01-10T12:00:00.000Z"}
        self.say(message)

    def answer(self, text):
        """What a client needs before it says more: the answers to its handshake and its heartbeats."""
        try:
            message = json.loads(text)
        except ValueError:
            return
        if not isinstance(message, dict) or self.options.silent:
            return
        ids = {name: message[name] for name in ("id", "query_id", "correlation_id") if message.get(name) is not None}
        now = {"timestamp": "2026-01-10T12:00:00.000Z"}
        self.question = message.get("query_id", self.question)
        if message.get("type") == "connection_handshake":
            self.session = message.get("session_id") or self.session
            answer = {"type": "connection_acknowledged", "agent_id": message.get("agent_id"),
                      "server_agent_id": "backend_by_hand", "session_established": True, "session_id": self.session,
                      "server_capabilities": ["query_processing", "database_management", "real_time_updates", "heartbeat"],
                      "epoch": "e", "top": 0}
            self.say(answer | now)
            if resume := message.get("resume"):
                self.say({"type": "resumed", "recovered": True, "epoch": resume.get("epoch"), "from": None, "to": None,
                          "top": resume.get("offset"), "reason": "OK"} | now)
        elif message.get("type") == "heartbeat":
            metrics = {"uptime": now["timestamp"], "uptime_seconds": 1, "started_at": now["timestamp"],
                       "active_connections": 1}
            self.say({"type": "heartbeat_response", "correlation_id": message.get("correlation_id"),
                      "server_status": "healthy", "connection_id": "backend_by_hand", "client_id": "c-1",
                      "metrics": metrics, "top": 0} | now)
        elif message.get("type") == "ping":
            self.say({"type": "pong"} | ids | now)

    def heard(self):
        """Shows the frames that are whole. True when the client closed."""
        while cut := cut_frame(self.data):
            head, first, payload, self.data = cut
            shown = repr(payload[:400].decode(errors="backslashreplace")) if first & 0x0F == 1 else payload[:40].hex(" ")
            print(f"< {head.hex(' ')} | {len(payload)} octets | {shown}", flush=True)
            if first & 0x0F == 8:
                if not self.has_closed:
                    self.send(frame(8, payload[:2]))
                return True
            if first & 0x0F == 9:
                self.send(frame(10, payload))
            if first & 0x0F == 1 and self.options.greet:
                self.answer(payload)
        return False

    def upgrade(self):
        """Reads the request and answers it. True when a WebSocket may follow."""
        request = b""
        while b"\r\n\r\n" not in request:
            more = self.sock.recv(4096)
            if not more:
                return False
            request += more
        head, self.data = request.split(b"\r\n\r\n", 1)
        print(head.decode(errors="replace"), flush=True)
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)
        if not key:
            print(self.data.decode(errors="replace"), flush=True)
            self.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        accept = base64.b64encode(hashlib.sha1(key[1] + MAGIC).digest()).decode()
        extension = f"Sec-WebSocket-Extensions: {self.options.extension}\\r\\n" if self.options.extension else ""
        text = self.options.answer or UPGRADE
        self.send(octets(text.replace("{accept}", accept).replace("{extension}", extension)))
        return not (self.options.answer and " 101 " not in self.options.answer[:14])

    def order(self, line):
        """A line of standard input. True when it ends the connection."""
        if line == "cut":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return True
        if line.startswith("close "):
            _, code, *reason = line.split(" ", 2)
            self.send(frame(8, struct.pack("!H", int(code)) + "".join(reason).encode()))
            self.has_closed = True
        elif line:
            line = line.replace("QUESTION", self.question).replace("SESSION", self.session)
            self.send(frame(1, line.encode()))
        return False

    def serve(self):
        if self.options.hang_up or not self.upgrade():
            return
        if self.options.greet:
            self.greet()
        for text in self.options.octets:
            time.sleep(0.3)
            self.send(octets(text))
        inputs = [self.sock, USER]
        while True:
            ready, _, _ = select.select(inputs, [], [])
            if USER in ready:
                line = USER.readline()
                if not line:
                    inputs.remove(USER)
                elif self.order(line.decode().strip()):
                    return
            if self.sock in ready:
                more = self.sock.recv(1 << 20)
                self.data += more
                if self.heard() or not more:
                    return


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("octets", nargs="*", help="octets to send behind the upgrade, as printf understands them")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--answer", help="the whole answer to the upgrade; {accept} is the value for its key")
    parser.add_argument("--extension", help="value of Sec-WebSocket-Extensions in the answer")
    parser.add_argument("--greet", action="store_true", help="speak as the application: greeting, handshake, heartbeats")
    parser.add_argument("--dialect", default="named")
    parser.add_argument("--timers", action="append", default=[], metavar="NAME=MS",
                        help="a timer that the greeting announces")
    parser.add_argument("--silent", action="store_true", help="greet, and say nothing more")
    parser.add_argument("--hang-up", action="store_true", help="end each connection at once")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    last = None
    while True:
        sock, _ = listener.accept()
        since = "" if last is None else f", {time.monotonic() - last:.2f} s after the end of the last"
        print(f"connected{since}", flush=True)
        with sock:
            try:
                Client(sock, options).serve()
            except OSError as error:
                print(error, flush=True)
        last = time.monotonic()
        print("ended", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
