//! What the tests of the server share: the real program on a free port of the loopback, and clients of it.
#![allow(dead_code)]

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message, http::StatusCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const MANAGER: &str = "manager_ServerManager";
/// Longer than anything that is waited for takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The program; it ends with the test.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub folder: TempDir,
}

impl Server {
    /// Starts it with a configuration; `FOLDER` in it is a folder of the test's own.
    pub fn start(config: &str) -> Server {
        let folder = TempDir::new().unwrap();
        Server::start_in(folder, config)
    }

    pub fn start_in(folder: TempDir, config: &str) -> Server {
        Server::start_program(Path::new(env!("CARGO_BIN_EXE_trellis")), folder, config)
    }

    pub fn start_program(program: &Path, folder: TempDir, config: &str) -> Server {
        let mut child = command_of(program, &folder, config).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_end_matches('/').rsplit('/').next().unwrap().parse();
        Server { address: address.unwrap_or_else(|_| panic!("it said '{line}'")), child, folder }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/kurento", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program with a configuration, not started.
pub fn command(folder: &TempDir, config: &str) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_trellis")), folder, config)
}

fn command_of(program: &Path, folder: &TempDir, config: &str) -> Command {
    let path = folder.path().display().to_string();
    let mut table: toml::Table = config.replace("FOLDER", &path).parse().unwrap();
    let media = table.entry("media").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
    media.insert("recordings".into(), format!("{path}/recordings").into());
    media.insert("threads".into(), 1.into());
    let http = table.entry("http").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
    http.entry("listen").or_insert("127.0.0.1:0".into());
    let file = folder.path().join("trellis.toml");
    std::fs::write(&file, table.to_string()).unwrap();
    let mut command = Command::new(program);
    command.args(["--log", "warn", "serve", "--config"]).arg(file);
    command
}

/// A client with a WebSocket.
pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub next: u64,
    /// Events that came while answers were waited for.
    pub events: Vec<Json>,
}

impl Client {
    pub async fn open(server: &Server) -> Client {
        Client::at(&server.url()).await
    }

    pub async fn at(url: &str) -> Client {
        Client::with(url, &[]).await.unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// With headers of one's own.
    pub async fn with(url: &str, headers: &[(&'static str, &str)]) -> Result<Client, Error> {
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let (socket, _) = timeout(PATIENCE, connect_async(request)).await.expect("an answer to the handshake")?;
        Ok(Client { socket, next: 0, events: Vec::new() })
    }

    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next message as it is; `None` when the socket is closed.
    pub async fn message(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.socket.next()).await.expect("a message").and_then(Result::ok)
    }

    /// The next answer; events are put aside.
    pub async fn answer(&mut self) -> Json {
        loop {
            let message = self.message().await.expect("an answer");
            let json: Json = serde_json::from_str(message.to_text().unwrap()).unwrap();
            if json["method"] != "onEvent" {
                return json;
            }
            self.events.push(json);
        }
    }

    pub async fn raw(&mut self, text: &str) -> Json {
        self.send(Message::text(text)).await;
        self.answer().await
    }

    pub async fn call(&mut self, method: &str, params: Json) -> Json {
        let id = self.next;
        self.next += 1;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let answer = self.raw(&request.to_string()).await;
        assert_eq!(answer["id"], id);
        answer
    }

    pub async fn ok(&mut self, method: &str, params: Json) -> Json {
        let answer = self.call(method, params).await;
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    pub async fn create(&mut self, kind: &str, params: Json) -> String {
        let result = self.ok("create", json!({ "type": kind, "constructorParams": params })).await;
        result["value"].as_str().unwrap().to_owned()
    }

    pub async fn value(&mut self, object: &str, operation: &str, params: Json) -> Json {
        let params = json!({ "object": object, "operation": operation, "operationParams": params });
        self.ok("invoke", params).await["value"].clone()
    }

    /// Hears of events of an object from now on.
    pub async fn subscribe(&mut self, object: &str, kinds: &[&str]) {
        for kind in kinds {
            self.ok("subscribe", json!({ "object": object, "type": kind })).await;
        }
    }

    /// The next event of a kind that an object raises, with what it says.
    pub async fn event(&mut self, object: &str, kind: &str) -> Json {
        loop {
            let of =
                |event: &Json| event["params"]["value"]["object"] == object && event["params"]["value"]["type"] == kind;
            if let Some(at) = self.events.iter().position(of) {
                return self.events.remove(at)["params"]["value"]["data"].clone();
            }
            let message = self.message().await.expect("an event");
            self.events.push(serde_json::from_str(message.to_text().unwrap()).unwrap());
        }
    }

    /// The code that the server closes the socket with.
    pub async fn close_code(&mut self) -> Option<u16> {
        self.closed().await.map(|(code, _)| code)
    }

    /// The code and the reason that the socket is closed with.
    pub async fn closed(&mut self) -> Option<(u16, String)> {
        loop {
            match self.message().await? {
                Message::Close(frame) => return frame.map(|frame| (frame.code.into(), frame.reason.to_string())),
                _ => continue,
            }
        }
    }
}

/// The status that a handshake is refused with, and what is said.
pub fn refusal(outcome: Result<Client, Error>) -> (StatusCode, String) {
    match outcome {
        Err(Error::Http(response)) => {
            let text = response.body().as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
            (response.status(), text.unwrap_or_default())
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was let in"),
    }
}

/// What an HTTP request is answered.
#[derive(Debug)]
pub struct Fetched {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Fetched {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// One HTTP request on a connection of its own.
pub async fn fetch(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Fetched {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
    fetched(&mut stream).await
}

/// Reads an answer to its end.
pub async fn fetched(stream: &mut TcpStream) -> Fetched {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer").unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Fetched { status: status.expect("a status"), headers: lines.filter_map(pair).collect(), body: body.to_owned() }
}
