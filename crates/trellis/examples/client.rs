//! A film is recorded anew through the Media API, within this program or by a server:
//! `cargo run --example client -- in.mp4 out.webm`, with `ws://127.0.0.1:8888/kurento` behind it by that server.

use std::error::Error;
use std::path::absolute;
use std::sync::Arc;
use trellis_client::{
    ClientError, EndOfStream, MediaPipeline, MediaServer, PlayerEndpoint, RecorderEndpoint, UriEndpointStateChanged,
};
use trellis_control::{Control, ControlSettings};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

/// Plays a film into a recorder; how many milliseconds it has.
pub async fn record(server: &MediaServer, film: &str, copy: &str) -> Result<i64, ClientError> {
    let pipeline = MediaPipeline::create(server).await?;
    let player = PlayerEndpoint::create(&pipeline, film).await?;
    let recorder = RecorderEndpoint::create(&pipeline, copy).await?;
    player.connect(&recorder, None).await?;

    let mut end = player.on::<EndOfStream>().await?;
    let mut states = player.on::<UriEndpointStateChanged>().await?;
    recorder.record().await?;
    player.play().await?;
    loop {
        tokio::select! {
            Some(change) = states.next() => println!("the player: {:?}", change.state),
            _ = end.next() => break,
        }
    }
    recorder.stop_and_wait().await?;
    let duration = player.get_video_info().await?.duration;
    pipeline.release().await?;
    Ok(duration)
}

/// A media plane and a control plane of this program's own.
pub fn control() -> Result<Control, Box<dyn Error>> {
    let media = Media::start(MediaSettings::default())?;
    Ok(Control::new(Arc::new(ElementFactory::new(media)), ControlSettings::default()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (film, copy, server) = match &words[..] {
        [film, copy] => (film, copy, MediaServer::embedded(&control()?)?),
        [film, copy, url] => (film, copy, MediaServer::connect(url).await?),
        _ => return Err("usage: client INPUT OUTPUT [URL], as in: client in.mp4 out.webm".into()),
    };
    let path = |name: &str| absolute(name).map(|path| path.display().to_string());
    let millis = record(&server, &path(film)?, &path(copy)?).await?;
    println!("{copy} has {millis} ms");
    Ok(server.close().await?)
}
