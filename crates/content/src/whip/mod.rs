//! WHIP and WHEP: publishers and viewers of WebRTC by plain HTTP requests (RFC 9725, draft-ietf-wish-whep).
//!
//! ```text
//!  publisher ── POST /whip/{stream} ──► publish ──► a pipeline: its endpoint ──┬──► endpoint ◄── play ◄── POST /whep/{stream} ── viewer
//!            ── PATCH, DELETE ────────► resource                               └──► endpoint ...      ◄── PATCH, DELETE ─────────
//! ```
//!
//! A stream is one pipeline: the publisher's endpoint feeds those of all viewers, through whatever converters their codecs
//! need. What always holds: a resource whose peer is gone, or never came, ends by itself; when the publisher's ends, its
//! viewers' end with it; what is made for a request is kept in the registry or released, even if whoever asked has gone.

mod care;
mod cors;
mod fragment;
mod negotiate;
mod play;
mod publish;
mod refusal;
mod registry;
mod resource;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::IntoResponse;
use axum::routing::{options, patch, post};
use parking_lot::Mutex;
use refusal::Refusal;
use registry::Registry;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use trellis_client::{MediaServer, Object};

/// Longest description or fragment, in bytes; a browser's is some 10 KB.
const LONGEST_BODY: usize = 64 << 10;
/// Longest name of a stream, in bytes.
const LONGEST_NAME: usize = 128;

/// Who may come, and how much there may be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who may publish.
    pub publish: Admittance,
    /// Who may watch.
    pub play: Admittance,
    /// Origins of pages that may ask; empty for any.
    pub origins: Vec<String>,
    /// STUN and TURN servers that clients are told to use.
    pub ice_servers: Vec<IceServer>,
    /// Streams at once.
    pub streams: usize,
    /// Viewers of one stream.
    pub viewers: usize,
    /// How long a peer that has never been connected is waited for.
    pub arrival: Duration,
    /// How long a peer that was connected may be unreachable.
    pub absence: Duration,
}

/// Whom requests are taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admittance {
    /// Everybody.
    All,
    /// Who says one of these bearer tokens (RFC 6750 section 2.1); none lets nobody in.
    Bearers(Vec<String>),
}

/// A STUN or TURN server, as clients are told of it (RFC 9725 section 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:host`, `turn:host?transport=udp` ...
    pub url: String,
    /// Name and password, where it asks for them.
    pub credential: Option<(String, String)>,
}

impl Default for Settings {
    /// For everybody; a hundred streams of a thousand viewers each.
    fn default() -> Settings {
        Settings {
            publish: Admittance::All,
            play: Admittance::All,
            origins: Vec::new(),
            ice_servers: Vec::new(),
            streams: 100,
            viewers: 1_000,
            arrival: Duration::from_secs(30),
            absence: Duration::from_secs(10),
        }
    }
}

/// The routes `/whip/{stream}` and `/whep/{stream}`, and those of the resources that they make, on a media server.
pub fn router(server: MediaServer, settings: Settings) -> Router {
    let door = Arc::new(Door { server, settings, registry: Mutex::default() });
    let endpoint = || options(async || offered("accept-post", "application/sdp"));
    let session = || options(async || offered("accept-patch", fragment::TYPE)).merge(patch(resource::patch));
    Router::new()
        .route("/whip/{stream}", endpoint().merge(post(publish::post)))
        .route("/whep/{stream}", endpoint().merge(post(play::post)))
        .route("/whip/{stream}/{id}", session().delete(resource::delete))
        .route("/whep/{stream}/{id}", session().delete(resource::delete))
        .layer(middleware::from_fn_with_state(Arc::clone(&door), cors::guard))
        .with_state(door)
}

/// The answer to OPTIONS.
fn offered(header: &'static str, kind: &'static str) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header, kind)])
}

/// What the handlers share.
struct Door {
    server: MediaServer,
    settings: Settings,
    registry: Mutex<Registry>,
}

/// Which of the two protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Publisher,
    Viewer,
}

impl Door {
    /// Lets a request in, or not.
    fn admit(&self, role: Role, headers: &HeaderMap) -> Result<(), Refusal> {
        let admittance = match role {
            Role::Publisher => &self.settings.publish,
            Role::Viewer => &self.settings.play,
        };
        let Admittance::Bearers(known) = admittance else { return Ok(()) };
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.split_once(' '));
        let said = said.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let token = said.ok_or(Refusal::Unauthorized)?;
        let same = |known: &String| bool::from(known.as_bytes().ct_eq(token.as_bytes()));
        if known.iter().any(same) { Ok(()) } else { Err(Refusal::Unauthorized) }
    }

    /// Ends a resource, and with a publisher's those of its viewers. False when it has ended already.
    async fn end(&self, id: &str) -> bool {
        let Some(object) = self.registry.lock().end(id) else { return false };
        release(&object).await;
        true
    }

    /// The headers that tell of STUN and TURN servers.
    fn links(&self) -> impl Iterator<Item = HeaderValue> {
        self.settings.ice_servers.iter().filter_map(|server| {
            let credential = server.credential.as_ref().map(|(name, password)| {
                format!("; username=\"{name}\"; credential=\"{password}\"; credential-type=\"password\"")
            });
            let link = format!("<{}>; rel=\"ice-server\"{}", server.url, credential.unwrap_or_default());
            HeaderValue::try_from(link).ok()
        })
    }
}

/// Releases what nobody needs any more.
async fn release(object: &Object) {
    if let Err(error) = object.release().await {
        tracing::warn!(object = object.id(), %error, "it is not released");
    }
}

/// The name of a stream: letters, digits and `-._~`, which paths hold as they are.
fn stream_name(name: String) -> Result<String, Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let good = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain);
    if good { Ok(name) } else { Err(Refusal::Name) }
}
