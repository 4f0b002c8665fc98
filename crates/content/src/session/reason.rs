//! Why a session ended.

use crate::error::Code;

/// Who ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The client said so, or went away.
    ByClient,
    /// The application, or this framework for it.
    ByApplication,
    /// The media came to its end, or its element went away.
    ByMedia,
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The reason as a number.
    pub code: Code,
    /// The same in words.
    pub message: String,
    /// Who ended it.
    pub by: Ended,
}
