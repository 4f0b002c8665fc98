//! An application: handlers at their paths, the media servers that they work with, and the router that clients reach.

use crate::door;
use crate::error::Code;
use crate::fetch::Fetch;
use crate::handler::{Callbacks, ContentHandler, Of};
use crate::kind::{HttpPlayer, HttpRecorder, Kind, Rtp, Tag, WebRtc};
use crate::repository::Repository;
use crate::servers::MediaServers;
use crate::session::registry::Registry;
use crate::session::{Ended, Reason};
use crate::settings::{Access, Settings};
use axum::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// How long polls are waited for when an application ends.
const LAST_POLLS: Duration = Duration::from_millis(500);

/// One path and its handler.
pub(crate) struct Route {
    pub path: String,
    pub kind: Tag,
    pub access: Access,
    pub handler: Box<dyn Callbacks>,
}

/// What all sessions of an application share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub servers: MediaServers,
    pub repository: Option<Repository>,
    pub registry: Registry,
    pub fetch: Fetch,
    pub requests: Arc<Semaphore>,
    pub transfers: Arc<Semaphore>,
    epoch: Instant,
}

impl Shared {
    /// The time, as sessions count it.
    pub fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// The moment of a time.
    pub fn at(&self, time: Duration) -> Instant {
        self.epoch + time
    }
}

/// An application in the making.
///
/// Paths may have as many parts as wanted; everything behind one is the name of a content. The router may be merged into
/// another or nested in one, as any of axum's and tower's.
pub struct Application {
    settings: Settings,
    servers: MediaServers,
    repository: Option<Repository>,
    routes: Vec<Route>,
}

impl Application {
    /// An application that works with some media servers.
    pub fn new(servers: impl Into<MediaServers>) -> Application {
        let (settings, servers) = (Settings::default(), servers.into());
        Application { settings, servers, repository: None, routes: Vec::new() }
    }

    /// Sets times and bounds.
    pub fn settings(mut self, settings: Settings) -> Application {
        self.settings = settings;
        self
    }

    /// Has a repository, which sessions find.
    pub fn repository(mut self, repository: Repository) -> Application {
        self.repository = Some(repository);
        self
    }

    /// Contents that clients get over HTTP, asked for by the Open API and tunnelled.
    pub fn player(self, path: &str, handler: impl ContentHandler<HttpPlayer>) -> Application {
        self.player_with(path, Access::default(), handler)
    }

    /// Contents that clients get over HTTP.
    pub fn player_with(self, path: &str, access: Access, handler: impl ContentHandler<HttpPlayer>) -> Application {
        self.route::<HttpPlayer>(path, access, handler)
    }

    /// Contents that clients upload over HTTP, asked for by the Open API and tunnelled.
    pub fn recorder(self, path: &str, handler: impl ContentHandler<HttpRecorder>) -> Application {
        self.recorder_with(path, Access::default(), handler)
    }

    /// Contents that clients upload over HTTP.
    pub fn recorder_with(self, path: &str, access: Access, handler: impl ContentHandler<HttpRecorder>) -> Application {
        self.route::<HttpRecorder>(path, access, handler)
    }

    /// Contents over RTP.
    pub fn rtp(self, path: &str, handler: impl ContentHandler<Rtp>) -> Application {
        self.route::<Rtp>(path, Access::default(), handler)
    }

    /// Contents over WebRTC.
    pub fn webrtc(self, path: &str, handler: impl ContentHandler<WebRtc>) -> Application {
        self.route::<WebRtc>(path, Access::default(), handler)
    }

    fn route<K: Kind>(mut self, path: &str, access: Access, handler: impl ContentHandler<K>) -> Application {
        let path = path.trim_end_matches('/').to_owned();
        self.routes.push(Route { path, kind: K::TAG, access, handler: Box::new(Of::new(handler)) });
        self
    }

    /// The router. It has to be called within a tokio runtime.
    ///
    /// # Panics
    /// For a path that does not begin with `/`, and for two handlers at one path.
    pub fn into_router(self) -> Router {
        self.open().0
    }

    /// The router, and what one holds of the application while it runs.
    ///
    /// # Panics
    /// As [`into_router`](Application::into_router).
    pub fn open(self) -> (Router, Running) {
        let shared = Arc::new(Shared {
            registry: Registry::new(self.settings.max_sessions),
            fetch: Fetch::new(&self.settings),
            requests: Arc::new(Semaphore::new(self.settings.max_requests.min(Semaphore::MAX_PERMITS))),
            transfers: Arc::new(Semaphore::new(self.settings.max_transfers.min(Semaphore::MAX_PERMITS))),
            settings: self.settings,
            servers: self.servers,
            repository: self.repository,
            epoch: Instant::now(),
        });
        (door::router(&shared, self.routes), Running { shared })
    }
}

/// An application that runs.
#[derive(Clone)]
pub struct Running {
    shared: Arc<Shared>,
}

impl Running {
    /// Sessions that there are, those included whose end their clients were not told yet.
    pub fn sessions(&self) -> usize {
        self.shared.registry.len()
    }

    /// Ends the application: no session begins any more, those that there are end, and their clients have half a second
    /// to be told. The objects of the sessions are released.
    pub async fn close(&self) {
        let code = Code(20041);
        for core in self.shared.registry.close() {
            core.terminate(Reason { code, message: code.text().to_owned(), by: Ended::ByApplication });
        }
        let until = Instant::now() + LAST_POLLS;
        while self.sessions() > 0 && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
        }
    }
}
