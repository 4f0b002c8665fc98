//! Two peers of one network: their datagrams never leave the process.

mod support;

use support::{Heard, Side, network, vp8};
use trellis_media::{Codec, DataMessage, Kind, MediaTime};
use trellis_webrtc::{Network, OfferOptions, PeerConfig};

const PACKETS: u16 = 50;
const BOTH: OfferOptions = OfferOptions { audio: true, video: true };

/// Two connected peers of `network`, the first of which made the offer. Candidates come in the descriptions.
fn connected(network: &Network, config: &PeerConfig) -> (Side, Side) {
    let (offerer, answerer) = (Side::new(network.clone(), config.clone()), Side::new(network.clone(), config.clone()));
    offerer.gather();
    answerer.gather();
    let offer = offerer.peer.create_offer(BOTH).expect("an offer");
    let answer = answerer.peer.process_offer(&offer).expect("an answer");
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    offerer.wait_connected();
    answerer.wait_connected();
    (offerer, answerer)
}

fn send_and_receive(from: &Side, to: &Side, mark: u16) {
    let leg = from.peer.leg(Kind::Video).expect("a video leg");
    for sequence in mark..mark + PACKETS {
        leg.push(Codec::Vp8, &vp8(sequence), MediaTime::from_millis(i64::from(sequence) * 33));
        leg.flush();
    }
    let mut next = mark;
    to.wait("all packets in order", |heard| {
        let Heard::Media(Kind::Video, packets) = heard else { return None };
        for received in packets {
            assert_eq!(received.packet.payload, vp8(next).payload);
            next += 1;
        }
        (next == mark + PACKETS).then_some(())
    });
}

#[test]
fn media_and_messages_flow_both_ways_between_peers_of_one_port() {
    let network = network();
    let config = PeerConfig { data_channels: true, ..PeerConfig::default() };
    let (offerer, answerer) = connected(&network, &config);
    send_and_receive(&offerer, &answerer, 100);
    send_and_receive(&answerer, &offerer, 300);
    for side in [&offerer, &answerer] {
        side.wait("an open channel", |heard| matches!(heard, Heard::Opened(..)).then_some(()));
    }
    for (from, to) in [(&offerer, &answerer), (&answerer, &offerer)] {
        let message = DataMessage { text: false, data: vec![9; 50_000].into() };
        from.peer.broadcast_data(&message);
        let came = to.wait("a message", |heard| if let Heard::Message(_, came) = heard { Some(came) } else { None });
        assert_eq!(came, message);
    }
    answerer.peer.request_keyframe();
    offerer.wait("a keyframe request", |heard| matches!(heard, Heard::Keyframe(Kind::Video)).then_some(()));
    assert_eq!(network.counters().unknown, 0);
}

/// Each of them has the same address at the other end.
#[test]
fn pairs_of_one_port_do_not_hear_each_other() {
    let network = network();
    let pairs: Vec<(Side, Side)> = (0..4).map(|_| connected(&network, &PeerConfig::default())).collect();
    for (mark, (from, to)) in (0u16..).step_by(100).zip(&pairs) {
        send_and_receive(from, to, mark);
        send_and_receive(to, from, mark + 1_000);
    }
}

/// One peer of a pair goes; what the other still sends reaches nobody.
#[test]
fn rest_of_a_pair_harms_nobody() {
    let network = network();
    let (offerer, answerer) = connected(&network, &PeerConfig::default());
    let (other_offerer, other_answerer) = connected(&network, &PeerConfig::default());
    drop(answerer);
    let leg = offerer.peer.leg(Kind::Video).expect("a video leg");
    for sequence in 0..PACKETS {
        leg.push(Codec::Vp8, &vp8(sequence), MediaTime::ZERO);
        leg.flush();
    }
    send_and_receive(&other_offerer, &other_answerer, 100);
}
