//! An application on a port of its own, and clients of it.
#![allow(dead_code, reason = "each test uses its own part")]

pub mod server;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use futures_util::StreamExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use trellis_content::{Application, Running};

/// Time within which everything in tests happens.
pub const SOON: Duration = Duration::from_secs(10);

pub struct Host {
    pub address: SocketAddr,
    pub running: Running,
    client: Client<HttpConnector, Body>,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub fn result(&self) -> Json {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["result"].clone()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Status, JSON-RPC code and code of an error.
    pub fn error(&self) -> (u16, i64, i64) {
        let error = &self.json()["error"];
        let number = |name: &str| error[name].as_i64().unwrap_or_else(|| panic!("{self:?}"));
        (self.status.as_u16(), number("code"), number("data"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}")).to_str().unwrap()
    }
}

/// Serves a router on a port of its own.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

impl Host {
    pub async fn start(application: Application) -> Host {
        let (router, running) = application.open();
        Host::of(router, running).await
    }

    /// An application within a router.
    pub async fn of(router: Router, running: Running) -> Host {
        Host { address: serve(router).await, running, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http:") { path.to_owned() } else { format!("http://{}{path}", self.address) }
    }

    /// The head of an answer, with its body as it comes.
    pub async fn open(&self, request: Request<Body>) -> Response<Body> {
        let response = tokio::time::timeout(SOON, self.client.request(request)).await.expect("no answer").unwrap();
        response.map(Body::new)
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (head, body) = self.open(request).await.into_parts();
        let body = tokio::time::timeout(SOON, to_bytes(body, usize::MAX)).await.expect("no end").unwrap();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(self.url(path)).body(Body::empty()).unwrap()).await
    }

    /// Posts a text.
    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        self.send(Request::post(self.url(path)).header("content-type", kind).body(body.into()).unwrap()).await
    }

    /// One call of the control protocol.
    pub async fn call(&self, path: &str, method: &str, params: Json) -> Answer {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.post(path, "application/json", request.to_string()).await
    }

    /// Starts a session of a path that starts everything; its id and its media's URL.
    pub async fn start_session(&self, path: &str) -> (String, String) {
        let result = self.call(path, "start", json!({})).await.result();
        let text = |name: &str| result[name].as_str().unwrap_or_else(|| panic!("{result}")).to_owned();
        (text("sessionId"), text("url"))
    }

    pub async fn poll(&self, path: &str, session: &str) -> Answer {
        self.call(path, "poll", json!({ "sessionId": session })).await
    }

    pub async fn terminate(&self, path: &str, session: &str) -> Answer {
        let reason = json!({ "code": 1, "message": "User ended session" });
        self.call(path, "terminate", json!({ "sessionId": session, "reason": reason })).await
    }

    pub async fn execute(&self, path: &str, session: Option<&str>, kind: &str, data: &str) -> Answer {
        let mut params = json!({ "command": { "type": kind, "data": data } });
        if let Some(session) = session {
            params["sessionId"] = session.into();
        }
        self.call(path, "execute", params).await
    }
}

/// Reads one piece of a body.
pub async fn piece(body: &mut axum::body::BodyDataStream) -> Option<Result<Bytes, axum::Error>> {
    tokio::time::timeout(SOON, body.next()).await.expect("nothing comes")
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let checked = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, checked).await.unwrap_or_else(|_| panic!("{what}"));
}

impl Host {
    /// Begins an upload of more bytes than it sends, and goes away.
    pub async fn break_off(&self, path: &str, sent: &str) {
        let mut socket = TcpStream::connect(self.address).await.unwrap();
        let promised = sent.len() + 5;
        let head = format!("PUT {path} HTTP/1.1\r\nhost: here\r\ncontent-length: {promised}\r\n\r\n{sent}");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    }
}
