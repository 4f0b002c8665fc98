//! Media over HTTP: tunnels, redirects and the mode without JSON, before real HTTP servers that behave and that do not.

mod support;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Request as HttpRequest, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::stream::{self, StreamExt};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Host, piece, serve, until};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use trellis_content::{
    Access, Application, Code, ContentError, ContentHandler, Delivery, HttpPlayer, HttpRecorder, MediaServers, Origins,
    Protocol, Reason, Session, Settings,
};

/// Starts sessions at the media of a server that stands for a media server.
#[derive(Clone)]
struct At {
    media: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    sessions: Arc<Mutex<Vec<Session<HttpPlayer>>>>,
}

impl At {
    fn seen(&self, what: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen == what)
    }

    fn url(&self, content: &str) -> String {
        format!("http://{}/{content}", self.media)
    }
}

impl ContentHandler<HttpPlayer> for At {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        if session.content_id() == "refuse" {
            session.terminate(Code(403), "not you");
            return Ok(());
        }
        self.sessions.lock().unwrap().push(session.clone());
        session.start_at(self.url(session.content_id())).await
    }

    async fn on_session_terminated(&self, _: Session<HttpPlayer>, reason: Reason) {
        self.seen.lock().unwrap().push(format!("terminated {} {:?}", reason.code, reason.by));
    }
}

impl ContentHandler<HttpRecorder> for At {
    async fn on_content_request(&self, session: Session<HttpRecorder>) -> Result<(), ContentError> {
        session.start_at(self.url(session.content_id())).await
    }
}

/// What the media server answers.
async fn media(request: Request) -> Response {
    let header = |headers: &HeaderMap, name: &str| headers.get(name).is_some();
    match request.uri().path() {
        "/clip" => {
            let headers = request.headers();
            assert!(!header(headers, "cookie") && !header(headers, "authorization"));
            let range = headers.get("range").map(|range| range.to_str().unwrap().to_owned());
            let own = [("content-type", "video/webm"), ("etag", "\"1\""), ("set-cookie", "a=b"), ("x-own", "1")];
            match range.as_deref() {
                Some("bytes=2-4") => {
                    (StatusCode::PARTIAL_CONTENT, own, [("content-range", "bytes 2-4/10")], "234").into_response()
                }
                _ => (own, "0123456789").into_response(),
            }
        }
        "/live" => {
            let pieces = stream::iter(0..).then(|number: u64| async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok::<_, Infallible>(number.to_string())
            });
            Body::from_stream(pieces).into_response()
        }
        "/stall" => {
            let first = stream::iter([Ok::<_, Infallible>("a")]);
            Body::from_stream(first.chain(stream::pending())).into_response()
        }
        "/break" => {
            // The first piece is on its way before it breaks.
            let broken = stream::once(async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(io::Error::from(io::ErrorKind::ConnectionReset))
            });
            Body::from_stream(stream::iter([Ok("a")]).chain(broken)).into_response()
        }
        "/upload" => {
            let method = request.method().clone();
            let bytes = axum::body::to_bytes(request.into_body(), usize::MAX).await;
            let len = bytes.map(|bytes| bytes.len()).unwrap_or_default();
            (StatusCode::CREATED, format!("{method} {len}")).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn world(settings: Settings) -> (Host, At) {
    let media = serve(Router::new().fallback(any(media))).await;
    world_at(media, settings).await
}

async fn world_at(media: SocketAddr, settings: Settings) -> (Host, At) {
    let at = At { media, seen: Arc::default(), sessions: Arc::default() };
    let redirect = Access { delivery: Delivery::Redirect, ..Access::default() };
    let simple = Access { protocol: Protocol::Simple, ..Access::default() };
    let away = Access { protocol: Protocol::Simple, delivery: Delivery::Redirect };
    let application = Application::new(MediaServers::of([]))
        .settings(settings)
        .player("/tunnel-player", at.clone())
        .player_with("/redirect", redirect, at.clone())
        .player_with("/simple", simple, at.clone())
        .player_with("/away", away, at.clone())
        .recorder("/record", at.clone())
        .recorder_with("/upload", simple, at.clone());
    (Host::start(application).await, at)
}

fn impatient() -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(300),
        answer_timeout: Duration::from_millis(300),
        stall_timeout: Duration::from_millis(300),
        ..Settings::default()
    }
}

