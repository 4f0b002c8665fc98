//! WebRtcEndpoint over the wire protocol: two endpoints of one server that are each other's peers.

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::{Client, configured, real};
use trellis_control::Control;
use trellis_elements::MediaSettings;
use trellis_elements::policy::UriPolicy;

const HEARD: &[&str] = &[
    "IceCandidateFound",
    "IceGatheringDone",
    "MediaStateChanged",
    "IceComponentStateChanged",
    "DtlsConnectionStateChange",
    "ConnectionStateChanged",
    "MediaSessionStarted",
    "NewCandidatePairSelected",
    "DataChannelOpened",
    "DataChannelClosed",
];

/// An endpoint of a server of its own.
struct Endpoint {
    client: Client,
    object: String,
    _control: Control,
}

impl Endpoint {
    fn new() -> Endpoint {
        Endpoint::with(json!({}))
    }

    fn with(params: Json) -> Endpoint {
        Endpoint::of(real(std::path::Path::new("/")), params)
    }

    fn of(control: Control, params: Json) -> Endpoint {
        let mut client = Client::of(&control);
        let mut all = json!({ "mediaPipeline": client.create("MediaPipeline", json!({})) });
        all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
        let object = client.create("WebRtcEndpoint", all);
        client.hear(&object, HEARD);
        Endpoint { client, object, _control: control }
    }

    fn call(&mut self, operation: &str, params: Json) -> Json {
        self.client.value(&self.object, operation, params)
    }

    fn get(&mut self, operation: &str) -> Json {
        self.call(operation, json!({}))
    }

    fn code(&mut self, operation: &str, params: Json) -> i64 {
        self.client.code(&self.object, operation, params)
    }

    fn wait(&self, event: &str, count: usize) -> Vec<Json> {
        self.client.wait(&self.object, event, |events| events.len() >= count)
    }

    fn trickle_to(&mut self, other: &mut Endpoint) {
        self.get("gatherCandidates");
        for found in self.client.heard(&self.object, "IceCandidateFound") {
            other.call("addIceCandidate", json!({ "candidate": found["candidate"] }));
        }
    }
}

/// The first makes the offer; both learn each other's candidates. Offer and answer.
fn negotiate(offerer: &mut Endpoint, answerer: &mut Endpoint) -> (String, String) {
    let text = |value: Json| value.as_str().expect("a description").to_owned();
    let offer = text(offerer.get("generateOffer"));
    let answer = text(answerer.call("processOffer", json!({ "offer": offer })));
    offerer.call("processAnswer", json!({ "answer": answer }));
    offerer.trickle_to(answerer);
    answerer.trickle_to(offerer);
    (offer, answer)
}

fn connect(offerer: &mut Endpoint, answerer: &mut Endpoint) {
    negotiate(offerer, answerer);
    offerer.wait("ConnectionStateChanged", 1);
    answerer.wait("ConnectionStateChanged", 1);
}

/// A field of each event.
fn texts<'a>(events: &'a [Json], field: &str) -> Vec<&'a str> {
    events.iter().filter_map(|event| event[field].as_str()).collect()
}

#[test]
fn states_are_told_in_order_and_can_be_asked_for() {
    let (mut one, mut other) = (Endpoint::new(), Endpoint::new());
    assert_eq!(one.get("getIceConnectionState")[0]["state"], "DISCONNECTED");
    assert_eq!(one.get("getDtlsConnectionState")[0]["state"], "NEW");
    assert_eq!(one.get("getICECandidatePairs"), json!([]));
    assert_eq!(one.code("getLocalSessionDescriptor", json!({})), 40_202);
    assert_eq!(one.code("getRemoteSessionDescriptor", json!({})), 40_203);
    assert_eq!(one.code("requestKeyframe", json!({})), 40_111, "nobody sends here");
    one.get("generateOffer");
    one.get("gatherCandidates");
    let offer = one.get("getLocalSessionDescriptor");
    assert!(offer.as_str().is_some_and(|sdp| sdp.contains("a=candidate:")), "{offer}");
    let answer = other.call("processOffer", json!({ "offer": offer }));
    other.trickle_to(&mut one);
    one.call("processAnswer", json!({ "answer": answer }));
    let states = one.wait("IceComponentStateChanged", 4);
    assert_eq!(texts(&states, "state"), ["GATHERING", "CONNECTING", "CONNECTED", "READY"]);
    assert_eq!(one.get("getIceConnectionState")[0]["state"], "READY");
    let states = one.wait("DtlsConnectionStateChange", 2);
    assert_eq!(texts(&states, "state"), ["CONNECTING", "CONNECTED"]);
    assert_eq!(one.get("getDtlsConnectionState")[0]["state"], "CONNECTED");
    assert_eq!(one.get("getConnectionState"), "CONNECTED");
    assert_eq!(one.get("getMediaState"), "DISCONNECTED", "nobody sends here");
    let pairs = one.get("getICECandidatePairs");
    let told = one.wait("NewCandidatePairSelected", 1);
    assert_eq!(pairs[0], told[0]["candidatePair"]);
    for side in ["localCandidate", "remoteCandidate"] {
        assert!(pairs[0][side].as_str().is_some_and(|candidate| candidate.starts_with("candidate:")), "{pairs}");
    }
    assert!(one.get("getRemoteSessionDescriptor").is_string());
    assert_eq!(one.client.heard(&one.object, "MediaSessionStarted").len(), 1);
    one.get("requestKeyframe");
}

