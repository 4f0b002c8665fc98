//! The media servers of an application: for each session the one with the least to do, and another one when that is down.

use crate::error::{Code, ContentError};
use crate::media::failed;
use futures_util::future::join_all;
use parking_lot::Mutex;
use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use trellis_client::{ClientError, Link, MediaPipeline, MediaServer, Options};

/// How old a measured load may be.
const FRESH: Duration = Duration::from_secs(1);
/// How long a server that is down is left alone.
const DOWN: Duration = Duration::from_secs(2);
/// How long a server may take to say how much it has to do, or to make a pipeline, before it counts as down.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a server measures its processors, in milliseconds.
const CPU_INTERVAL: i32 = 200;
/// Servers of one application.
const MAX_SERVERS: usize = 1_000;

/// What makes a media server busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Load {
    /// The pipelines that it has, of whatever application.
    #[default]
    Pipelines,
    /// The share of its processors that is in use.
    Cpu,
}

/// The media servers that an application works with. Clones are the same ones. One server may work for many
/// applications.
#[derive(Clone)]
pub struct MediaServers {
    inner: Arc<Inner>,
}

struct Inner {
    load: Load,
    places: Vec<Place>,
    /// Only one looks around at a time.
    looking: tokio::sync::Mutex<()>,
}

/// One server.
struct Place {
    /// How it is reached again when its session is gone; `None` for a server that was given connected.
    address: Option<(String, Options)>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    server: Option<MediaServer>,
    load: f64,
    /// Sessions that came here since the load was measured.
    since: u32,
    measured: Option<Instant>,
    down_until: Option<Instant>,
}

impl From<MediaServer> for MediaServers {
    fn from(server: MediaServer) -> MediaServers {
        MediaServers::of([server])
    }
}

impl MediaServers {
    /// Servers that are connected already.
    ///
    /// # Panics
    /// For more than 1,000.
    pub fn of(servers: impl IntoIterator<Item = MediaServer>) -> MediaServers {
        let place =
            |server| Place { address: None, known: Mutex::new(Known { server: Some(server), ..Known::default() }) };
        MediaServers::build(servers.into_iter().map(place).collect())
    }

    /// Servers at addresses, connected to when they are needed and again when their sessions are gone.
    ///
    /// # Panics
    /// For more than 1,000.
    pub fn at(addresses: impl IntoIterator<Item = (String, Options)>) -> MediaServers {
        let place = |address| Place { address: Some(address), known: Mutex::default() };
        MediaServers::build(addresses.into_iter().map(place).collect())
    }

    fn build(places: Vec<Place>) -> MediaServers {
        assert!(places.len() <= MAX_SERVERS, "{} media servers", places.len());
        let inner = Inner { load: Load::default(), places, looking: tokio::sync::Mutex::default() };
        MediaServers { inner: Arc::new(inner) }
    }

    /// The same servers, chosen by another load.
    pub fn chosen_by(self, load: Load) -> MediaServers {
        let places = match Arc::try_unwrap(self.inner) {
            Ok(inner) => inner.places,
            Err(shared) => shared.places.iter().map(Place::again).collect(),
        };
        let inner = Inner { load, places, looking: tokio::sync::Mutex::default() };
        MediaServers { inner: Arc::new(inner) }
    }

    /// The server with the least to do.
    pub(crate) async fn choose(&self) -> Result<MediaServer, ContentError> {
        self.pick(&[]).await.map(|(_, server)| server).ok_or_else(|| Code::NO_MEDIA_SERVER.into())
    }

    /// A new pipeline on the server with the least to do, or on the next one if that is down or does not want to.
    pub(crate) async fn pipeline(&self) -> Result<(MediaServer, MediaPipeline), ContentError> {
        let mut tried = Vec::new();
        let mut refused = ContentError::from(Code::NO_MEDIA_SERVER);
        while let Some((index, server)) = self.pick(&tried).await {
            match timeout(PATIENCE, MediaPipeline::create(&server)).await.unwrap_or(Err(ClientError::Timeout)) {
                Ok(pipeline) => return Ok((server, pipeline)),
                Err(error @ ClientError::Remote { .. }) => refused = failed(20015)(error),
                Err(_) => self.inner.places[index].is_down(),
            }
            tried.push(index);
        }
        Err(refused)
    }

