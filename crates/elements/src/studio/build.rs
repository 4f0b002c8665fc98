//! Making and connecting the elements of a pipeline.

use crate::launch::Written;
use crate::mixer::{self, MAX_PORTS, MixerCommand, MixerSettings, Port};
use crate::player::{self, Pace};
use crate::program;
use crate::recorder::{self, Profile, RecorderCommand};
use crate::rtp::{self, OutputCounters, Receiver, RtpStream};
use crate::studio::flow::Origin;
use crate::studio::part::{Part, Role};
use crate::studio::{BuildError, Pipeline};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trellis_containers::{ContainerKind, Track};
use trellis_graph::{Element, ElementId, LinkError};
use trellis_media::{Caps, Format, Item, Kind};

impl Pipeline {
    /// Puts an element of the program's own in, or any other.
    pub fn add(&mut self, element: Element) -> ElementId {
        self.insert(element, Role::Other)
    }

    /// A player of a file, which is opened at once and read as fast as the rest takes it.
    ///
    /// # Errors
    /// A file that cannot be opened, or is no media.
    pub fn player(&mut self, path: impl AsRef<Path>) -> Result<ElementId, BuildError> {
        self.player_at(path, Pace::AsFastAsPossible)
    }

    /// A player of a file, which is opened at once.
    ///
    /// # Errors
    /// A file that cannot be opened, or is no media.
    pub fn player_at(&mut self, path: impl AsRef<Path>, pace: Pace) -> Result<ElementId, BuildError> {
        let path = path.as_ref();
        let failed = |error| BuildError::Open(path.to_owned(), error);
        let opened = player::open("player", path, pace).map_err(failed)?;
        Ok(self.insert_player(opened.element, opened.tracks))
    }

    fn insert_player(&mut self, element: Element, tracks: Vec<Track>) -> ElementId {
        let kinds = tracks.iter().filter_map(|track| track.format.kind()).collect();
        self.length = self.length.max(tracks.iter().map(|track| track.duration).max().unwrap_or_default());
        let player = self.insert(element, Role::Player);
        self.part_mut(player, |part| part.tracks = Some(kinds));
        self.tracks.extend(tracks.into_iter().map(|track| (player, track)));
        player
    }

    /// A recorder into a file, which is created with the first media; its ending says which container.
    ///
    /// # Errors
    /// An ending that is none of `.webm`, `.mp4` and `.mkv`.
    pub fn recorder(&mut self, path: impl Into<PathBuf>) -> Result<ElementId, BuildError> {
        let path = path.into();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let container = match ending.to_ascii_lowercase().as_str() {
            "webm" => ContainerKind::WebM,
            "mp4" => ContainerKind::Mp4,
            "mkv" => ContainerKind::Matroska,
            _ => return Err(BuildError::Ending(path)),
        };
        Ok(self.insert(recorder::element("recorder", path, Profile::of(container)), Role::Recorder))
    }

    /// A mixer, see [`crate::mixer`]. [`Pipeline::connect_all`] gives each source a port of its own.
    ///
    /// # Errors
    /// Settings that no mixer can have.
    pub fn mixer(&mut self, settings: MixerSettings) -> Result<ElementId, BuildError> {
        Ok(self.insert(mixer::element("mixer", settings)?, Role::Mixer))
    }

    /// A source that gives what `next` returns, see [`program::source`]. It begins when the pipeline is started.
    pub fn source(
        &mut self,
        name: &str,
        format: Format,
        pace: Pace,
        next: impl FnMut() -> Option<Item> + Send + 'static,
    ) -> ElementId {
        self.insert(program::source(name, format, pace, next), Role::Source)
    }

    /// A sink that hands what comes to `take`, see [`program::sink`].
    pub fn sink(&mut self, name: &str, kind: Kind, caps: Caps, take: impl FnMut(Item) + Send + 'static) -> ElementId {
        self.insert(program::sink(name, kind, caps, take), Role::Sink)
    }

    /// A live source of the RTP packets that come to a UDP port (0: a free one); and the address that it has.
    /// Everything but packets of the stream's payload type is ignored.
    ///
    /// # Errors
    /// A port that cannot be had.
    pub fn rtp_input(&mut self, listen: SocketAddr, stream: RtpStream) -> Result<(ElementId, SocketAddr), BuildError> {
        check(stream)?;
        let failed = |error| BuildError::Socket(listen, error);
        let open = || -> io::Result<(UdpSocket, SocketAddr, Receiver)> {
            let socket = UdpSocket::bind(listen)?;
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            let mut receiver = self.receiver.lock();
            let receiver = match &*receiver {
                Some(receiver) => receiver.clone(),
                None => receiver.insert(Receiver::start()?).clone(),
            };
            Ok((socket, address, receiver))
        };
        let (socket, address, receiver) = open().map_err(failed)?;
        let element = self.insert(rtp::input_element("rtp in", stream), Role::Other);
        self.graph.turn(|turn| turn.set_format(element, 0, stream.format()));
        receiver.add(rtp::Input::new(socket, self.graph.downgrade(), element, stream)).map_err(failed)?;
        Ok((element, address))
    }

