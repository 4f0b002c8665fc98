//! The records of `getStats`, as Kurento has them.

use std::collections::BTreeMap;
use std::time::SystemTime;
use trellis_model::Value;

/// The fields of one record.
pub(super) type Fields = Vec<(&'static str, Value)>;

/// The records of one answer have one time.
pub(super) struct Records {
    time: i64,
    by_id: BTreeMap<String, Value>,
}

impl Records {
    pub fn new() -> Records {
        Records { time: milliseconds(), by_id: BTreeMap::new() }
    }

    /// Adds a record of a class; its id and time come of themselves.
    pub fn add(&mut self, id: String, class: &str, mut fields: Fields) {
        fields.extend([("id", Value::from(&*id)), ("timestampMillis", Value::Int(self.time))]);
        self.by_id.insert(id, Value::record(class, fields));
    }

    /// The records by id.
    pub fn done(self) -> BTreeMap<String, Value> {
        self.by_id
    }
}

/// The fields of a stream, with those that this server has nothing to say of, as Kurento says them.
pub(super) fn stream(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Fields {
    let unsaid = [
        ("associateStatsId", "".into()),
        ("isRemote", Value::Bool(false)),
        ("mediaTrackId", "".into()),
        ("transportId", "".into()),
        ("codecId", "".into()),
        ("sliCount", Value::Int(0)),
    ];
    fields.into_iter().chain(unsaid).collect()
}

/// A counter.
pub(super) fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Since 1970.
pub(super) fn milliseconds() -> i64 {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}
