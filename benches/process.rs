//! From the start of `trellis serve` to the first answer over HTTP, and its memory at rest.
//!
//! `cargo bench --bench process`. Wall time, since that is what a person waits for.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{binary, head, spread};

const STARTS: usize = 15;

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

/// A line of /proc/PID/status, in MB.
fn memory(child: &Child, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    let kilobytes = line.trim_start_matches(':').split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    kilobytes.expect("kilobytes") / 1_024.0
}

fn main() {
    let binary = binary();
    let (mut starts, mut private, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let before = Instant::now();
        let mut command = Command::new(&binary);
        command.args(["serve", "--listen", &address.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Server(command.spawn().expect("the server starts"));
        while !answers(address) {
            assert!(before.elapsed() < Duration::from_secs(10), "no answer");
            std::thread::sleep(Duration::from_micros(500));
        }
        starts.push(before.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_millis(500));
        private.push(memory(&server.0, "RssAnon"));
        resident.push(memory(&server.0, "VmRSS"));
    }
    head("trellis serve");
    println!("start to answering /healthz: {:.0} ms (goal 150)", spread(starts));
    println!(
        "private memory at rest (RssAnon): {:.1} MB (goal 30); resident {:.1} MB",
        spread(private),
        spread(resident)
    );
}
