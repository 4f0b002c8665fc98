//! Data channels across elements: what one peer says comes out at another, through a filter and a hub.

mod support;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::stage::{Object, Stage, until};
use trellis_media::{DataMessage, Kind, MediaTime};
use trellis_model::{Record, Value};
use trellis_webrtc::{
    CandidatePair, IceCandidate, Network, NetworkConfig, Peer, PeerConfig, PeerObserver, PeerState, Received,
};

/// What a peer of the test tells: candidates and messages; the rest is the endpoint's to tell.
struct Ear {
    candidates: Sender<IceCandidate>,
    messages: Arc<Mutex<Vec<DataMessage>>>,
}

impl PeerObserver for Ear {
    fn media(&self, _kind: Kind, _packets: &[Received]) {}
    fn keyframe_requested(&self, _kind: Kind) {}
    fn bandwidth(&self, _kind: Kind, _bits_per_second: u64) {}
    fn state(&self, _state: PeerState) {}
    fn candidate(&self, candidate: IceCandidate) {
        let _ = self.candidates.send(candidate);
    }
    fn gathering_done(&self) {}
    fn pair_selected(&self, _pair: CandidatePair) {}
    fn data_opened(&self, _channel: u16, _label: &str) {}
    fn data_closed(&self, _channel: u16) {}
    fn data_message(&self, _channel: u16, message: DataMessage) {
        self.messages.lock().unwrap().push(message);
    }
}

/// An endpoint and the peer that it is connected to.
struct Pair {
    endpoint: Object,
    peer: Peer,
    messages: Arc<Mutex<Vec<DataMessage>>>,
    _network: Network,
}

impl Pair {
    fn connected(stage: &Stage) -> Pair {
        let start = Instant::now();
        let clock = Arc::new(move || MediaTime::from(start.elapsed()));
        let config = NetworkConfig { listen: ([127, 0, 0, 1], 0).into(), external: Vec::new(), clock };
        let network = Network::bind(config).expect("a port");
        let ((candidates, found), messages): ((_, Receiver<IceCandidate>), _) = (channel(), Arc::default());
        let ear = Ear { candidates, messages: Arc::clone(&messages) };
        let peer = network.peer(PeerConfig::default(), Arc::new(ear)).expect("a peer");
        let endpoint = stage.create("WebRtcEndpoint", &[("useDataChannels", true.into())]);
        let Ok(Value::Text(offer)) = endpoint.call("generateOffer", &[]) else { panic!("no offer") };
        let answer = peer.process_offer(&offer).expect("an answer");
        endpoint.call("processAnswer", &[("answer", answer.into())]).expect("taken");
        endpoint.call("gatherCandidates", &[]).expect("gathered");
        peer.gather_candidates().expect("candidates");
        let candidate = found.recv_timeout(Duration::from_secs(10)).expect("a candidate");
        let fields = [
            ("candidate".to_owned(), candidate.candidate.into()),
            ("sdpMid".to_owned(), candidate.sdp_mid.into()),
            ("sdpMLineIndex".to_owned(), Value::Int(candidate.sdp_m_line_index.into())),
        ];
        let record = Value::Record(Record { kind: "IceCandidate".into(), fields: fields.into() });
        endpoint.call("addIceCandidate", &[("candidate", record)]).expect("added");
        until("an open channel", || endpoint.count("DataChannelOpened") >= 1);
        Pair { endpoint, peer, messages, _network: network }
    }

    fn has(&self, messages: &[DataMessage]) -> bool {
        *self.messages.lock().unwrap() == messages
    }
}

fn message(text: bool, number: u8) -> DataMessage {
    DataMessage { text, data: vec![b'0' + number; 1 + usize::from(number) * 100].into() }
}

#[test]
fn what_one_peer_says_comes_out_at_the_other_as_text_or_binary_through_a_filter_and_a_hub() {
    let stage = Stage::new();
    let (one, other) = (Pair::connected(&stage), Pair::connected(&stage));
    let (filter, hub) = (stage.create("PassThrough", &[]), stage.create("Dispatcher", &[]));
    let ports = [stage.port(&hub), stage.port(&hub)];
    one.endpoint.connect_all(&filter);
    filter.connect_all(&ports[0]);
    ports[1].connect_all(&other.endpoint);
    other.endpoint.connect(&one.endpoint, "DATA");
    hub.with_ports("connect", &[("source", &ports[0]), ("sink", &ports[1])]).expect("connected");
    let sent: Vec<DataMessage> = (0..10).map(|number| message(number % 2 == 0, number)).collect();
    sent.iter().for_each(|message| one.peer.broadcast_data(message));
    until("all of them, in order", || other.has(&sent));
    let back = [message(false, 3), message(true, 4)];
    back.iter().for_each(|message| other.peer.broadcast_data(message));
    until("the answers, straight", || one.has(&back));
    assert!(other.has(&sent), "nobody hears oneself");
}
