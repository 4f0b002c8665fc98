//! Two peers that reach each other through a TURN server only, and what is left there when they are gone.

mod support;

use rtc::stun::attributes::{
    ATTR_CHANNEL_NUMBER, ATTR_DATA, ATTR_LIFETIME, ATTR_NONCE, ATTR_REALM, ATTR_USERNAME, ATTR_XOR_PEER_ADDRESS,
    ATTR_XOR_RELAYED_ADDRESS, AttrType,
};
use rtc::stun::error_code::{CODE_UNAUTHORIZED, ErrorCodeAttribute};
use rtc::stun::integrity::MessageIntegrity;
use rtc::stun::message::{
    CLASS_ERROR_RESPONSE, CLASS_INDICATION, CLASS_SUCCESS_RESPONSE, METHOD_ALLOCATE, METHOD_CHANNEL_BIND,
    METHOD_CREATE_PERMISSION, METHOD_DATA, METHOD_REFRESH, METHOD_SEND, Message, MessageType, Setter,
};
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Side, network, send};
use trellis_webrtc::{GatherOptions, IceCandidate, OfferOptions, PeerConfig, TurnServer};

const REALM: &str = "trellis.example";
const USER: &str = "vine";
const PASSWORD: &str = "grapes";
const PACKETS: u16 = 60;

/// A TURN server (RFC 8656) with one client and one remote. The remote stands behind a firewall: its address as the
/// client knows it is a socket that nobody reads; only what the server relays comes through.
struct Server {
    front: UdpSocket,
    relay: UdpSocket,
    firewall: UdpSocket,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<SocketAddr>,
    /// The remote behind the firewall.
    remote: Option<SocketAddr>,
    permitted: bool,
    channel: Option<u16>,
    /// What was relayed in channels, each way.
    in_channels: [usize; 2],
    refused: usize,
    released: bool,
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    socket
}

fn address(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("an address")
}

/// An attribute with an address in it.
struct Address(AttrType, SocketAddr);

impl Setter for Address {
    fn add_to(&self, message: &mut Message) -> Result<(), rtc::shared::error::Error> {
        XorMappedAddress { ip: self.1.ip(), port: self.1.port() }.add_to_as(message, self.0)
    }
}

/// An attribute of bytes.
struct Bytes<'a>(AttrType, &'a [u8]);

impl Setter for Bytes<'_> {
    fn add_to(&self, message: &mut Message) -> Result<(), rtc::shared::error::Error> {
        message.add(self.0, self.1);
        Ok(())
    }
}

