//! Which ways media is to go, as the client sees it.

use crate::error::{Code, ContentError};
use crate::kind::Tag;
use serde_json::Value as Json;

/// A way of one kind of media, as the client sees it (RFC 8866 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    SendOnly,
    /// To the client.
    RecvOnly,
    /// Both.
    SendRecv,
    /// None.
    Inactive,
}

impl Direction {
    fn read(value: &Json) -> Option<Direction> {
        let all = [
            ("sendonly", Direction::SendOnly),
            ("recvonly", Direction::RecvOnly),
            ("sendrecv", Direction::SendRecv),
            ("inactive", Direction::Inactive),
        ];
        let text = value.as_str()?;
        all.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, direction)| direction)
    }
}

/// What a client wants of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraints {
    /// The way of sound.
    pub audio: Direction,
    /// The way of pictures.
    pub video: Direction,
}

impl Constraints {
    /// What a client of this kind wants that says nothing.
    pub(crate) fn usual(kind: Tag) -> Constraints {
        let direction = kind.direction().unwrap_or(Direction::SendRecv);
        Constraints { audio: direction, video: direction }
    }

    /// Reads the `constraints` member of a start. A medium that is not named has the usual direction of the kind. A
    /// player's client only receives and a recorder's only sends; either may leave one medium out.
    ///
    /// # Errors
    /// 10005.
    pub(crate) fn read(value: Option<&Json>, kind: Tag) -> Result<Constraints, ContentError> {
        let usual = Constraints::usual(kind);
        let Some(value) = value else { return Ok(usual) };
        let members = value.as_object().ok_or(Code(10005))?;
        let one = |name: &str, usual: Direction| match members.get(name) {
            None => Ok(usual),
            Some(value) => {
                Direction::read(value).ok_or_else(|| ContentError::about(10005, format_args!("{name}: {value}")))
            }
        };
        let read = Constraints { audio: one("audio", usual.audio)?, video: one("video", usual.video)? };
        if let Some(only) = kind.direction() {
            let fits = |direction| direction == only || direction == Direction::Inactive;
            if !fits(read.audio) || !fits(read.video) || (read.audio != only && read.video != only) {
                return Err(ContentError::about(10005, format_args!("{kind:?} takes {only:?}")));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_has_its_directions() {
        let read = |value: Json, kind| Constraints::read(Some(&value), kind).map_err(|error| error.code.0);
        let receive = Constraints { audio: Direction::RecvOnly, video: Direction::RecvOnly };
        assert_eq!(read(json!({ "audio": "RecvOnly", "video": "recvonly" }), Tag::HttpPlayer), Ok(receive));
        assert_eq!(read(json!({}), Tag::HttpPlayer), Ok(receive));
        assert!(read(json!({ "audio": "inactive" }), Tag::HttpPlayer).is_ok());
        let wrong = [
            (json!({ "audio": "sendonly" }), Tag::HttpPlayer),
            (json!({ "video": "sendrecv" }), Tag::HttpPlayer),
            (json!({ "audio": "inactive", "video": "inactive" }), Tag::HttpPlayer),
            (json!({ "video": "recvonly" }), Tag::HttpRecorder),
            (json!({ "video": "sideways" }), Tag::WebRtc),
            (json!({ "video": 1 }), Tag::WebRtc),
            (json!("recvonly"), Tag::Rtp),
        ];
        for (value, kind) in wrong {
            assert_eq!(read(value.clone(), kind), Err(10005), "{value} {kind:?}");
        }
        assert!(read(json!({ "audio": "inactive", "video": "inactive" }), Tag::WebRtc).is_ok());
    }
}
