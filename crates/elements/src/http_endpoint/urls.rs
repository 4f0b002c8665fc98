//! The URLs that endpoints have given out.

use super::broadcast::Broadcast;
use super::inlet::{Inlet, Upload};
use super::reader::{Reader, Refusal};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Where URLs lie on a server.
const PATH: &str = "/media/";

/// The doors that are open, by the last part of their URLs. Who knows it may come in: it cannot be guessed.
#[derive(Default)]
pub struct Urls {
    /// What stands before the path; without it no URL is given out.
    base: Option<String>,
    doors: Mutex<HashMap<Uuid, Door>>,
}

/// What a URL leads to.
#[derive(Clone)]
pub enum Door {
    /// A stream to read.
    Get(GetDoor),
    /// A place for an upload.
    Post(PostDoor),
}

/// A place for an upload, while its endpoint lives.
#[derive(Clone)]
pub struct PostDoor(pub(crate) Arc<Inlet>);

impl PostDoor {
    /// Begins an upload.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn enter(&self) -> Result<Upload, Refusal> {
        self.0.enter()
    }
}

/// A stream to read, while its endpoint lives.
#[derive(Clone)]
pub struct GetDoor(pub(crate) Arc<Broadcast>);

impl GetDoor {
    /// Lets one more reader in.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn enter(&self) -> Result<Reader, Refusal> {
        Reader::enter(&self.0)
    }

    /// What the stream is, as far as it is known: its media type, with codecs once there is media.
    pub fn media_type(&self) -> Arc<str> {
        self.0.media_type()
    }

    /// Whether the session is over.
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }
}

impl Urls {
    /// URLs below this one, such as `http://media.example:8888`.
    pub(crate) fn new(base: Option<&str>) -> Urls {
        Urls { base: base.map(|base| base.trim_end_matches('/').to_owned()), doors: Mutex::default() }
    }

    /// The door that the last part of a path belongs to.
    pub fn find(&self, name: &str) -> Option<Door> {
        self.doors.lock().get(&name.parse().ok()?).cloned()
    }

    /// How many read streams now, and how many parts the readers of those streams were too slow for.
    pub fn counters(&self) -> (usize, u64) {
        let doors = self.doors.lock();
        let broadcasts = doors.values().filter_map(|door| match door {
            Door::Get(GetDoor(broadcast)) => Some((broadcast.readers(), broadcast.lost())),
            Door::Post(_) => None,
        });
        broadcasts.fold((0, 0), |(readers, lost), (more, losses)| (readers + more, lost + losses))
    }

    /// Gives out a URL, which leads to a door until it is taken back; `None` where there is no server.
    pub(crate) fn give(&self, door: Door) -> Option<(Uuid, String)> {
        let base = self.base.as_deref()?;
        let name = Uuid::new_v4();
        self.doors.lock().insert(name, door);
        Some((name, format!("{base}{PATH}{name}")))
    }

    /// Takes a URL back.
    pub(crate) fn take_back(&self, name: &Uuid) {
        self.doors.lock().remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trellis_containers::ContainerKind;
    use trellis_media::Kind;

    #[test]
    fn a_url_leads_to_its_door_until_it_is_taken_back() {
        let urls = Urls::new(Some("https://media.example/"));
        let door = || Door::Get(GetDoor(Broadcast::new(ContainerKind::WebM, Kind::Video)));
        let (name, url) = urls.give(door()).unwrap();
        assert_eq!(url, format!("https://media.example/media/{name}"));
        assert!(urls.find(&name.to_string()).is_some() && urls.find("x").is_none());
        urls.take_back(&name);
        assert!(urls.find(&name.to_string()).is_none());
        assert!(Urls::default().give(door()).is_none());
    }
}
