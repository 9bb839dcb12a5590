//! Module mcp, to be written.
