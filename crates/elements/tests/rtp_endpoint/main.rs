//! RtpEndpoint with others and with itself, over real sockets: what is sent is counted by the number that every picture
//! shows, and the sound is heard.

mod others;
mod world;

use parking_lot::Mutex;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trellis_elements::MediaSettings;
use trellis_model::Value;
use world::{LONG, Object, World, loudness, port, wait};

const SUITES: [&str; 4] =
    ["AES_128_CM_HMAC_SHA1_32", "AES_128_CM_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80"];

/// Offer and answer between two endpoints of ours.
fn introduce(one: &Object, other: &Object, on_the_way: impl Fn(String) -> String) -> (String, String) {
    let offer = on_the_way(one.text("generateOffer", &[]));
    let answer = other.answer(&offer);
    one.accept(&answer);
    (offer, answer)
}

/// Different numbers, each the one after another that came.
fn consecutive(numbers: &[usize]) -> usize {
    numbers.windows(2).filter(|pair| pair[1] == (pair[0] + 1) % 256).count()
}

fn states(endpoint: &Object) -> [Value; 2] {
    ["getConnectionState", "getMediaState"].map(|state| endpoint.call(state, &[]).expect("a state"))
}

/// Pictures and sound from one endpoint to the other; both are left open.
fn talk(world: &World, one: &Object, other: &Object) {
    let ((source, giver), (sink, taker)) = (world.probe(), world.probe());
    source.connect(one);
    other.connect(&sink);
    giver.give_until("pictures and sound", || consecutive(&taker.numbers()) >= 25 && taker.samples().len() > 48_000);
    let loud = loudness(&taker.samples()[24_000..]);
    assert!(loud > 4_000.0, "the tone has {loud}");
}

#[test]
fn pictures_and_sound_go_between_two_endpoints_in_every_suite_and_without() {
    let world = World::start();
    for suite in SUITES.map(Some).into_iter().chain([None]) {
        let make = || suite.map_or_else(|| world.endpoint(), |suite| world.secure(suite, None));
        let (one, other) = (make(), make());
        let (offer, answer) = introduce(&one, &other, |offer| offer);
        let profile = if suite.is_some() { "RTP/SAVPF" } else { "RTP/AVPF" };
        for sdp in [&offer, &answer] {
            assert_eq!(sdp.matches(profile).count(), 2, "{sdp}");
            assert!(port(sdp, "audio").is_multiple_of(2) && port(sdp, "video").is_multiple_of(2));
        }
        talk(&world, &one, &other);
        assert_eq!(states(&other), ["CONNECTED"; 2].map(Value::from), "{suite:?}");
        other.call("requestKeyframe", &[]).expect("asked");
        one.close();
        // A farewell, and not five seconds of silence.
        wait("the farewell", || other.heard("MediaStateChanged", "newState").last() == Some(&"DISCONNECTED".into()));
        other.close();
    }
}

#[test]
fn a_key_picture_that_is_asked_for_comes() {
    let world = World::start();
    let (one, other) = (world.endpoint(), world.endpoint());
    introduce(&one, &other, |offer| offer);
    talk(&world, &one, &other);
    let losses = || match one.call("getStats", &[]).expect("statistics") {
        Value::Map(records) => {
            let of = |record: &Value| match record {
                Value::Record(record) if record.kind == "RTCOutboundRTPStreamStats" => record.int("pliCount"),
                _ => None,
            };
            records.values().filter_map(of).sum::<i64>()
        }
        other => panic!("{other:?}"),
    };
    let before = losses();
    other.call("requestKeyframe", &[]).expect("asked");
    wait("the picture loss that is told", || losses() > before);
    let refused = one.call("requestKeyframe", &[]).map(|_| ());
    assert!(refused.is_ok(), "both ways are open");
    assert_eq!(world.endpoint().call("requestKeyframe", &[]).expect_err("nobody").code, 40_111);
}

#[test]
fn a_wrong_key_lets_nothing_through_and_is_told() {
    let world = World::start();
    let (one, other) = (world.secure(SUITES[1], None), world.secure(SUITES[1], None));
    // The first base 64 characters of the offer's keys become others.
    introduce(&one, &other, |offer| offer.replace("inline:", "inline:AAAA").split("\r\n").map(shorten).collect());
    let ((source, giver), (sink, taker)) = (world.probe(), world.probe());
    source.connect(&one);
    other.connect(&sink);
    giver.give_until("the error", || other.heard("Error", "type").contains(&"SRTP_KEY_ERROR".into()));
    assert!(taker.numbers().is_empty() && taker.samples().is_empty());
    assert_eq!(states(&other), ["DISCONNECTED"; 2].map(Value::from));
}

