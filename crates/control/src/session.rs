//! Sessions: what they hold, what hears for them, whether they live, what they asked lately.

use crate::answers::Answers;
use crate::mailbox::Mailbox;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

/// Where a socket's pushes go. Returns false when the socket is gone or does not keep up; the push is then lost.
/// Called under a lock of the control plane, so that events keep their order: it never blocks and never calls back.
pub type Push = Arc<dyn Fn(String) -> bool + Send + Sync>;

/// Where one subscription's events go when it is not the socket of its session.
pub(crate) struct Callback {
    /// The application's service, as it is reached; shared by all subscriptions of a tenant that name it.
    pub handler: Arc<SocketAddr>,
    /// Given the event's data. Called like a [`Push`].
    pub tell: Box<Tell>,
}

/// Tells an event by its data.
pub(crate) type Tell = dyn Fn(&Map<String, Json>) + Send + Sync;

/// A client's session.
#[derive(Default)]
pub(crate) struct Session {
    /// Shown life since the last look of the garbage collector.
    pub in_use: bool,
    /// Whether it has ever held an object: only then it exists for clients.
    pub exists: bool,
    /// The objects that it holds.
    pub holds: HashSet<Arc<str>>,
    pub bound: Option<Bound>,
    /// Whether requests came without a socket: then its events wait for it while it has none.
    by_mail: bool,
    pub answers: Answers,
}

/// What hears for a session.
pub(crate) struct Bound {
    by: Ear,
    pub push: Push,
}

enum Ear {
    /// The socket of a connection.
    Socket(u64),
    Mailbox(Letterbox),
}

/// A session's own end of its mailbox: when it is gone, nothing comes any more.
struct Letterbox(Arc<Mailbox>);

impl Drop for Letterbox {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Session {
    /// Whether somebody listens, so that it is not abandoned: a socket, or a poll.
    pub fn is_heard(&self) -> bool {
        match self.bound.as_ref().map(|bound| &bound.by) {
            Some(Ear::Socket(_)) => true,
            Some(Ear::Mailbox(mailbox)) => mailbox.0.is_polled(),
            None => false,
        }
    }

    /// Whether it has a socket.
    pub fn has_socket(&self) -> bool {
        matches!(self.bound, Some(Bound { by: Ear::Socket(_), .. }))
    }

    /// A socket hears for it from now on, and first what waited in its mailbox.
    pub fn hear_by_socket(&mut self, connection: u64, push: &Push) {
        match self.bound.as_ref().map(|bound| &bound.by) {
            Some(Ear::Socket(known)) if *known == connection => return,
            Some(Ear::Mailbox(mailbox)) => mailbox.0.empty().into_iter().for_each(|event| {
                let _ = push(event);
            }),
            _ => {}
        }
        self.bound = Some(Bound { by: Ear::Socket(connection), push: Arc::clone(push) });
    }

    /// A request came without a socket: unless a socket hears, events wait from now on.
    pub fn hear_by_mail(&mut self) {
        self.by_mail = true;
        if self.bound.is_none() {
            self.ask_by_mail();
        }
    }

    /// Its mailbox, which hears for it from now on.
    pub fn ask_by_mail(&mut self) -> Arc<Mailbox> {
        self.by_mail = true;
        if let Some(Bound { by: Ear::Mailbox(mailbox), .. }) = &self.bound {
            return Arc::clone(&mailbox.0);
        }
        let mailbox = Arc::<Mailbox>::default();
        let to = Arc::clone(&mailbox);
        let push = move |event| {
            to.put(event);
            true
        };
        self.bound = Some(Bound { by: Ear::Mailbox(Letterbox(Arc::clone(&mailbox))), push: Arc::new(push) });
        mailbox
    }

    /// The socket of a connection is gone.
    pub fn unbind(&mut self, connection: u64) {
        if self.bound.take_if(|bound| matches!(bound.by, Ear::Socket(known) if known == connection)).is_some()
            && self.by_mail
        {
            self.ask_by_mail();
        }
    }
}