/// The ids of the channels that were told of.
fn channels(events: &[Json]) -> Vec<i64> {
    events.iter().filter_map(|event| event["channelId"].as_i64()).collect()
}

#[test]
fn channels_are_opened_before_and_after_the_connection_and_closed() {
    let [mut one, mut other] = [(); 2].map(|()| Endpoint::with(json!({ "useDataChannels": true })));
    one.call("createDataChannel", json!({ "label": "early" }));
    connect(&mut one, &mut other);
    // The offer brings one by itself.
    one.wait("DataChannelOpened", 2);
    one.call("createDataChannel", json!({ "label": "late", "ordered": false, "maxRetransmits": 0 }));
    let opened = channels(&one.wait("DataChannelOpened", 3));
    let there = channels(&other.wait("DataChannelOpened", 3));
    assert_eq!(opened, there);
    one.call("closeDataChannel", json!({ "channelId": opened[2] }));
    for endpoint in [&one, &other] {
        let closed = endpoint.wait("DataChannelClosed", 1);
        assert_eq!(channels(&closed), [opened[2]]);
    }
    assert_eq!(one.code("closeDataChannel", json!({ "channelId": opened[2] })), 40_107);
    assert_eq!(one.code("closeDataChannel", json!({ "channelId": -1 })), 40_107);
    let both = json!({ "label": "", "ordered": true, "maxPacketLifeTime": 5, "maxRetransmits": 5 });
    assert_eq!(one.code("createDataChannel", both), 40_107);
    assert_eq!(one.code("createDataChannel", json!({ "maxRetransmits": 70_000 })), 40_107);
}

#[test]
fn channels_where_there_can_be_none_are_refused() {
    let (mut one, mut other) = (Endpoint::new(), Endpoint::with(json!({ "useDataChannels": true })));
    assert_eq!(one.code("createDataChannel", json!({})), 40_111, "not asked for at creation");
    negotiate(&mut one, &mut other);
    assert_eq!(other.code("createDataChannel", json!({})), 40_111, "the offer has none");
}

#[test]
fn properties_are_kept_and_bad_ones_refused() {
    let mut endpoint = Endpoint::new();
    let remb = json!({ "__module__": "kurento", "__type__": "RembParams", "upLosses": 9, "rembOnConnect": 500_000 });
    let properties = [
        ("networkInterfaces", json!(""), json!("eth0,lo")),
        ("iceTcp", json!(false), json!(true)),
        ("stunServerAddress", json!(""), json!("9.9.9.9")),
        ("stunServerPort", json!(3_478), json!(19_302)),
        ("turnUrl", json!(""), json!("user:password@9.9.9.9:3478?transport=udp")),
        ("externalIPv4", json!(""), json!("203.0.113.9")),
        ("externalIPv6", json!(""), json!("2001:db8::9")),
        ("mtu", json!(1_200), json!(1_000)),
        ("rembParams", json!({ "__module__": "kurento", "__type__": "RembParams" }), remb),
        ("minVideoSendBandwidth", json!(0), json!(50)),
        ("maxVideoSendBandwidth", json!(0), json!(2_000)),
        ("minVideoRecvBandwidth", json!(0), json!(60)),
        ("maxVideoRecvBandwidth", json!(0), json!(700)),
        ("maxAudioRecvBandwidth", json!(0), json!(40)),
    ];
    for (name, first, value) in properties {
        let (initial, rest) = name.split_at(1);
        let accessor = format!("{}{rest}", initial.to_uppercase());
        assert_eq!(endpoint.get(&format!("get{accessor}")), first, "{name} at first");
        endpoint.call(&format!("set{accessor}"), json!({ name: value }));
        assert_eq!(endpoint.get(&format!("get{accessor}")), value, "{name} after it was set");
    }
    for (operation, params) in [
        ("setStunServerPort", json!({ "stunServerPort": 70_000 })),
        ("setStunServerAddress", json!({ "stunServerAddress": "127.0.0.1" })),
        ("setTurnUrl", json!({ "turnUrl": "user:password@169.254.169.254:80" })),
        ("setExternalIPv4", json!({ "externalIPv4": "2001:db8::9" })),
        ("setExternalIPv6", json!({ "externalIPv6": "nowhere" })),
        ("setMtu", json!({ "mtu": 0 })),
        ("setMaxVideoSendBandwidth", json!({ "maxVideoSendBandwidth": -1 })),
    ] {
        assert_eq!(endpoint.code(operation, params), 40_107, "{operation}");
    }
}

