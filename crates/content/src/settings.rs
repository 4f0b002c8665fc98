//! What an application may set.

use crate::session::Pace;
use std::time::Duration;

/// Times and bounds of an application.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a poll waits for something to tell. Clients of the old SDK give up after 30 s.
    pub poll: Duration,
    /// How long a session lives that neither polls nor is given media; how long its end waits for a poll.
    pub idle: Duration,
    /// How long a handler, and a client for the handler's answer, waits.
    pub handler_timeout: Duration,
    /// Sessions that there may be at once; more are answered with 20011.
    pub max_sessions: usize,
    /// Starts and commands that may be in work at once; more are answered with 20011.
    pub max_requests: usize,
    /// Bytes of a request of the control protocol.
    pub max_request_bytes: usize,
    /// How long a tunnel waits for its connection to the media server.
    pub connect_timeout: Duration,
    /// How long a tunnel waits for the head of the media server's answer, from when it has the whole request.
    pub answer_timeout: Duration,
    /// How long a tunnel waits for the next byte of media, from either side.
    pub stall_timeout: Duration,
    /// Transfers of media through this server at once; more are answered with 20011.
    pub max_transfers: usize,
    /// Pages of which hosts may use the application, besides those of its own.
    pub origins: Origins,
    /// Where clients and media servers reach the router, such as `https://calls.example/app`. Without it the URLs that
    /// clients are given begin with `/`.
    pub public_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            poll: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            handler_timeout: Duration::from_secs(50),
            max_sessions: 10_000,
            max_requests: 1_000,
            max_request_bytes: 256 * 1024,
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(60),
            max_transfers: 1_000,
            origins: Origins::default(),
            public_url: None,
        }
    }
}

impl Settings {
    pub(crate) fn pace(&self) -> Pace {
        Pace { poll: self.poll, idle: self.idle }
    }
}

/// Origins (RFC 6454) whose pages a browser lets use the application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origins {
    /// Those of the application's own host alone.
    #[default]
    Own,
    /// These too, as browsers write them: `https://example.org`.
    These(Vec<String>),
    /// All.
    All,
}

/// How clients ask for a content over HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// By the Open API: JSON-RPC, with a URL in the answer.
    #[default]
    Control,
    /// By a GET or an upload of the content itself, without events and commands.
    Simple,
}

/// Where the media of HTTP contents flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Through this server; clients never see the media server.
    #[default]
    Tunnel,
    /// Straight between the client and the media server, to whose URL it is sent.
    Redirect,
}

/// How one HTTP content is had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// How it is asked for.
    pub protocol: Protocol,
    /// Where its media flows.
    pub delivery: Delivery,
}
