//! Properties of an endpoint that are about the network around it.
//!
//! All peers share one UDP port, whose addresses the server's configuration decides. Host candidates, with external
//! addresses where there is a NAT, what a STUN server sees and what a TURN server relays are offered; no TCP candidate
//! is made. What an application sets all the same is kept and given back, and a warning says that nothing
//! follows from it: an application that was written for another server must not fail here.

use crate::IceSettings;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use trellis_model::{Args, Record, RemoteError, Value};
use trellis_webrtc::{GatherOptions, TurnServer};

/// Bytes of the longest RTP packet that our packetisers make, which is also Kurento's default.
const MTU: i64 = 1_200;
/// Larger packets do not pass an Ethernet.
const LARGEST_MTU: i64 = 65_507;

/// The properties of one endpoint.
pub(super) struct Settings {
    /// Names, with commas between: only their addresses become candidates.
    network_interfaces: String,
    /// Without effect: there are no TCP candidates.
    ice_tcp: bool,
    /// An IP address, whose server is asked how it sees our port; none when it is empty.
    stun_server_address: String,
    stun_server_port: i64,
    /// `user:password@address:port`, whose server is asked to relay; none when it is empty.
    turn_url: String,
    /// Stands in our host candidates instead of the local address.
    external_v4: Option<Ipv4Addr>,
    external_v6: Option<Ipv6Addr>,
    /// Without effect below the default: packets of our own have that size at most, and others' are not cut.
    mtu: i64,
    /// Without effect but for `rembOnConnect`: they tune an estimator that we do not have.
    remb: Record,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            network_interfaces: String::new(),
            ice_tcp: false,
            stun_server_address: String::new(),
            stun_server_port: 3_478,
            turn_url: String::new(),
            external_v4: None,
            external_v6: None,
            mtu: MTU,
            remb: Record { kind: "RembParams".to_owned(), fields: Vec::new() },
        }
    }
}

impl Settings {
    /// As the server's configuration wants them at first.
    pub fn of(ice: &IceSettings) -> Settings {
        Settings {
            network_interfaces: ice.network_interfaces.clone(),
            stun_server_address: ice.stun_server_address.map(|ip| ip.to_string()).unwrap_or_default(),
            stun_server_port: ice.stun_server_port.into(),
            turn_url: ice.turn_url.clone(),
            ..Settings::default()
        }
    }

    /// Does a getter or setter; `None` when it is of no property here. `endpoint` is for the log.
    pub fn invoke(&mut self, operation: &str, args: &Args, endpoint: &str) -> Option<Result<Value, RemoteError>> {
        self.get(operation).map(Ok).or_else(|| self.set(operation, args, endpoint).map(|set| set.map(|()| Value::Null)))
    }

    fn get(&self, operation: &str) -> Option<Value> {
        let address = |address: Option<IpAddr>| Value::Text(address.map(|ip| ip.to_string()).unwrap_or_default());
        Some(match operation {
            "getNetworkInterfaces" => self.network_interfaces.as_str().into(),
            "getIceTcp" => self.ice_tcp.into(),
            "getStunServerAddress" => self.stun_server_address.as_str().into(),
            "getStunServerPort" => self.stun_server_port.into(),
            "getTurnUrl" => self.turn_url.as_str().into(),
            "getExternalIPv4" => address(self.external_v4.map(IpAddr::from)),
            "getExternalIPv6" => address(self.external_v6.map(IpAddr::from)),
            "getMtu" => self.mtu.into(),
            "getRembParams" => Value::Record(self.remb.clone()),
            _ => return None,
        })
    }

