//! How far an endpoint's connection has come: what the application can ask, and what it hears when that changes.

use parking_lot::Mutex;
use trellis_model::{EventSink, Value};
use trellis_webrtc::{CandidatePair, ConnectionState, IceState, MediaState, PeerState};

/// There is one ICE stream with one component: all media is bundled and RTCP is multiplexed.
const STREAM: &str = "1";
const COMPONENT: i64 = 1;

/// The states of one endpoint.
pub(super) struct States {
    events: EventSink,
    now: Mutex<Now>,
}

/// Names as the application knows them.
struct Now {
    connected: bool,
    /// RTP or RTCP comes.
    heard: bool,
    ice: &'static str,
    dtls: &'static str,
    pair: Option<CandidatePair>,
}

/// RTCIceTransportState and RTCDtlsTransportState.
pub(super) struct Progress {
    pub ice: &'static str,
    pub dtls: &'static str,
}

impl States {
    pub fn new(events: EventSink) -> States {
        States {
            events,
            now: Mutex::new(Now { connected: false, heard: false, ice: "DISCONNECTED", dtls: "NEW", pair: None }),
        }
    }

    /// The events go out in the order of the changes: all of a peer's come on one thread.
    pub fn heard(&self, state: PeerState) {
        match state {
            PeerState::Ice(IceState::Connected) => {
                self.ice("CONNECTED");
                // A pair that works has been nominated by then: there is nothing more to wait for.
                self.ice("READY");
                if self.now.lock().dtls == "NEW" {
                    self.dtls("CONNECTING");
                }
            }
            PeerState::Ice(IceState::Completed) => self.ice("READY"),
            PeerState::Ice(IceState::Checking) => self.ice("CONNECTING"),
            PeerState::Ice(IceState::Failed) => self.ice("FAILED"),
            PeerState::Ice(IceState::New | IceState::Disconnected | IceState::Closed) => self.ice("DISCONNECTED"),
            PeerState::Connection(state) => {
                match state {
                    ConnectionState::Connected => self.dtls("CONNECTED"),
                    ConnectionState::Closed => self.dtls("CLOSED"),
                    // When ICE fails, there was no handshake to fail.
                    ConnectionState::Failed if self.now.lock().ice != "FAILED" => self.dtls("FAILED"),
                    _ => {}
                }
                self.connection(state == ConnectionState::Connected);
            }
            PeerState::Media(state) => self.media(state == MediaState::Heard),
        }
    }

    /// The application has asked for candidates.
    pub fn gathering(&self) {
        let idle = self.now.lock().ice == "DISCONNECTED";
        if idle {
            self.ice("GATHERING");
        }
    }

    fn ice(&self, name: &'static str) {
        if std::mem::replace(&mut self.now.lock().ice, name) != name {
            let component =
                [("streamId", Value::Int(1)), ("componentId", Value::Int(COMPONENT)), ("state", name.into())];
            self.events.raise("IceComponentStateChanged", component);
        }
    }

    fn dtls(&self, name: &'static str) {
        if std::mem::replace(&mut self.now.lock().dtls, name) != name {
            self.events.raise("DtlsConnectionStateChange", dtls_fields(name));
        }
    }

    fn connection(&self, connected: bool) {
        let before = std::mem::replace(&mut self.now.lock().connected, connected);
        self.changed("ConnectionStateChanged", before, connected);
    }

    fn media(&self, heard: bool) {
        let before = std::mem::replace(&mut self.now.lock().heard, heard);
        self.changed("MediaStateChanged", before, heard);
    }

    fn changed(&self, event: &'static str, before: bool, now: bool) {
        if before != now {
            self.events.raise(event, [("oldState", up(before).into()), ("newState", up(now).into())]);
        }
    }

    pub fn pair_selected(&self, pair: CandidatePair) {
        self.events.raise("NewCandidatePairSelected", [("candidatePair", pair_record(&pair))]);
        self.now.lock().pair = Some(pair);
    }

    /// How far the connection has come, in the words of the W3C.
    pub fn progress(&self) -> Progress {
        let now = self.now.lock();
        let ice = match now.ice {
            "CONNECTING" => "checking",
            "CONNECTED" => "connected",
            "READY" => "completed",
            "FAILED" => "failed",
            "DISCONNECTED" if now.pair.is_some() => "disconnected",
            _ => "new",
        };
        let dtls = match now.dtls {
            "CONNECTING" => "connecting",
            "CONNECTED" => "connected",
            "CLOSED" => "closed",
            "FAILED" => "failed",
            _ => "new",
        };
        Progress { ice, dtls }
    }

    /// Does a getter of a state; `None` when the operation is none.
    pub fn invoke(&self, operation: &str) -> Option<Value> {
        let now = self.now.lock();
        Some(match operation {
            "getConnectionState" => up(now.connected).into(),
            "getMediaState" => up(now.heard).into(),
            "getICECandidatePairs" => Value::List(now.pair.iter().map(pair_record).collect()),
            "getIceConnectionState" => {
                let component =
                    [("streamId", STREAM.into()), ("componentId", Value::Int(COMPONENT)), ("state", now.ice.into())];
                Value::List(vec![Value::record("IceConnection", component)])
            }
            "getDtlsConnectionState" => Value::List(vec![Value::record("DtlsConnection", dtls_fields(now.dtls))]),
            _ => return None,
        })
    }
}

fn up(connected: bool) -> &'static str {
    if connected { "CONNECTED" } else { "DISCONNECTED" }
}

fn dtls_fields(state: &'static str) -> [(&'static str, Value); 4] {
    [("streamId", STREAM.into()), ("componentId", "1".into()), ("connectionId", "1".into()), ("state", state.into())]
}

fn pair_record(pair: &CandidatePair) -> Value {
    let fields = [
        ("streamId", STREAM.into()),
        ("componentId", Value::Int(COMPONENT)),
        ("localCandidate", pair.local.as_str().into()),
        ("remoteCandidate", pair.remote.as_str().into()),
    ];
    Value::record("IceCandidatePair", fields)
}