    /// The server with the least to do of those that were not tried.
    async fn pick(&self, tried: &[usize]) -> Option<(usize, MediaServer)> {
        let _looking = self.inner.looking.lock().await;
        let load = self.inner.load;
        join_all(self.inner.places.iter().filter(|place| place.is_stale()).map(|place| place.measure(load))).await;
        let left = self.inner.places.iter().enumerate().filter(|(index, _)| !tried.contains(index));
        let up = left.filter_map(|(index, place)| Some((index, place.load()?)));
        let (index, _) = up.min_by(|(_, one), (_, other)| compare(*one, *other, load))?;
        Some((index, self.inner.places[index].take()?))
    }
}

/// Which of two servers, by measured load and sessions since then, has less to do.
fn compare((load, since): (f64, u32), (other, other_since): (f64, u32), by: Load) -> Ordering {
    match by {
        Load::Pipelines => (load + f64::from(since)).total_cmp(&(other + f64::from(other_since))),
        // Nobody knows what a session will cost: those since then are spread.
        Load::Cpu => since.cmp(&other_since).then(load.total_cmp(&other)),
    }
}

impl Place {
    fn again(&self) -> Place {
        let server = self.known.lock().server.clone();
        Place { address: self.address.clone(), known: Mutex::new(Known { server, ..Known::default() }) }
    }

    fn rests(&self) -> bool {
        self.known.lock().down_until.is_some_and(|until| Instant::now() < until)
    }

    fn is_stale(&self) -> bool {
        let measured = self.known.lock().measured;
        !self.rests() && measured.is_none_or(|measured| measured.elapsed() >= FRESH)
    }

    fn is_down(&self) {
        let mut known = self.known.lock();
        known.down_until = Some(Instant::now() + DOWN);
        known.measured = None;
    }

    /// Its load, and the sessions since that was measured; `None` while it is down.
    fn load(&self) -> Option<(f64, u32)> {
        let known = self.known.lock();
        known.measured.map(|_| (known.load, known.since))
    }

    fn take(&self) -> Option<MediaServer> {
        let mut known = self.known.lock();
        known.since = known.since.saturating_add(1);
        known.server.clone()
    }

    async fn measure(&self, load: Load) {
        match timeout(PATIENCE, self.ask(load)).await {
            Ok(Ok(measured)) => {
                let mut known = self.known.lock();
                (known.load, known.since, known.measured, known.down_until) = (measured, 0, Some(Instant::now()), None);
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a media server is down");
                self.is_down();
            }
            Err(_) => {
                tracing::warn!("a media server does not answer");
                self.is_down();
            }
        }
    }

    async fn ask(&self, load: Load) -> Result<f64, ClientError> {
        let server = self.server().await?;
        let manager = server.manager();
        Ok(match load {
            // A server has fewer pipelines than a float can count.
            Load::Pipelines => manager.get_pipelines().await?.len() as f64,
            Load::Cpu => manager.get_used_cpu(CPU_INTERVAL).await?,
        })
    }

    /// The session with the server: a new one if it is gone and can be had again.
    async fn server(&self) -> Result<MediaServer, ClientError> {
        let known = self.known.lock().server.clone();
        let link = known.as_ref().map(|server| *server.link().borrow());
        match (known, link, &self.address) {
            (Some(server), Some(Link::Connected), _) => Ok(server),
            (None | Some(_), None | Some(Link::Gone), Some((url, options))) => {
                let server = options.clone().connect(url).await?;
                self.known.lock().server = Some(server.clone());
                Ok(server)
            }
            (_, Some(Link::Broken), _) => Err(ClientError::Timeout),
            _ => Err(ClientError::Gone),
        }
    }
}
