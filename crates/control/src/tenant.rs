//! Tenants: whose sessions and objects are whose, and how much each may have.

use std::sync::Arc;
use trellis_model::{Class, RemoteError};

/// Longest name of a tenant, in bytes.
const LONGEST_NAME: usize = 64;

/// Who owns sessions and objects. What one tenant has, no other can see, list or touch.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// A tenant by its name: 1 to 64 letters, digits, `-`, `_` and `.`, the first no `.` (names become folders and
    /// lines of logs). `None` when the name is not like that.
    pub fn new(name: &str) -> Option<Tenant> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let good = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.');
        good.then(|| Tenant(name.into()))
    }

    /// A tenant of the program's own, which no token names: its name begins with `+`.
    pub fn within(name: &'static str) -> Tenant {
        Tenant(format!("+{name}").into())
    }

    /// The only tenant of a server that asks nobody who they are.
    pub fn everybody() -> Tenant {
        Tenant("".into())
    }

    /// Its name; empty for everybody.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// How much each tenant may have at once; `None` is no limit but the machine's.
#[derive(Clone, Debug, PartialEq)]
pub struct Quotas {
    /// Objects of any class.
    pub objects: usize,
    /// Sessions.
    pub sessions: usize,
    /// Pipelines.
    pub pipelines: Option<usize>,
    /// Endpoints of any class, recorders among them.
    pub endpoints: Option<usize>,
    /// Recorders.
    pub recorders: Option<usize>,
    /// Open connections.
    pub sockets: Option<usize>,
    /// Requests whose objects are at work.
    pub requests_in_flight: Option<usize>,
}

impl Default for Quotas {
    fn default() -> Self {
        Quotas {
            objects: 100_000,
            sessions: 100_000,
            pipelines: None,
            endpoints: None,
            recorders: None,
            sockets: None,
            requests_in_flight: None,
        }
    }
}

/// A thing is refused because the tenant has as many as it may.
pub(crate) fn exceeded(quota: &str, limit: usize) -> RemoteError {
    RemoteError::not_enough_resources(format_args!("quota '{quota}' is reached: at most {limit}"))
}

/// What is counted, and the class that objects of each kind are of.
const KINDS: [(&str, &str); 4] = [
    ("objects", "MediaObject"),
    ("pipelines", "MediaPipeline"),
    ("endpoints", "Endpoint"),
    ("recorders", "RecorderEndpoint"),
];

/// How many objects of each kind a tenant has, those that are being made among them.
#[derive(Default)]
pub(crate) struct Usage([usize; KINDS.len()]);

impl Usage {
    /// One more object of a class.
    pub fn add(&mut self, class: &'static Class, quotas: &Quotas) -> Result<(), RemoteError> {
        let limits = [Some(quotas.objects), quotas.pipelines, quotas.endpoints, quotas.recorders];
        let is = KINDS.map(|(_, kind)| class.is_a(kind));
        for (index, (name, _)) in KINDS.iter().enumerate() {
            if let Some(limit) = limits[index].filter(|limit| is[index] && self.0[index] >= *limit) {
                return Err(exceeded(name, limit));
            }
        }
        for (count, is) in self.0.iter_mut().zip(is) {
            *count += usize::from(is);
        }
        Ok(())
    }

    /// One object less.
    pub fn remove(&mut self, class: &'static Class) {
        for (count, (_, kind)) in self.0.iter_mut().zip(KINDS) {
            *count = count.saturating_sub(usize::from(class.is_a(kind)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_fit_for_a_folder() {
        for good in ["a", "Acme-7_b.c", &"x".repeat(64)] {
            assert_eq!(Tenant::new(good).unwrap().name(), good);
        }
        for bad in ["", ".", "..", ".x", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert_eq!(Tenant::new(bad), None, "{bad}");
        }
    }
}
