//! From a URL to a WebSocket: TCP, TLS where the URL says so, the handshake with its token.

use crate::error::ClientError;
use crate::server::Options;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue};
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The longest message that a server may send, in bytes.
const LONGEST: usize = 16 << 20;

/// Bytes both ways, with or without TLS.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

/// An open WebSocket.
pub type Socket = WebSocketStream<Box<dyn Pipe>>;

/// Why there is no WebSocket, or no session on it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Another try may be luckier.
    #[error("{0}")]
    Now(String),
    /// No try will be.
    #[error("{0}")]
    ForGood(String),
}

/// Where a server is, and how it is reached.
pub struct Target {
    /// The handshake.
    request: Request,
    host: String,
    port: u16,
    tls: Option<TlsConnector>,
}

impl Target {
    pub fn new(url: &str, options: &Options) -> Result<Target, ClientError> {
        let wrong = |why: String| ClientError::Connect(format!("'{url}': {why}"));
        let mut request = url.into_client_request().map_err(|error| wrong(error.to_string()))?;
        let secure = match request.uri().scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(wrong("a server has a ws: or wss: URL".to_owned())),
        };
        // An address of IPv6 stands between brackets in a URL, and nowhere else.
        let host = request.uri().host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = request.uri().port_u16().unwrap_or(if secure { 443 } else { 80 });
        if let Some(token) = &options.token {
            let mut value =
                HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| wrong("its token".to_owned()))?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let tls = secure.then(|| connector(&options.trusted)).transpose().map_err(wrong)?;
        Ok(Target { request, host, port, tls })
    }

    /// One try.
    pub async fn dial(&self) -> Result<Socket, Refused> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(now)?;
        // Requests are small, and wait for nothing.
        stream.set_nodelay(true).map_err(now)?;
        let stream: Box<dyn Pipe> = match &self.tls {
            None => Box::new(stream),
            Some(tls) => {
                let name = ServerName::try_from(self.host.clone()).map_err(for_good)?;
                Box::new(tls.connect(name, stream).await.map_err(now)?)
            }
        };
        let config = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
        let shaken = client_async_with_config(self.request.clone(), stream, Some(config)).await;
        shaken.map(|(socket, _)| socket).map_err(|error| match error {
            tungstenite::Error::Http(response) => {
                let why = format!("the server answers {}", response.status());
                // Anything else may come from what stands before a server that is just being started.
                let no_entry = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&response.status());
                if no_entry { Refused::ForGood(why) } else { Refused::Now(why) }
            }
            error => now(error),
        })
    }
}

fn now(error: impl ToString) -> Refused {
    Refused::Now(error.to_string())
}

fn for_good(error: impl ToString) -> Refused {
    Refused::ForGood(error.to_string())
}

/// TLS with the authorities of the web and those of one's own.
fn connector(trusted: &[u8]) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(trusted) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