#[tokio::test]
async fn a_tunnel_passes_the_headers_of_the_lists_and_ranges() {
    let (host, _) = world(Settings::default()).await;
    let (_, url) = host.start_session("/tunnel-player/clip").await;
    let request = HttpRequest::get(host.url(&url)).header("range", "bytes=2-4");
    let request = request.header("cookie", "secret=1").header("authorization", "Bearer secret");
    let part = host.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "234"));
    assert_eq!((part.header("content-range"), part.header("content-type")), ("bytes 2-4/10", "video/webm"));
    assert_eq!(part.header("etag"), "\"1\"");
    assert!(part.headers.get("set-cookie").is_none() && part.headers.get("x-own").is_none());
    assert_eq!(host.get(&url).await.text(), "0123456789", "as often as the client likes");
}

#[tokio::test]
async fn a_client_is_sent_to_the_media_server() {
    let (host, at) = world(Settings::default()).await;
    let (_, url) = host.start_session("/redirect/clip").await;
    assert_eq!(url, at.url("clip"));
    let answer = host.get("/away/clip").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, url.as_str()));
}

#[tokio::test]
async fn a_simple_request_is_answered_with_the_media_and_the_session_ends_with_it() {
    let (host, at) = world(Settings::default()).await;
    assert_eq!(host.get("/simple/clip").await.text(), "0123456789");
    until("it ended", || at.seen("terminated 1 ByMedia")).await;
    until("it is forgotten", || host.running.sessions() == 0).await;
    let refused = host.get("/simple/refuse").await;
    assert_eq!((refused.status.as_u16(), refused.text()), (403, "403: not you\n"));
}

#[tokio::test]
async fn who_leaves_a_simple_request_ends_its_session() {
    let (host, at) = world(Settings::default()).await;
    let response = host.open(HttpRequest::get(host.url("/simple/live")).body(Body::empty()).unwrap()).await;
    let mut body = response.into_body().into_data_stream();
    piece(&mut body).await.unwrap().unwrap();
    let left = Instant::now();
    drop(body);
    until("it ended", || at.seen("terminated 20026 ByClient")).await;
    assert!(left.elapsed() < Duration::from_secs(1), "{:?}", left.elapsed());
}

#[tokio::test]
async fn a_tunnel_is_cut_within_a_second_when_the_application_ends_the_session() {
    let (host, at) = world(Settings::default()).await;
    let (session, url) = host.start_session("/tunnel-player/live").await;
    let response = host.open(HttpRequest::get(host.url(&url)).body(Body::empty()).unwrap()).await;
    let mut body = response.into_body().into_data_stream();
    piece(&mut body).await.unwrap().unwrap();
    let ended = Instant::now();
    at.sessions.lock().unwrap()[0].terminate(Code(7), "the show is over");
    while let Some(Ok(_)) = piece(&mut body).await {}
    assert!(ended.elapsed() < Duration::from_secs(1), "{:?}", ended.elapsed());
    let mail = host.poll("/tunnel-player", &session).await.result();
    assert_eq!(mail["controlEvents"][0]["data"]["code"], 7);
}

#[tokio::test]
async fn a_session_lives_as_long_as_its_media_flows() {
    let settings = Settings { idle: Duration::from_millis(300), ..Settings::default() };
    let (host, at) = world(settings).await;
    let (_, url) = host.start_session("/tunnel-player/live").await;
    let response = host.open(HttpRequest::get(host.url(&url)).body(Body::empty()).unwrap()).await;
    let mut body = response.into_body().into_data_stream();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(900) {
        piece(&mut body).await.unwrap().unwrap();
    }
    assert!(!at.seen("terminated 20029 ByApplication"));
    drop(body);
    until("it ended", || at.seen("terminated 20029 ByApplication")).await;
}

