//! Endpoints that offer to only send, or only receive: `sendonly` and `recvonly` at creation.
//!
//! As in Kurento they say what an offer has. An answer follows the remote's offer, whose wishes are known then.

use trellis_model::{Args, RemoteError};

/// Which way media goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Direction {
    #[default]
    Both,
    SendOnly,
    ReceiveOnly,
}

impl Direction {
    /// What an application asked for at creation.
    pub fn of(args: &Args) -> Result<Direction, RemoteError> {
        match (args.bool_or("sendonly", false)?, args.bool_or("recvonly", false)?) {
            (false, false) => Ok(Direction::Both),
            (true, false) => Ok(Direction::SendOnly),
            (false, true) => Ok(Direction::ReceiveOnly),
            (true, true) => Err(RemoteError::illegal_param("sendonly and recvonly exclude each other")),
        }
    }

    /// An offer in which nothing goes the wrong way (RFC 8866 section 6.7).
    pub fn describe(self, description: &str) -> String {
        let narrowed = |line: &str| match (self, line.trim_end()) {
            (Direction::SendOnly, "a=sendrecv") => Some("a=sendonly"),
            (Direction::ReceiveOnly, "a=sendrecv") => Some("a=recvonly"),
            (Direction::SendOnly, "a=recvonly") | (Direction::ReceiveOnly, "a=sendonly") => Some("a=inactive"),
            _ => None,
        };
        let lines = description.split_inclusive('\n');
        lines.map(|line| narrowed(line).map_or_else(|| line.to_owned(), |narrow| format!("{narrow}\r\n"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_narrowed_to_the_direction() {
        let sdp = "v=0\r\nm=audio 9 X 0\r\na=sendrecv\r\nm=video 9 X 96\r\na=recvonly\r\na=mid:1\r\n";
        assert_eq!(Direction::Both.describe(sdp), sdp);
        let narrowed = sdp.replace("sendrecv", "sendonly").replace("recvonly", "inactive");
        assert_eq!(Direction::SendOnly.describe(sdp), narrowed);
        assert_eq!(Direction::ReceiveOnly.describe(sdp), sdp.replace("sendrecv", "recvonly"));
    }
}
