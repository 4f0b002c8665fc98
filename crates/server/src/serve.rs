//! `trellis serve`: the media plane, the control plane and the HTTP port, put together.

use crate::config::{Clients, Config};
use crate::http::{self, Shared};
use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use trellis_control::{Control, ControlSettings, MAX_MESSAGE};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};
use trellis_media::MediaTime;

/// Messages that wait for a slow client; more are dropped.
const PUSH_QUEUE: usize = 1_000;
/// Threads that may be inside a call of an application at once.
const CALL_THREADS: usize = 32;

/// Serves until SIGINT or SIGTERM.
pub fn serve(config: Config, demo_file: Option<PathBuf>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(CALL_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(run(config, demo_file))
}

async fn run(config: Config, demo_file: Option<PathBuf>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.http.listen).await.with_context(|| {
        format!("cannot listen on {}; is another server there? --listen takes another port", config.http.listen)
    })?;
    let address = listener.local_addr()?;
    let media = Media::start(MediaSettings {
        threads: config.media.threads,
        webrtc_listen: config.webrtc.listen.unwrap_or(SocketAddr::new(address.ip(), 0)),
        external_addresses: config.webrtc.external_addresses.clone(),
        ice: config.webrtc.ice(),
        rtp_ports: config.rtp.min_port..=config.rtp.max_port,
        default_path: config.media.default_path.clone(),
        uris: Arc::new(config.uris(Clients::Trusted)),
        converter_hold: MediaTime::from_millis(i64::from(config.media.converter_hold)),
    })?;
    let settings =
        ControlSettings { request_cache: config.control.request_cache, metadata: config.control.metadata.clone() };
    let control = Control::new(Arc::new(ElementFactory::new(Arc::clone(&media))), settings);
    tokio::spawn(collect_garbage(control.clone(), Duration::from_secs(config.control.garbage_collector_period.max(1))));
    std::fs::create_dir_all(&config.media.recordings)
        .with_context(|| format!("cannot make the folder {}", config.media.recordings.display()))?;
    let demo_file = demo_file.map(std::fs::canonicalize).transpose().context("--demo-file")?;
    let shared = Arc::new(Shared { media, demo_file, recordings: config.media.recordings });
    let sockets = Router::new().route("/kurento", any(upgrade)).with_state(control.clone());
    println!("listening on http://{address}/");
    axum::serve(listener, http::routes(shared).merge(sockets)).with_graceful_shutdown(asked_to_end()).await?;
    let ended = tokio::task::spawn_blocking(move || control.shut_down());
    if tokio::time::timeout(Duration::from_secs(10), ended).await.is_err() {
        tracing::warn!("not everything was released in time");
    }
    Ok(())
}

async fn asked_to_end() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard");
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

async fn collect_garbage(control: Control, period: Duration) {
    let mut quarters = interval(period / 4);
    quarters.set_missed_tick_behavior(MissedTickBehavior::Delay);
    quarters.tick().await;
    for quarter in 1u32.. {
        quarters.tick().await;
        control.keep_connected();
        if quarter.is_multiple_of(4) {
            let control = control.clone();
            // Closing a recorder may take a while.
            let _ = tokio::task::spawn_blocking(move || control.collect_garbage()).await;
        }
    }
}

async fn upgrade(State(control): State<Control>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |socket| converse(control, socket))
}

/// One client: its requests are done in order; answers and events share one bounded queue to the socket.
async fn converse(control: Control, socket: WebSocket) {
    let (mut out, mut incoming) = socket.split();
    let (push, mut pushed) = mpsc::channel::<String>(PUSH_QUEUE);
    let events = push.clone();
    let connection = Arc::new(control.connect(Arc::new(move |text| events.try_send(text).is_ok())));
    let writer = tokio::spawn(async move {
        while let Some(text) = pushed.recv().await {
            if out.send(Message::Text(text.into())).await.is_err() {
                break;
            }
        }
        let _ = out.close().await;
    });
    while let Some(Ok(message)) = incoming.next().await {
        // kurento-client on Node sends its JSON in binary frames.
        let text = match message {
            Message::Text(text) => text.as_bytes().to_vec(),
            Message::Binary(bytes) => bytes.to_vec(),
            _ => continue,
        };
        let connection = Arc::clone(&connection);
        let answer = tokio::task::spawn_blocking(move || connection.receive(&String::from_utf8_lossy(&text))).await;
        let Ok(Some(answer)) = answer else { continue };
        if push.send(answer).await.is_err() {
            break;
        }
    }
    drop(connection);
    writer.abort();
}
