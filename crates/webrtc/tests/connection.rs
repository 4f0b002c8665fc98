//! Two peers of two networks, over real sockets on loopback.

mod support;

use std::time::{Duration, Instant};
use support::{Heard, Side, connected, connected_with, negotiated, network, vp8};
use trellis_media::{Codec, DataMessage, Kind, MediaTime};
use trellis_webrtc::{OfferOptions, PeerConfig, SrtpProfile};

const PACKETS: u16 = 50;

fn send_and_receive(from: &Side, to: &Side) {
    let leg = from.peer.leg(Kind::Video).expect("a video leg");
    for sequence in 100..100 + PACKETS {
        leg.push(Codec::Vp8, &vp8(sequence), MediaTime::from_millis(i64::from(sequence) * 33));
        leg.flush();
    }
    let mut next = 100;
    to.wait("all packets in order", |heard| {
        let Heard::Media(Kind::Video, packets) = heard else { return None };
        for received in packets {
            assert_eq!(received.codec, Codec::Vp8);
            assert_eq!(received.packet.payload, vp8(next).payload);
            assert!(received.packet.marker && received.packet.starts_keyframe);
            next += 1;
        }
        (next == 100 + PACKETS).then_some(())
    });
}

/// How long after the first packet of a new connection the receiver has a sender report.
fn first_report() -> Duration {
    let (offerer, answerer) = connected(&PeerConfig::default());
    let (leg, start) = (offerer.peer.leg(Kind::Video).expect("a video leg"), Instant::now());
    leg.push(Codec::Vp8, &vp8(1), MediaTime::ZERO);
    leg.flush();
    while answerer.peer.stats().received.iter().all(|stream| stream.reported.is_none()) {
        assert!(start.elapsed() < Duration::from_secs(10), "never reported");
        std::thread::sleep(Duration::from_millis(5));
    }
    start.elapsed()
}

/// Otherwise the first would come a second after the connection. A machine under load may be late, but not always.
#[test]
fn stream_that_begins_is_reported_at_once() {
    assert!((0..4).any(|_| first_report() < Duration::from_millis(400)));
}

#[test]
fn media_flows_both_ways() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    send_and_receive(&offerer, &answerer);
    send_and_receive(&answerer, &offerer);
}

#[test]
fn codecs_come_in_the_order_of_the_remote() {
    let offerer = PeerConfig { video: vec![Codec::H264, Codec::Av1, Codec::Vp8], ..PeerConfig::default() };
    let (offerer, answerer) = negotiated(&offerer, &PeerConfig::default());
    let codecs = answerer.peer.media(Kind::Video).expect("video").send_codecs;
    assert_eq!(codecs, [Codec::H264, Codec::Av1, Codec::Vp8]);
    let audio = offerer.peer.media(Kind::Audio).expect("audio");
    assert_eq!(audio.send_codecs, [Codec::Opus, Codec::Pcmu, Codec::Pcma]);
    assert!(audio.receives);
}

/// The answer to a browser's section of which only the direction differs.
fn answer_to_direction(direction: &str) -> Side {
    let side = Side::new(network(), PeerConfig::default());
    let offer = side.peer.create_offer(OfferOptions { audio: false, video: true }).expect("an offer");
    let answerer = Side::new(network(), PeerConfig::default());
    answerer.peer.process_offer(&offer.replace("a=sendrecv", direction)).expect("an answer");
    answerer
}

#[test]
fn direction_decides_what_is_sent_and_received() {
    let viewer = answer_to_direction("a=recvonly");
    assert!(viewer.peer.leg(Kind::Video).is_some());
    assert!(!viewer.peer.media(Kind::Video).expect("video").receives);
    let presenter = answer_to_direction("a=sendonly");
    assert!(presenter.peer.leg(Kind::Video).is_none());
    assert!(presenter.peer.media(Kind::Video).expect("video").receives);
    assert!(presenter.peer.media(Kind::Audio).is_none() && presenter.peer.leg(Kind::Audio).is_none());
}

#[test]
fn candidates_gathered_first_are_in_the_description() {
    let side = Side::new(network(), PeerConfig::default());
    let candidates = side.gather();
    let offer = side.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    assert!(!candidates.is_empty());
    for candidate in candidates {
        assert!(offer.contains(&candidate.candidate), "{offer}");
    }
}

#[test]
fn keyframe_request_reaches_the_sender() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    send_and_receive(&offerer, &answerer);
    answerer.peer.request_keyframe();
    offerer.wait("a keyframe request", |heard| matches!(heard, Heard::Keyframe(Kind::Video)).then_some(()));
}

#[test]
fn limit_reaches_the_sender() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    send_and_receive(&offerer, &answerer);
    answerer.peer.limit_received(512_000);
    let bits = offerer.wait("a limit", |heard| if let Heard::Bandwidth(bits) = heard { Some(bits) } else { None });
    assert!((500_000..=512_000).contains(&bits), "{bits}");
}

#[test]
fn data_messages_keep_their_kind() {
    let opener = PeerConfig { data_channels: true, ..PeerConfig::default() };
    let (offerer, answerer) = connected_with(&opener, &PeerConfig::default());
    let opened = |heard| if let Heard::Opened(channel, _) = heard { Some(channel) } else { None };
    offerer.wait("an open channel", opened);
    answerer.wait("an open channel", opened);
    for (from, to) in [(&offerer, &answerer), (&answerer, &offerer)] {
        for message in [
            DataMessage { text: true, data: "grüß".into() },
            DataMessage { text: false, data: vec![0, 255, 1].into() },
            DataMessage { text: false, data: vec![9; 50_000].into() },
        ] {
            from.peer.broadcast_data(&message);
            let came =
                to.wait("a message", |heard| if let Heard::Message(_, came) = heard { Some(came) } else { None });
            assert_eq!(came, message);
        }
    }
}

/// The packets of one frame differ by some bytes; those that are padded arrive as they were pushed.
#[test]
fn packets_of_a_frame_arrive_as_they_were_pushed() {
    for srtp in [SrtpProfile::AesCmSha1, SrtpProfile::AesGcm] {
        let config = PeerConfig { srtp: vec![srtp], ..PeerConfig::default() };
        let (offerer, answerer) = connected(&config);
        let leg = offerer.peer.leg(Kind::Video).expect("a leg");
        let lengths = [900, 901, 901, 900, 893, 1_200, 17, 1_000, 1_003];
        let mut pushed = Vec::new();
        for frame in 0..20u16 {
            for (place, length) in (0u16..).zip(lengths) {
                let mut packet = vp8(frame * 9 + place);
                let mut payload = packet.payload.to_vec();
                payload.resize(length, frame as u8);
                packet.payload = payload.into();
                pushed.push(packet.payload.clone());
                leg.push(Codec::Vp8, &packet, MediaTime::from_millis(i64::from(frame) * 33));
            }
            leg.flush();
        }
        let mut came = Vec::new();
        answerer.wait("every packet", |heard| {
            let Heard::Media(Kind::Video, packets) = heard else { return None };
            came.extend(packets.into_iter().map(|received| received.packet.payload));
            (came.len() == pushed.len()).then_some(())
        });
        assert_eq!(came, pushed);
    }
}
