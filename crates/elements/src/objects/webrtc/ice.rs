//! Properties of a WebRtcEndpoint that are about the network around it: which candidates of ours the remote gets.
//!
//! All peers share one UDP port, whose addresses the server's configuration decides. Host candidates, with external
//! addresses where there is a NAT, what a STUN server sees and what a TURN server relays are offered; no TCP candidate
//! is made. A server that an application names must be one that it may have us send to: see [`Servers`].

use crate::IceSettings;
use crate::objects::settings::without_effect;
use crate::policy::UriPolicy;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use trellis_model::{Args, RemoteError, Value};
use trellis_webrtc::{GatherOptions, TurnServer};

/// The properties of one endpoint.
pub(super) struct Ice {
    /// Names, with commas between: only their addresses become candidates.
    network_interfaces: String,
    /// Without effect: there are no TCP candidates.
    ice_tcp: bool,
    /// An IP address, whose server is asked how it sees our port; none when it is empty.
    stun_server_address: String,
    stun_server_port: u16,
    /// `user:password@address:port`, whose server is asked to relay; none when it is empty.
    turn_url: String,
    /// Stands in our host candidates instead of the local address.
    external_v4: Option<Ipv4Addr>,
    external_v6: Option<Ipv6Addr>,
    servers: Servers,
}

/// Which servers may be asked: those that the operator configured, and whatever URIs may lead to.
struct Servers {
    policy: Arc<UriPolicy>,
    stun: Option<SocketAddr>,
    turn: Option<SocketAddr>,
}

impl Servers {
    fn check(&self, server: SocketAddr, configured: Option<SocketAddr>) -> Result<(), RemoteError> {
        if configured == Some(server) {
            return Ok(());
        }
        self.policy.address(&server.ip().to_string(), server.ip()).map_err(RemoteError::illegal_param)
    }
}

