//! What can go wrong with a call.

use serde_json::Value as Json;

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server refused, or the object failed.
    #[error("{message} (error {code})")]
    Remote {
        /// Kurento's code, 40000 to 49999, or JSON-RPC's (section 5.1 of its specification).
        code: i32,
        /// What went wrong, in words.
        message: String,
        /// More of it; `type` in it is the code's symbolic name.
        data: Option<Json>,
    },
    /// The session has ended with all that it held: it was closed, or could not be resumed.
    #[error("the session is gone")]
    Gone,
    /// No answer came in time. The server may do what was asked all the same.
    #[error("no answer came in time")]
    Timeout,
    /// There is no such server, or it lets nobody in.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// What the server gave is not what is declared.
    #[error("what came is not what is declared: {0}")]
    Unreadable(String),
    /// There are as many event streams as there may be.
    #[error("there are too many event streams")]
    TooManyStreams,
    /// A transaction does not take it.
    #[error("no part of this transaction: {0}")]
    NotGathered(&'static str),
}

impl ClientError {
    /// The code of what the server refused.
    pub fn code(&self) -> Option<i32> {
        match self {
            ClientError::Remote { code, .. } => Some(*code),
            _ => None,
        }
    }
}
