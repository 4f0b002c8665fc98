//! Two peers of two networks, over real sockets on loopback.

mod support;

use support::{Heard, Side, connected, connected_with, vp8};
use trellis_media::{Codec, DataMessage, Kind, MediaTime};
use trellis_webrtc::PeerConfig;

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

#[test]
fn media_flows_both_ways() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    send_and_receive(&offerer, &answerer);
    send_and_receive(&answerer, &offerer);
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
