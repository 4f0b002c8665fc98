//! The media plane of a process: threads, converters, the network, and the pipelines that live in it.

use crate::catalogue;
use crate::http_endpoint::Urls;
use crate::objects::PipelineObject;
use crate::policy::{Refused, UriPolicy};
use crate::rtp::Receiver;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};
use trellis_graph::{Clock, EncoderAllowance, Executor, Explanation, MonotonicClock, Registry, Report};
use trellis_media::MediaTime;
use trellis_webrtc::{Network, NetworkConfig, NetworkError};

/// What the media plane needs to know.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// Threads for heavy work; 0 is one for each core.
    pub threads: usize,
    /// Address and UDP port of all WebRTC peers.
    pub webrtc_listen: SocketAddr,
    /// Addresses that candidates name instead of the local ones.
    pub external_addresses: Vec<IpAddr>,
    /// What WebRTC endpoints gather as candidates.
    pub ice: IceSettings,
    /// UDP ports of RTP endpoints; two for each kind of media, an even one and the next.
    pub rtp_ports: RangeInclusive<u16>,
    /// Where the program serves what [`Media::urls`] has, such as `http://media.example:8888`; `None` where it does not:
    /// there are no HTTP endpoints then.
    pub http_url: Option<String>,
    /// Folder of relative URIs.
    pub default_path: PathBuf,
    /// What URIs may name.
    pub uris: Arc<UriPolicy>,
    /// How long a converter is kept that nobody needs any more.
    pub converter_hold: MediaTime,
    /// Encoders that one owner's pipelines may have between them; `None` is no limit but the machine's.
    pub encoders: Option<usize>,
    /// What a composite is that nobody says more about.
    pub composite: CompositeSettings,
}

/// The picture of a composite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompositeSettings {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pictures a second.
    pub framerate: u32,
}

impl Default for CompositeSettings {
    /// Kurento's.
    fn default() -> Self {
        CompositeSettings { width: 800, height: 600, framerate: 15 }
    }
}

impl Default for MediaSettings {
    /// A thread for each core, a free port of this machine alone, files of the working folder.
    fn default() -> Self {
        MediaSettings {
            threads: 0,
            webrtc_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            external_addresses: Vec::new(),
            ice: IceSettings::default(),
            rtp_ports: 1_024..=65_535,
            http_url: None,
            uris: Arc::default(),
            default_path: PathBuf::from("."),
            converter_hold: MediaTime::from_secs(1),
            encoders: None,
            composite: CompositeSettings::default(),
        }
    }
}

/// What WebRTC endpoints gather as candidates, until an application sets their properties of these names.
#[derive(Clone)]
pub struct IceSettings {
    /// Names, with commas between, whose addresses alone are offered; all when it is empty.
    pub network_interfaces: String,
    /// A STUN server that is asked how it sees our port.
    pub stun_server_address: Option<IpAddr>,
    /// Its port.
    pub stun_server_port: u16,
    /// A TURN server that relays: `user:password@address:port`; none when it is empty.
    pub turn_url: String,
}

impl Default for IceSettings {
    fn default() -> Self {
        let (network_interfaces, turn_url) = (String::new(), String::new());
        IceSettings { network_interfaces, stun_server_address: None, stun_server_port: 3_478, turn_url }
    }
}

impl std::fmt::Debug for IceSettings {
    /// Without the URL, which has a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let IceSettings { network_interfaces, stun_server_address, stun_server_port, .. } = self;
        write!(f, "interfaces {network_interfaces:?}, STUN {stun_server_address:?} {stun_server_port}")
    }
}

/// The media plane. It makes the live objects that applications create.
pub struct Media {
    pub(crate) settings: MediaSettings,
    pub(crate) executor: Executor,
    pub(crate) registry: Arc<Registry>,
    pub(crate) clock: Arc<dyn Clock>,
    network: OnceLock<Network>,
    receiver: Mutex<Option<Receiver>>,
    urls: Arc<Urls>,
    /// By object id. An entry goes with its pipeline; dead ones are swept whenever one is added.
    pipelines: Mutex<HashMap<String, Weak<PipelineObject>>>,
    /// By owner. An entry is there as long as encoders of the owner's are, or pipelines.
    encoders: Mutex<HashMap<Arc<str>, EncoderAllowance>>,
}