impl Ice {
    /// As the server's configuration wants them at first.
    pub fn new(settings: &IceSettings, policy: &Arc<UriPolicy>) -> Ice {
        let mut ice = Ice {
            network_interfaces: settings.network_interfaces.clone(),
            ice_tcp: false,
            stun_server_address: settings.stun_server_address.map(|ip| ip.to_string()).unwrap_or_default(),
            stun_server_port: settings.stun_server_port,
            turn_url: settings.turn_url.clone(),
            external_v4: None,
            external_v6: None,
            servers: Servers { policy: Arc::clone(policy), stun: None, turn: None },
        };
        ice.servers.stun = ice.stun(&ice.stun_server_address, ice.stun_server_port);
        ice.servers.turn = settings.turn_url.parse().ok().map(|server: TurnServer| server.address);
        ice
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
            "getStunServerPort" => Value::Int(self.stun_server_port.into()),
            "getTurnUrl" => self.turn_url.as_str().into(),
            "getExternalIPv4" => address(self.external_v4.map(IpAddr::from)),
            "getExternalIPv6" => address(self.external_v6.map(IpAddr::from)),
            _ => return None,
        })
    }

    fn set(&mut self, operation: &str, args: &Args, endpoint: &str) -> Option<Result<(), RemoteError>> {
        Some(match operation {
            "setNetworkInterfaces" => args.text("networkInterfaces").map(|names| self.network_interfaces = names),
            "setIceTcp" => args.bool("iceTcp").map(|wanted| {
                if wanted {
                    without_effect(endpoint, "iceTcp", "there are no TCP candidates");
                }
                self.ice_tcp = wanted;
            }),
            "setStunServerAddress" => {
                args.text("stunServerAddress").and_then(|address| self.set_stun_address(address, endpoint))
            }
            "setStunServerPort" => args.int("stunServerPort").and_then(|port| self.set_stun_port(port)),
            "setTurnUrl" => args.text("turnUrl").and_then(|url| self.set_turn(url, endpoint)),
            "setExternalIPv4" => external(args, "externalIPv4").map(|address| self.external_v4 = address),
            "setExternalIPv6" => external(args, "externalIPv6").map(|address| self.external_v6 = address),
            _ => return None,
        })
    }

    fn set_stun_address(&mut self, address: String, endpoint: &str) -> Result<(), RemoteError> {
        if !address.is_empty() && address.parse::<IpAddr>().is_err() {
            without_effect(endpoint, "stunServerAddress", "a STUN server is named by its IP address");
        }
        if let Some(server) = self.stun(&address, self.stun_server_port) {
            self.servers.check(server, self.servers.stun)?;
        }
        self.stun_server_address = address;
        Ok(())
    }

    fn set_stun_port(&mut self, port: i64) -> Result<(), RemoteError> {
        let wrong = |_| RemoteError::illegal_param("stunServerPort is a UDP port");
        let port = u16::try_from(port).map_err(wrong)?;
        if let Some(server) = self.stun(&self.stun_server_address, port) {
            self.servers.check(server, self.servers.stun)?;
        }
        self.stun_server_port = port;
        Ok(())
    }

    /// Never logged: it has a password.
    fn set_turn(&mut self, url: String, endpoint: &str) -> Result<(), RemoteError> {
        match url.parse::<TurnServer>() {
            Ok(server) => self.servers.check(server.address, self.servers.turn)?,
            Err(_) if url.is_empty() => {}
            Err(_) => {
                let why = "a TURN server is user:password@address:port, reached by UDP";
                without_effect(endpoint, "turnUrl", why);
            }
        }
        self.turn_url = url;
        Ok(())
    }

    fn stun(&self, address: &str, port: u16) -> Option<SocketAddr> {
        address.parse::<IpAddr>().ok().filter(|_| port > 0).map(|ip| SocketAddr::new(ip, port))
    }

    /// Which candidates are gathered.
    pub fn gathering(&self) -> GatherOptions {
        let names = self.network_interfaces.split(',').map(str::trim).filter(|name| !name.is_empty());
        GatherOptions {
            interfaces: names.map(str::to_owned).collect(),
            stun_server: self.stun(&self.stun_server_address, self.stun_server_port),
            turn_server: self.turn_url.parse().ok(),
        }
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

    fn ice() -> Ice {
        Ice::new(&IceSettings::default(), &Arc::default())
    }

    fn set(ice: &mut Ice, property: &str, value: impl Into<Value>) -> Result<(), RemoteError> {
        let (first, rest) = property.split_at(1);
        let args = Args::new([(property.to_owned(), value.into())].into());
        ice.set(&format!("set{}{rest}", first.to_uppercase()), &args, "e").expect("a property")
    }

    #[test]
    fn a_server_is_asked_when_it_is_named_by_its_address() {
        let mut ice = ice();
        assert_eq!(ice.gathering(), GatherOptions::default());
        ice.network_interfaces = "eth0, lo".to_owned();
        assert_eq!(ice.gathering().interfaces, ["eth0", "lo"]);
        for (named, server) in [("9.9.9.9", Some("9.9.9.9:3478")), ("stun.example.org", None)] {
            set(&mut ice, "stunServerAddress", named).expect("set");
            assert_eq!(ice.gathering().stun_server.map(|server| server.to_string()).as_deref(), server);
        }
    }

    #[test]
    fn an_application_has_nothing_sent_to_where_it_may_not() {
        let mut ice = ice();
        for (address, scope) in
            [("127.0.0.1", "loopback"), ("::ffff:127.0.0.1", "loopback"), ("169.254.169.254", "link-local")]
        {
            let within = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
            let refused = [
                set(&mut ice, "stunServerAddress", address),
                set(&mut ice, "turnUrl", format!("user:word@{within}:3478")),
            ];
            for refused in refused {
                let error = refused.expect_err(address);
                assert_eq!(error.code, 40_107);
                assert!(error.message.contains(&format!("\"{scope}\" in `uri.hosts`")), "{error}");
            }
        }
        assert_eq!(ice.gathering(), GatherOptions::default(), "nothing was kept");
        set(&mut ice, "stunServerAddress", "10.0.0.7").expect("private hosts are let by default");
        let apart = UriPolicy { hosts: vec!["public".parse().expect("a scope")], ..UriPolicy::default() };
        let mut ice = Ice::new(&IceSettings::default(), &Arc::new(apart));
        let error = set(&mut ice, "turnUrl", "user:word@10.0.0.7:3478".to_owned()).expect_err("among tenants");
        assert!(error.message.contains("\"private\"") && !error.message.contains("word@"), "{error}");
    }

    #[test]
    fn what_the_operator_configured_may_be_asked_wherever_it_is() {
        let turn_url = "vine:word@127.0.0.1:3479".to_owned();
        let stun_server_address = Some(Ipv4Addr::LOCALHOST.into());
        let settings = IceSettings { stun_server_address, stun_server_port: 3_478, turn_url, ..IceSettings::default() };
        let mut ice = Ice::new(&settings, &Arc::default());
        assert!(ice.gathering().stun_server.is_some() && ice.gathering().turn_server.is_some());
        for (property, value) in
            [("stunServerAddress", ""), ("stunServerAddress", "127.0.0.1"), ("turnUrl", "a:b@127.0.0.1:3479")]
        {
            set(&mut ice, property, value).expect("what is configured");
        }
        assert!(set(&mut ice, "turnUrl", "a:b@127.0.0.1:22").is_err(), "another port is another server");
        assert!(set(&mut ice, "stunServerPort", Value::Int(22)).is_err());
        assert_eq!(ice.gathering().stun_server, "127.0.0.1:3478".parse().ok());
    }

    #[test]
    fn what_is_configured_is_asked_until_the_application_sets_something_else() {
        let turn_url = "vine:word@192.0.2.8:3478".to_owned();
        let stun_server_address = Some(Ipv4Addr::new(192, 0, 2, 7).into());
        let settings =
            IceSettings { network_interfaces: "lo".into(), stun_server_address, stun_server_port: 9, turn_url };
        let mut ice = Ice::new(&settings, &Arc::default());
        let asked = ice.gathering();
        assert_eq!((asked.interfaces, asked.stun_server), (vec!["lo".to_owned()], "192.0.2.7:9".parse().ok()));
        assert_eq!(asked.turn_server, settings.turn_url.parse().ok());
        set(&mut ice, "stunServerAddress", "").expect("none");
        assert_eq!(ice.gathering().stun_server, None);
    }

    #[test]
    fn host_candidates_have_the_outer_address() {
        let local = "candidate:1 1 udp 2130706431 10.0.0.7 5000 typ host";
        let mut ice = ice();
        assert_eq!(ice.seen_from_outside(local), local);
        ice.external_v4 = Some(Ipv4Addr::new(203, 0, 113, 9));
        assert_eq!(ice.seen_from_outside(local), local.replace("10.0.0.7", "203.0.113.9"));
        let six = "candidate:1 1 udp 2130706431 fe80::1 5000 typ host";
        assert_eq!(ice.seen_from_outside(six), six);
        let sdp = format!(
            "v=0\r\nm=audio 9 X 0\r\na={local}\r\na={}\r\na={six}\r\na=mid:0\r\n",
            local.replace("10.0.0.7", "127.0.0.1")
        );
        let described = ice.describe(&sdp);
        assert_eq!(described.matches("203.0.113.9 5000").count(), 1, "{described}");
        assert!(described.contains(six) && described.ends_with("a=mid:0\r\n") && !described.contains("127.0.0.1"));
    }
}