#[test]
fn limits_and_the_outer_address_stand_in_the_description() {
    let (mut one, mut other) = (Endpoint::new(), Endpoint::new());
    other.call("setMaxVideoRecvBandwidth", json!({ "maxVideoRecvBandwidth": 300 }));
    other.call("setExternalIPv4", json!({ "externalIPv4": "203.0.113.9" }));
    let (offer, answer) = negotiate(&mut one, &mut other);
    assert!(!offer.contains("b=AS"), "{offer}");
    assert_eq!(answer.matches("b=AS:300\r\n").count(), 1, "{answer}");
    let found = other.client.heard(&other.object, "IceCandidateFound");
    assert_eq!(found.len(), 1, "{found:?}");
    let candidate = found[0]["candidate"]["candidate"].as_str().expect("a candidate");
    assert!(candidate.contains(" 203.0.113.9 "), "{candidate}");
    let local = other.get("getLocalSessionDescriptor");
    let local = local.as_str().expect("a description");
    assert!(local.contains("b=AS:300") && local.contains(" 203.0.113.9 ") && !local.contains(" 127.0.0.1 "), "{local}");
    // As behind a real NAT, the checks find the way though the outer address leads nowhere here.
    other.wait("ConnectionStateChanged", 1);
}

#[test]
fn candidates_are_of_the_interfaces_that_are_named_and_gathering_ends_without_a_stun_server_that_answers() {
    let hosts = vec!["loopback".parse().expect("a scope")];
    let uris = Arc::new(UriPolicy { hosts, ..UriPolicy::default() });
    let mut endpoint = Endpoint::of(configured(MediaSettings { uris, ..MediaSettings::default() }), json!({}));
    endpoint.get("generateOffer");
    endpoint.call("setNetworkInterfaces", json!({ "networkInterfaces": "nowhere0" }));
    assert_eq!(endpoint.code("gatherCandidates", json!({})), 40_400);
    endpoint.call("setNetworkInterfaces", json!({ "networkInterfaces": "nowhere0, lo" }));
    let silent = std::net::UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    let port = silent.local_addr().expect("an address").port();
    endpoint.call("setStunServerAddress", json!({ "stunServerAddress": "127.0.0.1" }));
    endpoint.call("setStunServerPort", json!({ "stunServerPort": port }));
    endpoint.get("gatherCandidates");
    assert_eq!(endpoint.wait("IceCandidateFound", 1).len(), 1);
    assert!(endpoint.client.heard(&endpoint.object, "IceGatheringDone").is_empty(), "the server has been asked");
    silent.set_read_timeout(Some(std::time::Duration::from_secs(5))).expect("a timeout");
    let (length, _) = silent.recv_from(&mut [0; 100]).expect("a request");
    assert_eq!(length, 20);
    endpoint.wait("IceGatheringDone", 1);
}

#[test]
fn an_endpoint_hears_at_once_that_its_remote_has_gone() {
    let (mut one, mut other) = (Endpoint::new(), Endpoint::new());
    connect(&mut one, &mut other);
    let gone = other.object.clone();
    other.client.ok("release", json!({ "object": gone }));
    let states = one.wait("DtlsConnectionStateChange", 3);
    assert_eq!(texts(&states, "state"), ["CONNECTING", "CONNECTED", "CLOSED"]);
    let states = one.wait("ConnectionStateChanged", 2);
    assert_eq!(texts(&states, "newState"), ["CONNECTED", "DISCONNECTED"]);
    assert_eq!(one.get("getConnectionState"), "DISCONNECTED");
    assert_eq!(one.get("getDtlsConnectionState")[0]["state"], "CLOSED");
    let ice = one.client.heard(&one.object, "IceComponentStateChanged");
    assert_eq!(texts(&ice, "state").last(), Some(&"READY"), "the remote said so: it was not missed first");
}

#[test]
fn an_error_has_its_category_and_its_number() {
    let (mut one, mut other) = (Endpoint::new(), Endpoint::new());
    one.client.hear(&one.object, &["Error"]);
    let caps = json!({ "codec": "VP8", "framerate": { "numerator": 30, "denominator": 1 } });
    one.call("setVideoFormat", json!({ "caps": caps }));
    let offer = other.get("generateOffer");
    let without = offer.as_str().expect("a description").replace("VP8/90000", "grapes/90000");
    one.call("processOffer", json!({ "offer": without }));
    let errors = one.wait("Error", 1);
    let [error] = errors.as_slice() else { panic!("one error: {errors:?}") };
    assert_eq!((&error["type"], &error["errorCode"]), (&json!("MEDIA_OBJECT_ILLEGAL_PARAM_ERROR"), &json!(40_107)));
    assert!(error["description"].as_str().is_some_and(|text| text.contains("video")), "{error}");
}

