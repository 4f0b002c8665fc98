//! Two sessions that talk to each other through memory.

use super::*;
use bytes::Bytes;

const PCMU: PayloadType = PayloadType { number: 0, codec: Codec::Pcmu };
const VP8: PayloadType = PayloadType { number: 96, codec: Codec::Vp8 };

fn millis(count: i64) -> MediaTime {
    MediaTime::from_millis(count)
}

fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], port))
}

/// A session at a host, with its two sections.
struct Side {
    session: Session,
    host: u8,
}

/// How a side is told from the usual.
struct Setup {
    host: u8,
    remote: Option<u8>,
    keys: Option<(MasterKey, MasterKey)>,
    feedback: FeedbackKinds,
}

fn ports(host: u8, kind: Kind) -> Remote {
    let port = if kind == Kind::Audio { 4_000 } else { 5_000 };
    Remote { rtp: address(host, port), rtcp: address(host, port + 1) }
}

fn side(setup: Setup) -> Side {
    let config =
        SessionConfig { cname: "me".to_owned(), ntp_at_zero: Ntp(u64::from(setup.host) << 32), seed: 0x1234_5678_9abc };
    let medium = |kind, payload_type| MediumConfig {
        kind,
        ssrc: u32::from(setup.host) * 10 + u32::from(kind == Kind::Video),
        receive: vec![payload_type],
        send: vec![payload_type],
        feedback: setup.feedback,
        remote: setup.remote.map(|host| ports(host, kind)),
        muxed: false,
        keys: setup.keys.clone().map(|(ours, theirs)| Keys { ours, theirs }),
    };
    let media = vec![medium(Kind::Audio, PCMU), medium(Kind::Video, VP8)];
    Side { session: Session::new(&config, media).expect("a session"), host: setup.host }
}

fn pair(suite: Option<Suite>, feedback: FeedbackKinds) -> (Side, Side) {
    let keys = suite.map(|suite| (MasterKey::random(suite).expect("a key"), MasterKey::random(suite).expect("a key")));
    let other = keys.clone().map(|(one, other)| (other, one));
    let one = side(Setup { host: 1, remote: Some(2), keys, feedback });
    (one, side(Setup { host: 2, remote: Some(1), keys: other, feedback }))
}

fn packet(sequence: u16, timestamp: u32) -> RtpPacket {
    RtpPacket {
        payload_type: 0,
        marker: true,
        sequence,
        timestamp,
        ssrc: 0,
        starts_keyframe: true,
        // A key picture of VP8.
        payload: Bytes::from_static(&[0x10, 0, 0, 0, 0x9d, 1, 0x2a]),
    }
}

/// Carries what waits at one side to the other.
fn carry(from: &mut Side, to: &mut Side, now: MediaTime) -> Vec<SessionEvent> {
    let mut waiting = Vec::new();
    from.session.take_waiting(&mut waiting);
    let mut events = Vec::new();
    for datagram in waiting {
        let source = ports(from.host, datagram.kind);
        let source = if datagram.component == Component::Rtp { source.rtp } else { source.rtcp };
        events.extend(to.session.handle((datagram.kind, datagram.component), source, &datagram.bytes, now));
    }
    events
}

