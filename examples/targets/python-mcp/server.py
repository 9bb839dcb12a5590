"""An MCP server on the official library for Python, as its documentation writes one."""

import argparse

from mcp.server import MCPServer

server = MCPServer("echo")


@server.tool()
def echo(message: str) -> str:
    """Says it again."""
    return message


@server.resource("greeting://hello")
def hello() -> str:
    """What everybody is told."""
    return "hello"


@server.prompt()
def explain(subject: str) -> str:
    """Asks for an explanation."""
    return f"Explain {subject} in three sentences."


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    server.run(transport="streamable-http", host="127.0.0.1", port=parser.parse_args().port)
