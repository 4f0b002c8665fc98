//! The Thrift port: a Python client made from the interface, bytes that are no calls, and connections that cost nothing.

mod support;
#[path = "../../control/tests/support/thrift.rs"]
mod wire;

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::{PATIENCE, command};
use tempfile::TempDir;
use wire::{Failed, Given, Read, answer, call};

const ON: &str = "[thrift]\nlisten = \"127.0.0.1:0\"\n";
const TOKENS: &str = "[tokens.static]\nred-token = \"red\"\nblue-token = \"blue\"\n[limits]\npipelines = 1\n";

/// The program with a Thrift port; it ends with the test.
struct Server {
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Server {
    fn start(config: &str) -> Server {
        Server::start_in(TempDir::new().unwrap(), config)
    }

    fn start_in(folder: TempDir, config: &str) -> Server {
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = command(&folder, &format!("{config}{ON}"));
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.find_map(|line| line.ok()?.strip_prefix("listening on thrift://").map(str::to_owned));
        let address = line.and_then(|line| line.parse().ok());
        Server { address: address.unwrap_or_else(|| panic!("no Thrift port")), child, folder }
    }

    fn client(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Client(stream)
    }

    /// What `/proc` says of the program.
    fn status(&self, key: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Client(TcpStream);

impl Client {
    fn send(&mut self, frame: &[u8]) {
        let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
        self.0.write_all(&[&length[..], frame].concat()).unwrap();
    }

    fn answer(&mut self) -> Result<Option<Read>, Failed> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut frame).unwrap();
        answer(&frame)
    }

    fn call(&mut self, method: &str, given: &[Given<'_>]) -> Result<Option<Read>, Failed> {
        self.send(&call(method, given));
        self.answer()
    }

    /// Whether the server closes the connection, and says nothing.
    fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        // What it did not read makes the end of a connection a reset.
        let ended = self.0.read_to_end(&mut rest);
        let kind = ended.err().map(|error| error.kind());
        rest.is_empty() && matches!(kind, None | Some(std::io::ErrorKind::ConnectionReset))
    }
}

#[test]
fn who_sends_no_honest_frames_is_sent_away_alone_and_the_log_tells_it() {
    let server = Server::start("");
    let mut honest = server.client();
    let lies: [&[u8]; 6] = [
        &[0x7f, 0xff, 0xff, 0xff, 0x80, 1],
        &[0xff, 0xff, 0xff, 0xff],
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        &[0x80, 1, 0, 1, 0, 0, 0, 10],
        &[0, 0, 0, 3, 1, 2, 3],
        &[0, 0, 0, 0],
    ];
    for bytes in lies {
        let mut liar = server.client();
        liar.0.write_all(bytes).unwrap();
        assert!(liar.is_closed(), "{bytes:?}");
    }
    let mut torn = server.client();
    torn.0.write_all(&[0, 0, 1, 0, 0x80]).unwrap();
    torn.0.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(torn.is_closed());
    assert!(honest.call("createMediaPipeline", &[]).is_ok());
    let log = server.log();
    assert_eq!(log.matches("a Thrift connection is closed").count(), lies.len() + 1, "{log}");
    assert!(log.contains("is the client's transport framed?") && log.contains("stops half-way"), "{log}");
}

#[test]
fn five_hundred_idle_connections_cost_no_thread() {
    let server = Server::start("");
    let mut first = server.client();
    first.call("getVersion", &[]).expect("a version");
    let before = server.status("Threads:");
    let mut clients: Vec<Client> = (0..500).map(|_| server.client()).collect();
    for client in &mut clients {
        client.call("getVersion", &[]).expect("a version");
    }
    let memory = server.status("VmRSS:");
    let after = server.status("Threads:");
    println!("{before} threads before, {after} after; {memory} KiB");
    // One more than one thread for calls may be there for a while.
    assert!(after <= before + 2, "{before} before, {after} after");
}

#[test]
fn a_call_that_finds_no_thread_is_refused_and_the_connection_goes_on() {
    let server = Server::start("[limits]\ncall_threads = 1\n");
    let (mut slow, mut quick) = (server.client(), server.client());
    let measure = json!({ "jsonrpc": "2.0", "id": 1, "method": "invoke", "params": {
        "object": "manager_ServerManager", "operation": "getUsedCpu", "operationParams": { "interval": 4_000 },
    } });
    slow.send(&call("invokeJsonRpc", &[Given::Text(&measure.to_string())]));
    let deadline = Instant::now() + PATIENCE;
    while quick.call("createMediaPipeline", &[]) != Err(Failed::Code(40_009)) {
        assert!(Instant::now() < deadline, "it is never refused");
    }
    let ping = json!({ "jsonrpc": "2.0", "id": "x", "method": "keepAlive", "params": { "object": "y" } });
    let refused = quick.call("invokeJsonRpc", &[Given::Text(&ping.to_string())]).expect("an answer").expect("a text");
    let refused: Json = serde_json::from_str(&refused.text()).unwrap();
    assert!(refused["id"] == "x" && refused["error"]["code"].is_i64(), "{refused}");
    let measured: Json = serde_json::from_str(&slow.answer().expect("an answer").expect("a text").text()).unwrap();
    assert!(measured["result"]["value"].is_number(), "{measured}");
    quick.call("createMediaPipeline", &[]).expect("a thread again");
}

#[test]
fn a_connection_ends_with_its_token_and_one_that_says_none_ends_soon() {
    let secret = "a secret of thirty-two bytes, no less";
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("secret"), secret).unwrap();
    let server = Server::start_in(folder, "[tokens]\njwt_key = \"FOLDER/secret\"\n");
    let mut silent = server.client();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    // Five seconds of leeway come on top.
    let claims = json!({ "sub": "red", "aud": "trellis", "exp": now - 3 });
    let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
    let mut client = server.client();
    assert_eq!(client.call("authenticate", &[Given::Text(&token)]), Ok(None));
    client.call("createMediaPipeline", &[]).expect("made");
    assert!(client.is_closed() && silent.is_closed());
    assert!(server.log().contains("its token has expired") && server.log().contains("it said no token"));
}