/// A line whose key has four characters too many at its end.
fn shorten(line: &str) -> String {
    let end = if line.starts_with("a=crypto:") { line.len() - 4 } else { line.len() };
    format!("{}\r\n", &line[..end]).replace("\r\n\r\n", "\r\n")
}

#[test]
fn a_key_that_is_near_the_end_of_its_life_is_told() {
    let world = World::start();
    let (one, other) = (world.secure(SUITES[1], None), world.secure(SUITES[1], None));
    let short_lived = |offer: String| {
        let life = |line: &str| format!("{line}{}\r\n", if line.starts_with("a=crypto:") { "|2^6" } else { "" });
        offer.lines().map(life).collect()
    };
    introduce(&one, &other, short_lived);
    let ((source, giver), (sink, _)) = (world.probe(), world.probe());
    source.connect(&one);
    other.connect(&sink);
    giver.give_until("the event", || other.heard("OnKeySoftLimit", "mediaType").contains(&"AUDIO".into()));
}

/// A packet of silence in PCMU.
fn silence(sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(77u32.to_be_bytes());
    packet.extend([0xff; 160]);
    packet
}

#[test]
fn a_remote_that_begins_itself_is_answered_where_its_packets_come_from() {
    let world = World::start();
    for attribute in ["direction", "setup"] {
        let endpoint = world.endpoint();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\na={attribute}:active\r\n"
        );
        let answer = endpoint.answer(&offer);
        assert!(answer.contains(&format!("a={attribute}:passive\r\n")), "{answer}");
        assert_eq!(states(&endpoint)[0], "DISCONNECTED".into());
        let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
        socket.set_read_timeout(Some(LONG)).expect("set");
        socket.connect(("127.0.0.1", port(&answer, "audio"))).expect("connected");
        socket.send(&silence(1)).expect("sent");
        wait("the connection", || states(&endpoint) == ["CONNECTED"; 2].map(Value::from));
        // A stranger is not listened to, and gets nothing.
        let stranger = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
        stranger.set_nonblocking(true).expect("set");
        stranger.send_to(&silence(2), ("127.0.0.1", port(&answer, "audio"))).expect("sent");
        let (source, giver) = world.probe();
        source.connect(&endpoint);
        let came = Mutex::new(0);
        socket.set_nonblocking(true).expect("set");
        giver.give_until("packets of ours", || {
            let mut packet = [0; 2_048];
            while let Ok(length) = socket.recv(&mut packet) {
                *came.lock() += usize::from(length == 172 && packet[1] & 0x7f == 0);
            }
            *came.lock() >= 20
        });
        assert!(stranger.recv(&mut [0; 100]).is_err(), "nothing for a stranger");
        endpoint.close();
    }
}

#[test]
fn negotiation_happens_once_and_in_order() {
    let world = World::start();
    let code = |result: Result<Value, trellis_model::RemoteError>| result.expect_err("refused").code;
    let (one, other) = (world.endpoint(), world.endpoint());
    assert_eq!(code(one.call("getLocalSessionDescriptor", &[])), 40_202);
    assert_eq!(code(one.call("getRemoteSessionDescriptor", &[])), 40_203);
    assert_eq!(code(one.call("processAnswer", &[("answer", "v=0\r\n".into())])), 40_209);
    for text in ["", "nonsense", "v=1\r\n", "v=0\r\nm=audio\r\n"] {
        assert_eq!(code(one.call("processOffer", &[("offer", text.into())])), 40_201, "{text}");
    }
    let (offer, answer) = introduce(&one, &other, |offer| offer);
    assert_eq!(other.text("getRemoteSessionDescriptor", &[]), offer);
    assert_eq!(other.text("getLocalSessionDescriptor", &[]), answer);
    for endpoint in [&one, &other] {
        assert_eq!(code(endpoint.call("generateOffer", &[])), 40_208);
        assert_eq!(code(endpoint.call("processOffer", &[("offer", offer.as_str().into())])), 40_208);
        assert_eq!(code(endpoint.call("processAnswer", &[("answer", answer.as_str().into())])), 40_208);
        assert_eq!(endpoint.heard("ConnectionStateChanged", "newState"), ["CONNECTED".into()]);
    }
}

