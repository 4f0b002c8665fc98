//! Calls and answers in Thrift's binary protocol, written and read by hand.
#![allow(dead_code)]

use std::collections::BTreeMap;

/// A reference: number and token.
pub type Reference = (i64, String);

/// An argument of a call.
pub enum Given<'a> {
    Text(&'a str),
    Number(i32),
    Reference(&'a Reference),
    /// A map of one tagged struct, under its name.
    Param(&'a str, Vec<u8>),
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    Number(i64),
    Bytes(Vec<u8>),
    Struct(BTreeMap<i16, Read>),
    List(Vec<Read>),
}

/// Why a call was not done: the number of an error, or what the protocol itself says.
#[derive(Debug, PartialEq)]
pub enum Failed {
    Code(i64),
    Application(String),
}

fn text(bytes: &mut Vec<u8>, text: &[u8]) {
    bytes.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
    bytes.extend(text);
}

fn field(bytes: &mut Vec<u8>, kind: u8, id: i16) {
    bytes.push(kind);
    bytes.extend(id.to_be_bytes());
}

/// A call.
pub fn call(method: &str, given: &[Given<'_>]) -> Vec<u8> {
    let mut bytes = vec![0x80, 1, 0, 1];
    text(&mut bytes, method.as_bytes());
    bytes.extend(7i32.to_be_bytes());
    for (id, given) in (1..).zip(given) {
        match given {
            Given::Text(value) => {
                field(&mut bytes, 11, id);
                text(&mut bytes, value.as_bytes());
            }
            Given::Number(value) => {
                field(&mut bytes, 8, id);
                bytes.extend(value.to_be_bytes());
            }
            Given::Reference((number, token)) => {
                field(&mut bytes, 12, id);
                field(&mut bytes, 10, 1);
                bytes.extend(number.to_be_bytes());
                field(&mut bytes, 11, 2);
                text(&mut bytes, token.as_bytes());
                bytes.push(0);
            }
            Given::Param(tag, data) => {
                field(&mut bytes, 13, id);
                bytes.extend([11, 12, 0, 0, 0, 1]);
                text(&mut bytes, tag.as_bytes());
                field(&mut bytes, 11, 1);
                text(&mut bytes, tag.as_bytes());
                field(&mut bytes, 11, 2);
                text(&mut bytes, data);
                bytes.push(0);
            }
        }
    }
    bytes.push(0);
    bytes
}

/// `KmsMediaObjectConstructorParams` with a garbage collector period.
pub fn period(seconds: i32) -> Given<'static> {
    let mut data = Vec::new();
    field(&mut data, 8, 2);
    data.extend(seconds.to_be_bytes());
    data.push(0);
    Given::Param("KmsMediaObjectConstructorParams", data)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let (first, rest) = self.0.split_at(count);
        self.0 = rest;
        first.to_vec()
    }

    fn number(&mut self, size: usize) -> i64 {
        let bytes = self.bytes(size);
        let first = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
        bytes.iter().fold(first, |number, byte| (number << 8) | i64::from(*byte))
    }

    fn counted(&mut self) -> Vec<u8> {
        let count = usize::try_from(self.number(4)).unwrap();
        self.bytes(count)
    }

    fn value(&mut self, kind: i64) -> Read {
        match kind {
            2 | 3 => Read::Number(self.number(1)),
            6 => Read::Number(self.number(2)),
            8 => Read::Number(self.number(4)),
            10 => Read::Number(self.number(8)),
            11 => Read::Bytes(self.counted()),
            12 => Read::Struct(self.fields()),
            15 => {
                let (kind, count) = (self.number(1), self.number(4));
                Read::List((0..count).map(|_| self.value(kind)).collect())
            }
            other => panic!("type {other}"),
        }
    }

    fn fields(&mut self) -> BTreeMap<i16, Read> {
        let mut fields = BTreeMap::new();
        loop {
            let kind = self.number(1);
            if kind == 0 {
                return fields;
            }
            let id = i16::try_from(self.number(2)).unwrap();
            let value = self.value(kind);
            fields.insert(id, value);
        }
    }
}

/// The method and the arguments of a message.
pub fn message(bytes: &[u8]) -> (String, BTreeMap<i16, Read>) {
    let mut reader = Reader(bytes);
    assert_eq!(reader.bytes(3), [0x80, 1, 0], "a version");
    reader.bytes(1);
    let method = String::from_utf8(reader.counted()).unwrap();
    reader.bytes(4);
    let fields = reader.fields();
    assert!(reader.0.is_empty(), "something behind the message");
    (method, fields)
}

/// What an answer says.
pub fn answer(bytes: &[u8]) -> Result<Option<Read>, Failed> {
    assert_eq!(bytes[8 + message(bytes).0.len()..][..4], 7i32.to_be_bytes(), "the number of the call");
    let mut fields = message(bytes).1;
    match bytes[3] {
        2 => match fields.remove(&1) {
            Some(Read::Struct(exception)) => match exception[&2] {
                Read::Number(code) => Err(Failed::Code(code)),
                _ => panic!("{exception:?}"),
            },
            _ => Ok(fields.remove(&0)),
        },
        3 => Err(Failed::Application(fields.remove(&1).map(|message| message.text()).unwrap_or_default())),
        other => panic!("a message of type {other}"),
    }
}

impl Read {
    pub fn text(&self) -> String {
        let Read::Bytes(bytes) = self else { panic!("{self:?}") };
        String::from_utf8(bytes.clone()).unwrap()
    }

    pub fn reference(&self) -> Reference {
        match self {
            Read::Struct(fields) => match fields[&1] {
                Read::Number(number) => (number, fields[&2].text()),
                _ => panic!("{self:?}"),
            },
            _ => panic!("{self:?}"),
        }
    }
}
