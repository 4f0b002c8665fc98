//! Media on HTTP servers, read as it is needed: in order, or from where it is sought when the server has ranges.
//!
//! Every connection is one that the policy of URIs allows, redirects and ranges too: see [`crate::resource`].

use crate::player::{Failure, Reading, Source};
use crate::policy::UriPolicy;
use crate::resource::{Checked, MAX_REDIRECTS};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;
use trellis_containers::Demuxer;
use ureq::http::{Response, StatusCode, header};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, BodyReader};

/// A server that takes longer to be reached, or to begin its answer, is given up.
const TIMEOUT: Duration = Duration::from_secs(8);
/// What lies no further ahead is read through instead of asked for.
const NEAR: u64 = 64 << 10;

/// A client of HTTP that reaches what the policy allows.
pub(crate) fn agent(policy: &Arc<UriPolicy>) -> Agent {
    let config = Agent::config_builder()
        .timeout_resolve(Some(TIMEOUT))
        .timeout_connect(Some(TIMEOUT))
        .timeout_recv_response(Some(TIMEOUT))
        .max_redirects(MAX_REDIRECTS)
        // A proxy would resolve names by itself.
        .proxy(None)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Checked::new(policy))
}

/// The media at a URI, for a player.
pub(crate) fn source(policy: &Arc<UriPolicy>, uri: &str) -> Source {
    let agent = agent(policy);
    let (uri, closing) = (uri.to_owned(), agent.clone());
    let open = move || open(agent, uri);
    Source { open: Box::new(open), stop: Box::new(move || closing.clone().shutdown()) }
}

fn open(agent: Agent, uri: String) -> Result<Reading, Failure> {
    let remote = Remote::open(agent, uri).map_err(|error| Failure::Unreachable(error.to_string()))?;
    let seekable = remote.length.is_some();
    let opened = if seekable { Demuxer::read(remote) } else { Demuxer::stream(remote) };
    let (demuxer, tracks) = opened.map_err(Failure::Unreadable)?;
    Ok(Reading { demuxer, tracks, seekable })
}

/// A resource of an HTTP server.
struct Remote {
    agent: Agent,
    uri: String,
    /// How long it is, when the server has ranges.
    length: Option<u64>,
    /// Where the body stands; none is open where the next byte has to be asked for.
    body: Option<(u64, BodyReader<'static>)>,
    /// Where the next byte is read.
    at: u64,
}

impl Remote {
    fn open(agent: Agent, uri: String) -> io::Result<Remote> {
        let response = ask(&agent, &uri, 0)?;
        let length = (response.status() == StatusCode::PARTIAL_CONTENT).then(|| whole_length(&response)).flatten();
        let body = Some((0, response.into_body().into_reader()));
        Ok(Remote { agent, uri, length, body, at: 0 })
    }

    /// A body that stands where the next byte is.
    fn body(&mut self) -> io::Result<&mut BodyReader<'static>> {
        if let Some((at, body)) = &mut self.body
            && (*at..=*at + NEAR).contains(&self.at)
        {
            let ahead = self.at - *at;
            if io::copy(&mut body.by_ref().take(ahead), &mut io::sink())? == ahead {
                *at = self.at;
            }
        }
        if self.body.as_ref().is_none_or(|(at, _)| *at != self.at) {
            self.body = None;
            let response = ask(&self.agent, &self.uri, self.at)?;
            if response.status() != StatusCode::PARTIAL_CONTENT {
                return Err(io::Error::other("the server has no ranges any more"));
            }
            self.body = Some((self.at, response.into_body().into_reader()));
        }
        self.body.as_mut().map(|(_, body)| body).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

fn ask(agent: &Agent, uri: &str, from: u64) -> io::Result<Response<Body>> {
    let request = agent.get(uri).header(header::RANGE, format!("bytes={from}-"));
    request.call().map_err(|error| io::Error::other(format!("{uri}: {error}")))
}

/// The length of the whole, behind the slash of `Content-Range` (RFC 9110, section 14.4).
fn whole_length(response: &Response<Body>) -> Option<u64> {
    response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?.rsplit_once('/')?.1.parse().ok()
}

impl Read for Remote {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.length.is_some_and(|length| self.at >= length) {
            return Ok(0);
        }
        let read = self.body()?.read(into)?;
        self.at += read as u64;
        if let Some((at, _)) = &mut self.body {
            *at = self.at;
        }
        if read == 0 && !into.is_empty() && self.length.is_some() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(read)
    }
}

impl Seek for Remote {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.length.ok_or(io::ErrorKind::Unsupported)?;
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
