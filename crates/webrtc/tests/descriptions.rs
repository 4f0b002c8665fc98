//! Descriptions as they come: old and new, of browsers, servers and telephones.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{Side, network};
use trellis_media::{Codec, Kind};
use trellis_webrtc::{OfferOptions, PeerConfig, SdpError};

const BOTH: OfferOptions = OfferOptions { audio: true, video: true };

/// How often each collected offer is shuffled.
const ROUNDS: usize = 10;

/// What stands where someone has blotted out a fingerprint.
const BLOTS: [&str; 3] = ["sha-256 fake", "sha-256 redact", "sha-256 -"];

/// Offers of others that have what a connection needs, by their path.
fn collected() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media");
    let root = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from).unwrap_or(root);
    let (mut folders, mut found) = (vec![root.join("sdp"), root.join("corpora/sdp-corpus")], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if ["a=fingerprint:", "a=ice-ufrag:", "a=ice-pwd:", "\nm="].iter().all(|part| text.contains(part)) {
                    found.insert(path.strip_prefix(&root).unwrap_or(&path).display().to_string(), whole(&text));
                }
            }
        }
    }
    found
}

fn whole(text: &str) -> String {
    let fingerprint = format!("sha-256 {}", ["AB"; 32].join(":"));
    BLOTS.iter().fold(text.to_owned(), |text, blot| text.replace(blot, &fingerprint))
}

/// The sections of a description: their first lines, each with its attributes.
fn sections(sdp: &str) -> Vec<(Vec<&str>, Vec<&str>)> {
    let mut sections: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for line in sdp.lines().map(str::trim) {
        match (line.strip_prefix("m="), sections.last_mut()) {
            (Some(first), _) => sections.push((first.split_ascii_whitespace().collect(), Vec::new())),
            (None, Some((_, attributes))) => attributes.extend(line.strip_prefix("a=")),
            _ => {}
        }
    }
    sections
}

fn direction(attributes: &[&str]) -> &'static str {
    let mut all = ["sendrecv", "sendonly", "recvonly", "inactive"].into_iter();
    all.find(|direction| attributes.contains(direction)).unwrap_or("sendrecv")
}

fn mid<'a>(attributes: &[&'a str]) -> Option<&'a str> {
    attributes.iter().find_map(|attribute| attribute.strip_prefix("mid:")).filter(|mid| !mid.is_empty())
}

/// An answer has the sections of its offer, in its order and its words, and goes no further than it (RFC 3264
/// section 6).
fn assert_answers(answer: &str, offer: &str) {
    let (ours, theirs) = (sections(answer), sections(offer));
    assert_eq!(ours.len(), theirs.len(), "{answer}");
    for ((first, attributes), (offered, wanted)) in ours.iter().zip(&theirs) {
        assert_eq!((first[0], first[2]), (offered[0], offered[2]), "medium and protocol");
        assert_eq!(mid(attributes), mid(wanted));
        if first[1] == "0" {
            continue;
        }
        assert!(offered[1] != "0" || wanted.contains(&"bundle-only"), "rejected by the offer: {answer}");
        let allowed: &[&str] = match direction(wanted) {
            "sendonly" => &["recvonly", "inactive"],
            "recvonly" => &["sendonly", "inactive"],
            "inactive" => &["inactive"],
            _ => &["sendrecv", "sendonly", "recvonly", "inactive"],
        };
        if ["audio", "video"].contains(&first[0]) {
            assert!(allowed.contains(&direction(attributes)), "{} to {}", direction(attributes), direction(wanted));
            assert!(first[3..].iter().all(|format| offered[3..].contains(format)), "{first:?} to {offered:?}");
        }
    }
}

#[test]
fn collected_offers_are_answered_in_their_own_words() {
    let offers = collected();
    if offers.is_empty() {
        println!("skipped: no media");
        return;
    }
    let network = network();
    let mut refused = Vec::new();
    for (name, offer) in &offers {
        match Side::new(network.clone(), PeerConfig::default()).peer.process_offer(offer) {
            Ok(answer) => assert_answers(&answer, offer),
            Err(error) => refused.push(format!("{name}: {error}")),
        }
    }
    println!("{} of {} answered; not these:\n{}", offers.len() - refused.len(), offers.len(), refused.join("\n"));
    // What is refused has no codec of ours (2), no fingerprint that can be compared (3), or was cut out of a program
    // together with what is no description (2).
    assert!(refused.len() <= 7, "{} refused", refused.len());
}

#[test]
fn every_truncation_of_an_offer_is_answered_or_refused_by_line() {
    let offers = collected();
    let chrome = offers.iter().find(|(name, _)| name.contains("ChromeSDPMock")).map(|(_, offer)| offer.clone());
    let own = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let network = network();
    for offer in chrome.into_iter().chain([own]).filter(|offer| offer.is_ascii()) {
        let mut side = Side::new(network.clone(), PeerConfig::default());
        for length in 0..offer.len() {
            let error = match side.peer.process_offer(&offer[..length]) {
                Err(SdpError::Refused(error)) => error,
                Err(error) => panic!("{error}"),
                Ok(answer) => {
                    assert_answers(&answer, &offer[..length]);
                    side = Side::new(network.clone(), PeerConfig::default());
                    continue;
                }
            };
            assert!(error.starts_with("line "), "{error}: {}", &offer[..length]);
        }
    }
}