#[test]
fn statistics_are_by_kind_and_in_two_forms() {
    let [mut one, mut other] = [(); 2].map(|()| Endpoint::with(json!({ "useDataChannels": true })));
    connect(&mut one, &mut other);
    one.wait("DataChannelOpened", 1);
    let records = one.get("getStats");
    let endpoint = &records[&one.object];
    assert_eq!((&endpoint["__type__"], &endpoint["type"]), (&json!("EndpointStats"), &json!("endpoint")));
    assert_eq!((&endpoint["inputLatency"], &endpoint["E2ELatency"]), (&json!([]), &json!([])), "nobody asked");
    let of_type = |records: &Json, kind: &str| -> Vec<Json> {
        let all = records.as_object().expect("records").values();
        all.filter(|record| record["type"] == kind).cloned().collect()
    };
    let [channel] = of_type(&records, "datachannel").try_into().expect("one channel");
    assert_eq!((&channel["label"], &channel["state"]), (&json!("default"), &json!("open")));
    assert_eq!(of_type(&records, "session")[0]["dataChannelsOpened"], 1);
    let audio = one.call("getStats", json!({ "mediaType": "AUDIO" }));
    assert_eq!(audio.as_object().map(serde_json::Map::len), Some(1), "only the endpoint itself: {audio}");

    let text = one.get("getRtcStats");
    let report: Json = serde_json::from_str(text.as_str().expect("a text")).expect("JSON");
    let of_type = |kind: &str| of_type(&report, kind).pop().unwrap_or_else(|| panic!("no {kind}: {report}"));
    for (id, dictionary) in report.as_object().expect("a report") {
        assert_eq!(dictionary["id"], json!(id));
        assert!(dictionary["type"].is_string() && dictionary["timestamp"].is_number(), "{dictionary}");
    }
    let (transport, pair) = (of_type("transport"), of_type("candidate-pair"));
    assert_eq!((&transport["iceState"], &transport["dtlsState"]), (&json!("completed"), &json!("connected")));
    assert_eq!(transport["selectedCandidatePairId"], pair["id"]);
    assert_eq!(transport["srtpCipher"], "SRTP_AEAD_AES_128_GCM");
    for (end, id) in [("local-candidate", "localCandidateId"), ("remote-candidate", "remoteCandidateId")] {
        assert_eq!(report[pair[id].as_str().expect("an id")]["type"], end);
    }
    assert_eq!(of_type("data-channel")["label"], "default");
    assert_eq!(of_type("peer-connection")["dataChannelsOpened"], 1);
}

#[test]
fn an_endpoint_of_one_direction_offers_that_direction_only() {
    let directions = |sdp: &str| -> Vec<String> {
        let known = ["a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"];
        sdp.lines().filter(|line| known.contains(line)).map(str::to_owned).collect()
    };
    let (mut sender, mut other) = (Endpoint::with(json!({ "sendonly": true })), Endpoint::new());
    let (offer, answer) = negotiate(&mut sender, &mut other);
    assert_eq!(
        (directions(&offer), directions(&answer)),
        (vec!["a=sendonly".to_owned(); 2], vec!["a=recvonly".to_owned(); 2])
    );
    assert_eq!(sender.code("requestKeyframe", json!({})), 40_111, "nobody sends to it");
    other.wait("ConnectionStateChanged", 1);
    let (mut receiver, mut other) = (Endpoint::with(json!({ "recvonly": true })), Endpoint::new());
    let (offer, answer) = negotiate(&mut receiver, &mut other);
    assert_eq!(
        (directions(&offer), directions(&answer)),
        (vec!["a=recvonly".to_owned(); 2], vec!["a=sendonly".to_owned(); 2])
    );
    assert_eq!(
        directions(receiver.get("getLocalSessionDescriptor").as_str().expect("a description")),
        ["a=recvonly"; 2]
    );
    // As in Kurento: who answers does what the offer wishes.
    let (mut viewer, mut source) =
        (Endpoint::with(json!({ "recvonly": true })), Endpoint::with(json!({ "recvonly": true })));
    let (_, answer) = negotiate(&mut viewer, &mut source);
    assert_eq!(directions(&answer), ["a=sendonly"; 2]);
    let control = real(std::path::Path::new("/"));
    let mut client = Client::of(&control);
    let pipeline = client.create("MediaPipeline", json!({}));
    let both = json!({ "type": "WebRtcEndpoint", "constructorParams":
        { "mediaPipeline": pipeline, "sendonly": true, "recvonly": true } });
    assert_eq!(client.error("create", both).0, 40_107);
}