    fn set(&mut self, operation: &str, args: &Args, endpoint: &str) -> Option<Result<(), RemoteError>> {
        let without_effect = |property: &str, why: &str| {
            tracing::warn!(endpoint, property, why, "a property without effect was set");
        };
        Some(match operation {
            "setNetworkInterfaces" => args.text("networkInterfaces").map(|names| self.network_interfaces = names),
            "setIceTcp" => args.bool("iceTcp").map(|wanted| {
                if wanted {
                    without_effect("iceTcp", "there are no TCP candidates");
                }
                self.ice_tcp = wanted;
            }),
            "setStunServerAddress" => args.text("stunServerAddress").map(|address| {
                if !address.is_empty() && address.parse::<IpAddr>().is_err() {
                    without_effect("stunServerAddress", "a STUN server is named by its IP address");
                }
                self.stun_server_address = address;
            }),
            "setStunServerPort" => args.int("stunServerPort").and_then(|port| {
                let wrong = |_| RemoteError::illegal_param("stunServerPort is a UDP port");
                self.stun_server_port = u16::try_from(port).map_err(wrong)?.into();
                Ok(())
            }),
            // Never logged: it has a password.
            "setTurnUrl" => args.text("turnUrl").map(|url| {
                if !url.is_empty() && url.parse::<TurnServer>().is_err() {
                    without_effect("turnUrl", "a TURN server is user:password@address:port, reached by UDP");
                }
                self.turn_url = url;
            }),
            "setExternalIPv4" => external(args, "externalIPv4").map(|address| self.external_v4 = address),
            "setExternalIPv6" => external(args, "externalIPv6").map(|address| self.external_v6 = address),
            "setMtu" => args.int("mtu").and_then(|bytes| self.set_mtu(bytes, without_effect)),
            "setRembParams" => args.record("rembParams").map(|params| {
                if params.fields.iter().any(|(name, _)| name != "rembOnConnect") {
                    without_effect("rembParams", "the receivers' estimates are used as they come");
                }
                self.remb = params;
            }),
            _ => return None,
        })
    }

    /// Which candidates are gathered.
    pub fn gathering(&self) -> GatherOptions {
        let names = self.network_interfaces.split(',').map(str::trim).filter(|name| !name.is_empty());
        let server = self.stun_server_address.parse::<IpAddr>().ok().zip(u16::try_from(self.stun_server_port).ok());
        GatherOptions {
            interfaces: names.map(str::to_owned).collect(),
            stun_server: server.filter(|(_, port)| *port > 0).map(SocketAddr::from),
            turn_server: self.turn_url.parse().ok(),
        }
    }

    fn set_mtu(&mut self, bytes: i64, without_effect: impl Fn(&str, &str)) -> Result<(), RemoteError> {
        if !(1..=LARGEST_MTU).contains(&bytes) {
            return Err(RemoteError::illegal_param(format_args!("mtu is 1 to {LARGEST_MTU} bytes")));
        }
        if bytes < MTU {
            without_effect("mtu", "packets of our own have up to 1200 bytes");
        }
        self.mtu = bytes;
        Ok(())
    }

    /// What a remote is taken to be able to receive until it says so itself, in bits a second.
    pub fn first_estimate(&self) -> Option<u64> {
        self.remb.int("rembOnConnect").and_then(|bits| u64::try_from(bits).ok()).filter(|bits| *bits > 0)
    }

    /// A candidate of ours as the remote gets it: behind a NAT, a host candidate has the outer address (RFC 8839
    /// section 5.1: `candidate:foundation component transport priority address port typ host`).
    pub fn seen_from_outside(&self, candidate: &str) -> String {
        let mut words: Vec<&str> = candidate.split(' ').collect();
        let host = words.get(6..8) == Some(&["typ", "host"]);
        let address = words.get(4).and_then(|word| word.parse::<IpAddr>().ok()).filter(|_| host);
        let external = match address {
            Some(IpAddr::V4(_)) => self.external_v4.map(IpAddr::from),
            Some(IpAddr::V6(_)) => self.external_v6.map(IpAddr::from),
            None => None,
        };
        let Some(external) = external.map(|ip| ip.to_string()) else { return candidate.to_owned() };
        words[4] = &external;
        words.join(" ")
    }

