//! Packets through a network that reorders, duplicates and loses.

mod support;

use bytes::Bytes;
use proptest::prelude::*;
use support::*;
use trellis_media::{Codec, EncodedFrame, Item, MediaTime, Payload, RtpPacket};

/// A frame of a codec with `size` bytes of content that tells the frames apart.
fn synthetic(codec: Codec, number: usize, size: usize, keyframe: bool) -> EncodedFrame {
    // At least 128 bytes: AV1's size field below is two bytes, which must be the shortest form.
    let filler = std::iter::repeat_n(0x80 | number as u8, size + 128);
    let data: Vec<u8> = match codec {
        Codec::Vp8 => std::iter::once(u8::from(!keyframe)).chain(filler).collect(),
        Codec::Vp9 if keyframe => {
            // Profile 0, shown, 8 bit, BT.601, 640x480.
            [0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x1d, 0xf0].into_iter().chain(filler).collect()
        }
        Codec::Vp9 => std::iter::once(0x86).chain(filler).collect(),
        Codec::H264 if keyframe => {
            let sets = [0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0x80, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80, 0, 0, 0, 1, 0x65];
            sets.into_iter().chain(filler).collect()
        }
        Codec::H264 => [0, 0, 0, 1, 0x41].into_iter().chain(filler).collect(),
        Codec::Av1 => {
            let body: Vec<u8> = filler.collect();
            let size = [body.len() as u8 | 0x80, (body.len() >> 7) as u8];
            let sequence: &[u8] = if keyframe { &[0x0a, 1, 7] } else { &[] };
            [sequence, &[0x32], &size, &body].concat()
        }
        _ => filler.collect(),
    };
    EncodedFrame {
        data: Bytes::from(data),
        keyframe: keyframe || codec.kind() == trellis_media::Kind::Audio,
        decode_time: MediaTime::ZERO,
        duration: MediaTime::ZERO,
        config: None,
    }
}

/// Twenty frames, a key picture first and in the middle.
fn stream(codec: Codec, sizes: &[usize]) -> Vec<EncodedFrame> {
    sizes.iter().enumerate().map(|(number, size)| synthetic(codec, number, *size, number % 10 == 0)).collect()
}

fn video() -> impl Strategy<Value = Codec> {
    prop::sample::select(vec![Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1])
}

/// Delivers packets at their times (in ms), and wakes the node every 10 ms in between.
fn deliver(codec: Codec, mut deliveries: Vec<(i64, RtpPacket)>) -> (Vec<Item>, usize) {
    deliveries.sort_by_key(|(at, _)| *at);
    let mut node = Driven::depacketiser(codec);
    let mut items = Vec::new();
    let mut clock = 0;
    for (at, packet) in deliveries {
        while clock + 10 < at {
            clock += 10;
            items.extend(node.wake(MediaTime::from_millis(clock)));
        }
        clock = clock.max(at);
        let time = MediaTime::from_ticks(packet.timestamp.into(), codec.clock_rate());
        items.extend(node.give(MediaTime::from_millis(clock), Item { time, payload: Payload::Rtp(packet) }));
    }
    items.extend(node.end(MediaTime::from_millis(clock + 1)));
    (items, node.requests)
}

