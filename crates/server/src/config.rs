//! Configuration: TOML, every key with a default; a key that is not known is an error with its line.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use trellis_elements::policy::UriPolicy;
use trellis_elements::reach::{Hosts, Scope};
use trellis_elements::{CompositeSettings, IceSettings, TurnServer};

/// The whole configuration of a server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The HTTP port.
    pub http: Http,
    /// Who may come in.
    pub tokens: Tokens,
    /// How much anybody may have.
    pub limits: Limits,
    /// WebRTC transport.
    pub webrtc: WebRtc,
    /// RTP endpoints.
    pub rtp: Rtp,
    /// Media processing and files.
    pub media: Media,
    /// Composites.
    pub composite: Composite,
    /// What the URIs of applications may name.
    pub uri: Uri,
    /// Sessions of control clients.
    pub control: Control,
    /// The Thrift port.
    pub thrift: Thrift,
    /// WHIP and WHEP.
    pub whip: Whip,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    pub listen: SocketAddr,
    pub path: String,
    pub announced_url: Option<String>,
    pub origins: Vec<String>,
    pub allow_unauthenticated: bool,
    pub tls: Option<Tls>,
}

/// `[http.tls]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// `[tokens]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    pub jwt_key: Option<PathBuf>,
    pub jwt_algorithm: String,
    pub audience: String,
    pub tenant_claim: String,
    #[serde(rename = "static")]
    pub fixed: BTreeMap<String, String>,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub message_bytes: usize,
    pub message_depth: usize,
    pub message_values: usize,
    pub requests_per_second: Option<u32>,
    pub call_threads: usize,
    pub pipelines: Option<usize>,
    pub endpoints: Option<usize>,
    pub recorders: Option<usize>,
    pub encoders: Option<usize>,
    pub sockets: Option<usize>,
    pub requests_in_flight: Option<usize>,
    pub exception: f64,
    pub kill: Option<f64>,
}

/// `[webrtc]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebRtc {
    pub listen: Option<SocketAddr>,
    pub external_addresses: Vec<IpAddr>,
    pub network_interfaces: String,
    pub stun_server_address: Option<IpAddr>,
    pub stun_server_port: u16,
    #[serde(deserialize_with = "turn_url")]
    pub turn_url: String,
}

/// `[rtp]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rtp {
    pub min_port: u16,
    pub max_port: u16,
}

impl Default for Rtp {
    fn default() -> Self {
        Rtp { min_port: 1_024, max_port: 65_535 }
    }
}

/// `[media]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    pub threads: usize,
    pub default_path: PathBuf,
    pub recordings: PathBuf,
    pub converter_hold: u32,
}

/// `[composite]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Composite {
    #[serde(deserialize_with = "side")]
    pub width: u32,
    #[serde(deserialize_with = "side")]
    pub height: u32,
    #[serde(deserialize_with = "rate")]
    pub framerate: u32,
}

impl Default for Composite {
    fn default() -> Self {
        let CompositeSettings { width, height, framerate } = CompositeSettings::default();
        Composite { width, height, framerate }
    }
}

impl From<&Composite> for CompositeSettings {
    fn from(composite: &Composite) -> Self {
        let Composite { width, height, framerate } = *composite;
        CompositeSettings { width, height, framerate }
    }
}

/// Pixels of a side of a composite's picture.
pub const SIDES: RangeInclusive<u32> = 2..=16_384;
/// Its pictures a second.
pub const RATES: RangeInclusive<u32> = 1..=240;

fn side<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, SIDES, "pixels")
}

fn rate<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    within(from, RATES, "pictures a second")
}

fn within<'de, D: Deserializer<'de>>(from: D, range: RangeInclusive<u32>, of: &str) -> Result<u32, D::Error> {
    let number = u32::deserialize(from)?;
    let (least, most) = range.clone().into_inner();
    let wrong = || D::Error::custom(format_args!("{number} is not {least} to {most} {of}"));
    range.contains(&number).then_some(number).ok_or_else(wrong)
}

