//! Captures of other people's senders, depacketised; and their frames sent by us and depacketised again.

mod support;

use support::*;
use trellis_media::{Codec, EncodedFrame, RtpPacket};
use trellis_rtp::{PAYLOAD_LIMIT, starts_keyframe};

fn capture(name: &str) -> Option<Vec<RtpPacket>> {
    let file = std::fs::read(media()?.join("rtp").join(name)).unwrap();
    Some(main_stream(&if name.ends_with("pcap") { pcap(&file) } else { rtpdump(&file) }))
}

/// How many pictures a receiver of these packets, which are in order, can decode: whole ones, in a row from a key
/// picture on.
fn pictures(codec: Codec, packets: &[RtpPacket]) -> usize {
    let mut decodable = false;
    let mut count = 0;
    let mut expected = packets[0].sequence;
    for picture in packets.chunk_by(|one, other| one.timestamp == other.timestamp) {
        let sequences = picture.iter().map(|packet| packet.sequence);
        let whole = sequences.clone().zip(0..).all(|(sequence, index)| sequence == expected.wrapping_add(index))
            && picture.iter().any(|packet| packet.marker);
        expected = sequences.last().unwrap().wrapping_add(1);
        decodable = whole && (decodable || starts_keyframe(codec, &picture[0].payload));
        count += usize::from(decodable);
    }
    count
}

fn survives_our_packetiser(codec: Codec, frames: &[EncodedFrame]) {
    let packets = packetise(codec, frames);
    assert!(packets.iter().all(|packet| packet.payload.len() <= PAYLOAD_LIMIT));
    let again = depacketise(codec, &packets);
    assert_eq!(again.len(), frames.len());
    for (index, (again, frame)) in again.iter().zip(frames).enumerate() {
        assert_eq!((&again.data, again.keyframe), (&frame.data, frame.keyframe), "frame {index}");
    }
}

fn every_picture_of(codec: Codec, packets: &[RtpPacket]) -> Vec<EncodedFrame> {
    let frames = depacketise(codec, packets);
    assert_eq!(frames.len(), pictures(codec, packets));
    assert!(frames[0].keyframe);
    survives_our_packetiser(codec, &frames);
    frames
}

#[test]
fn every_vp8_picture_of_captures_comes_out() {
    for name in ["str0m_vp8.pcap", "vp8.rtpdump"] {
        let Some(packets) = capture(name) else { return };
        every_picture_of(Codec::Vp8, &packets);
    }
}

#[test]
fn every_h264_picture_of_a_capture_comes_out() {
    /// A STAP-A whose last size is two bytes more than there are; Wireshark says so too.
    const CUT: u16 = 19_388;
    let Some(packets) = capture("str0m_h264.pcap") else { return };
    let sound: Vec<RtpPacket> = packets.iter().filter(|packet| packet.sequence != CUT).cloned().collect();
    let frames = every_picture_of(Codec::H264, &sound);
    assert!(frames.iter().all(|frame| frame.data.starts_with(&[0, 0, 0, 1])));
    assert_eq!(depacketise(Codec::H264, &packets).len(), frames.len());
}

#[test]
fn every_av1_picture_of_a_capture_comes_out() {
    let Some(packets) = capture("str0m_av1.pcap") else { return };
    every_picture_of(Codec::Av1, &packets);
}

#[test]
fn vp9_frames_equal_the_file_that_they_were_sent_from() {
    let Some(folder) = media() else { return };
    let Some(packets) = capture("input_vp9.pcap") else { return };
    let sent = ivf(&std::fs::read(folder.join("vp9/input_vp9.ivf")).unwrap());
    let frames = depacketise(Codec::Vp9, &packets);
    assert_eq!(frames.len(), pictures(Codec::Vp9, &packets));
    // The file holds what a receiver stored: all frames, or the first ones.
    assert!(sent.len() <= frames.len() && !sent.is_empty(), "{} of {}", sent.len(), frames.len());
    for (index, (received, sent)) in frames.iter().zip(&sent).enumerate() {
        assert_eq!(&received.data, sent, "frame {index}");
    }
    survives_our_packetiser(Codec::Vp9, &frames);
}

#[test]
fn audio_packets_come_out_one_by_one() {
    let Some(packets) = capture("milliwatt.pcmu.rtp.pcap") else { return };
    let frames = depacketise(Codec::Pcmu, &packets);
    assert_eq!(frames.len(), packets.len());
    assert!(frames.iter().all(|frame| frame.keyframe && frame.data.len() == 160 && frame.duration.millis() == 20));
}

#[test]
fn conformance_streams_survive_packetising() {
    let Some(folder) = media() else { return };
    for path in files(folder.join("vp8")).into_iter().chain(files(folder.join("av1"))) {
        let codec = if path.to_string_lossy().contains("/vp8/") { Codec::Vp8 } else { Codec::Av1 };
        if path.extension().is_none_or(|extension| extension != "ivf") {
            continue;
        }
        let sent: Vec<EncodedFrame> = ivf(&std::fs::read(&path).unwrap())
            .into_iter()
            .map(|data| EncodedFrame {
                keyframe: false,
                decode_time: trellis_media::MediaTime::ZERO,
                duration: trellis_media::MediaTime::ZERO,
                config: None,
                data,
            })
            .collect();
        let once = depacketise(codec, &packetise(codec, &sent));
        let starts = sent.len() - once.len();
        // The streams begin with a key picture, so none is missing; AV1 loses its temporal delimiters only.
        assert_eq!(starts, 0, "{}", path.display());
        if codec == Codec::Vp8 {
            assert!(once.iter().zip(&sent).all(|(once, sent)| once.data == sent.data), "{}", path.display());
        }
        assert_eq!(depacketise(codec, &packetise(codec, &once)).len(), once.len(), "{}", path.display());
    }
}
