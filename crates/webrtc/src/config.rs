//! What the owner of a network and of its peers decides.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use trellis_media::{Codec, MediaTime};

/// How a [`Network`](crate::Network) is opened.
#[derive(Clone)]
pub struct NetworkConfig {
    /// Address and UDP port of all peers. An unspecified address offers every address of the machine.
    pub listen: SocketAddr,
    /// Addresses that candidates name instead of the local ones: those of a NAT in front, with the same port.
    pub external: Vec<IpAddr>,
    /// The clock that received media is stamped with.
    pub clock: Arc<dyn Fn() -> MediaTime + Send + Sync>,
}

/// What a [`Peer`](crate::Peer) offers and accepts.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// Audio codecs in order of preference.
    pub audio: Vec<Codec>,
    /// Video codecs in order of preference.
    pub video: Vec<Codec>,
    /// Ways to protect media, in order of preference; the DTLS client's order decides.
    pub srtp: Vec<SrtpProfile>,
    /// Whether offers have a data channel. Channels that the remote opens always work.
    pub data_channels: bool,
}

/// How media is protected on its way (RFC 5764 section 4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpProfile {
    /// SRTP_AES128_CM_HMAC_SHA1_80, which every implementation has.
    AesCmSha1,
    /// SRTP_AEAD_AES_128_GCM (RFC 7714), which costs less.
    AesGcm,
}

impl Default for PeerConfig {
    fn default() -> Self {
        PeerConfig {
            audio: vec![Codec::Opus, Codec::Pcmu, Codec::Pcma],
            video: vec![Codec::Vp8, Codec::H264, Codec::Vp9, Codec::Av1],
            srtp: vec![SrtpProfile::AesGcm, SrtpProfile::AesCmSha1],
            data_channels: false,
        }
    }
}

/// Which media an offer has. Each is offered for sending and receiving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferOptions {
    /// An audio section.
    pub audio: bool,
    /// A video section.
    pub video: bool,
}

/// Which candidates of ours are gathered. By itself: a host candidate for each address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatherOptions {
    /// Only addresses of these network interfaces, by their names; of all when there are none. Not together with
    /// external addresses, which no interface has.
    pub interfaces: Vec<String>,
    /// A STUN server that says how the port is seen from outside (RFC 8489), for a server-reflexive candidate.
    pub stun_server: Option<SocketAddr>,
    /// A TURN server that relays (RFC 8656), for a relay candidate. All peers of a network share one address there, and
    /// the credentials of the first.
    pub turn_server: Option<TurnServer>,
}

/// A TURN server that is reached by UDP, and the long-term credentials for it (RFC 8489 section 9.2).
#[derive(Clone, PartialEq, Eq)]
pub struct TurnServer {
    /// Where it is.
    pub address: SocketAddr,
    /// The user's name.
    pub user: String,
    /// The user's password.
    pub password: String,
}

/// A text that names no server of this kind.
#[derive(Debug, thiserror::Error)]
#[error("a TURN server is user:password@address:port, with an IP address, and reached by UDP")]
pub struct TurnServerError;

impl FromStr for TurnServer {
    type Err = TurnServerError;

    /// `user:password@address:port`, with `?transport=udp` or without; a password may have an @.
    fn from_str(text: &str) -> Result<TurnServer, TurnServerError> {
        let (text, transport) = text.split_once("?transport=").unwrap_or((text, "udp"));
        let by_udp = transport.eq_ignore_ascii_case("udp");
        let (credentials, address) = text.rsplit_once('@').filter(|_| by_udp).ok_or(TurnServerError)?;
        let (user, password) = credentials.split_once(':').ok_or(TurnServerError)?;
        let address = address.parse().map_err(|_| TurnServerError)?;
        Ok(TurnServer { address, user: user.to_owned(), password: password.to_owned() })
    }
}

impl std::fmt::Debug for TurnServer {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.user, self.address)
    }
}

/// A data channel to be opened (RFC 8832, W3C's `RTCDataChannelInit`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataChannelOptions {
    /// Its label.
    pub label: String,
    /// Whether messages come in the order in which they were sent.
    pub ordered: bool,
    /// Milliseconds after which a message is given up; not together with `max_retransmits`.
    pub max_packet_life_time: Option<u16>,
    /// How often a message is sent again before it is given up.
    pub max_retransmits: Option<u16>,
    /// The protocol that the application speaks in it.
    pub protocol: String,
}

impl Default for DataChannelOptions {
    fn default() -> Self {
        let (label, protocol) = (String::new(), String::new());
        DataChannelOptions { label, ordered: true, max_packet_life_time: None, max_retransmits: None, protocol }
    }
}

/// An ICE candidate as signalling carries it (RFC 8839 section 5.1, RFC 8838).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IceCandidate {
    /// `candidate:...`, without `a=`. Empty: the remote has no more.
    pub candidate: String,
    /// The `mid` of the media section that it belongs to.
    pub sdp_mid: String,
    /// Index of that media section.
    pub sdp_m_line_index: u16,
}

/// What was negotiated for one kind of media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NegotiatedMedia {
    /// Codecs that the remote takes from us, most wanted first. Empty when it does not receive this kind.
    pub send_codecs: Vec<Codec>,
    /// Whether the remote may send this kind.
    pub receives: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_server_is_named_with_its_credentials() {
        let read = |text: &str| text.parse::<TurnServer>().ok();
        let server = read("vine:p@ss:word@192.0.2.7:3478").expect("a server");
        assert_eq!((server.address.to_string(), &*server.user), ("192.0.2.7:3478".to_owned(), "vine"));
        assert_eq!(server.password, "p@ss:word");
        assert!(!format!("{server:?}").contains("word"), "a password is not shown");
        assert_eq!(read("vine:p@ss:word@192.0.2.7:3478?transport=udp"), Some(server));
        for other in ["", "vine:word@192.0.2.7:3478?transport=tcp", "vine:word@192.0.2.7", "192.0.2.7:3478", "a:b@c:1"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
