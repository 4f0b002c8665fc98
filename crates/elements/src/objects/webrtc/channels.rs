//! Data channels that the application opens and closes.

use parking_lot::Mutex;
use trellis_model::{Args, EventSink, RemoteError, Value};
use trellis_webrtc::{DataChannelOptions, Peer};

/// Channels of one endpoint, open or on their way.
const MOST_CHANNELS: usize = 256;

/// The channels of one endpoint.
pub(super) struct Channels {
    /// Whether the application wants any.
    enabled: bool,
    events: EventSink,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Opened once the descriptions are there.
    waiting: Vec<DataChannelOptions>,
    stage: Stage,
    /// Asked for and not heard of yet.
    opening: usize,
    open: usize,
    totals: Totals,
}

/// How many channels there have been.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub opened: u64,
    pub closed: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    NotNegotiated,
    /// The descriptions have a section for data.
    Agreed,
    /// They have none.
    Refused,
}

/// The options that a call's parameters say; -1 leaves a limit out.
fn options_of(args: &Args) -> Result<DataChannelOptions, RemoteError> {
    let limit = |name: &str| match args.int_or(name, -1)? {
        -1 => Ok(None),
        value => u16::try_from(value).map(Some).map_err(|_| {
            RemoteError::illegal_param(format_args!("{name} is at most {}, or -1 for no limit", u16::MAX))
        }),
    };
    let options = DataChannelOptions {
        label: args.text_or("label", "")?,
        ordered: args.bool_or("ordered", true)?,
        max_packet_life_time: limit("maxPacketLifeTime")?,
        max_retransmits: limit("maxRetransmits")?,
        protocol: args.text_or("protocol", "")?,
    };
    if options.max_packet_life_time.is_some() && options.max_retransmits.is_some() {
        return Err(RemoteError::illegal_param("maxPacketLifeTime and maxRetransmits exclude each other"));
    }
    let longest = usize::from(u16::MAX);
    if options.label.len() > longest || options.protocol.len() > longest {
        return Err(RemoteError::illegal_param(format_args!("a label and a protocol have at most {longest} bytes")));
    }
    Ok(options)
}

impl Channels {
    pub fn new(enabled: bool, events: EventSink) -> Channels {
        Channels { enabled, events, state: Mutex::default() }
    }

    /// `createDataChannel`. Before the descriptions it is kept, as an application expects that sets up everything
    /// first.
    pub fn create(&self, args: &Args, peer: &Peer) -> Result<Value, RemoteError> {
        let options = options_of(args)?;
        if !self.enabled {
            return Err(RemoteError::not_supported("the endpoint was created without useDataChannels"));
        }
        let mut state = self.state.lock();
        if state.open + state.opening + state.waiting.len() >= MOST_CHANNELS {
            return Err(RemoteError::not_enough_resources(format_args!(
                "an endpoint has {MOST_CHANNELS} data channels"
            )));
        }
        match state.stage {
            Stage::NotNegotiated => state.waiting.push(options),
            Stage::Refused => return Err(RemoteError::not_supported("the remote takes no data channels")),
            Stage::Agreed => {
                state.opening += 1;
                drop(state);
                peer.create_data_channel(&options).map_err(|error| {
                    self.state.lock().opening -= 1;
                    RemoteError::unexpected(error)
                })?;
            }
        }
        Ok(Value::Null)
    }

    /// `closeDataChannel`.
    pub fn close(&self, args: &Args, peer: &Peer) -> Result<Value, RemoteError> {
        let number = args.int("channelId")?;
        let closed = u16::try_from(number).is_ok_and(|channel| peer.close_data_channel(channel));
        if !closed {
            return Err(RemoteError::illegal_param(format_args!("there is no open data channel {number}")));
        }
        Ok(Value::Null)
    }

    /// Both descriptions are there.
    pub fn negotiated(&self, peer: &Peer) {
        let descriptions = [peer.local_description(), peer.remote_description()];
        let agreed = descriptions.iter().flatten().filter(|sdp| has_data(sdp)).count() == descriptions.len();
        let waiting = {
            let mut state = self.state.lock();
            state.stage = if agreed { Stage::Agreed } else { Stage::Refused };
            let waiting = std::mem::take(&mut state.waiting);
            state.opening += if agreed { waiting.len() } else { 0 };
            waiting
        };
        for options in waiting {
            let made = if agreed { peer.create_data_channel(&options) } else { Ok(()) };
            if !agreed || made.is_err() {
                tracing::warn!(label = options.label, "a data channel that was asked for early cannot be opened");
            }
        }
    }

    pub fn totals(&self) -> Totals {
        self.state.lock().totals
    }

    pub fn opened(&self, channel: u16) {
        {
            let mut state = self.state.lock();
            state.opening = state.opening.saturating_sub(1);
            state.open += 1;
            state.totals.opened += 1;
        }
        self.events.raise("DataChannelOpened", [("channelId", Value::Int(channel.into()))]);
    }

    pub fn closed(&self, channel: u16) {
        {
            let mut state = self.state.lock();
            state.open = state.open.saturating_sub(1);
            state.totals.closed += 1;
        }
        self.events.raise("DataChannelClosed", [("channelId", Value::Int(channel.into()))]);
    }
}

/// Whether a description has a section for data that is not refused (RFC 8841, RFC 3264 section 6: port 0). In an
/// offer, port 0 may also mean that the section only lives in a bundle (RFC 8843 section 6).
fn has_data(description: &str) -> bool {
    let mut sections = description.split("\nm=").skip(1);
    sections.any(|section| {
        let refused = section.split(' ').nth(1) == Some("0") && !section.contains("a=bundle-only");
        section.starts_with("application ") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::has_data;

    #[test]
    fn a_refused_section_is_none() {
        let sdp = |section: &str| format!("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{section}a=mid:1\r\n");
        assert!(has_data(&sdp("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n")));
        assert!(!has_data(&sdp("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n")));
        assert!(has_data(&sdp("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=bundle-only\r\n")));
        assert!(!has_data(&sdp("")));
    }
}