fn media(events: &[SessionEvent]) -> Vec<(Kind, MediaTime)> {
    let of = |event: &SessionEvent| match event {
        SessionEvent::Media(kind, received) => Some((*kind, received.time)),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

fn has(events: &[SessionEvent], wanted: fn(&SessionEvent) -> bool) -> usize {
    events.iter().filter(|event| wanted(event)).count()
}

#[test]
fn sound_and_pictures_that_were_sampled_together_come_out_together_under_every_protection() {
    for suite in [None].into_iter().chain(Suite::ALL.map(Some)) {
        let (mut one, mut other) = pair(suite, FeedbackKinds::default());
        let mut apart = MediaTime::MAX;
        for step in 0..400i64 {
            let (taken, now) = (millis(1_000 + step * 20), millis(1_000 + step * 20 + 10));
            let number = step as u16;
            assert!(one.session.push(Kind::Audio, Codec::Pcmu, (&packet(number, number as u32 * 160), taken), now));
            let sound = carry(&mut one, &mut other, now);
            one.session.push(Kind::Video, Codec::Vp8, (&packet(number, number as u32 * 1_800), taken), now);
            // Pictures are 80 ms longer on their way.
            let picture = carry(&mut one, &mut other, now + millis(80));
            one.session.tick(now);
            carry(&mut one, &mut other, now + millis(80));
            let ([(_, sound)], [(_, picture)]) = (&media(&sound)[..], &media(&picture)[..]) else { panic!("{step}") };
            apart = *picture - *sound;
        }
        assert!(apart.nanos().abs() < 2_000_000, "{suite:?}: {apart} apart");
        other.session.tick(millis(9_100));
        carry(&mut other, &mut one, millis(9_110));
        let sent = one.session.sent();
        assert!(
            sent.iter()
                .all(|(_, stats)| stats.packets == 400 && stats.round_trip.is_some() && stats.bitrate == 50 * 7 * 8),
            "{sent:?}"
        );
    }
}

#[test]
fn a_key_picture_is_asked_for_by_what_was_agreed_on() {
    let wanted = |feedback| {
        let (mut one, mut other) = pair(Some(Suite::Aes128Sha1Tag80), feedback);
        one.session.push(Kind::Video, Codec::Vp8, (&packet(1, 0), millis(0)), millis(0));
        carry(&mut one, &mut other, millis(0));
        other.session.request_keyframe(millis(10));
        let events = carry(&mut other, &mut one, millis(20));
        let stats = one.session.sent()[1].1;
        let heard = has(&events, |event| matches!(event, SessionEvent::KeyframeWanted));
        (heard, stats.picture_losses, stats.full_intras)
    };
    let full_intra = FeedbackKinds { full_intra: true, ..FeedbackKinds::default() };
    assert_eq!(wanted(FeedbackKinds::OURS), (1, 1, 0));
    assert_eq!(wanted(full_intra), (1, 0, 1));
    assert_eq!(wanted(FeedbackKinds::default()), (0, 0, 0), "a remote that would not understand it");
}

#[test]
fn how_much_may_be_sent_is_told_to_who_understands_it() {
    let told = |feedback| {
        let (mut one, mut other) = pair(Some(Suite::Aes256Sha1Tag32), feedback);
        one.session.push(Kind::Video, Codec::Vp8, (&packet(1, 0), millis(0)), millis(0));
        carry(&mut one, &mut other, millis(0));
        other.session.limit_video(300_000, millis(10));
        let limit = |event: &SessionEvent| match event {
            SessionEvent::Bandwidth(bits) => Some(*bits),
            _ => None,
        };
        carry(&mut other, &mut one, millis(20)).iter().filter_map(limit).collect::<Vec<_>>()
    };
    // 18 bits of mantissa.
    assert!(matches!(told(FeedbackKinds::OURS)[..], [299_000..=300_000]));
    assert!(told(FeedbackKinds::default()).is_empty());
}

#[test]
fn a_remote_that_cannot_ask_gets_a_key_picture_now_and_then() {
    let wanted = |feedback| {
        let (mut one, _) = pair(None, feedback);
        let mut wanted = 0;
        for step in 0..300 {
            let now = millis(step * 100);
            // Pictures for half of the time.
            if step < 150 {
                one.session.push(Kind::Video, Codec::Vp8, (&packet(step as u16, 0), now), now);
            }
            wanted += has(&one.session.tick(now), |event| matches!(event, SessionEvent::KeyframeWanted));
            one.session.take_waiting(&mut Vec::new());
        }
        wanted
    };
    assert_eq!((wanted(FeedbackKinds::default()), wanted(FeedbackKinds::OURS)), (4, 0));
}

#[test]
fn media_ceases_by_farewell_or_by_silence() {
    let ceased = |event: &SessionEvent| matches!(event, SessionEvent::Flowing { flowing: false, .. });
    let flows = |event: &SessionEvent| matches!(event, SessionEvent::Flowing { flowing: true, .. });
    let (mut one, mut other) = pair(None, FeedbackKinds::default());
    one.session.push(Kind::Audio, Codec::Pcmu, (&packet(1, 0), millis(0)), millis(0));
    assert_eq!(has(&carry(&mut one, &mut other, millis(0)), flows), 1);
    one.session.farewell(millis(50));
    assert_eq!(has(&carry(&mut one, &mut other, millis(50)), ceased), 1);
    one.session.push(Kind::Audio, Codec::Pcmu, (&packet(2, 0), millis(100)), millis(100));
    assert_eq!(has(&carry(&mut one, &mut other, millis(100)), flows), 1);
    assert_eq!(has(&other.session.tick(millis(4_000)), ceased), 0);
    assert!(other.session.due() <= Some(millis(5_100)));
    assert_eq!(has(&other.session.tick(millis(5_100)), ceased), 1);
}

#[test]
fn a_wrong_key_lets_nothing_through_and_is_told_once() {
    let key = || MasterKey::random(Suite::Aes128Sha1Tag80).expect("a key");
    let setup = |host, remote| Setup { host, remote, keys: Some((key(), key())), feedback: FeedbackKinds::OURS };
    let (mut one, mut other) = (side(setup(1, Some(2))), side(setup(2, Some(1))));
    let mut events = Vec::new();
    for number in 0..200 {
        one.session.push(Kind::Audio, Codec::Pcmu, (&packet(number, 0), millis(0)), millis(0));
        events.extend(carry(&mut one, &mut other, millis(0)));
    }
    assert!(matches!(events[..], [SessionEvent::WrongKey(Kind::Audio)]), "{events:?}");
}

#[test]
fn without_an_address_packets_go_to_where_the_remotes_come_from() {
    let keys = None;
    let feedback = FeedbackKinds::default();
    let mut passive = side(Setup { host: 1, remote: None, keys: keys.clone(), feedback });
    let mut active = side(Setup { host: 2, remote: Some(1), keys, feedback });
    assert!(!passive.session.push(Kind::Video, Codec::Vp8, (&packet(1, 0), millis(0)), millis(0)), "where to?");
    active.session.push(Kind::Video, Codec::Vp8, (&packet(1, 0), millis(0)), millis(0));
    let events = carry(&mut active, &mut passive, millis(0));
    assert_eq!(has(&events, |event| matches!(event, SessionEvent::KeyframeWanted)), 1, "somebody is there now");
    assert!(passive.session.push(Kind::Video, Codec::Vp8, (&packet(2, 0), millis(20)), millis(20)));
    let mut waiting = Vec::new();
    passive.session.take_waiting(&mut waiting);
    assert_eq!(waiting[0].to, ports(2, Kind::Video).rtp);
    let stranger = passive.session.handle((Kind::Video, Component::Rtp), address(9, 9), &waiting[0].bytes, millis(30));
    assert!(stranger.is_empty(), "the place is taken");
}

#[test]
fn what_the_remote_misses_is_sent_again() {
    let (mut one, _) = pair(None, FeedbackKinds::OURS);
    for number in 0..3 {
        one.session.push(Kind::Video, Codec::Vp8, (&packet(number, 0), millis(0)), millis(0));
    }
    let mut sent = Vec::new();
    one.session.take_waiting(&mut sent);
    let lost = &sent[1].bytes;
    let mut nack = vec![0x81, 205, 0, 3, 0, 0, 0, 21, 0, 0, 0, 11];
    nack.extend([lost[2], lost[3], 0, 0]);
    one.session.handle((Kind::Video, Component::Rtcp), ports(2, Kind::Video).rtcp, &nack, millis(40));
    let mut again = Vec::new();
    one.session.take_waiting(&mut again);
    assert_eq!(again, [sent[1].clone()]);
}

#[test]
fn whatever_bytes_come_nothing_breaks_and_nothing_grows() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for suite in [None, Some(Suite::Aes128Sha1Tag80)] {
        let (mut one, mut other) = pair(suite, FeedbackKinds::OURS);
        for round in 0..20_000u64 {
            let now = millis(round as i64);
            let mut bytes: Vec<u8> = (0..random() % 120).map(|_| random() as u8).collect();
            // Mostly something that looks like RTP or RTCP at first.
            if let [first, second, ..] = &mut bytes[..] {
                *first = 0x80 | (*first & 0x3f);
                *second = if round % 2 == 0 { 200 + *second % 8 } else { *second };
            }
            if bytes.len() >= 12 && round % 3 == 0 {
                let words = (bytes.len() / 4 - 1) as u16;
                bytes[2..4].copy_from_slice(&words.to_be_bytes());
                bytes[8..12].copy_from_slice(&11u32.to_be_bytes());
            }
            let kind = if random() % 2 == 0 { Kind::Audio } else { Kind::Video };
            let component = if random() % 2 == 0 { Component::Rtp } else { Component::Rtcp };
            one.session.handle((kind, component), address(2, 4_000), &bytes, now);
            one.session.tick(now);
        }
        assert!(one.session.media.iter().all(|medium| medium.waiting.len() <= 1_024));
        one.session.take_waiting(&mut Vec::new());
        // It still works.
        let now = millis(30_000);
        other.session.push(Kind::Audio, Codec::Pcmu, (&packet(1, 0), now), now);
        let heard = carry(&mut other, &mut one, now);
        assert!(suite.is_none() || media(&heard).len() == 1, "{heard:?}");
    }
}
