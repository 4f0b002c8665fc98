//! What the tests of the client share: the control plane over little objects without media, a server that speaks WebSocket
//! before it, and a proxy that breaks connections.
// The error of the handshake is tungstenite's.
#![allow(dead_code, clippy::result_large_err)]

pub mod proxy;
pub mod world;

use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};
use trellis_client::MediaServer;
use trellis_control::{Begun, Control, ControlSettings, Tenant};
use world::World;

/// Longer than anything that is waited for takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A control plane whose objects the world makes.
pub fn control(world: &World) -> Control {
    Control::new(Arc::new(world.clone()), ControlSettings::default())
}

/// A server on a free port; who shows no such token is sent away.
pub async fn serve(control: &Control, token: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let control = control.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let control = control.clone();
            tokio::spawn(async move {
                if let Ok(socket) =
                    accept_hdr_async(stream, |request: &Request, answer| check(request, answer, token)).await
                {
                    converse(&control, socket).await;
                }
            });
        }
    });
    address
}

/// Lets in who shows the token.
fn check(request: &Request, answer: Response, token: Option<&str>) -> Result<Response, ErrorResponse> {
    let wanted = token.map(|token| format!("Bearer {token}"));
    let shown = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if wanted.as_deref() == shown {
        return Ok(answer);
    }
    let mut refusal = ErrorResponse::new(None);
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    Err(refusal)
}

/// One client: messages are done one after another, as servers do.
pub async fn converse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    control: &Control,
    socket: WebSocketStream<S>,
) {
    let (mut out, mut incoming) = socket.split();
    let (queue, mut queued) = mpsc::channel::<String>(10_000);
    tokio::spawn(async move {
        while let Some(text) = queued.recv().await {
            if out.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    });
    let events = queue.clone();
    let push = move |text| events.try_send(text).is_ok();
    let connection = control.connect_as(&Tenant::everybody(), Arc::new(push)).unwrap();
    while let Some(Ok(message)) = incoming.next().await {
        let Message::Text(text) = message else { continue };
        let answer = match connection.begin(text.as_str()) {
            Begun::Answer(answer) => answer,
            Begun::Call(call) => spawn_blocking(move || call.finish()).await.unwrap(),
        };
        if queue.send(answer).await.is_err() {
            return;
        }
    }
}

pub fn url(address: SocketAddr) -> String {
    format!("ws://{address}/kurento")
}

/// Something that must come.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it comes in time")
}

/// Waits until something is so.
pub async fn until(what: &str, so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, waited).await.is_ok(), "it never is: {what}");
}

/// The same server, embedded and over the network.
pub async fn both(control: &Control) -> [MediaServer; 2] {
    let address = serve(control, None).await;
    let embedded = MediaServer::embedded(control).unwrap();
    [embedded, MediaServer::connect(&url(address)).await.unwrap()]
}