    /// A sink that sends RTP packets to somebody's UDP port. Whatever is connected is converted to the stream's codec;
    /// RTP of that codec is passed on as it comes.
    ///
    /// # Errors
    /// When the system gives no socket.
    pub fn rtp_output(
        &mut self,
        to: SocketAddr,
        stream: RtpStream,
    ) -> Result<(ElementId, Arc<OutputCounters>), BuildError> {
        check(stream)?;
        let open = || -> io::Result<UdpSocket> {
            let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
            let socket = UdpSocket::bind(any)?;
            socket.connect(to)?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let socket = open().map_err(|error| BuildError::Socket(to, error))?;
        let (element, counters) = rtp::output_element("rtp out", stream, socket);
        Ok((self.insert(element, Role::Other), counters))
    }

    pub(super) fn add_written(&mut self, written: &Written) -> Result<ElementId, BuildError> {
        let built = written.build()?;
        Ok(match written.kind.name {
            "player" => self.insert_player(built.element, built.tracks),
            "recorder" => self.insert(built.element, Role::Recorder),
            "mixer" => self.insert(built.element, Role::Mixer),
            _ => self.insert(built.element, Role::Other),
        })
    }

    fn insert(&mut self, element: Element, role: Role) -> ElementId {
        let mut part = Part::of(&element, role);
        let id = self.graph.add(element);
        if matches!(role, Role::Player | Role::Source) {
            part.origin = Some(Origin { element: id, role });
        }
        self.parts.insert(id, part);
        id
    }

    /// Connects every kind of media that `from` gives and `to` has a pad for. Of a chain, the first link first: what a
    /// filter gives follows from what comes in. At a mixer, `from` gets a port of its own.
    ///
    /// # Errors
    /// When there is no such kind, or no port left.
    pub fn connect_all(&mut self, from: ElementId, to: ElementId) -> Result<(), BuildError> {
        let (source, sink) = (self.part(from)?, self.part(to)?);
        let port = (sink.role == Role::Mixer).then(|| free_port(sink)).transpose()?;
        let pads = source.gives().into_iter().filter_map(|kind| {
            let pad = match (port, kind) {
                (Some(port), Kind::Audio) => Some(port.sound()),
                (Some(port), Kind::Video) => Some(port.picture()),
                (Some(_), Kind::Data) => None,
                (None, kind) => sink.sink(kind),
            };
            source.source(kind).zip(pad)
        });
        let pads: Vec<(usize, usize)> = pads.collect();
        if pads.is_empty() {
            return Err(BuildError::NothingInCommon(source.name.to_string(), sink.name.to_string()));
        }
        pads.into_iter().try_for_each(|(source, sink)| self.connect((from, source), (to, sink)))
    }

    /// Connects one source pad to one sink pad; what fed the sink pad before feeds it no more.
    ///
    /// # Errors
    /// Pads that are not there, or of different kinds.
    pub fn connect(&mut self, from: (ElementId, usize), to: (ElementId, usize)) -> Result<(), BuildError> {
        self.graph.connect(from, to)?;
        self.part_mut(to.0, |part| part.set_connected(to.1, true));
        let origin = self.part(from.0)?.origin;
        match self.part(to.0)?.role {
            Role::Recorder => self.graph.command(to.0, RecorderCommand::Connected(to.1, true)),
            Role::Mixer => {
                self.graph.command(to.0, MixerCommand::Connected(to.1));
                self.flow.set_origin(to, origin);
            }
            _ => self.part_mut(to.0, |part| part.origin = origin),
        }
        Ok(())
    }

    /// Disconnects a sink pad.
    ///
    /// # Errors
    /// An element that is not in this pipeline.
    pub fn disconnect(&mut self, sink: ElementId, pad: usize) -> Result<(), BuildError> {
        self.graph.disconnect(sink, pad);
        self.part_mut(sink, |part| part.set_connected(pad, false));
        match self.part(sink)?.role {
            Role::Recorder => self.graph.command(sink, RecorderCommand::Connected(pad, false)),
            Role::Mixer => {
                self.graph.command(sink, MixerCommand::Disconnected(pad));
                self.flow.set_origin((sink, pad), None);
            }
            _ => {}
        }
        Ok(())
    }

    fn part(&self, element: ElementId) -> Result<&Part, BuildError> {
        self.parts.get(&element).ok_or(BuildError::Link(LinkError::NoElement))
    }

    fn part_mut(&mut self, element: ElementId, change: impl FnOnce(&mut Part)) {
        if let Some(part) = self.parts.get_mut(&element) {
            change(part);
        }
    }
}

fn check(stream: RtpStream) -> Result<(), BuildError> {
    if stream.payload_type > 127 { Err(BuildError::PayloadType(stream.payload_type)) } else { Ok(()) }
}

fn free_port(mixer: &Part) -> Result<Port, BuildError> {
    let free = |port: &Port| !mixer.is_connected(port.sound()) && !mixer.is_connected(port.picture());
    let ports = (0..MAX_PORTS).map(Port).take_while(|port| mixer.has_sink(port.picture()));
    ports.into_iter().find(free).ok_or_else(|| BuildError::MixerIsFull(mixer.name.to_string()))
}
