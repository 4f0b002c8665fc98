//! The program: it mirrors a peer's pictures, plays a film, records it, and hears what happens.

use crate::peer::Peer;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;
use trellis_client::{
    ClientError, ConnectionState, ConnectionStateChanged, EndOfStream, Event, Events, IceCandidate, IceCandidateFound,
    IceGatheringDone, MediaPipeline, MediaProfileSpecType, MediaServer, PlayerEndpoint, RecorderEndpoint, Recording,
    Stopped, WebRtcEndpoint,
};

/// Longer than anything that is waited for takes, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the program saw.
#[derive(Debug, PartialEq)]
pub struct Seen {
    /// Pictures came back to the peer as it sent them.
    mirrored: bool,
    seekable: bool,
    /// Milliseconds.
    duration: i64,
    /// In their order.
    events: Vec<&'static str>,
    /// The code of an operation that fails.
    refused: Option<i32>,
    pipelines_left: usize,
}

impl Seen {
    /// What there is to see.
    pub fn all() -> Seen {
        Seen {
            mirrored: true,
            seekable: true,
            duration: 6_200,
            events: vec![Recording::NAME, EndOfStream::NAME, Stopped::NAME],
            refused: Some(40_208),
            pipelines_left: 0,
        }
    }
}

/// What happens while the film runs.
pub trait Interruption {
    async fn happen(&self, server: &MediaServer);
}

async fn heard<E: Event>(events: &mut Events<E>) -> E {
    timeout(PATIENCE, events.next()).await.unwrap_or_else(|_| panic!("no {}", E::NAME)).expect("the stream goes on")
}

pub async fn run(server: &MediaServer, film: &Path, interruption: &impl Interruption) -> Seen {
    program(server, film, interruption).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn program(server: &MediaServer, film: &Path, interruption: &impl Interruption) -> Result<Seen, ClientError> {
    let pipeline = MediaPipeline::create(server).await?;
    let (mirrored, refused) = mirror(&pipeline).await?;

    let player = PlayerEndpoint::create(&pipeline, film.to_str().unwrap()).await?;
    let maker = RecorderEndpoint::build(&pipeline, "copy.mp4").media_profile(MediaProfileSpecType::Mp4);
    let recorder = maker.create().await?;
    player.connect(&recorder, None).await?;
    let mut recording = recorder.on::<Recording>().await?;
    let mut stopped = recorder.on::<Stopped>().await?;
    let mut end = player.on::<EndOfStream>().await?;
    let mut events = Vec::new();

    recorder.record().await?;
    player.play().await?;
    heard(&mut recording).await;
    events.push(Recording::NAME);
    interruption.happen(server).await;
    assert_eq!(heard(&mut end).await.source.id(), player.id());
    events.push(EndOfStream::NAME);
    let info = player.get_video_info().await?;
    recorder.stop_and_wait().await?;
    heard(&mut stopped).await;
    events.push(Stopped::NAME);

    pipeline.release().await?;
    let pipelines_left = server.manager().get_pipelines().await?.len();
    server.close().await?;
    let duration = (info.duration + 50) / 100 * 100;
    Ok(Seen { mirrored, seekable: info.is_seekable, duration, events, refused, pipelines_left })
}

/// Gives a peer its own pictures back; whether they came, and how a second offer is refused.
async fn mirror(pipeline: &MediaPipeline) -> Result<(bool, Option<i32>), ClientError> {
    let endpoint = WebRtcEndpoint::create(pipeline).await?;
    endpoint.connect(&endpoint, None).await?;
    let mut found = endpoint.on::<IceCandidateFound>().await?;
    let mut done = endpoint.on::<IceGatheringDone>().await?;
    let mut changes = endpoint.on::<ConnectionStateChanged>().await?;

    let peer = Peer::new();
    let offer = peer.offer();
    peer.answered(&endpoint.process_offer(&offer).await?);
    endpoint.gather_candidates().await?;
    heard(&mut done).await;
    // They came before the end of gathering, in order.
    while let Ok(Some(candidate)) = timeout(Duration::ZERO, found.next()).await {
        let IceCandidate { candidate, sdp_mid, sdp_m_line_index } = candidate.candidate;
        peer.add_candidate(candidate, sdp_mid, sdp_m_line_index);
    }
    for (candidate, sdp_mid, sdp_m_line_index) in peer.candidates() {
        endpoint.add_ice_candidate(&IceCandidate { candidate, sdp_mid, sdp_m_line_index }).await?;
    }
    while heard(&mut changes).await.new_state != ConnectionState::Connected {}
    let mirrored = tokio::task::spawn_blocking(move || peer.sees_itself()).await.unwrap();
    let refused = endpoint.process_offer(&offer).await.unwrap_err().code();
    endpoint.release().await?;
    Ok((mirrored, refused))
}
