//! Media over a path that loses a twentieth of everything, both ways.

mod support;

use std::collections::BTreeSet;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::{Heard, Side, network, vp8};
use trellis_media::{Codec, Kind, MediaTime};
use trellis_webrtc::{OfferOptions, PeerConfig, SrtpProfile};

const PACKETS: u16 = 600;

/// Stands between two ports and forwards what comes from one to the other, with losses once it is told to.
struct Relay {
    losing: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    sockets: [Arc<UdpSocket>; 2],
    addresses: [SocketAddr; 2],
}

impl Relay {
    /// `ends[0]` is reached through `addresses[1]` and sees the other end there, and the other way round.
    fn new(ends: [SocketAddr; 2]) -> Relay {
        let (losing, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let sockets = [0, 1].map(|_| Arc::new(UdpSocket::bind("127.0.0.1:0").expect("a socket")));
        let addresses = [0, 1].map(|index: usize| sockets[index].local_addr().expect("an address"));
        for index in [0, 1] {
            let (from, through) = (Arc::clone(&sockets[index]), Arc::clone(&sockets[1 - index]));
            let (losing, stop) = (Arc::clone(&losing), Arc::clone(&stop));
            from.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
            std::thread::spawn(move || {
                let (mut buffer, mut random) = ([0; 2048], 42u64 + index as u64);
                while !stop.load(Ordering::Acquire) {
                    let Ok((length, _)) = from.recv_from(&mut buffer) else { continue };
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    if !losing.load(Ordering::Acquire) || (random >> 33) % 20 != 0 {
                        let _ = through.send_to(&buffer[..length], ends[1 - index]);
                    }
                }
            });
        }
        Relay { losing, stop, sockets, addresses }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// Two peers that know each other only through the relay.
fn connected_through_relay(srtp: SrtpProfile) -> (Side, Side, Relay) {
    let config = || PeerConfig { srtp: vec![srtp], ..PeerConfig::default() };
    let sides = [0, 1].map(|_| Side::new(network(), config()));
    let relay = Relay::new([0, 1].map(|index: usize| sides[index].network.local_addr().expect("an address")));
    let [offerer, answerer] = sides;
    let offer = offerer.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    offerer.peer.process_answer(&answerer.peer.process_offer(&offer).expect("an answer")).expect("negotiated");
    for (from, to, through) in [(&offerer, &answerer, relay.addresses[1]), (&answerer, &offerer, relay.addresses[0])] {
        let own = from.network.local_addr().expect("an address").port().to_string();
        for mut candidate in from.gather() {
            candidate.candidate = candidate.candidate.replace(&own, &through.port().to_string());
            to.peer.add_candidate(candidate).expect("a candidate");
        }
    }
    offerer.wait_connected();
    answerer.wait_connected();
    (offerer, answerer, relay)
}

/// REMB of one stream and a rate (draft-alvestrand-rmcat-remb-03 section 2.2), with the trailer of SRTCP: an index that
/// says that nothing is encrypted, and some tag.
fn forged_estimate() -> Vec<u8> {
    let mut packet = vec![0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0];
    packet.extend(b"REMB\x01\x02\x12\x34\x00\x00\x00\x07");
    packet.extend([0, 0, 0, 9]);
    packet.extend([0xaa; 10]);
    packet
}

#[test]
fn feedback_that_nobody_sealed_is_not_believed() {
    for srtp in [SrtpProfile::AesCmSha1, SrtpProfile::AesGcm] {
        let (offerer, answerer, relay) = connected_through_relay(srtp);
        let offerer_at = offerer.network.local_addr().expect("an address");
        for _ in 0..10 {
            relay.sockets[0].send_to(&forged_estimate(), offerer_at).expect("sent");
        }
        // What is sent after it, the same way, is heard after it.
        let leg = answerer.peer.leg(Kind::Video).expect("a leg");
        leg.push(Codec::Vp8, &vp8(0), MediaTime::ZERO);
        leg.flush();
        offerer.wait("media", |heard| match heard {
            Heard::Bandwidth(bits) => panic!("{bits} bit/s were believed"),
            Heard::Media(..) => Some(()),
            _ => None,
        });
    }
}

#[test]
fn lost_packets_are_sent_again_and_none_comes_twice() {
    for srtp in [SrtpProfile::AesCmSha1, SrtpProfile::AesGcm] {
        every_packet_comes_once(srtp);
    }
}

fn every_packet_comes_once(srtp: SrtpProfile) {
    let (offerer, answerer, relay) = connected_through_relay(srtp);
    let leg = offerer.peer.leg(Kind::Video).expect("a leg");
    relay.losing.store(true, Ordering::Release);
    let sender = std::thread::spawn(move || {
        for sequence in 0..PACKETS + 50 {
            leg.push(Codec::Vp8, &vp8(sequence), MediaTime::from_millis(i64::from(sequence) * 33));
            leg.flush();
            std::thread::sleep(Duration::from_millis(4));
        }
    });
    let mut came = BTreeSet::new();
    answerer.wait("every packet", |heard| {
        let Heard::Media(Kind::Video, packets) = heard else { return None };
        for received in packets {
            let number = u16::from_be_bytes([received.packet.payload[7], received.packet.payload[8]]);
            assert!(came.insert(number), "{number} came twice");
        }
        (came.range(..PACKETS).count() == usize::from(PACKETS)).then_some(())
    });
    sender.join().expect("the sender");
    let (sent, received) = (offerer.peer.stats(), answerer.peer.stats());
    assert_eq!(sent.srtp, Some(srtp));
    let video = sent.sent.iter().find(|stream| stream.kind == Kind::Video).expect("a video stream");
    assert!(video.packets > u64::from(PACKETS) && video.retransmitted_packets > 0 && video.nacks > 0, "{video:?}");
    let remote = video.remote.expect("a report of the receiver");
    assert!(remote.round_trip.is_some_and(|trip| trip < Duration::from_millis(100)), "{remote:?}");
    let stream = received.received.iter().find(|stream| stream.ssrc == video.ssrc).expect("the stream that came");
    assert!(stream.packets >= u64::from(PACKETS) && stream.repaired > 0, "{stream:?}");
    // What had to be asked for was lost, as the reports to the sender say.
    assert!(stream.packets_lost >= i64::try_from(stream.repaired).expect("few"), "{stream:?}");
    assert!(remote.packets_lost > 0, "{remote:?}");
}