    /// The same for all candidates of a description; one that has become like another is left out.
    pub fn describe(&self, description: &str) -> String {
        let mut text = String::with_capacity(description.len());
        let mut known: Vec<String> = Vec::new();
        for line in description.split_inclusive('\n') {
            if line.starts_with("m=") {
                known.clear();
            }
            let Some(candidate) = line.strip_prefix("a=candidate:") else {
                text.push_str(line);
                continue;
            };
            let candidate = self.seen_from_outside(&format!("candidate:{}", candidate.trim_end()));
            let place = place_of(&candidate);
            if !known.contains(&place) {
                known.push(place);
                text.push_str(&format!("a={candidate}\r\n"));
            }
        }
        text
    }
}

/// What tells candidates apart: component, transport, address and port.
pub(super) fn place_of(candidate: &str) -> String {
    let words: Vec<&str> = candidate.split(' ').collect();
    [1, 2, 4, 5].map(|index| words.get(index).copied().unwrap_or_default()).join(" ")
}

/// An address, or nothing for an empty text.
fn external<T: std::str::FromStr>(args: &Args, name: &str) -> Result<Option<T>, RemoteError> {
    let text = args.text(name)?;
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || RemoteError::illegal_param(format_args!("{name} is an address, or empty"));
    text.parse().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_estimate_is_what_was_set() {
        let mut settings = Settings::default();
        assert_eq!(settings.first_estimate(), None);
        settings.remb.fields.push(("rembOnConnect".to_owned(), Value::Int(500_000)));
        assert_eq!(settings.first_estimate(), Some(500_000));
    }

    #[test]
    fn a_server_is_asked_when_it_is_named_by_its_address() {
        let mut settings = Settings::default();
        assert_eq!(settings.gathering(), GatherOptions::default());
        settings.network_interfaces = "eth0, lo".to_owned();
        assert_eq!(settings.gathering().interfaces, ["eth0", "lo"]);
        for (named, server) in [("192.0.2.7", Some("192.0.2.7:3478")), ("stun.example.org", None)] {
            settings.stun_server_address = named.to_owned();
            assert_eq!(settings.gathering().stun_server.map(|server| server.to_string()).as_deref(), server);
        }
    }

    #[test]
    fn what_is_configured_is_asked_until_the_application_sets_something_else() {
        let turn_url = "vine:word@192.0.2.8:3478".to_owned();
        let stun_server_address = Some(Ipv4Addr::new(192, 0, 2, 7).into());
        let ice = IceSettings { network_interfaces: "lo".into(), stun_server_address, stun_server_port: 9, turn_url };
        let mut settings = Settings::of(&ice);
        let asked = settings.gathering();
        assert_eq!((asked.interfaces, asked.stun_server), (vec!["lo".to_owned()], "192.0.2.7:9".parse().ok()));
        assert_eq!(asked.turn_server, ice.turn_url.parse().ok());
        settings.stun_server_address = String::new();
        assert_eq!(settings.gathering().stun_server, None);
    }

    #[test]
    fn host_candidates_have_the_outer_address() {
        let local = "candidate:1 1 udp 2130706431 10.0.0.7 5000 typ host";
        let mut settings = Settings::default();
        assert_eq!(settings.seen_from_outside(local), local);
        settings.external_v4 = Some(Ipv4Addr::new(203, 0, 113, 9));
        assert_eq!(settings.seen_from_outside(local), local.replace("10.0.0.7", "203.0.113.9"));
        let six = "candidate:1 1 udp 2130706431 fe80::1 5000 typ host";
        assert_eq!(settings.seen_from_outside(six), six);
        let sdp = format!(
            "v=0\r\nm=audio 9 X 0\r\na={local}\r\na={}\r\na={six}\r\na=mid:0\r\n",
            local.replace("10.0.0.7", "127.0.0.1")
        );
        let described = settings.describe(&sdp);
        assert_eq!(described.matches("203.0.113.9 5000").count(), 1, "{described}");
        assert!(described.contains(six) && described.ends_with("a=mid:0\r\n") && !described.contains("127.0.0.1"));
    }
}
