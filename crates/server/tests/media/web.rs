//! HTTP by hand: a client that reads an answer as it comes, and a server with files.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// An answer, of which the body is read piece by piece.
pub struct Answer {
    pub status: u16,
    pub headers: String,
    reader: BufReader<TcpStream>,
    left: Option<usize>,
}

/// Begins a request: connects and sends its head.
pub fn begin(method: &str, url: &str, headers: &str) -> TcpStream {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.set_nodelay(true).unwrap();
    write!(stream, "{method} /{path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").unwrap();
    stream
}

/// Asks, without a body.
pub fn ask(method: &str, url: &str) -> Answer {
    Answer::of(begin(method, url, ""))
}

/// Sends a body of a type.
pub fn send(method: &str, url: &str, (kind, body): (&str, &[u8])) -> Answer {
    let head = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
    let mut stream = begin(method, url, &head);
    // A server that refuses may answer before all has been sent.
    let _ = stream.write_all(body);
    Answer::of(stream)
}

impl Answer {
    pub fn of(stream: TcpStream) -> Answer {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer but '{line}'"));
        let mut headers = String::new();
        while reader.read_line(&mut headers).unwrap() > 2 {}
        let headers = headers.to_ascii_lowercase();
        let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        Answer { status, headers, reader, left: length }
    }

    /// The next chunk; `None` at the end.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut size = String::new();
        self.reader.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
        let mut bytes = vec![0; size + 2];
        self.reader.read_exact(&mut bytes).unwrap();
        bytes.truncate(size);
        Some(bytes)
    }

    /// A body of a length that was stated.
    pub fn text(mut self) -> String {
        let mut bytes = vec![0; self.left.unwrap()];
        self.reader.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

/// A request that a server of the test's own was sent.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: String,
    pub body: Vec<u8>,
    /// The connection stays open with this.
    _stream: TcpStream,
}

/// A server on the loopback: answers each request with what `answer` says, and tells of it.
pub fn serve(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + Clone + 'static) -> (String, Receiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (answer, told) = (answer.clone(), told.clone());
            std::thread::spawn(move || {
                let Some(asked) = read(&stream) else { return };
                // Who has seen enough closes the connection.
                let _ = (&stream).write_all(&answer(&asked));
                let _ = told.send(asked);
            });
        }
    });
    (url, asked)
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let headers = headers.to_ascii_lowercase();
    let mut body = Vec::new();
    if headers.contains("transfer-encoding: chunked") {
        body = dechunk(&mut reader)?;
    }
    Some(Asked { method, path, headers, body, _stream: stream.try_clone().ok()? })
}

/// The bytes within chunks.
fn dechunk(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

/// An answer with a file from where the request wants it.
pub fn ranged(asked: &Asked, file: &[u8]) -> Vec<u8> {
    let from =
        asked.headers.lines().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = from.unwrap_or(0);
    let last = file.len() - 1;
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{last}/{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        file.len(),
        file.len() - from
    );
    [head.as_bytes(), &file[from..]].concat()
}

/// An answer with a status and nothing else.
pub fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}