/// Why the media plane could not start.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No threads.
    #[error("cannot start the media threads: {0}")]
    Threads(#[from] std::io::Error),
    /// No UDP port.
    #[error("cannot open the UDP port of WebRTC peers: {0}")]
    Network(#[from] NetworkError),
}

impl Media {
    /// Starts the threads. The UDP port is opened with the first WebRTC endpoint, or by [`Media::open_network`].
    pub fn start(settings: MediaSettings) -> Result<Arc<Media>, MediaError> {
        Ok(Arc::new(Media {
            executor: Executor::start(settings.threads)?,
            registry: Arc::new(catalogue::converters()),
            clock: Arc::new(MonotonicClock),
            network: OnceLock::new(),
            receiver: Mutex::new(None),
            urls: Arc::new(Urls::new(settings.http_url.as_deref())),
            pipelines: Mutex::new(HashMap::new()),
            encoders: Mutex::default(),
            settings,
        }))
    }

    /// The network of all WebRTC peers, opened when it is not yet.
    pub fn open_network(&self) -> Result<&Network, MediaError> {
        if let Some(network) = self.network.get() {
            return Ok(network);
        }
        let clock = Arc::clone(&self.clock);
        let network = Network::bind(NetworkConfig {
            listen: self.settings.webrtc_listen,
            external: self.settings.external_addresses.clone(),
            clock: Arc::new(move || clock.now()),
        })?;
        Ok(self.network.get_or_init(|| network))
    }

    /// The thread of all RTP endpoints, started when it is not yet.
    pub(crate) fn open_receiver(&self) -> io::Result<Receiver> {
        let mut receiver = self.receiver.lock();
        match &*receiver {
            Some(receiver) => Ok(receiver.clone()),
            None => Ok(receiver.insert(Receiver::start()?).clone()),
        }
    }

    pub(crate) fn register(&self, id: &str, pipeline: &Arc<PipelineObject>) {
        let mut pipelines = self.pipelines.lock();
        pipelines.retain(|_, pipeline| pipeline.strong_count() > 0);
        pipelines.insert(id.to_owned(), Arc::downgrade(pipeline));
    }

    /// The URLs that HTTP endpoints have given out, for who serves them.
    pub fn urls(&self) -> &Arc<Urls> {
        &self.urls
    }

    /// How many encoders an owner's pipelines may have between them; `None` where that is not limited.
    pub(crate) fn encoders_of(&self, owner: &Arc<str>) -> Option<EncoderAllowance> {
        let limit = self.settings.encoders?;
        let mut encoders = self.encoders.lock();
        // Those whose pipelines are all gone.
        encoders.retain(|_, allowance| allowance.is_shared());
        let new = || EncoderAllowance::new(limit);
        Some(encoders.entry(Arc::clone(owner)).or_insert_with(new).clone())
    }

    /// The file that the URI of an application names.
    pub(crate) fn file(&self, uri: &str) -> Result<PathBuf, Refused> {
        self.settings.uris.path(&self.settings.default_path, uri)
    }

    /// A pipeline by its object id.
    pub(crate) fn pipeline(&self, id: &str) -> Option<Arc<PipelineObject>> {
        self.pipelines.lock().get(id).and_then(Weak::upgrade)
    }

    /// What runs in every pipeline, by the pipeline's object id.
    pub fn reports(&self) -> Vec<(String, Report)> {
        let pipelines: Vec<_> =
            self.pipelines.lock().iter().filter_map(|(id, pipeline)| Some((id.clone(), pipeline.upgrade()?))).collect();
        pipelines.into_iter().map(|(id, pipeline)| (id, pipeline.graph().report())).collect()
    }

    /// What runs in the pipeline with this object id, and why.
    pub fn explain(&self, id: &str) -> Option<Explanation> {
        let pipeline = self.pipelines.lock().get(id).and_then(Weak::upgrade)?;
        Some(pipeline.graph().explain())
    }

    /// Counters of the network by name; empty while it is not open.
    pub fn network_counters(&self) -> Vec<(&'static str, u64)> {
        self.network.get().map(|network| network.counters().named()).unwrap_or_default()
    }
}