/// `[uri]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uri {
    pub schemes: Vec<String>,
    pub folders: Option<Vec<PathBuf>>,
    #[serde(serialize_with = "as_texts", deserialize_with = "from_texts")]
    pub hosts: Option<Vec<Hosts>>,
}

/// `[control]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    pub garbage_collector_period: u64,
    pub request_cache: bool,
    pub metadata: String,
}

/// `[thrift]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thrift {
    pub listen: Option<SocketAddr>,
}

/// `[whip]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Whip {
    pub enabled: bool,
    pub publish_tokens: Vec<String>,
    pub play_tokens: Vec<String>,
    pub streams: usize,
    pub viewers: usize,
    pub idle_seconds: u64,
    pub ice_servers: Vec<IceServer>,
}

/// One of `whip.ice_servers`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    pub url: String,
    pub username: Option<String>,
    pub credential: Option<String>,
}

impl Default for Whip {
    fn default() -> Self {
        Whip {
            enabled: true,
            publish_tokens: Vec::new(),
            play_tokens: Vec::new(),
            streams: 100,
            viewers: 1_000,
            idle_seconds: 30,
            ice_servers: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Http {
            listen: SocketAddr::from(([127, 0, 0, 1], 8888)),
            path: "/kurento".to_owned(),
            announced_url: None,
            origins: Vec::new(),
            allow_unauthenticated: false,
            tls: None,
        }
    }
}

impl Http {
    /// What the URLs of HTTP endpoints begin with, when this is where the port listens.
    pub fn url(&self, scheme: &str, listening: SocketAddr) -> String {
        let address = if listening.ip().is_unspecified() { own_address(listening) } else { listening };
        self.announced_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"))
    }
}

/// The address of this machine that leads to the world, on the same port; the loopback where none does.
fn own_address(listening: SocketAddr) -> SocketAddr {
    // Nothing is sent: the system only says which address it would take (RFC 5737 has the one that is asked for).
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|socket| socket.connect(("192.0.2.1", 9)).and_then(|()| socket.local_addr()));
    let ip = asked.map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip());
    SocketAddr::new(ip, listening.port())
}

impl Default for Tokens {
    fn default() -> Self {
        Tokens {
            jwt_key: None,
            jwt_algorithm: "HS256".to_owned(),
            audience: "trellis".to_owned(),
            tenant_claim: "sub".to_owned(),
            fixed: BTreeMap::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            message_bytes: 1 << 20,
            message_depth: 64,
            message_values: 50_000,
            requests_per_second: None,
            call_threads: 512,
            pipelines: None,
            endpoints: None,
            recorders: None,
            encoders: None,
            sockets: None,
            requests_in_flight: None,
            exception: 0.8,
            kill: None,
        }
    }
}

impl Default for WebRtc {
    fn default() -> Self {
        let IceSettings { network_interfaces, stun_server_address, stun_server_port, turn_url } =
            IceSettings::default();
        let (listen, external_addresses) = (None, Vec::new());
        WebRtc { listen, external_addresses, network_interfaces, stun_server_address, stun_server_port, turn_url }
    }
}

impl WebRtc {
    /// What endpoints gather.
    pub fn ice(&self) -> IceSettings {
        let WebRtc { network_interfaces, stun_server_address, stun_server_port, turn_url, .. } = self.clone();
        IceSettings { network_interfaces, stun_server_address, stun_server_port, turn_url }
    }
}

/// A TURN server, or nothing.
fn turn_url<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let url = String::deserialize(from)?;
    if !url.is_empty() {
        url.parse::<TurnServer>().map_err(D::Error::custom)?;
    }
    Ok(url)
}

impl Default for Media {
    fn default() -> Self {
        let recordings = std::env::temp_dir().join("trellis-recordings");
        Media { threads: 0, default_path: PathBuf::from("/var/lib/kurento"), recordings, converter_hold: 1_000 }
    }
}

impl Default for Uri {
    fn default() -> Self {
        Uri { schemes: UriPolicy::default().schemes, folders: None, hosts: None }
    }
}

fn as_texts<S: Serializer>(hosts: &Option<Vec<Hosts>>, to: S) -> Result<S::Ok, S::Error> {
    hosts.as_ref().map(|hosts| hosts.iter().map(Hosts::to_string).collect::<Vec<_>>()).serialize(to)
}