/// Lines that are doubled, dropped, put elsewhere or cut, as no one would write them.
#[test]
fn shuffled_offers_are_answered_or_refused() {
    let offers: Vec<String> = collected().into_values().collect();
    let network = network();
    let mut random = 1usize;
    let mut pick = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below.max(1)
    };
    for round in 0..ROUNDS * offers.len() {
        let mut lines: Vec<&str> = offers[round % offers.len()].lines().collect();
        for _ in 0..4 {
            let (one, other) = (pick(lines.len()), pick(lines.len()));
            match pick(5) {
                0 => lines.swap(one, other),
                1 => lines.insert(one, lines[other]),
                2 => drop(lines.remove(one)),
                3 => lines[one] = lines[one].get(..pick(lines[one].len())).unwrap_or_default(),
                _ => {
                    lines[one] = ["m=video 9 RTP/SAVPF 0", "a=mid:", "a=ssrc:1", "a=rid:1 send", "a=inactive"][pick(5)]
                }
            }
        }
        let shuffled = lines.join("\r\n");
        let side = Side::new(network.clone(), PeerConfig::default());
        if let Ok(answer) = side.peer.process_offer(&shuffled) {
            assert_eq!(sections(&answer).len(), sections(&shuffled).len(), "{shuffled}\n{answer}");
        }
        side.gather();
    }
}

/// Takes lines out of an offer.
fn without(offer: &str, starts: &[&str]) -> String {
    let kept = offer.lines().filter(|line| !starts.iter().any(|start| line.starts_with(start)));
    kept.map(|line| format!("{line} \n")).collect()
}

/// An offer as it was before sections had names, with bare line feeds, spaces at the ends, and no last line end.
#[test]
fn offer_without_names_is_answered_without_and_connects() {
    let (offerer, answerer) =
        (Side::new(network(), PeerConfig::default()), Side::new(network(), PeerConfig::default()));
    offerer.gather();
    let offer = offerer.peer.create_offer(OfferOptions { audio: false, video: true }).expect("an offer");
    let old = without(&offer, &["a=mid:", "a=group:", "a=extmap"]).replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF");
    answerer.gather();
    let answer = answerer.peer.process_offer(old.trim_end()).expect("an answer");
    assert_answers(&answer, &old);
    assert!(!answer.contains("a=group:") && !answer.contains("a=mid:"), "{answer}");
    assert_eq!(answerer.peer.remote_description().as_deref(), Some(old.trim_end()));
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    offerer.wait_connected();
    answerer.wait_connected();
}

#[test]
fn sections_that_are_not_bundled_are_rejected_but_the_first() {
    let own = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let old = without(&own, &["a=group:"]);
    let side = Side::new(network(), PeerConfig::default());
    let answer = side.peer.process_offer(&old).expect("an answer");
    assert_answers(&answer, &old);
    let ports: Vec<&str> = sections(&answer).iter().map(|(first, _)| first[1]).collect();
    assert_eq!(ports, ["9", "0"]);
    assert!(side.peer.leg(Kind::Audio).is_some() && side.peer.media(Kind::Video).is_none());
}

/// What an answer lists first is sent (RFC 3264 section 7).
#[test]
fn the_answer_lists_the_codec_first_that_is_preferred() {
    let offer = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let first = |preferred| {
        let side = Side::new(network(), PeerConfig::default());
        assert_eq!(side.peer.offered(&offer, Kind::Video), PeerConfig::default().video);
        let answer = side.peer.process_offer_preferring(&offer, preferred).expect("an answer");
        assert_answers(&answer, &offer);
        let payload_type = sections(&answer)[1].0[3].to_owned();
        let mapping = answer.lines().find_map(|line| line.strip_prefix(&format!("a=rtpmap:{payload_type} ")));
        mapping.expect("a mapping").to_owned()
    };
    assert_eq!(first(None), "VP8/90000");
    assert_eq!(first(Some(Codec::H264)), "H264/90000");
    assert_eq!(first(Some(Codec::Opus)), "VP8/90000", "of the other kind");
}

/// The candidates belong to the section that has the transport.
#[test]
fn candidates_name_the_first_section_that_is_not_rejected() {
    let own = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let video_only = own.replace("m=audio 9", "m=audio 0").replace("BUNDLE 0 1", "BUNDLE 1");
    assert_ne!(video_only, own);
    let side = Side::new(network(), PeerConfig::default());
    let answer = side.peer.process_offer(&video_only).expect("an answer");
    assert_answers(&answer, &video_only);
    assert!(sections(&answer)[0].0[1] == "0" && sections(&answer)[1].0[1] == "9", "{answer}");
    for candidate in side.gather() {
        assert_eq!((candidate.sdp_mid.as_str(), candidate.sdp_m_line_index), ("1", 1));
    }
    let with_candidates = side.peer.local_description().expect("a description");
    assert!(sections(&with_candidates)[1].1.iter().any(|attribute| attribute.starts_with("candidate:")));
}

