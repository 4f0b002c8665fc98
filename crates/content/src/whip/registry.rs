//! The streams and resources that there are.

use super::Role;
use super::refusal::Refusal;
use std::collections::{HashMap, HashSet};
use trellis_client::{MediaPipeline, Object, WebRtcEndpoint};
use uuid::Uuid;

/// Everything that there is. A stream names its resources exactly as long as they are there.
#[derive(Default)]
pub(super) struct Registry {
    streams: HashMap<String, Stream>,
    resources: HashMap<String, Resource>,
}

struct Stream {
    /// The publisher's resource, from the moment on that it is being made.
    publisher: String,
    /// What is published; nothing while that is being made.
    live: Option<Live>,
    /// Resources of viewers, those that are being made among them.
    viewers: HashSet<String>,
}

/// What is published.
#[derive(Clone)]
pub(super) struct Live {
    pub pipeline: MediaPipeline,
    pub source: WebRtcEndpoint,
}

/// What a request made.
#[derive(Clone)]
pub(super) struct Resource {
    pub role: Role,
    pub stream: String,
    pub endpoint: WebRtcEndpoint,
    /// The strong entity tag of its ICE session (RFC 9725 section 4.3.1).
    pub tag: String,
    /// The peer's user fragment in that session.
    pub ufrag: Option<String>,
}

/// A name that nobody guesses.
fn secret() -> String {
    Uuid::new_v4().to_string()
}

impl Resource {
    pub fn new(role: Role, stream: &str, endpoint: WebRtcEndpoint, offer: &str) -> Resource {
        let ufrag = super::fragment::ufrag(offer).map(str::to_owned);
        Resource { role, stream: stream.to_owned(), endpoint, tag: format!("\"{}\"", secret()), ufrag }
    }
}

impl Registry {
    /// A stream is going to be published: the name of its publisher's resource.
    pub fn reserve(&mut self, stream: &str, most: usize) -> Result<String, Refusal> {
        if self.streams.contains_key(stream) {
            return Err(Refusal::Taken);
        }
        if self.streams.len() >= most {
            return Err(Refusal::Full("streams"));
        }
        let publisher = secret();
        let new = Stream { publisher: publisher.clone(), live: None, viewers: HashSet::new() };
        self.streams.insert(stream.to_owned(), new);
        Ok(publisher)
    }

    /// The stream is published.
    pub fn publish(&mut self, id: &str, live: Live, resource: Resource) {
        if let Some(stream) = self.streams.get_mut(&resource.stream) {
            stream.live = Some(live);
            self.resources.insert(id.to_owned(), resource);
        }
    }

    /// A stream is going to be watched: the name of the viewer's resource, and what there is to watch.
    pub fn seat(&mut self, stream: &str, most: usize) -> Result<(String, Live), Refusal> {
        let stream = self.streams.get_mut(stream).ok_or(Refusal::NotLive)?;
        let live = stream.live.clone().ok_or(Refusal::NotLive)?;
        if stream.viewers.len() >= most {
            return Err(Refusal::Full("viewers of this stream"));
        }
        let viewer = secret();
        stream.viewers.insert(viewer.clone());
        Ok((viewer, live))
    }

    /// The viewer watches, unless the stream has ended meanwhile.
    pub fn watch(&mut self, id: &str, resource: Resource) -> Result<(), Refusal> {
        let stream = self.streams.get(&resource.stream).filter(|stream| stream.viewers.contains(id));
        stream.ok_or(Refusal::NotLive)?;
        self.resources.insert(id.to_owned(), resource);
        Ok(())
    }

    /// Whether what is published is still this.
    pub fn is_live(&self, stream: &str, live: &Live) -> bool {
        let now = self.streams.get(stream).and_then(|stream| stream.live.as_ref());
        now.is_some_and(|now| now.source == live.source)
    }

    /// What was going to be made is not.
    pub fn give_up(&mut self, stream: &str, id: &str) {
        let Some(known) = self.streams.get_mut(stream) else { return };
        if known.publisher == id {
            self.streams.remove(stream);
        } else {
            known.viewers.remove(id);
        }
    }

    /// The resource of a name, if it is of that role and stream.
    pub fn find(&self, role: Role, stream: &str, id: &str) -> Result<Resource, Refusal> {
        let found = self.resources.get(id).filter(|known| known.role == role && known.stream == stream);
        found.cloned().ok_or(Refusal::NoResource)
    }

    /// Ends a resource, and with a publisher's its viewers': what is to be released. Nothing when it has ended already.
    pub fn end(&mut self, id: &str) -> Option<Object> {
        let resource = self.resources.remove(id)?;
        if resource.role == Role::Viewer {
            if let Some(stream) = self.streams.get_mut(&resource.stream) {
                stream.viewers.remove(id);
            }
            return Some(object(&resource.endpoint));
        }
        let stream = self.streams.remove(&resource.stream)?;
        for viewer in &stream.viewers {
            self.resources.remove(viewer);
        }
        stream.live.map(|live| object(&live.pipeline))
    }
}

/// The plain object of what derefs to it.
fn object(typed: &Object) -> Object {
    typed.clone()
}