/// When a packet was sent, in ms.
fn sent(codec: Codec, packet: &RtpPacket) -> i64 {
    MediaTime::from_ticks(packet.timestamp.into(), codec.clock_rate()).millis()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn jitter_below_the_wait_and_duplicates_change_nothing(
        codec in video(),
        sizes in prop::collection::vec(0_usize..6_000, 20),
        jitter in prop::collection::vec((0_i64..190, any::<bool>()), 200),
        start in any::<u16>(),
    ) {
        // One key picture: behind a gap it would end the wait sooner.
        let frames: Vec<EncodedFrame> =
            sizes.iter().enumerate().map(|(number, size)| synthetic(codec, number, *size, number == 0)).collect();
        let mut deliveries = Vec::new();
        for (index, mut packet) in packetise(codec, &frames).into_iter().enumerate() {
            packet.sequence = packet.sequence.wrapping_add(start);
            let (delay, twice) = jitter[index % jitter.len()];
            // The first packet comes first: nothing is known to be missing before it.
            let at = if index == 0 { 0 } else { sent(codec, &packet) + delay + 1 };
            if twice {
                deliveries.push((at + 30, packet.clone()));
            }
            deliveries.push((at, packet));
        }
        let (items, requests) = deliver(codec, deliveries);
        prop_assert_eq!(requests, 0);
        prop_assert_eq!(items.len(), frames.len());
        for (index, (item, frame)) in items.iter().zip(&frames).enumerate() {
            prop_assert_eq!(&frame_of(item).data, &frame.data);
            prop_assert_eq!(item.time, MediaTime::from_millis(40 * index as i64));
        }
    }

    #[test]
    fn after_a_loss_only_whole_frames_come_out_and_none_before_the_next_key_picture(
        codec in video(),
        sizes in prop::collection::vec(0_usize..6_000, 20),
        lost in prop::collection::btree_set(0_usize..60, 1..6),
    ) {
        let frames = stream(codec, &sizes);
        let packets = packetise(codec, &frames);
        let mut whole = vec![true; frames.len()];
        let mut deliveries = Vec::new();
        for (index, packet) in packets.into_iter().enumerate() {
            let at = sent(codec, &packet);
            let picture = (at / 40) as usize;
            let sets_alone = codec == Codec::H264 && packet.payload[0] & 0x1f == 24 && !packet.marker;
            if lost.contains(&index) {
                // Parameter sets that were seen in a whole picture before are put in again.
                let known = (0..picture).any(|earlier| whole[earlier] && frames[earlier].keyframe);
                whole[picture] &= sets_alone && known;
            } else {
                deliveries.push((at, packet));
            }
        }
        // What can be decoded: whole frames since the last whole key picture without a hole.
        let mut decodable = false;
        let expected: Vec<usize> = (0..frames.len()).filter(|index| {
            decodable = whole[*index] && (decodable || frames[*index].keyframe);
            decodable
        }).collect();
        prop_assume!(!deliveries.is_empty());
        let (items, _) = deliver(codec, deliveries);
        let got: Vec<usize> = items.iter().map(|item| (item.time.millis() / 40) as usize).collect();
        for (item, index) in items.iter().zip(&got) {
            prop_assert_eq!(&frame_of(item).data, &frames[*index].data);
        }
        prop_assert_eq!(&got, &expected);
    }

    #[test]
    fn audio_goes_on_after_a_loss(lost in prop::collection::btree_set(0_usize..50, 0..20)) {
        let frames: Vec<EncodedFrame> = (0..50).map(|number| synthetic(Codec::Opus, number, 60, true)).collect();
        let deliveries: Vec<(i64, RtpPacket)> = packetise(Codec::Opus, &frames).into_iter().enumerate()
            .filter(|(index, _)| !lost.contains(index))
            .map(|(_, packet)| (sent(Codec::Opus, &packet), packet))
            .collect();
        let (items, requests) = deliver(Codec::Opus, deliveries);
        prop_assert_eq!(items.len(), 50 - lost.len());
        prop_assert_eq!(requests, 0);
        prop_assert!(items.is_sorted_by_key(|item| item.time));
    }

    #[test]
    fn no_sequence_of_garbage_packets_panics(
        codec in video(),
        packets in prop::collection::vec((any::<u16>(), 0_u32..4, any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..80),
    ) {
        let mut node = Driven::depacketiser(codec);
        for (index, (sequence, timestamp, marker, payload)) in packets.into_iter().enumerate() {
            let packet = RtpPacket {
                payload_type: 0, marker, sequence: sequence % 64, timestamp, ssrc: 0, starts_keyframe: false,
                payload: payload.into(),
            };
            let now = MediaTime::from_millis(index as i64 * 20);
            node.give(now, Item { time: now, payload: Payload::Rtp(packet) });
        }
        node.end(MediaTime::from_secs(10));
    }
}

#[test]
fn a_whole_key_picture_behind_a_gap_shortens_the_wait_and_needs_no_request() {
    let frames = stream(Codec::Vp8, &[3_000; 12]);
    let mut node = Driven::depacketiser(Codec::Vp8);
    let mut times = Vec::new();
    for packet in packetise(Codec::Vp8, &frames) {
        if sent(Codec::Vp8, &packet) == 360 {
            continue; // Frame 9, the one before the key picture.
        }
        let time = MediaTime::from_millis(sent(Codec::Vp8, &packet));
        times.extend(node.give(time, Item { time, payload: Payload::Rtp(packet) }).iter().map(|item| item.time));
    }
    // Frame 11 comes 40 ms after the key picture and ends the wait.
    assert_eq!(times.last(), Some(&MediaTime::from_millis(440)));
    assert_eq!((times.len(), node.requests), (11, 0));
}

#[test]
fn a_loss_is_answered_by_a_request_when_the_wait_is_over() {
    let frames = stream(Codec::H264, &[3_000; 9]);
    let mut node = Driven::depacketiser(Codec::H264);
    for packet in packetise(Codec::H264, &frames).into_iter().filter(|packet| sent(Codec::H264, packet) != 80) {
        let time = MediaTime::from_millis(sent(Codec::H264, &packet));
        node.give(time, Item { time, payload: Payload::Rtp(packet) });
        assert_eq!(node.requests, usize::from(time >= MediaTime::from_millis(320)), "{time}");
    }
}

#[test]
fn padding_only_packets_are_no_loss_and_no_frame() {
    let frames = stream(Codec::H264, &[2_000; 3]);
    let mut packets = packetise(Codec::H264, &frames);
    for at in [2, 5, 7] {
        packets.insert(at, RtpPacket { payload: Bytes::new(), ..packets[at - 1].clone() });
    }
    for (index, packet) in packets.iter_mut().enumerate() {
        packet.sequence = 65_530_u16.wrapping_add(index as u16);
    }
    assert_eq!(depacketise(Codec::H264, &packets).len(), 3);
}

#[test]
fn a_viewer_in_mid_stream_asks_for_a_key_picture_at_most_twice_a_second() {
    let frames = stream(Codec::Vp8, &[100; 10]);
    let (items, requests) = deliver(
        Codec::Vp8,
        packetise(Codec::Vp8, &frames[1..]).into_iter().map(|p| (sent(Codec::Vp8, &p), p)).collect(),
    );
    assert!(items.is_empty());
    assert_eq!(requests, 1);
}

#[test]
fn a_long_block_of_samples_becomes_packets_of_20_milliseconds() {
    let block = EncodedFrame { data: vec![0x55; 4_096].into(), ..synthetic(Codec::Pcmu, 0, 0, true) };
    let packets = packetise(Codec::Pcmu, &[block]);
    assert_eq!(packets.len(), 26);
    assert!(packets.iter().zip(0..).all(|(packet, index)| packet.timestamp == 160 * index && !packet.marker));
    let frames = depacketise(Codec::Pcmu, &packets);
    assert_eq!(frames.iter().map(|frame| frame.data.len()).sum::<usize>(), 4_096);
}