#[test]
fn answers_keep_the_sections_of_the_offer_and_take_the_first_of_a_kind() {
    let world = World::start();
    let offer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 3\r\nm=audio 4002 RTP/AVP 8 0\r\na=sendonly\r\na=mid:a\r\n\
        m=audio 4004 RTP/AVP 0\r\nm=video 4006 RTP/SAVP 96\r\na=rtpmap:96 VP8/90000\r\n\
        m=video 4008 RTP/AVPF 97 96\r\nb=AS:300\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 H264/90000\r\n\
        a=fmtp:97 packetization-mode=1;profile-level-id=64001f\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-mux\r\n";
    let endpoint = world.endpoint();
    endpoint.call("setMaxVideoRecvBandwidth", &[("maxVideoRecvBandwidth", Value::Int(200))]).expect("set");
    let answer = endpoint.answer(offer);
    let lines: Vec<&str> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    let ports: Vec<bool> = lines.iter().map(|line| !line.contains(" 0 RTP")).collect();
    assert_eq!(ports, [false, true, false, false, true], "{answer}");
    assert!(lines[1].ends_with("RTP/AVP 8 0") && lines[4].ends_with("RTP/AVPF 97 96"), "{answer}");
    for part in ["a=recvonly", "a=mid:a", "a=rtcp-mux", "b=AS:200", "a=rtcp-fb:96 ccm fir", "profile-level-id=64001f"] {
        assert!(answer.contains(&format!("{part}\r\n")), "{part}: {answer}");
    }
    assert!(!answer.contains("nack"), "what was not offered: {answer}");
    let without = world.endpoint();
    let no_video = Value::record("OfferOptions", [("offerToReceiveVideo", Value::Bool(false))]);
    assert!(!without.text("generateOffer", &[("options", no_video)]).contains("m=video"));
}

#[test]
fn ports_are_of_the_range_and_come_back() {
    let [first] = world::free_ports::<1>();
    let world = World::with(MediaSettings { rtp_ports: first..=first + 1, ..MediaSettings::default() });
    let offer = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n";
    let one = world.endpoint();
    assert_eq!(port(&one.answer(offer), "audio"), first);
    let other = world.endpoint();
    assert_eq!(other.call("processOffer", &[("offer", offer.into())]).expect_err("no port").code, 40_009);
    one.close();
    wait("the port", || other.call("processOffer", &[("offer", offer.into())]).is_ok());
    assert_eq!(port(&other.text("getLocalSessionDescriptor", &[]), "audio"), first);
}

#[test]
fn ipv6_is_spoken_when_it_is_asked_for() {
    let world = World::start();
    if UdpSocket::bind(("::1", 0)).is_err() {
        println!("skipped: no IPv6");
        return;
    }
    let make = || world.try_endpoint(&[("useIpv6", Value::Bool(true))]).expect("an endpoint");
    let (one, other) = (make(), make());
    let (offer, _) = introduce(&one, &other, |offer| offer);
    assert!(offer.contains("c=IN IP6 ::1\r\n"), "{offer}");
    talk(&world, &one, &other);
}

/// Descriptions of others, by their path.
fn collected() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let root = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from).unwrap_or(root);
    let (mut folders, mut found) = (vec![root.join("sdp"), root.join("corpora/sdp-corpus")], Vec::new());
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    found
}

#[test]
fn every_collected_description_is_answered_or_refused_with_its_code() {
    let all = collected();
    if all.is_empty() {
        println!("skipped: no media (sdp)");
        return;
    }
    let world = World::start();
    let (mut answered, mut refused) = (0, 0);
    for (path, text) in &all {
        for endpoint in [world.endpoint(), world.secure(SUITES[1], None)] {
            match endpoint.call("processOffer", &[("offer", text.as_str().into())]) {
                Ok(Value::Text(answer)) => {
                    let sections = |text: &str| text.lines().filter(|line| line.trim_start().starts_with("m=")).count();
                    assert_eq!(sections(&answer), sections(text), "{}: {answer}", path.display());
                    answered += 1;
                }
                Ok(other) => panic!("{other:?}"),
                Err(error) => {
                    assert_eq!(error.code, 40_201, "{}: {error}", path.display());
                    refused += 1;
                }
            }
            endpoint.close();
        }
    }
    println!("{} descriptions: {answered} answered, {refused} refused", all.len());
    assert!(answered > refused, "{answered} answered, {refused} refused");
}

#[test]
fn random_datagrams_change_nothing() {
    let world = World::start();
    let (one, other) = (world.endpoint(), world.endpoint());
    let (_, answer) = introduce(&one, &other, |offer| offer);
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..5_000u64 {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut datagram: Vec<u8> = (0..2 + next() % 200).map(|_| next() as u8).collect();
        datagram[0] = 0x80 | datagram[0] & 0x3f;
        datagram[1] = if round % 2 == 0 { 200 + datagram[1] % 8 } else { datagram[1] };
        let medium = if round % 3 == 0 { "audio" } else { "video" };
        let to = port(&answer, medium) + u16::from(round % 5 == 0);
        socket.send_to(&datagram, ("127.0.0.1", to)).expect("sent");
        if round % 64 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    // Both are at the loopback address: who was first has the place for five seconds, and then the other.
    talk(&world, &one, &other);
}
