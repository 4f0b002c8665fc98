//! A configuration in the making: keys of Kurento's go in, keys of ours come out.

use super::Imported;
use super::keys::{KEYS, Meaning};
use serde_json::Value as Json;
use std::net::IpAddr;
use std::path::PathBuf;
use toml::{Table, Value};

/// A configuration in the making.
#[derive(Default)]
pub(super) struct Draft {
    table: Table,
    warnings: Vec<String>,
    /// What names of files are relative to.
    pub base: PathBuf,
    /// Parts of `http.listen`.
    pub address: Option<IpAddr>,
    pub port: Option<u16>,
}

impl Draft {
    /// Takes a key of Kurento's, by its full name; `place` is where it was found.
    pub fn take(&mut self, place: &str, name: &str, value: &Json) {
        let Some((_, meaning)) = KEYS.iter().find(|(known, _)| *known == name) else {
            return self.warn(place, name, "is not a key that is known here");
        };
        match meaning {
            Meaning::Set(set) => {
                if let Err(why) = set(self, value) {
                    // A TURN server's URL has a password.
                    let shown = if name.ends_with("turnURL") { "its value".to_owned() } else { value.to_string() };
                    self.warn(place, name, &format!("{shown}: {why}"));
                }
            }
            Meaning::None(why) => self.warn(place, name, &format!("has no meaning here: {why}")),
        }
    }

    pub fn warn(&mut self, place: &str, name: &str, what: &str) {
        self.warnings.push(format!("{place}: {name} {what}"));
    }

    /// Sets a key of ours.
    pub fn put(&mut self, section: &str, key: &str, value: impl Into<Value>) {
        let section = self.table.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.to_owned(), value.into());
        }
    }

    /// Adds to a list of ours.
    pub fn add(&mut self, section: &str, key: &str, value: impl Into<Value>) {
        let known = self.table.get(section).and_then(|section| section.get(key)).and_then(Value::as_array).cloned();
        let mut list = known.unwrap_or_default();
        list.push(value.into());
        self.put(section, key, list);
    }

    /// What has become of it.
    pub fn done(mut self) -> Imported {
        match (self.address, self.port) {
            (None, None) => {}
            (Some(address), port) => {
                self.put("http", "listen", format!("{}", std::net::SocketAddr::new(address, port.unwrap_or(8888))));
            }
            (None, Some(port)) => {
                self.put("http", "listen", format!("127.0.0.1:{port}"));
                self.warnings.push(
                    "Kurento listens on all addresses when none is named; Trellis listens on this machine only until \
                     `http.listen` says otherwise"
                        .to_owned(),
                );
            }
        }
        Imported { table: self.table, warnings: self.warnings }
    }
}