#[tokio::test]
async fn uploads_go_through_whatever_their_method() {
    let (host, _) = world(Settings::default()).await;
    let (_, url) = host.start_session("/record/upload").await;
    assert_eq!(host.post(&url, "video/webm", vec![0; 100_000]).await.text(), "POST 100000");
    let put = HttpRequest::put(host.url("/upload/upload")).body(Body::from(vec![0; 5])).unwrap();
    let answer = host.send(put).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (201, "PUT 5"));
}

/// A server that accepts connections, reads, and never answers.
async fn deaf() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move { while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {} });
        }
    });
    address
}

#[tokio::test]
async fn a_media_server_that_hangs_is_given_up() {
    let (host, _) = world_at(deaf().await, impatient()).await;
    let (_, url) = host.start_session("/tunnel-player/clip").await;
    for path in [url.as_str(), "/simple/clip"] {
        let answer = host.get(path).await;
        assert!(answer.status == 500 && answer.text().starts_with("20018: "), "{answer:?}");
    }
    let (_, url) = host.start_session("/record/upload").await;
    let answer = host.post(&url, "video/webm", "media").await;
    assert!(answer.text().starts_with("20018: "), "{answer:?}");
    until("simple sessions are forgotten", || host.running.sessions() == 2).await;
}

#[tokio::test]
async fn media_that_stalls_or_breaks_is_given_up() {
    let (host, at) = world(impatient()).await;
    for path in ["/simple/stall", "/simple/break"] {
        let response = host.open(HttpRequest::get(host.url(path)).body(Body::empty()).unwrap()).await;
        let mut body = response.into_body().into_data_stream();
        let mut broken = false;
        while let Some(piece) = piece(&mut body).await {
            broken = piece.is_err();
        }
        assert!(broken, "{path}: the client is not made to believe that it has everything");
    }
    until("it ended", || at.seen("terminated 20018 ByMedia")).await;
}

#[tokio::test]
async fn there_are_as_many_transfers_as_there_may_be() {
    let (host, _) = world(Settings { max_transfers: 1, ..Settings::default() }).await;
    let (_, url) = host.start_session("/tunnel-player/live").await;
    let response = host.open(HttpRequest::get(host.url(&url)).body(Body::empty()).unwrap()).await;
    let answer = host.get(&url).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (503, "20011: overloaded\n"));
    drop(response);
}

#[tokio::test]
async fn pages_of_listed_hosts_alone_are_let_in() {
    let listed = "https://example.org";
    let (host, _) = world(Settings { origins: Origins::These(vec![listed.to_owned()]), ..Settings::default() }).await;
    let ask = |method: &'static str, origin: &'static str| {
        let request = HttpRequest::builder().method(method).uri(host.url("/tunnel-player/clip"));
        let request = request.header("origin", origin).header("content-type", "application/json");
        host.send(request.body(Body::from("{")).unwrap())
    };
    let preflight = ask("OPTIONS", listed).await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), listed);
    assert!(preflight.header("access-control-allow-headers").contains("Content-Type"));
    assert_eq!(ask("POST", listed).await.header("access-control-allow-origin"), listed);
    for method in ["OPTIONS", "POST"] {
        let stranger = ask(method, "https://example.com").await;
        assert!(stranger.headers.get("access-control-allow-origin").is_none(), "{stranger:?}");
        assert_eq!(stranger.header("vary"), "Origin");
    }
}

#[tokio::test]
async fn a_request_that_does_not_come_is_not_waited_for_for_ever() {
    let (host, _) = world(Settings::default()).await;
    let mut socket = TcpStream::connect(host.address).await.unwrap();
    let head = "POST /tunnel-player/clip HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n\
                content-length: 9\r\nconnection: close\r\n\r\n{";
    tokio::io::AsyncWriteExt::write_all(&mut socket, head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(15), socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}