fn from_texts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Hosts>>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect::<Result<_, _>>().map(Some)
}

impl Default for Control {
    fn default() -> Self {
        Control { garbage_collector_period: 240, request_cache: true, metadata: String::new() }
    }
}

/// Who the applications are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Whoever reaches the port: all are trusted alike.
    Trusted,
    /// Tenants, told apart by tokens.
    ToldApart,
}

/// What each key means. A test holds this against the keys that there are.
const KEYS: &[(&str, &str, &str)] = &[
    (
        "http",
        "listen",
        "Address and port of everything that is HTTP: `/kurento` (WebSocket, and requests by POST), `/` (page), `/healthz`, `/metrics`. Port 0 takes a free one. `--listen` goes before it.",
    ),
    (
        "http",
        "path",
        "Path of the WebSocket of applications, and of their requests by POST (docs/http.md). A WebSocket on any other path is closed with 1002 `Invalid path`.",
    ),
    (
        "http",
        "announced_url",
        "What the URLs of HTTP endpoints begin with, where clients reach the server otherwise than by `listen`: `https://media.example.com`. Without it: the scheme and address of the port, or of the machine where the port listens on all addresses.",
    ),
    (
        "http",
        "origins",
        "Origins whose pages may open the WebSocket or post requests, for example `https://app.example.com`; empty for any. Programs that are no browser send none and are not asked.",
    ),
    (
        "http",
        "allow_unauthenticated",
        "Whether the server may listen beyond this machine though no tokens are configured: whoever reaches it may then do everything. `--allow-unauthenticated` says the same.",
    ),
    (
        "http.tls",
        "certificate",
        "PEM file of the certificate and its chain. With `[http.tls]` the port speaks https:// and wss://, and nothing else.",
    ),
    ("http.tls", "key", "PEM file of the certificate's private key."),
    (
        "tokens",
        "jwt_key",
        "File with what JWTs are checked by: the PEM of a public key, or for HS algorithms the shared secret (32 bytes at the least). A token must carry `exp` and `aud`; a WebSocket is closed (1008) when its token ends.",
    ),
    ("tokens", "jwt_algorithm", "The one algorithm of JWTs: HS256, HS384, HS512, RS256 .. PS512, ES256, ES384, EdDSA."),
    ("tokens", "audience", "The `aud` that a JWT must have."),
    ("tokens", "tenant_claim", "The claim of a JWT that names the tenant."),
    (
        "tokens",
        "static",
        "Tokens that never end, and the tenant of each: `\"the token\" = \"acme\"`. With any token configured, requests need one: `access_token=` in the query, or `Authorization: Bearer`. What a tenant has, no other can see, list or touch; `/recordings/` is a folder for each.",
    ),
    (
        "limits",
        "message_bytes",
        "Longest message of a client; longer ones close the WebSocket (1009), or are answered 413.",
    ),
    ("limits", "message_depth", "Objects and arrays within each other in one message."),
    ("limits", "message_values", "Members and items in one message, all together."),
    (
        "limits",
        "requests_per_second",
        "Requests a second that are read from one WebSocket; more wait. One by POST takes its share of a second at the least. Without it there is no rate.",
    ),
    (
        "limits",
        "call_threads",
        "Calls into objects that may be at work at once, each on a thread that is there while it is needed. A call that finds none for a second is refused with 40009.",
    ),
    ("limits", "pipelines", "Pipelines of each tenant; more are refused with 40009, as are all quotas."),
    ("limits", "endpoints", "Endpoints of each tenant, of any class."),
    ("limits", "recorders", "Recorders of each tenant."),
    (
        "limits",
        "encoders",
        "Encoders of sound and pictures in all pipelines of each tenant; the same output for many receivers is encoded once. Who would need one more is not served, and its `Error` says so, until there is room.",
    ),
    (
        "limits",
        "sockets",
        "WebSockets of each tenant, and requests by POST that are being answered; more are closed with 1013, or answered 429.",
    ),
    ("limits", "requests_in_flight", "Requests of each tenant whose objects are at work."),
    (
        "limits",
        "exception",
        "Share of the process's threads and descriptors above which nothing is created any more (40009).",
    ),
    (
        "limits",
        "kill",
        "Share of threads or descriptors above which the server ends once nothing is alive, so that it is started anew.",
    ),
    (
        "webrtc",
        "listen",
        "Address and UDP port of all WebRTC peers. Without it: the address of `http.listen` and a free port. With an unspecified address (`0.0.0.0`) a candidate is offered for each of the machine's addresses.",
    ),
    (
        "webrtc",
        "external_addresses",
        "Addresses that peers reach this machine by, offered in candidates instead of the local ones (a server behind a one-to-one NAT).",
    ),
    (
        "webrtc",
        "network_interfaces",
        "Names of network interfaces, with commas between: only their addresses are offered. Empty: those of all. An endpoint's property of the same name goes before it; so it is with the three below.",
    ),
    (
        "webrtc",
        "stun_server_address",
        "IP address of a STUN server that is asked how it sees the UDP port, for one candidate more.",
    ),
    ("webrtc", "stun_server_port", "Its port."),
    (
        "webrtc",
        "turn_url",
        "TURN server that relays for those who reach the server no other way: `user:password@address:port`, reached by UDP. Empty: none.",
    ),
    (
        "rtp",
        "min_port",
        "The first UDP port of RTP endpoints, which take two for each kind of media: an even one and the next.",
    ),
    ("rtp", "max_port", "The last of them."),
    ("media", "threads", "Threads for decoding, encoding, vision and files. 0 is one for each core."),
    ("media", "default_path", "Folder that URIs without a scheme are relative to."),
    ("media", "recordings", "Folder whose files are served under `/recordings/`, and where the demo page records to."),
    (
        "media",
        "converter_hold",
        "Milliseconds for which a decoder, encoder or the like is kept that nobody needs any more: who comes back finds it.",
    ),
    (
        "composite",
        "width",
        "Width of a composite's picture, in pixels, where the application asks for no other than 800. An odd one loses a pixel.",
    ),
    ("composite", "height", "Its height, where the application asks for no other than 600."),
    ("composite", "framerate", "Its pictures a second, where the application asks for no other than 15."),
    ("uri", "schemes", "Schemes of URIs that players, recorders and overlay images open."),
    (
        "uri",
        "folders",
        "Folders that files named by URIs lie in, links followed. Without it: every file that the server can open; once tokens are configured, `media.default_path` and `media.recordings`.",
    ),
    (
        "uri",
        "hosts",
        "Hosts that URIs, and the STUN and TURN servers that applications name, may lead to, by what their names resolve to: `\"public\"`, `\"private\"`, `\"link-local\"`, `\"loopback\"`, or blocks like `\"10.1.0.0/16\"`. Without it: public and private ones; once tokens are configured, public ones only.",
    ),
    (
        "control",
        "garbage_collector_period",
        "Seconds between looks for abandoned sessions; a session dies after one to two periods without a sign of life.",
    ),
    (
        "control",
        "request_cache",
        "Whether a request id that comes twice within 20 s is answered from memory instead of being done twice.",
    ),
    ("control", "metadata", "What `ServerManager.getMetadata` answers: any text, for example JSON."),
    (
        "thrift",
        "listen",
        "Address and port of the Thrift API (docs/thrift.md): framed, binary protocol; 9090 was the usual port. Without it there is none. Tokens, quotas, `http.allow_unauthenticated`, `limits.message_bytes`, `limits.call_threads` and `limits.requests_per_second` hold for it too; `limits.sockets` counts its connections with the WebSockets.",
    ),
    (
        "whip",
        "enabled",
        "Whether WHIP and WHEP are served at `/whip/` and `/whep/` (docs/whip.md). Once `[tokens]` are configured nobody may publish or watch without a token of the two keys below; without any of those it is off.",
    ),
    (
        "whip",
        "publish_tokens",
        "Bearer tokens of who may publish. Empty: everybody, as long as no `[tokens]` are configured.",
    ),
    ("whip", "play_tokens", "Bearer tokens of who may watch; likewise."),
    ("whip", "streams", "Streams at once; more are answered 503."),
    ("whip", "viewers", "Viewers of one stream; more are answered 503."),
    ("whip", "idle_seconds", "Seconds for which a peer that has never been connected is waited for."),
    (
        "whip",
        "ice_servers",
        "STUN and TURN servers that clients are told of: `[{ url = \"turn:turn.example.org?transport=udp\", username = \"vine\", credential = \"word\" }]`.",
    ),
];

