//! Data channels that are opened and closed while the connection is up.

mod support;

use support::{Heard, Side, connected_with, network};
use trellis_media::DataMessage;
use trellis_webrtc::{DataChannelOptions, PeerConfig};

fn opened(side: &Side) -> (u16, String) {
    side.wait("an open channel", |heard| match heard {
        Heard::Opened(channel, label) => Some((channel, label)),
        _ => None,
    })
}

fn closed(side: &Side) -> u16 {
    side.wait("a closed channel", |heard| if let Heard::ChannelClosed(channel) = heard { Some(channel) } else { None })
}

/// Two sides with one channel between them, which the offer brought.
fn sides() -> (Side, Side) {
    let opener = PeerConfig { data_channels: true, ..PeerConfig::default() };
    let (offerer, answerer) = connected_with(&opener, &PeerConfig::default());
    assert_eq!(opened(&offerer), opened(&answerer));
    (offerer, answerer)
}

#[test]
fn either_side_opens_and_closes_channels() {
    let (offerer, answerer) = sides();
    for (from, to) in [(&offerer, &answerer), (&answerer, &offerer)] {
        let label = "grapes".to_owned();
        from.peer
            .create_data_channel(&DataChannelOptions { label, ..DataChannelOptions::default() })
            .expect("a channel");
        let (channel, label) = opened(from);
        assert_eq!(label, "grapes");
        assert_eq!(opened(to), (channel, label));
        assert!(from.peer.close_data_channel(channel));
        assert_eq!((closed(from), closed(to)), (channel, channel));
        assert!(!from.peer.close_data_channel(channel), "it is gone");
    }
}

#[test]
fn a_message_goes_to_one_channel_and_is_acknowledged() {
    let (offerer, answerer) = sides();
    let options = DataChannelOptions { ordered: false, max_retransmits: Some(0), ..DataChannelOptions::default() };
    offerer.peer.create_data_channel(&options).expect("a channel");
    let (channel, _) = opened(&offerer);
    opened(&answerer);
    let message = DataMessage { text: true, data: "only here".into() };
    assert!(offerer.peer.send_data(channel, &message));
    let came = answerer.wait("a message", |heard| match heard {
        Heard::Message(on, message) => Some((on, message)),
        _ => None,
    });
    assert_eq!(came, (channel, message.clone()));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while offerer.peer.buffered_data(channel) != Some(0) {
        assert!(std::time::Instant::now() < deadline, "never acknowledged");
        std::thread::yield_now();
    }
    assert!(!offerer.peer.send_data(9_999, &message), "no such channel");
    assert_eq!(offerer.peer.buffered_data(9_999), None);
}

#[test]
fn a_channel_that_cannot_be_is_refused() {
    let (offerer, _answerer) = sides();
    let both = DataChannelOptions { max_retransmits: Some(1), max_packet_life_time: Some(1), ..Default::default() };
    assert!(offerer.peer.create_data_channel(&both).is_err());
    offerer.peer.close();
    assert!(offerer.peer.create_data_channel(&DataChannelOptions::default()).is_err());
    let side = Side::new(network(), PeerConfig::default());
    assert!(side.peer.create_data_channel(&DataChannelOptions::default()).is_err(), "before the descriptions");
}
