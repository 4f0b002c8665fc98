//! What both ends of a connection count of the same streams, and whether they hear each other.

mod support;

use support::{Heard, connected, send, vp8};
use trellis_media::{Codec, DataMessage, Kind, MediaTime};
use trellis_webrtc::{ChannelState, ConnectionState, MediaState, PeerConfig, PeerState};

const PACKETS: u16 = 60;

#[test]
fn both_ends_count_the_same() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    send(&offerer, &answerer, PACKETS);
    let (sender, receiver) = (offerer.peer.stats(), answerer.peer.stats());
    let sent = sender.sent.iter().find(|stream| stream.kind == Kind::Video).expect("a stream that was sent");
    let [received] = receiver.received.as_slice() else { panic!("one stream came: {receiver:?}") };
    assert_eq!((sent.ssrc, sent.codec), (received.ssrc, Some(received.codec)));
    let counted = (u64::from(PACKETS), u64::from(PACKETS) * 900, u64::from(PACKETS));
    assert_eq!((sent.packets, sent.bytes, sent.marked), counted);
    assert_eq!((received.packets, received.bytes, received.marked), counted);
    assert_eq!((received.packets_lost, received.repaired, received.duplicates), (0, 0, 0));
    let again = answerer.peer.stats();
    assert_eq!(again.received[0].id, received.id, "a stream keeps its name");
    assert_ne!(sent.id, received.id);

    let (out, into) = (sender.path.expect("a path"), receiver.path.expect("a path"));
    assert_eq!((&out.local, &out.remote), (&into.remote, &into.local), "the same path from both ends");
    assert_eq!((out.local.address.as_str(), out.local.kind.as_str()), ("127.0.0.1", "host"));
    let media = u64::from(PACKETS) * 900;
    assert!(out.bytes_sent > media && into.bytes_received > media, "{out:?} {into:?}");
    assert!(out.bytes_sent.abs_diff(into.bytes_received) * 20 < media, "{out:?} {into:?}");
}

#[test]
fn channels_count_their_messages() {
    let config = PeerConfig { data_channels: true, ..PeerConfig::default() };
    let (offerer, answerer) = connected(&config);
    for side in [&offerer, &answerer] {
        side.wait("an open channel", |heard| matches!(heard, Heard::Opened(..)).then_some(()));
    }
    for length in [10, 20, 30] {
        offerer.peer.broadcast_data(&DataMessage { text: true, data: "x".repeat(length).into() });
        answerer.wait("a message", |heard| matches!(heard, Heard::Message(..)).then_some(()));
    }
    let (sender, receiver) = (offerer.peer.stats().channels, answerer.peer.stats().channels);
    let ([sender], [receiver]) = (sender.as_slice(), receiver.as_slice()) else { panic!("one channel each") };
    assert_eq!((sender.channel, &sender.label), (receiver.channel, &receiver.label));
    assert_eq!((sender.state, receiver.state), (ChannelState::Open, ChannelState::Open));
    assert_eq!((sender.messages_sent, sender.bytes_sent, sender.messages_received), (3, 60, 0));
    assert_eq!((receiver.messages_received, receiver.bytes_received, receiver.messages_sent), (3, 60, 0));
}

#[test]
fn a_remote_is_heard_from_its_first_packet_to_its_end() {
    let (offerer, answerer) = connected(&PeerConfig::default());
    let change = || {
        answerer.wait("a change", |heard| match heard {
            Heard::State(state @ (PeerState::Media(_) | PeerState::Connection(_))) => Some(state),
            _ => None,
        })
    };
    let leg = offerer.peer.leg(Kind::Video).expect("a leg");
    leg.push(Codec::Vp8, &vp8(1), MediaTime::ZERO);
    leg.flush();
    assert_eq!(change(), PeerState::Media(MediaState::Heard));
    offerer.peer.close();
    assert_eq!(change(), PeerState::Connection(ConnectionState::Closed), "it says so, and is not missed first");
    assert_eq!(change(), PeerState::Media(MediaState::Silent));
}