fn message(setters: &[Box<dyn Setter + '_>]) -> Vec<u8> {
    let mut message = Message::new();
    message.build(setters).expect("a message");
    message.raw
}

impl Server {
    fn start() -> Arc<Server> {
        let (front, relay, firewall) = (socket(), socket(), socket());
        let server = Arc::new(Server { front, relay, firewall, state: Mutex::default() });
        for serve in [Server::serve_front as fn(&Server), Server::serve_relay] {
            let server = Arc::clone(&server);
            std::thread::spawn(move || serve(&server));
        }
        server
    }

    fn options(&self, password: &str) -> GatherOptions {
        let (user, password) = (USER.to_owned(), password.to_owned());
        let turn_server = Some(TurnServer { address: address(&self.front), user, password });
        GatherOptions { turn_server, ..GatherOptions::default() }
    }

    /// What the client sends.
    fn serve_front(&self) {
        let mut buffer = [0; 2_000];
        while let Ok((length, client)) = self.front.recv_from(&mut buffer) {
            let datagram = &buffer[..length];
            let mut state = self.state.lock().expect("the state");
            if datagram[0] & 0xc0 == 0x40 {
                assert_eq!(state.channel, Some(u16::from_be_bytes([datagram[0], datagram[1]])), "a bound channel");
                let data = usize::from(u16::from_be_bytes([datagram[2], datagram[3]]));
                state.in_channels[0] += 1;
                self.to_remote(&state, &datagram[4..4 + data]);
                continue;
            }
            let mut asked = Message { raw: datagram.to_vec(), ..Message::default() };
            asked.decode().expect("STUN");
            state.client = Some(client);
            if asked.typ == MessageType::new(METHOD_SEND, CLASS_INDICATION) {
                assert!(state.permitted, "nothing is sent before it is permitted");
                self.to_remote(&state, &asked.get(ATTR_DATA).expect("data"));
            } else {
                let answer = self.answer(&mut state, &mut asked);
                self.front.send_to(&answer, client).expect("sent");
            }
        }
    }

    fn to_remote(&self, state: &State, data: &[u8]) {
        if let Some(remote) = state.remote {
            self.relay.send_to(data, remote).expect("sent");
        }
    }

    /// The answer to a request (RFC 8489 section 9.2.4, RFC 8656 sections 7 to 12).
    fn answer(&self, state: &mut State, asked: &mut Message) -> Vec<u8> {
        let (id, method) = (asked.transaction_id, asked.typ.method);
        let provider = rtc::crypto::default_provider().expect("a provider");
        let [user, realm, password] = [USER, REALM, PASSWORD].map(str::to_owned);
        let key = MessageIntegrity::long_term_integrity_key(user, realm, password, provider.crypto()).expect("a key");
        if asked.get(ATTR_USERNAME).is_err() || MessageIntegrity::check(asked, &key, provider.crypto()).is_err() {
            state.refused += 1;
            let reason = b"who are you?".to_vec();
            return message(&[
                Box::new(id),
                Box::new(MessageType::new(method, CLASS_ERROR_RESPONSE)),
                Box::new(ErrorCodeAttribute { code: CODE_UNAUTHORIZED, reason }),
                Box::new(Bytes(ATTR_REALM, REALM.as_bytes())),
                Box::new(Bytes(ATTR_NONCE, b"once")),
            ]);
        }
        let mut setters: Vec<Box<dyn Setter>> =
            vec![Box::new(id), Box::new(MessageType::new(method, CLASS_SUCCESS_RESPONSE))];
        if method == METHOD_ALLOCATE {
            setters.push(Box::new(Address(ATTR_XOR_RELAYED_ADDRESS, address(&self.relay))));
            setters.push(Box::new(Bytes(ATTR_LIFETIME, &[0, 0, 2, 88])));
        } else if method == METHOD_REFRESH {
            state.released = asked.get(ATTR_LIFETIME).expect("a lifetime") == [0; 4];
            setters.push(Box::new(Bytes(ATTR_LIFETIME, &[0; 4])));
        } else {
            let mut remote = XorMappedAddress::default();
            remote.get_from_as(asked, ATTR_XOR_PEER_ADDRESS).expect("a remote");
            let known = SocketAddr::new(remote.ip, remote.port) == address(&self.firewall);
            if method == METHOD_CREATE_PERMISSION {
                state.permitted |= known;
            } else if method == METHOD_CHANNEL_BIND && known {
                let number = asked.get(ATTR_CHANNEL_NUMBER).expect("a channel");
                state.channel = Some(u16::from_be_bytes([number[0], number[1]]));
            }
        }
        message(&setters)
    }

    /// What the remote sends to the relayed address.
    fn serve_relay(&self) {
        let mut buffer = [0; 2_000];
        while let Ok((length, remote)) = self.relay.recv_from(&mut buffer) {
            let mut state = self.state.lock().expect("the state");
            state.remote = Some(remote);
            let Some(client) = state.client.filter(|_| state.permitted) else { continue };
            let datagram = match state.channel {
                Some(channel) => {
                    state.in_channels[1] += 1;
                    [&channel.to_be_bytes()[..], &(length as u16).to_be_bytes(), &buffer[..length]].concat()
                }
                None => message(&[
                    Box::new(rtc::stun::message::TransactionId::new()),
                    Box::new(MessageType::new(METHOD_DATA, CLASS_INDICATION)),
                    Box::new(Address(ATTR_XOR_PEER_ADDRESS, address(&self.firewall))),
                    Box::new(Bytes(ATTR_DATA, &buffer[..length])),
                ]),
            };
            self.front.send_to(&datagram, client).expect("sent");
        }
    }
}

#[test]
fn media_goes_through_the_server_and_its_address_is_given_back() {
    let server = Server::start();
    let (offerer, answerer) =
        (Side::new(network(), PeerConfig::default()), Side::new(network(), PeerConfig::default()));
    let offer = offerer.peer.create_offer(OfferOptions { audio: true, video: true }).expect("an offer");
    let answer = answerer.peer.process_offer(&offer).expect("an answer");
    offerer.peer.process_answer(&answer).expect("the answer is taken");
    let mut candidates = offerer.gather_with(&server.options(PASSWORD));
    let relayed = candidates.pop().expect("a candidate");
    let place = format!(" 127.0.0.1 {} typ relay raddr 127.0.0.1 rport ", address(&server.relay).port());
    assert!(relayed.candidate.contains(&place), "{}", relayed.candidate);
    let local = offerer.peer.local_description().expect("a description");
    assert!(local.contains("typ relay"), "{local}");
    // The remote hears of the relayed address only, and is known by an address where nobody listens.
    let own = answerer.gather_with(&GatherOptions::default()).remove(0);
    let port = own.candidate.split(' ').nth(5).expect("a port").to_owned();
    let hidden = own.candidate.replace(&format!(" {port} "), &format!(" {} ", address(&server.firewall).port()));
    answerer.peer.add_candidate(relayed).expect("a candidate");
    offerer.peer.add_candidate(IceCandidate { candidate: hidden, ..own }).expect("a candidate");
    offerer.wait_connected();
    answerer.wait_connected();
    send(&offerer, &answerer, PACKETS);
    send(&answerer, &offerer, PACKETS);
    let path = offerer.peer.stats().path.expect("a path");
    assert_eq!((path.local.kind.as_str(), path.remote.port), ("relay", address(&server.firewall).port()));
    {
        let state = server.state.lock().expect("the state");
        assert!(state.refused == 1 && state.in_channels.iter().all(|number| *number > 0), "{:?}", state.in_channels);
        assert!(!state.released);
    }
    drop(offerer);
    let deadline = Instant::now() + Duration::from_secs(5);
    while !server.state.lock().expect("the state").released {
        assert!(Instant::now() < deadline, "the address was never given back");
        std::thread::yield_now();
    }
}

#[test]
fn peers_share_an_address_and_a_wrong_password_gives_none() {
    let server = Server::start();
    let network = network();
    let [first, second] = [(); 2].map(|()| Side::new(network.clone(), PeerConfig::default()));
    assert_eq!(first.gather_with(&server.options(PASSWORD))[1], second.gather_with(&server.options(PASSWORD))[1]);
    drop(first);
    let third = Side::new(network, PeerConfig::default());
    assert_eq!(third.gather_with(&server.options("raisins")).len(), 2, "there is an address already");
    assert!(!server.state.lock().expect("the state").released, "two peers use it");
    let stranger = Side::new(support::network(), PeerConfig::default());
    assert_eq!(stranger.gather_with(&server.options("raisins")).len(), 1);
}
