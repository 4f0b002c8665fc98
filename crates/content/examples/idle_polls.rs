//! What long polls cost that have nothing to tell: CPU time of a server process to which many clients poll.
//!
//! `cargo run -p trellis-content --example idle_polls [CLIENTS] [POLL_SECONDS]`. The clients are another process; four
//! polls of each are measured.

use anyhow::{Context, bail, ensure};
use cpu_time::ProcessTime;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use trellis_content::{Application, ContentError, ContentHandler, HttpPlayer, MediaServers, Session, Settings};

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 4096;
/// Set in the environment of the server.
const SERVE: &str = "IDLE_POLLS_SERVE";

/// Starts every session at once; nothing happens in them.
struct Quiet;

impl ContentHandler<HttpPlayer> for Quiet {
    async fn on_content_request(&self, session: Session<HttpPlayer>) -> Result<(), ContentError> {
        session.start_at("http://127.0.0.1:1/").await
    }
}

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let mut number = |usual: u64| numbers.next().unwrap_or(Ok(usual)).context("a number");
    let (clients, poll) = (number(2_000)?, number(5)?);
    let seconds = 4 * poll;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    if std::env::var_os(SERVE).is_some() {
        return runtime.block_on(serve(Duration::from_secs(poll)));
    }
    let mut server = Command::new(std::env::current_exe()?)
        .args([clients, poll].map(|number| number.to_string()))
        .env(SERVE, "")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    BufReader::new(server.stdout.take().context("piped")?).read_line(&mut address)?;
    let measured = runtime.block_on(measure(address.trim(), clients, Duration::from_secs(seconds)));
    server.kill()?;
    server.wait()?;
    let (used, polls) = measured?;
    let share = used.as_secs_f64() / seconds as f64 * 100.0;
    let each = used.as_secs_f64() * 1e6 / polls.max(1) as f64;
    println!(
        "{clients} clients, polls of {poll} s, for {seconds} s: {share:.2} % of a core; {polls} polls, {each:.1} us each"
    );
    Ok(())
}

async fn serve(poll: Duration) -> anyhow::Result<()> {
    let settings = Settings { poll, ..Settings::default() };
    let router = Application::new(MediaServers::of([])).settings(settings).player("/play", Quiet).into_router();
    let used = || async { ProcessTime::now().as_duration().as_nanos().to_string() };
    let router = router.route("/used", axum::routing::get(used));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

/// CPU time of the server while all clients poll, and how many polls were answered meanwhile.
async fn measure(address: &str, clients: u64, time: Duration) -> anyhow::Result<(Duration, u64)> {
    let answered = Arc::new(AtomicU64::new(0));
    let mut polling = JoinSet::new();
    for _ in 0..clients {
        let mut client = Client::connect(address).await?;
        let started = client.call("start", "{}").await?;
        let session = started.split("\"sessionId\":\"").nth(1).and_then(|rest| rest.get(..36)).context("a session")?;
        let params = format!("{{\"sessionId\":\"{session}\"}}");
        let answered = Arc::clone(&answered);
        polling.spawn(async move {
            while client.call("poll", &params).await.is_ok() {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut looker = Client::connect(address).await?;
    let (before, polls) = (looker.used().await?, answered.load(Ordering::Relaxed));
    tokio::time::sleep(time).await;
    let (after, polls_after) = (looker.used().await?, answered.load(Ordering::Relaxed));
    ensure!(polling.try_join_next().is_none(), "a client gave up");
    Ok((after - before, polls_after - polls))
}

/// A connection that is kept.
struct Client {
    socket: TcpStream,
}

impl Client {
    async fn connect(address: &str) -> anyhow::Result<Client> {
        Ok(Client { socket: TcpStream::connect(address).await? })
    }

    async fn call(&mut self, method: &str, params: &str) -> anyhow::Result<String> {
        let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{params}}}");
        let head = "POST /play/x HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: ";
        self.ask(&format!("{head}{}\r\n\r\n{body}", body.len())).await
    }

    /// CPU time that the server has used.
    async fn used(&mut self) -> anyhow::Result<Duration> {
        let text = self.ask("GET /used HTTP/1.1\r\nhost: here\r\n\r\n").await?;
        Ok(Duration::from_nanos(text.parse()?))
    }

    /// The body of an answer.
    async fn ask(&mut self, request: &str) -> anyhow::Result<String> {
        self.socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::with_capacity(512);
        while answer.len() < MAX_ANSWER {
            ensure!(self.socket.read_buf(&mut answer).await? > 0, "the server has closed the connection");
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("a length")?;
            if body.len() == length.parse::<usize>()? {
                ensure!(head.starts_with("HTTP/1.1 200"), "{text}");
                return Ok(body.to_owned());
            }
        }
        bail!("a long answer")
    }
}
