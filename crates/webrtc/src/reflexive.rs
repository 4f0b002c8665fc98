//! Asks STUN servers under which address the port is seen from outside (RFC 8489 section 7, RFC 8445 section 5.1.1.2).
//!
//! The port is one, so is its address as one server sees it: peers that ask the same server at the same time wait for
//! one answer.

use rtc::stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Getter, Message, TransactionId};
use rtc::stun::xoraddr::XorMappedAddress;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Servers that are asked at a time.
const MOST_SERVERS: usize = 64;
/// How long each request waits for its answer. RFC 8489 section 6.2.1 goes on for 40 s; who waits for candidates
/// cannot.
const PATIENCE: [Duration; 3] =
    [Duration::from_millis(500), Duration::from_millis(1_000), Duration::from_millis(2_000)];

/// The questions that are open.
#[derive(Default)]
pub struct Questions(Vec<Question>);

struct Question {
    server: SocketAddr,
    request: Vec<u8>,
    id: TransactionId,
    /// The peers that want to know, by their ICE user name fragments; the network has a bounded number of them.
    waiting: Vec<Arc<str>>,
    requests: usize,
    next: Instant,
}

/// A question that is closed.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The address; `None` when the server did not say.
    pub seen: Option<SocketAddr>,
    pub waiting: Vec<Arc<str>>,
}

impl Questions {
    /// A peer wants to know; whether it will be told.
    pub fn ask(&mut self, server: SocketAddr, peer: Arc<str>, now: Instant) -> bool {
        if let Some(question) = self.0.iter_mut().find(|question| question.server == server) {
            if !question.waiting.contains(&peer) {
                question.waiting.push(peer);
            }
            return true;
        }
        let (mut message, id) = (Message::new(), TransactionId::new());
        if self.0.len() >= MOST_SERVERS || message.build(&[Box::new(id), Box::new(BINDING_REQUEST)]).is_err() {
            return false;
        }
        self.0.push(Question { server, request: message.raw, id, waiting: vec![peer], requests: 0, next: now });
        true
    }

    /// How many servers are asked.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_server(&self, address: SocketAddr) -> bool {
        self.0.iter().any(|question| question.server == address)
    }

    /// When there is something to send or to give up.
    pub fn due(&self) -> Option<Instant> {
        self.0.iter().map(|question| question.next).min()
    }

    /// The requests to send now, and what has been given up.
    pub fn turn(&mut self, now: Instant) -> (Vec<(SocketAddr, Vec<u8>)>, Vec<Outcome>) {
        let (mut requests, mut given_up) = (Vec::new(), Vec::new());
        self.0.retain_mut(|question| {
            if question.next > now {
                return true;
            }
            let Some(patience) = PATIENCE.get(question.requests) else {
                given_up.push(Outcome { seen: None, waiting: std::mem::take(&mut question.waiting) });
                return false;
            };
            question.requests += 1;
            question.next = now + *patience;
            requests.push((question.server, question.request.clone()));
            true
        });
        (requests, given_up)
    }

    /// What a datagram answers; `None` when it answers nothing that was asked of its sender.
    pub fn answered(&mut self, from: SocketAddr, datagram: &[u8]) -> Option<Outcome> {
        if !self.is_server(from) {
            return None;
        }
        let mut message = Message { raw: datagram.to_vec(), ..Message::default() };
        message.decode().ok()?;
        let asked = |question: &Question| question.server == from && question.id == message.transaction_id;
        let place = self.0.iter().position(asked)?;
        let mut address = XorMappedAddress::default();
        let told = message.typ == BINDING_SUCCESS && address.get_from(&message).is_ok();
        let seen = told.then(|| SocketAddr::new(address.ip.to_canonical(), address.port));
        Some(Outcome { seen, waiting: self.0.remove(place).waiting })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::stun::message::Setter;

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    /// The answer of a server that sees `seen`.
    fn answer(request: &[u8], seen: SocketAddr) -> Vec<u8> {
        let mut asked = Message { raw: request.to_vec(), ..Message::default() };
        asked.decode().expect("a request");
        let seen = XorMappedAddress { ip: seen.ip(), port: seen.port() };
        let mut message = Message::new();
        let setters: [Box<dyn Setter>; 3] = [Box::new(asked.transaction_id), Box::new(BINDING_SUCCESS), Box::new(seen)];
        message.build(&setters).expect("an answer");
        message.raw
    }

    #[test]
    fn peers_that_ask_one_server_are_told_together() {
        let (mut questions, now) = (Questions::default(), Instant::now());
        let (server, seen) = (address("192.0.2.1:3478"), address("203.0.113.9:40000"));
        for peer in ["a", "b", "a"] {
            assert!(questions.ask(server, peer.into(), now));
        }
        let (requests, _) = questions.turn(now);
        let [(to, request)] = requests.as_slice() else { panic!("one request: {requests:?}") };
        assert_eq!(*to, server);
        let answer = answer(request, seen);
        assert_eq!(questions.answered(address("192.0.2.2:3478"), &answer), None, "from somewhere else");
        let mut forged = answer.clone();
        forged[19] ^= 1;
        assert_eq!(questions.answered(server, &forged), None, "to another question");
        let told = questions.answered(server, &answer);
        assert_eq!(told, Some(Outcome { seen: Some(seen), waiting: vec!["a".into(), "b".into()] }));
        assert_eq!((questions.answered(server, &answer), questions.due()), (None, None), "once");
    }

    #[test]
    fn a_server_that_says_nothing_is_asked_three_times_and_given_up() {
        let (mut questions, mut now) = (Questions::default(), Instant::now());
        let start = now;
        assert!(questions.ask(address("192.0.2.1:3478"), "a".into(), now));
        let mut sent = 0;
        while let Some(due) = questions.due() {
            now = due;
            let (requests, given_up) = questions.turn(now);
            sent += requests.len();
            assert_eq!(given_up.is_empty(), questions.due().is_some());
        }
        assert_eq!((sent, now - start), (3, Duration::from_millis(3_500)));
    }

    #[test]
    fn no_truncation_of_an_answer_is_one() {
        let (mut questions, now) = (Questions::default(), Instant::now());
        let server = address("192.0.2.1:3478");
        questions.ask(server, "a".into(), now);
        let (requests, _) = questions.turn(now);
        let answer = answer(&requests[0].1, address("203.0.113.9:1"));
        for length in 0..answer.len() {
            let told = questions.answered(server, &answer[..length]);
            assert!(told.is_none_or(|told| told.seen.is_none()), "{length} bytes");
        }
    }

    #[test]
    fn servers_are_bounded() {
        let (mut questions, now) = (Questions::default(), Instant::now());
        let asked = (0..1_000).filter(|port| questions.ask(SocketAddr::from(([192, 0, 2, 1], *port)), "a".into(), now));
        assert_eq!(asked.count(), MOST_SERVERS);
    }
}