#[test]
fn section_that_the_answer_rejects_gets_nothing() {
    let offerer = Side::new(network(), PeerConfig::default());
    let offer = offerer.peer.create_offer(BOTH).expect("an offer");
    let video_rejected = offer.replace("m=video 9", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0");
    let answer = Side::new(network(), PeerConfig::default()).peer.process_offer(&video_rejected).expect("an answer");
    offerer.peer.process_answer(&without(&answer, &["a=mid:"])).expect("the answer is taken");
    assert!(offerer.peer.leg(Kind::Audio).is_some());
    assert!(offerer.peer.leg(Kind::Video).is_none() && offerer.peer.media(Kind::Video).is_none());
}

#[test]
fn answer_with_too_few_sections_is_refused() {
    let offerer = Side::new(network(), PeerConfig::default());
    let audio = OfferOptions { audio: true, video: false };
    let short = Side::new(network(), PeerConfig::default()).peer.create_offer(audio).expect("an offer");
    offerer.peer.create_offer(BOTH).expect("an offer");
    assert!(matches!(offerer.peer.process_answer(&short), Err(SdpError::Refused(_))));
}

#[test]
fn remote_that_begins_the_handshake_is_waited_for() {
    let own = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let side = Side::new(network(), PeerConfig::default());
    let answer = side.peer.process_offer(&own.replace("a=setup:actpass", "a=setup:active")).expect("an answer");
    assert!(answer.contains("a=setup:passive") && !answer.contains("a=setup:active"), "{answer}");
}

#[test]
fn inactive_section_is_answered_inactive() {
    let own = Side::new(network(), PeerConfig::default()).peer.create_offer(BOTH).expect("an offer");
    let idle = own.replace("a=sendrecv", "a=inactive");
    let side = Side::new(network(), PeerConfig::default());
    let answer = side.peer.process_offer(&idle).expect("an answer");
    assert_answers(&answer, &idle);
    assert!(side.peer.leg(Kind::Video).is_none());
}

/// Firefox up to 62 and Chrome up to 76 named SCTP by its port.
#[test]
fn old_data_section_is_answered_in_the_old_way() {
    let config = PeerConfig { data_channels: true, ..PeerConfig::default() };
    let none = OfferOptions { audio: false, video: false };
    let (offerer, answerer) = (Side::new(network(), config), Side::new(network(), PeerConfig::default()));
    offerer.gather();
    let offer = offerer.peer.create_offer(none).expect("an offer");
    let old = offer
        .replace("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 5000")
        .replace("a=sctp-port:5000", "a=sctpmap:5000 webrtc-datachannel 1024");
    answerer.gather();
    let answer = answerer.peer.process_offer(&old).expect("an answer");
    assert!(answer.contains("m=application 9 DTLS/SCTP 5000\r\n"), "{answer}");
    assert!(answer.contains("a=sctpmap:5000 ") && !answer.contains("a=sctp-port"), "{answer}");
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    answerer.wait("an open channel", |heard| matches!(heard, support::Heard::Opened(..)).then_some(()));
}

/// The feedback of a description, without its payload types: what stands behind `rtcp-fb:96 `.
fn feedback(sdp: &str) -> Vec<&str> {
    let lines = sdp.lines().filter_map(|line| line.trim().strip_prefix("a=rtcp-fb:")?.split_once(' '));
    let mut found: Vec<&str> = lines.map(|(_, what)| what.trim()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn feedback_is_offered_and_answered_where_both_sides_do_it() {
    let network = network();
    let offerer = Side::new(network.clone(), PeerConfig::default());
    let offer = offerer.peer.create_offer(BOTH).expect("an offer");
    let all = ["ccm fir", "goog-remb", "nack", "nack pli", "transport-cc"];
    assert_eq!(feedback(&offer), all);
    assert_eq!(offerer.peer.local_description().map(|sdp| feedback(&sdp) == all), Some(true));
    for codec in ["VP8", "VP9", "H264", "AV1"] {
        let line = offer.lines().find(|line| line.contains(&format!(" {codec}/90000"))).expect("the codec");
        let payload_type = line.trim_start_matches("a=rtpmap:").split(' ').next().expect("a payload type");
        assert!(offer.contains(&format!("a=rtcp-fb:{payload_type} nack pli\r\n")), "{codec}: {offer}");
    }

    let audio = offer.split("m=video").next().expect("a section of audio");
    assert_eq!(feedback(audio), ["transport-cc"]);

    let fewer: String = offer.split_inclusive("\r\n").filter(|line| !line.contains("goog-remb")).collect();
    let answerer = Side::new(network, PeerConfig::default());
    let answer = answerer.peer.process_offer(&fewer).expect("an answer");
    assert_eq!(feedback(&answer), ["ccm fir", "nack", "nack pli", "transport-cc"]);
    let lines = |sdp: &str| sdp.lines().filter(|line| line.starts_with("a=rtcp-fb:")).count();
    assert_eq!(lines(&answer), lines(&fewer), "each once: {answer}");
}