impl Config {
    /// What URIs may name; less of it where applications are told apart by tokens.
    pub fn uris(&self, clients: Clients) -> UriPolicy {
        let Uri { schemes, folders, hosts } = self.uri.clone();
        let apart = clients == Clients::ToldApart;
        let own = || vec![self.media.default_path.clone(), self.media.recordings.clone()];
        let public = || vec![Hosts::Scope(Scope::Public)];
        UriPolicy {
            schemes,
            folders: folders.or_else(|| apart.then(own)),
            hosts: hosts.unwrap_or_else(|| if apart { public() } else { UriPolicy::default().hosts }),
        }
    }

    /// Reads a file. The error says which line and why.
    pub fn read(path: &Path) -> anyhow::Result<Config> {
        let text = std::fs::read_to_string(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
    }

    /// Reads a file over what other sources say: its keys go before theirs.
    pub fn read_over(path: Option<&Path>, mut under: toml::Table) -> anyhow::Result<Config> {
        if let Some(path) = path {
            // By itself first: an error names its line.
            Config::read(path)?;
            lay_over(&mut under, toml::from_str(&std::fs::read_to_string(path)?)?);
        }
        Ok(under.try_into()?)
    }

    /// The reference page of all keys, in Markdown.
    pub fn reference() -> String {
        let mut page = String::from(
            "# Configuration\n\nMade by `trellis config reference`; a test keeps it true.\n\n\
             `trellis serve --config FILE` reads TOML. Every key has a default; a key that is not listed here is an error.\n",
        );
        let defaults = toml::Table::try_from(Config::default()).unwrap_or_default();
        let mut section = "";
        for (table, key, doc) in KEYS {
            if *table != section {
                section = table;
                let _ = write!(page, "\n## `[{table}]`\n\n| key | default | meaning |\n| --- | --- | --- |\n");
            }
            let default = table.split('.').try_fold(&defaults, |within, name| within.get(name)?.as_table());
            let default = default.and_then(|table| table.get(*key));
            let default = match default {
                Some(_) if *key == "recordings" => "`trellis-recordings` in the system's temporary folder".to_owned(),
                Some(value) => format!("`{value}`"),
                None => "not set".to_owned(),
            };
            let _ = writeln!(page, "| `{key}` | {default} | {doc} |");
        }
        page
    }
}

/// Puts the keys of a table into another, section by section.
pub fn lay_over(under: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => lay_over(under, over),
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a table and of those in it, each with the name of its table.
    fn keys(name: &str, value: &toml::Value) -> Vec<(String, String)> {
        let within = value.as_table().unwrap().iter().flat_map(|(key, value)| match value {
            toml::Value::Table(table) if !table.is_empty() => keys(&format!("{name}.{key}"), value),
            _ => vec![(name.to_owned(), key.clone())],
        });
        within.collect()
    }

    #[test]
    fn keys_of_the_own_file_go_before_what_lies_under_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trellis.toml");
        std::fs::write(&file, "[control]\nrequest_cache = false\n").unwrap();
        let under = toml::from_str("[control]\nrequest_cache = true\ngarbage_collector_period = 7\n").unwrap();
        let config = Config::read_over(Some(&file), under).unwrap();
        assert_eq!((config.control.request_cache, config.control.garbage_collector_period), (false, 7));
        assert_eq!(Config::read_over(None, toml::Table::new()).unwrap(), Config::default());
    }

