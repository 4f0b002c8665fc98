//! Media types and charsets of requests.

use crate::error::{Code, ContentError};
use std::borrow::Cow;

/// A charset that requests may be written in (RFC 8259 §8.1 has UTF-8 alone, RFC 4627 §3 all three).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Utf16(Order),
    Utf32(Order),
}

/// The order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
    /// As the mark at the beginning says; big-endian without one (RFC 2781 §4.3).
    Marked,
}

impl Charset {
    fn named(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Charset::Utf8,
            "utf-16" => Charset::Utf16(Order::Marked),
            "utf-16be" => Charset::Utf16(Order::Big),
            "utf-16le" => Charset::Utf16(Order::Little),
            "utf-32" => Charset::Utf32(Order::Marked),
            "utf-32be" => Charset::Utf32(Order::Big),
            "utf-32le" => Charset::Utf32(Order::Little),
            _ => return None,
        })
    }

    /// Reads a text, without its byte order mark; `None` if it is not one.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        let text = match self {
            Charset::Utf8 => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
            Charset::Utf16(order) => {
                let (units, rest) = bytes.as_chunks::<2>();
                let little = order.is_little(units.first() == Some(&[0xff, 0xfe]));
                let units = units.iter().map(|unit| match little {
                    true => u16::from_le_bytes(*unit),
                    false => u16::from_be_bytes(*unit),
                });
                let text: Result<String, _> = char::decode_utf16(units).collect();
                Cow::Owned(text.ok().filter(|_| rest.is_empty())?)
            }
            Charset::Utf32(order) => {
                let (units, rest) = bytes.as_chunks::<4>();
                let little = order.is_little(units.first() == Some(&[0xff, 0xfe, 0, 0]));
                let units = units.iter().map(|unit| match little {
                    true => u32::from_le_bytes(*unit),
                    false => u32::from_be_bytes(*unit),
                });
                let text: Option<String> = units.map(char::from_u32).collect();
                Cow::Owned(text.filter(|_| rest.is_empty())?)
            }
        };
        Some(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Cow::Owned(text) => Cow::Owned(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        })
    }
}

impl Order {
    fn is_little(self, marked_little: bool) -> bool {
        match self {
            Order::Big => false,
            Order::Little => true,
            Order::Marked => marked_little,
        }
    }
}

/// What a `Content-Type` header says about a request of the control protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MediaType {
    pub charset: Charset,
}

impl MediaType {
    /// Reads the header; UTF-8 if it names no charset.
    ///
    /// # Errors
    /// 10000 for what is not JSON, 10018 for another charset.
    pub fn read(header: Option<&str>) -> Result<MediaType, ContentError> {
        let mut parts = header.unwrap_or_default().split(';');
        let kind = parts.next().unwrap_or_default().trim();
        if !["application/json", "application/json-rpc"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
            return Err(ContentError::about(10000, "its Content-Type is not application/json"));
        }
        let charset =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
        let charset = match charset {
            None => Charset::Utf8,
            Some((_, name)) => Charset::named(name.trim().trim_matches('"')).ok_or(Code(10018))?,
        };
        Ok(MediaType { charset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Charset, i32> {
        MediaType::read(Some(header)).map(|read| read.charset).map_err(|error| error.code.0)
    }

    #[test]
    fn both_media_types_and_three_charsets_are_taken() {
        assert_eq!(read("application/json"), Ok(Charset::Utf8));
        assert_eq!(read("Application/JSON-RPC; Charset=\"UTF-8\""), Ok(Charset::Utf8));
        assert_eq!(read("application/json; a=b; charset=utf-16le"), Ok(Charset::Utf16(Order::Little)));
        assert_eq!(read("application/json;charset=UTF-32"), Ok(Charset::Utf32(Order::Marked)));
        assert_eq!(read("application/json; charset=iso-8859-1"), Err(10018));
        assert_eq!(read("text/plain"), Err(10000));
        assert_eq!(MediaType::read(None).unwrap_err().code.0, 10000);
    }

    #[test]
    fn texts_are_read_in_every_order_of_bytes() {
        let text = "{\"ä\u{1f600}\"}";
        let utf16 = |turn: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
            format!("{mark}{text}").encode_utf16().flat_map(turn).collect()
        };
        let utf32 = |turn: fn(u32) -> [u8; 4], mark: &str| -> Vec<u8> {
            format!("{mark}{text}").chars().map(u32::from).flat_map(turn).collect()
        };
        let mark = "\u{feff}";
        let cases: [(&str, Vec<u8>); 8] = [
            ("utf-8", text.into()),
            ("utf-8", format!("{mark}{text}").into()),
            ("utf-16", utf16(u16::to_be_bytes, "")),
            ("utf-16", utf16(u16::to_le_bytes, mark)),
            ("utf-16be", utf16(u16::to_be_bytes, mark)),
            ("utf-16le", utf16(u16::to_le_bytes, "")),
            ("utf-32", utf32(u32::to_le_bytes, mark)),
            ("utf-32be", utf32(u32::to_be_bytes, "")),
        ];
        for (name, bytes) in cases {
            assert_eq!(Charset::named(name).unwrap().decode(&bytes).as_deref(), Some(text), "{name}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let cases: [(&str, &[u8]); 5] = [
            ("utf-8", &[0xff]),
            ("utf-16", &[0]),
            ("utf-16be", &[0xd8, 0]),
            ("utf-32be", &[0, 0x11, 0, 0]),
            ("utf-32le", &[65, 0, 0, 0, 65]),
        ];
        for (name, bytes) in cases {
            assert_eq!(Charset::named(name).unwrap().decode(bytes), None, "{name} {bytes:?}");
        }
    }
}