#[test]
fn without_tokens_only_this_machine_is_served() {
    let folder = TempDir::new().unwrap();
    let ended = command(&folder, "[thrift]\nlisten = \"0.0.0.0:0\"\n").stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("allow_unauthenticated"), "{said}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A Python with what the tests need; `None`, and a word about it, where there cannot be one.
fn python() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("thrift-python");
    let python = venv.join("bin").join("python");
    let wanted = std::fs::read_to_string(root().join("tests/thrift/requirements.txt")).unwrap();
    let stamp = venv.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Some(python);
    }
    let run = |command: &mut Command| command.stdout(Stdio::null()).status().is_ok_and(|status| status.success());
    let made = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))
        && run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(root().join("tests/thrift/requirements.txt")));
    if !made {
        println!("skipped: no Python with {}", wanted.trim());
        return None;
    }
    std::fs::write(stamp, wanted).unwrap();
    Some(python)
}

fn media() -> PathBuf {
    std::env::var_os("TRELLIS_MEDIA").map_or_else(|| root().join("../shared/media"), PathBuf::from)
}

/// Runs a program to its end, but not for ever: what it said, and whether it succeeded.
fn finish(command: &mut Command) -> (String, bool) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        text
    });
    let complained = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = err.read_to_string(&mut text);
        text
    });
    let deadline = Instant::now() + 8 * PATIENCE;
    let succeeded = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status.success(),
            None if Instant::now() > deadline => {
                let _ = child.kill();
                let _ = child.wait();
                break false;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    (said.join().unwrap() + &complained.join().unwrap(), succeeded)
}

#[test]
fn a_python_program_made_from_the_interface_does_everything_by_it() {
    let Some(python) = python() else { return };
    let (open, guarded) = (Server::start("[uri]\nhosts = [\"public\"]\n"), Server::start(TOKENS));
    let (said, succeeded) = finish(
        Command::new(python)
            .arg(root().join("tests/thrift/suite.py"))
            .env("TRELLIS_INTERFACE", root().join("crates/control/thrift"))
            .env("TRELLIS_OPEN", open.address.to_string())
            .env("TRELLIS_TOKENS", guarded.address.to_string())
            .env("TRELLIS_FOLDER", open.folder.path())
            .env("TRELLIS_MEDIA", media()),
    );
    for skipped in said.lines().filter(|line| line.contains("... skipped")) {
        println!("skipped: {skipped}");
    }
    assert!(succeeded, "{said}\n{}", open.log());
    assert!(open.log().contains("a handler does not answer: its subscriptions go"), "{}", open.log());
}

#[test]
fn the_program_of_the_page_reads_codes() {
    let (program, page) = (root().join("tests/thrift/codes.py"), root().join("docs/thrift.md"));
    let page = std::fs::read_to_string(page).unwrap();
    let shown = page.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a program");
    assert_eq!(shown, std::fs::read_to_string(&program).unwrap(), "docs/thrift.md shows tests/thrift/codes.py");
    let film = media().join("synth/out/qr_two.mp4");
    if !film.exists() {
        println!("skipped: no media");
        return;
    }
    let Some(python) = python() else { return };
    let server = Server::start("");
    let mut run = Command::new(python);
    run.arg(program).arg(root().join("crates/control/thrift"));
    run.args([server.address.ip().to_string(), server.address.port().to_string()]).arg(film);
    let (said, succeeded) = finish(&mut run);
    assert!(succeeded, "{said}\n{}", server.log());
    assert!(said.starts_with("QR-Code KURENTO-1\n") && said.ends_with("EOS\n"), "{said}");
    assert!(said.contains("QR-Code https://example.org/room?id=42\n"), "{said}");
}
