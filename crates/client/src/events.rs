//! Events: from the connection to the streams of those who hear them.
//!
//! A stream holds a bounded number of events. Who reads too slowly loses the oldest, and is told how many.

use crate::error::ClientError;
use crate::object::{Object, value};
use crate::server::MediaServer;
use crate::wire::Fields;
use futures_util::Stream;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::runtime::Handle;

/// Events that wait for a slow reader; the oldest go first.
const WAITING: usize = 1_024;
/// Streams of one server.
const MAX_STREAMS: usize = 100_000;

/// An event of the declarations.
pub trait Event: Sized {
    /// Its name.
    const NAME: &'static str;

    /// From its fields.
    ///
    /// # Errors
    /// Fields that are not what is declared.
    fn of(fields: &Fields<'_>) -> Result<Self, ClientError>;
}

/// Takes events to the streams that they are for.
#[derive(Default)]
pub(crate) struct Switchboard(Mutex<Board>);

#[derive(Default)]
struct Board {
    /// By object.
    ears: HashMap<Arc<str>, Vec<Arc<Ear>>>,
    count: usize,
    ended: bool,
}

/// Where the events of one stream wait.
struct Ear {
    event: Box<str>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    waiting: VecDeque<Arc<Json>>,
    lost: u64,
    ended: bool,
    waker: Option<Waker>,
}

impl Ear {
    fn change(&self, change: impl FnOnce(&mut Heard)) {
        let waker = {
            let mut heard = self.heard.lock();
            change(&mut heard);
            heard.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn hear(&self, data: &Arc<Json>) {
        self.change(|heard| {
            if heard.waiting.len() == WAITING {
                heard.waiting.pop_front();
                heard.lost += 1;
            }
            heard.waiting.push_back(Arc::clone(data));
        });
    }

    fn end(&self) {
        self.change(|heard| heard.ended = true);
    }
}

impl Switchboard {
    /// An `onEvent` notification. Never blocks.
    pub fn notify(&self, mut message: Json) {
        let Some(value) = message.pointer_mut("/params/value") else { return };
        let data = Arc::new(value.get_mut("data").map(Json::take).unwrap_or_default());
        let name = |key| value.get(key).and_then(Json::as_str);
        let (Some(object), Some(event)) = (name("object"), name("type")) else { return };
        let board = self.0.lock();
        let ears = board.ears.get(object).into_iter().flatten();
        ears.filter(|ear| *ear.event == *event).for_each(|ear| ear.hear(&data));
    }

    fn add(&self, object: &Arc<str>, event: &str) -> Result<Arc<Ear>, ClientError> {
        let mut board = self.0.lock();
        if board.ended {
            return Err(ClientError::Gone);
        }
        if board.count == MAX_STREAMS {
            return Err(ClientError::TooManyStreams);
        }
        let ear = Arc::new(Ear { event: event.into(), heard: Mutex::default() });
        board.ears.entry(Arc::clone(object)).or_default().push(Arc::clone(&ear));
        board.count += 1;
        Ok(ear)
    }

    fn remove(&self, object: &str, ear: &Arc<Ear>) {
        let mut board = self.0.lock();
        let Some(ears) = board.ears.get_mut(object) else { return };
        let before = ears.len();
        ears.retain(|known| !Arc::ptr_eq(known, ear));
        let (removed, none_left) = (before - ears.len(), ears.is_empty());
        if none_left {
            board.ears.remove(object);
        }
        board.count -= removed;
    }

    /// An object is gone, with what was made in it.
    pub fn end_of(&self, gone: &str) {
        let within = |id: &str| id.strip_prefix(gone).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let board = self.0.lock();
        board.ears.iter().filter(|(id, _)| within(id)).flat_map(|(_, ears)| ears).for_each(|ear| ear.end());
    }

    /// The session is gone.
    pub fn end(&self) {
        let mut board = self.0.lock();
        board.ended = true;
        board.ears.values().flatten().for_each(|ear| ear.end());
    }
}

/// The events of one kind that an object raises, as a stream. It ends with the object's release or the session.
///
/// While the connection to the server is broken, events are lost: the server keeps none.
#[must_use]
pub struct Events<E> {
    object: Object,
    ear: Arc<Ear>,
    /// What it is subscribed by; none while that is asked.
    subscription: Option<Json>,
    read: fn(&Fields<'_>) -> Result<E, ClientError>,
    runtime: Handle,
}

impl<E> Events<E> {
    pub(crate) async fn open(
        object: &Object,
        event: &str,
        read: fn(&Fields<'_>) -> Result<E, ClientError>,
    ) -> Result<Events<E>, ClientError> {
        let server = object.server();
        // Before the server is asked, so that nothing that it sends from then on is missed.
        let ear = server.events().add(object.shared_id(), event)?;
        let mut events = Events { object: object.clone(), ear, subscription: None, read, runtime: Handle::current() };
        let params = json!({ "object": object.id(), "type": event });
        events.subscription = Some(value(server.request("subscribe", params).await?));
        Ok(events)
    }

    /// The next one; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<E> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// How many were lost since this was last asked, because they were not read in time.
    pub fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.ear.heard.lock().lost)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<E>> {
        loop {
            let data = {
                let mut heard = self.ear.heard.lock();
                let Some(data) = heard.waiting.pop_front() else {
                    if heard.ended {
                        return Poll::Ready(None);
                    }
                    heard.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                };
                data
            };
            match Fields::of(&data, self.object.server()).and_then(|fields| (self.read)(&fields)) {
                Ok(event) => return Poll::Ready(Some(event)),
                Err(error) => tracing::warn!(event = &*self.ear.event, %error, "an event is left out"),
            }
        }
    }
}

impl<E> Stream for Events<E> {
    type Item = E;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<E>> {
        self.get_mut().poll(cx)
    }
}

impl<E> fmt::Debug for Events<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {:?}", self.ear.event, self.object)
    }
}

impl<E> Drop for Events<E> {
    fn drop(&mut self) {
        let server: &MediaServer = self.object.server();
        server.events().remove(self.object.id(), &self.ear);
        let ended = self.ear.heard.lock().ended;
        if let Some(subscription) = self.subscription.take().filter(|_| !ended) {
            let (server, object) = (server.clone(), self.object.id().to_owned());
            self.runtime.spawn(async move {
                let params = json!({ "object": object, "subscription": subscription });
                let _ = server.request("unsubscribe", params).await;
            });
        }
    }
}
