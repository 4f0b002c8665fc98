//! What each key of Kurento's is here.

use super::draft::Draft;
use crate::config::{RATES, SIDES};
use serde_json::Value as Json;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// What a key is here.
pub(super) enum Meaning {
    /// It sets keys of ours, or says why its value cannot be used.
    Set(fn(&mut Draft, &Json) -> Result<(), String>),
    /// It is nothing here, for this reason.
    None(&'static str),
}

use Meaning::{None, Set};

const ONE_PORT: &str = "threads are one for each core";
const NO_GSTREAMER: &str = "there is no GStreamer";

/// Kurento's keys by their full names: those of `kurento.conf.json`, and of the files of modules behind `Class.`.
pub(super) const KEYS: &[(&str, Meaning)] = &[
    (
        "mediaServer.resources.garbageCollectorPeriod",
        Set(|draft, value| integer(draft, "control", "garbage_collector_period", value)),
    ),
    (
        "mediaServer.resources.disableRequestCache",
        Set(|draft, value| {
            let disabled: bool = parsed(value)?;
            draft.put("control", "request_cache", !disabled);
            Ok(())
        }),
    ),
    ("mediaServer.resources.exceptionLimit", Set(|draft, value| share(draft, "exception", value))),
    ("mediaServer.resources.killLimit", Set(|draft, value| share(draft, "kill", value))),
    (
        "mediaServer.net.websocket.address",
        Set(|draft, value| {
            draft.address = Some(parsed(value)?);
            Ok(())
        }),
    ),
    (
        "mediaServer.net.websocket.port",
        Set(|draft, value| {
            draft.port = Some(parsed(value)?);
            Ok(())
        }),
    ),
    ("mediaServer.net.websocket.ipv6", None("`http.listen` is one address, of either kind")),
    (
        "mediaServer.net.websocket.path",
        Set(|draft, value| {
            draft.put("http", "path", text(value)?.trim_matches('/').to_owned());
            Ok(())
        }),
    ),
    ("mediaServer.net.websocket.secure.certificate", Set(certificate)),
    ("mediaServer.net.websocket.secure.port", None("with a certificate, `http.listen` is the secure port")),
    ("mediaServer.net.websocket.secure.password", None("the key is read without a password")),
    ("mediaServer.net.websocket.threads", None(ONE_PORT)),
    ("mediaServer.net.websocket.connqueue", None("the system's own length is used")),
    ("mediaServer.net.websocket.registrar.address", None("servers do not register anywhere")),
    ("mediaServer.net.websocket.registrar.localAddress", None("servers do not register anywhere")),
    (
        "metadata",
        Set(|draft, value| {
            draft.put("control", "metadata", value.to_string());
            Ok(())
        }),
    ),
    (
        "BaseRtpEndpoint.minPort",
        Set(|draft, value| {
            let port: u16 = parsed(value)?;
            draft.put("webrtc", "listen", format!("0.0.0.0:{port}"));
            draft.put("rtp", "min_port", i64::from(port));
            Ok(())
        }),
    ),
    (
        // Of RTP endpoints alone: all WebRTC peers share one UDP port, `webrtc.listen`.
        "BaseRtpEndpoint.maxPort",
        Set(|draft, value| {
            let port: u16 = parsed(value)?;
            draft.put("rtp", "max_port", i64::from(port));
            Ok(())
        }),
    ),
    ("BaseRtpEndpoint.mtu", None("packets are 1200 bytes at most")),
    (
        "UriEndpoint.defaultPath",
        Set(|draft, value| {
            let path = trellis_elements::files::path_of(&text(value)?).map_err(|error| error.to_string())?;
            draft.put("media", "default_path", path.to_string_lossy().into_owned());
            Ok(())
        }),
    ),
    ("PlayerEndpoint.rtspClientPortRange", None("there is no RTSP client")),
    ("RecorderEndpoint.gapsFix", None("recordings are always written in the pipeline's own time")),
    ("Composite.width", Set(|draft, value| composite(draft, "width", &SIDES, value))),
    ("Composite.height", Set(|draft, value| composite(draft, "height", &SIDES, value))),
    ("Composite.framerate", Set(|draft, value| composite(draft, "framerate", &RATES, value))),
    ("WebRtcEndpoint.externalIPv4", Set(external)),
    ("WebRtcEndpoint.externalIPv6", Set(external)),
    ("WebRtcEndpoint.externalAddress", Set(external)),
    (
        "WebRtcEndpoint.networkInterfaces",
        Set(|draft, value| {
            draft.put("webrtc", "network_interfaces", text(value)?);
            Ok(())
        }),
    ),
    (
        "WebRtcEndpoint.stunServerAddress",
        Set(|draft, value| {
            let address: std::net::IpAddr = parsed(value)?;
            draft.put("webrtc", "stun_server_address", address.to_string());
            Ok(())
        }),
    ),
    (
        "WebRtcEndpoint.stunServerPort",
        Set(|draft, value| {
            let port: u16 = parsed(value)?;
            draft.put("webrtc", "stun_server_port", i64::from(port));
            Ok(())
        }),
    ),
    (
        "WebRtcEndpoint.turnURL",
        Set(|draft, value| {
            parsed::<trellis_elements::TurnServer>(value)?;
            draft.put("webrtc", "turn_url", text(value)?);
            Ok(())
        }),
    ),
    ("WebRtcEndpoint.pemCertificateRSA", None("a certificate is made at each start")),
    ("WebRtcEndpoint.pemCertificateECDSA", None("a certificate is made at each start")),
    ("WebRtcEndpoint.iceTcp", None("there are UDP candidates only")),
    ("WebRtcEndpoint.qos-dscp", None("all peers share one UDP port")),
    ("WebRtcEndpoint.enable-h265", None("what a browser offers decides")),
    ("MediaElement.encoderBitrate", None("an encoder goes by the size of the picture until a receiver reports")),
    ("MediaElement.minEncoderBitrate", None("set `minEncoderBitrate` at the element")),
    ("MediaElement.maxEncoderBitrate", None("set `maxEncoderBitrate` at the element")),
    ("SdpEndpoint.numAudioMedias", None("there is one audio and one video of each endpoint")),
    ("SdpEndpoint.numVideoMedias", None("there is one audio and one video of each endpoint")),
    ("SdpEndpoint.audioCodecs", None("all codecs are offered; the cheapest for the pipeline is chosen")),
    ("SdpEndpoint.videoCodecs", None("all codecs are offered; the cheapest for the pipeline is chosen")),
    ("HttpEndpoint.serverAddress", None("URLs of HTTP endpoints are served at `http.listen`")),
    ("HttpEndpoint.serverPort", None("URLs of HTTP endpoints are served at `http.listen`")),
    ("HttpEndpoint.port", None("URLs of HTTP endpoints are served at `http.listen`")),
    ("HttpEndpoint.announcedAddress", None("`http.announced_url` says what URLs of HTTP endpoints begin with")),
    ("GST_DEBUG", None(NO_GSTREAMER)),
    ("UID", None("start the server as the user that it should be")),
];

/// Kurento keeps chain and key in one file, named from where its configuration lies.
fn certificate(draft: &mut Draft, value: &Json) -> Result<(), String> {
    let file = draft.base.join(text(value)?).to_string_lossy().into_owned();
    let files = [("certificate", file.clone()), ("key", file)];
    draft.put("http", "tls", toml::Table::from_iter(files.map(|(key, file)| (key.to_owned(), file.into()))));
    Ok(())
}

fn share(draft: &mut Draft, key: &str, value: &Json) -> Result<(), String> {
    let share: f64 = parsed(value)?;
    draft.put("limits", key, share);
    Ok(())
}

fn external(draft: &mut Draft, value: &Json) -> Result<(), String> {
    let address: std::net::IpAddr = parsed(value)?;
    draft.add("webrtc", "external_addresses", address.to_string());
    Ok(())
}

fn composite(draft: &mut Draft, key: &str, range: &RangeInclusive<u32>, value: &Json) -> Result<(), String> {
    let number: u32 = parsed(value)?;
    if !range.contains(&number) {
        return Err(format!("is not {} to {}", range.start(), range.end()));
    }
    draft.put("composite", key, i64::from(number));
    Ok(())
}

fn integer(draft: &mut Draft, section: &str, key: &str, value: &Json) -> Result<(), String> {
    let number: i64 = parsed(value)?;
    draft.put(section, key, number);
    Ok(())
}

/// A value as text: files of Kurento's write numbers and truths either way.
fn text(value: &Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text.trim().to_owned()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        _ => Err("is neither a text nor a number".to_owned()),
    }
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(value: &Json) -> Result<T, String> {
    text(value)?.parse().map_err(|error: T::Err| error.to_string())
}