    #[test]
    fn every_key_is_in_the_reference_and_the_page_is_current() {
        let full = Config {
            http: Http { tls: Some(Tls { certificate: "a".into(), key: "b".into() }), ..Http::default() },
            tokens: Tokens { jwt_key: Some("c".into()), ..Tokens::default() },
            limits: Limits {
                requests_per_second: Some(1),
                pipelines: Some(1),
                endpoints: Some(1),
                recorders: Some(1),
                encoders: Some(1),
                sockets: Some(1),
                requests_in_flight: Some(1),
                kill: Some(1.0),
                ..Limits::default()
            },
            webrtc: WebRtc {
                listen: Some(Http::default().listen),
                stun_server_address: Some(Http::default().listen.ip()),
                ..WebRtc::default()
            },
            uri: Uri { folders: Some(Vec::new()), hosts: Some(Vec::new()), ..Uri::default() },
            thrift: Thrift { listen: Some(Http::default().listen) },
            ..Config::default()
        };
        for (name, key) in toml::Table::try_from(full).unwrap().iter().flat_map(|(name, value)| keys(name, value)) {
            assert!(
                KEYS.iter().any(|(table, known, _)| *table == name && *known == key),
                "{name}.{key} is not documented"
            );
        }
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        assert_eq!(
            std::fs::read_to_string(page).unwrap(),
            Config::reference(),
            "run: trellis config reference > docs/configuration.md"
        );
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error =
            toml::from_str::<Config>("[http]\nlisten = \"127.0.0.1:1\"\nlissten = 2\n").unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("lissten"), "{error}");
    }

    #[test]
    fn applications_that_are_told_apart_reach_less() {
        let config: Config = toml::from_str("[uri]\nschemes = [\"https\"]\n").unwrap();
        let (trusted, apart) = (config.uris(Clients::Trusted), config.uris(Clients::ToldApart));
        assert_eq!((trusted.folders, trusted.hosts.len()), (None, 2));
        assert_eq!(
            (apart.folders.map(|folders| folders.len()), apart.hosts),
            (Some(2), vec![Hosts::Scope(Scope::Public)])
        );
        let said: Config = toml::from_str("[uri]\nhosts = [\"loopback\", \"10.0.0.0/8\"]\nfolders = []\n").unwrap();
        let apart = said.uris(Clients::ToldApart);
        assert_eq!((apart.hosts.len(), apart.folders), (2, Some(Vec::new())));
        assert_eq!(toml::from_str::<Config>(&toml::to_string(&said).unwrap()).unwrap(), said);
        let error = toml::from_str::<Config>("[uri]\nhosts = [\"localhost\"]\n").unwrap_err().to_string();
        assert!(error.contains("localhost") && error.contains("loopback"), "{error}");
    }

    #[test]
    fn urls_begin_with_what_is_announced_or_where_the_server_listens() {
        let mut http = Http::default();
        let listening = "127.0.0.1:7".parse().unwrap();
        assert_eq!(http.url("http", listening), "http://127.0.0.1:7");
        let everywhere = http.url("https", "0.0.0.0:7".parse().unwrap());
        assert!(everywhere.ends_with(":7") && !everywhere.contains("0.0.0.0"), "{everywhere}");
        http.announced_url = Some("https://media.example.com".into());
        assert_eq!(http.url("http", listening), "https://media.example.com");
    }

    #[test]
    fn a_turn_server_that_cannot_be_one_is_refused() {
        let read = |url: &str| toml::from_str::<Config>(&format!("[webrtc]\nturn_url = \"{url}\"\n"));
        assert_eq!(read("vine:word@192.0.2.7:3478").unwrap().webrtc.ice().turn_url, "vine:word@192.0.2.7:3478");
        let error = read("turn.example.org").unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("user:password@address:port"), "{error}");
    }

    #[test]
    fn a_composite_that_cannot_be_is_refused_with_its_line() {
        for (key, value) in [("width", 0), ("height", 20_000), ("framerate", 241)] {
            let error = toml::from_str::<Config>(&format!("[composite]\n{key} = {value}\n")).unwrap_err().to_string();
            assert!(error.contains("line 2") && error.contains(&format!("{value} is not")), "{error}");
        }
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        assert_eq!(toml::from_str::<Config>("").unwrap(), Config::default());
    }
}
