//! What goes wrong, by number: the numbers of the Open API, each with its HTTP status and its code in JSON-RPC.

mod table;

pub use table::{Row, TABLE};

use axum::http::StatusCode;
use std::fmt;
use trellis_client::ClientError;

/// Bytes of a text that goes to the client with a code; what is longer is cut.
const MAX_TEXT: usize = 512;

/// A code of the Open API: one of [`TABLE`], an HTTP status that an application answers with (100 to 599), or a number
/// of the application's own. How a code is told follows from it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub i32);

/// Names of the codes that the crate gives by itself and that applications may look for.
impl Code {
    /// A client or an application ended a session as agreed.
    pub const NORMAL: Code = Code(1);
    /// What an application's handler said went wrong, without a code of its own.
    pub const HANDLER: Code = Code(9999);
    /// A poll in a session that has not started.
    pub const NOT_STARTED: Code = Code(10001);
    /// A session was started, or asked for something, that its state does not allow any more.
    pub const ILLEGAL_STATE: Code = Code(10004);
    /// The parts of a request were asked for when it was answered.
    pub const REQUEST_GONE: Code = Code(10006);
    /// No such session, or not any more.
    pub const UNKNOWN_SESSION: Code = Code(10021);
    /// A handler of commands panicked.
    pub const COMMAND_PANICKED: Code = Code(10025);
    /// The handler knows no commands.
    pub const NO_COMMANDS: Code = Code(10026);
    /// The fault is this server's.
    pub const INTERNAL: Code = Code(20000);
    /// The handler did not answer in time.
    pub const NO_ANSWER: Code = Code(20010);
    /// There are as many sessions, or requests in work, as there may be.
    pub const OVERLOADED: Code = Code(20011);
    /// No media server is there to work with.
    pub const NO_MEDIA_SERVER: Code = Code(20030);
    /// The session was idle for too long.
    pub const EXPIRED: Code = Code(20029);

    /// The row of the table, if the code has one.
    pub fn row(self) -> Option<&'static Row> {
        let index = TABLE.binary_search_by_key(&self.0, |row| row.code).ok()?;
        Some(&TABLE[index])
    }

    /// The HTTP status that an answer with this code has.
    pub fn status(self) -> StatusCode {
        let number = match (self.row(), self.0) {
            (Some(row), _) => row.status,
            (None, same @ 100..=505) => u16::try_from(same).unwrap_or(500),
            (None, _) => 500,
        };
        StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code of JSON-RPC's `error` member.
    pub fn json_rpc(self) -> i32 {
        match (self.row(), self.0) {
            (Some(row), _) => row.json_rpc,
            (None, 100..=399) => 0,
            (None, 404) => -32601,
            (None, 400..=417) => -32500,
            (None, _) => -32400,
        }
    }

    /// What the code means, in a few words.
    pub fn text(self) -> &'static str {
        match self.row() {
            Some(row) => row.text,
            None => self.status().canonical_reason().unwrap_or("the application's own code"),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

/// An error with its code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ContentError {
    /// What went wrong.
    pub code: Code,
    /// The same in words, for the client too: nothing in it is secret.
    pub message: String,
}

impl ContentError {
    /// An error with a text of its own; at most 512 bytes of it are kept.
    pub fn new(code: Code, message: impl Into<String>) -> ContentError {
        let mut message = message.into();
        if message.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
            message.truncate(end);
        }
        ContentError { code, message }
    }

    /// An error that adds something to what its code says.
    pub(crate) fn about(code: i32, what: impl fmt::Display) -> ContentError {
        let code = Code(code);
        ContentError::new(code, format!("{}: {what}", code.text()))
    }
}

/// What a handler asked a media server for and did not get: 9999, or 20013 when the server is gone.
impl From<ClientError> for ContentError {
    fn from(error: ClientError) -> ContentError {
        crate::media::failed(Code::HANDLER.0)(error)
    }
}

impl From<Code> for ContentError {
    fn from(code: Code) -> ContentError {
        ContentError { code, message: code.text().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_so_that_they_are_found() {
        assert!(TABLE.is_sorted_by(|one, next| one.code < next.code));
        assert!(TABLE.iter().all(|row| Code(row.code).row() == Some(row)));
    }

    #[test]
    fn a_status_stands_for_itself() {
        let told = |code: i32| (Code(code).status().as_u16(), Code(code).json_rpc());
        assert_eq!(told(307), (307, 0));
        assert_eq!(told(401), (401, -32500));
        assert_eq!(told(404), (404, -32601));
        assert_eq!(told(503), (503, -32400));
        assert_eq!(told(7), (500, -32400), "a number that says nothing here");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = ContentError::new(Code::HANDLER, "é".repeat(400));
        assert_eq!(long.message.len(), 512);
        assert_eq!(ContentError::new(Code::HANDLER, format!("a{}", "é".repeat(400))).message.len(), 511);
    }
}
