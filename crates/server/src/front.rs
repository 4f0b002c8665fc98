//! The TCP port: connections in, with or without TLS, until the server is asked to end.
//!
//! Who opens a connection and says nothing, or too slowly, is sent away before it costs anybody else anything.

use crate::config::Tls;
use anyhow::Context;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// Time for a TLS handshake, and again for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for what is being answered when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes of a request's head; what hyper wants at the least.
const HEAD: usize = 16 << 10;

/// The open port.
pub struct Front {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    /// One permit a connection that is no WebSocket (yet).
    room: Arc<Semaphore>,
}

impl Front {
    /// Listens.
    pub async fn open(address: SocketAddr, tls: Option<&Tls>) -> anyhow::Result<Front> {
        let tls = tls.map(acceptor).transpose()?;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen on {address}; is another server there? --listen takes another port")
        })?;
        // The other half of the descriptors is left for WebSockets and files.
        let room = descriptors() / 2;
        Ok(Front { listener, tls, room: Arc::new(Semaphore::new(room.min(Semaphore::MAX_PERMITS))) })
    }

    /// Where it listens.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Serves until `ended`.
    pub async fn serve(self, router: Router, ended: impl Future<Output = ()>) {
        let (ending, end) = watch::channel(());
        let mut ended = std::pin::pin!(ended);
        loop {
            let accepted = async {
                let permit = Arc::clone(&self.room).acquire_owned().await;
                (permit, self.listener.accept().await)
            };
            let (permit, stream) = tokio::select! {
                accepted = accepted => accepted,
                () = &mut ended => break,
            };
            let (Ok(permit), Ok((stream, _))) = (permit, stream) else {
                // No descriptors: some will be free soon.
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            tokio::spawn(welcome(
                stream,
                self.tls.clone(),
                router.clone(),
                Guest { end: end.clone(), _permit: permit },
            ));
        }
        drop((self.listener, end));
        let _ = ending.send(());
        let _ = timeout(FAREWELL, ending.closed()).await;
    }
}

/// What a connection holds as long as it is there.
struct Guest {
    end: watch::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

async fn welcome(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, guest: Guest) {
    // Answers are small, and wait for nothing.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return talk(stream, router, guest).await };
    if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
        talk(stream, router, guest).await;
    }
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, mut guest: Guest) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).with_upgrades();
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = guest.end.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

fn acceptor(tls: &Tls) -> anyhow::Result<TlsAcceptor> {
    let named = |key: &str, path: &std::path::Path| format!("http.tls.{key}: {}", path.display());
    let certificates = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| named("certificate", &tls.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).with_context(|| named("key", &tls.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .context("http.tls")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// How many descriptors the process may have; it takes as many as it is let.
pub fn descriptors() -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 1_024 };
    let raised = setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_or(soft, |()| hard);
    usize::try_from(raised).unwrap_or(usize::MAX)
}
