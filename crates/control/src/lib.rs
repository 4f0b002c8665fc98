//! Live objects, sessions and JSON-RPC.
