//! A TCP proxy that breaks connections, loses what servers say, or lets nobody in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The proxy; it ends with the runtime.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// Connections end when it changes.
    severed: watch::Sender<()>,
    /// Whether what the server says is lost.
    deaf: AtomicBool,
    /// Whether new connections are refused.
    shut: AtomicBool,
    connections: AtomicUsize,
}

impl Proxy {
    pub async fn before(server: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            severed: watch::Sender::new(()),
            deaf: AtomicBool::new(false),
            shut: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !shared.shut.load(Ordering::SeqCst) {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    tokio::spawn(carry(Arc::clone(&shared), client, server));
                }
            }
        });
        Proxy { address, state }
    }

    /// Breaks all connections.
    pub fn sever(&self) {
        self.state.severed.send_replace(());
    }

    /// Loses what the server says, from now on or no more.
    pub fn lose_answers(&self, lost: Lost) {
        self.state.deaf.store(matches!(lost, Lost::All), Ordering::SeqCst);
    }

    /// Lets new connections in, or not.
    pub fn door(&self, door: Door) {
        self.state.shut.store(matches!(door, Door::Shut), Ordering::SeqCst);
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

pub enum Lost {
    All,
    Nothing,
}

pub enum Door {
    Open,
    Shut,
}

async fn carry(state: Arc<State>, client: TcpStream, server: SocketAddr) {
    let mut severed = state.severed.subscribe();
    severed.mark_unchanged();
    let server = TcpStream::connect(server).await.unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = copy(from_client, to_server, || false) => {}
        () = copy(from_server, to_client, || state.deaf.load(Ordering::SeqCst)) => {}
        _ = severed.changed() => {}
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, lost: impl Fn() -> bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if !lost() && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
