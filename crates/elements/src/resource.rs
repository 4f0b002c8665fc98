//! Small resources named by URIs: overlay images from files, from HTTP servers, or within the URI itself.

use crate::policy::{Refused, UriPolicy};
use data_url::DataUrl;
use std::io::Read;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// No image is larger.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// A server that takes longer is given up.
const TIMEOUT: Duration = Duration::from_secs(8);
/// A server that sends on further than this is given up.
pub(crate) const MAX_REDIRECTS: u32 = 5;
/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Why a resource could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// Not a URI that may be opened here.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A file that cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A server that did not give it.
    #[error("{0}: {1}")]
    Http(String, Box<ureq::Error>),
    /// A `data:` URI that cannot be read.
    #[error("the data: URI is not one (RFC 2397)")]
    Data,
    /// Larger than anything sensible.
    #[error("{0} is larger than {MAX_BYTES} bytes")]
    TooLarge(String),
}

/// Reads the whole of a `file:` or `http(s):` URI, of a path relative to a folder, or what a `data:` URI holds. May block for seconds.
pub fn load(policy: &Arc<UriPolicy>, folder: &Path, uri: &str) -> Result<Vec<u8>, ResourceError> {
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some(scheme @ ("http" | "https")) => {
            policy.scheme(scheme)?;
            fetch(Checked::new(policy), uri)
        }
        Some(scheme @ "data") => {
            policy.scheme(scheme)?;
            let inside = DataUrl::process(uri).ok().and_then(|data| data.decode_to_vec().ok());
            inside.map(|(bytes, _)| bytes).ok_or(ResourceError::Data)
        }
        _ => {
            let path = policy.path(folder, uri)?;
            let failed = |error| ResourceError::File(path.clone(), error);
            read(std::fs::File::open(&path).map_err(failed)?, uri)?.map_err(failed)
        }
    }
}

/// Asks a server, and those that it names instead, each after a look at the address that it is then reached by.
fn fetch(resolver: Checked, uri: &str) -> Result<Vec<u8>, ResourceError> {
    let failed = |error: ureq::Error| ResourceError::Http(uri.to_owned(), Box::new(error));
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .max_redirects(MAX_REDIRECTS)
        // A proxy would resolve names by itself.
        .proxy(None)
        .build();
    let agent = ureq::Agent::with_parts(config, DefaultConnector::default(), resolver);
    let response = agent.get(uri).call().map_err(failed)?;
    read(response.into_body().into_reader(), uri)?.map_err(|error| failed(error.into()))
}

fn read(from: impl Read, uri: &str) -> Result<std::io::Result<Vec<u8>>, ResourceError> {
    let mut bytes = Vec::new();
    let read = from.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ResourceError::TooLarge(uri.to_owned()));
    }
    Ok(read.map(|_| bytes))
}

/// Resolves a host's name, once for each connection, and refuses what the policy refuses. What it gives is connected to:
/// a name that changes its mind between the look and the connection gains nothing.
#[derive(Debug)]
pub(crate) struct Checked {
    policy: Arc<UriPolicy>,
    lookup: fn(&str) -> std::io::Result<Vec<SocketAddr>>,
}

impl Checked {
    /// Names as the system knows them.
    pub fn new(policy: &Arc<UriPolicy>) -> Checked {
        Checked { policy: Arc::clone(policy), lookup }
    }
}

fn lookup(host_and_port: &str) -> std::io::Result<Vec<SocketAddr>> {
    host_and_port.to_socket_addrs().map(Iterator::collect)
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &ureq::http::Uri,
        _config: &ureq::config::Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let refuse = |refused: Refused| ureq::Error::Other(Box::new(refused));
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(ureq::Error::BadUri(uri.to_string()));
        };
        self.policy.scheme(scheme.as_str()).map_err(refuse)?;
        let host = DefaultResolver::host_and_port(scheme, authority).ok_or(ureq::Error::HostNotFound)?;
        let mut addresses = self.empty();
        for address in (self.lookup)(&host)?.into_iter().take(MAX_ADDRESSES) {
            self.policy.address(authority.host(), address.ip()).map_err(refuse)?;
            addresses.push(address);
        }
        if addresses.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(addresses) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// The names of a DNS that has been told lies.
    fn lies(host_and_port: &str) -> std::io::Result<Vec<SocketAddr>> {
        let (host, port) = host_and_port.rsplit_once(':').expect("a port");
        let port = port.parse().expect("a number");
        let address = match host {
            "server.example" => "127.0.0.2",
            "localhost.example" | "127.0.0.1.nip.example" => "127.0.0.1",
            "metadata.example" => "169.254.169.254",
            "mixed.example" => {
                return Ok(vec![
                    SocketAddr::new([8, 8, 8, 8].into(), port),
                    SocketAddr::new([127, 0, 0, 1].into(), port),
                ]);
            }
            _ => return lookup(host_and_port),
        };
        Ok(vec![SocketAddr::new(address.parse().expect("an address"), port)])
    }

    /// Only one host may be reached, which plays the part of one on the internet.
    fn checked() -> Checked {
        let hosts = vec!["127.0.0.2/32".parse().expect("a block"), "public".parse().expect("a scope")];
        Checked { policy: Arc::new(UriPolicy { hosts, ..UriPolicy::default() }), lookup: lies }
    }

    /// Serves one answer to each of so many requests; gives its port.
    fn server(address: &str, answers: Vec<String>) -> u16 {
        let listener = TcpListener::bind((address, 0)).expect("a port");
        let port = listener.local_addr().expect("bound").port();
        std::thread::spawn(move || {
            for answer in answers {
                let Ok((mut socket, _)) = listener.accept() else { return };
                let mut request = [0; 4096];
                let _ = socket.read(&mut request);
                let _ = socket.write_all(answer.as_bytes());
            }
        });
        port
    }

    fn redirect(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    }

    const BODY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";

    #[test]
    fn a_host_that_is_allowed_is_asked_and_may_send_on_to_another() {
        let port = server("127.0.0.2", vec![redirect("/there"), BODY.into()]);
        let bytes = fetch(checked(), &format!("http://server.example:{port}/here")).expect("served");
        assert_eq!(bytes, b"hi");
    }

    #[test]
    fn a_redirect_is_looked_at_again() {
        let inner = server("127.0.0.1", vec![BODY.into()]);
        for target in [
            format!("http://127.0.0.1:{inner}/"),
            format!("http://localhost.example:{inner}/"),
            format!("http://[::ffff:127.0.0.1]:{inner}/"),
            "http://metadata.example/latest".to_owned(),
            "file:///etc/passwd".to_owned(),
            "gopher://127.0.0.1/".to_owned(),
        ] {
            let port = server("127.0.0.2", vec![redirect(&target)]);
            let answer = fetch(checked(), &format!("http://server.example:{port}/"));
            assert!(answer.is_err(), "{target}");
        }
    }

    #[test]
    fn no_notation_of_a_host_hides_where_it_leads() {
        let asked = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            while listener.accept().is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "017700000001",
            "0177.0.0.1",
            "0177.1",
            "127.0.0.1.",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "LocalHost",
            "0",
            "0.0.0.0",
            "0x0",
            "00",
            "127.255.255.254",
            "127.127.127.127",
            "127.000.000.001",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:127.0.0.1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::127.0.0.1]",
            "[2002:7f00:1::]",
            "localhost.example",
            "127.0.0.1.nip.example",
            "mixed.example",
            "metadata.example",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0xa9.0xfe.0xa9.0xfe",
            "0251.0376.0251.0376",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[fe80::1]",
            "[64:ff9b::a9fe:a9fe]",
            "169.254.169.254.",
            "user@127.0.0.1",
            "user:password@127.0.0.1",
            "server.example@127.0.0.1",
            "127.0.0.1#@server.example",
            "127.0.0.1?@server.example",
            "127.0.0.1\\@server.example",
            "%31%32%37.0.0.1",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "ｌocalhost",
            "127.0.0.1%00.server.example",
            "127.0.0.1\t",
            " 127.0.0.1",
            "127.0.0.1\r\nHost: server.example",
            "server.example:80@127.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
        ];
        assert!(hosts.len() >= 60);
        for host in hosts {
            // A port goes behind the host, wherever the trick has put the host.
            for uri in
                [format!("http://{host}:{port}/"), format!("http:{host}:{port}/"), format!("http:\\\\{host}:{port}\\")]
            {
                assert!(fetch(checked(), &uri).is_err(), "{uri}");
            }
        }
        assert_eq!(asked.load(Ordering::SeqCst), 0, "nobody was reached");
    }

    #[test]
    fn a_uri_may_hold_what_it_names() {
        let load = |uri| load(&Arc::default(), Path::new("/"), uri);
        assert_eq!(load("data:image/png;base64,aGk=").expect("read"), b"hi");
        assert!(matches!(load("data:image/png;base64,a"), Err(ResourceError::Data)));
    }

    #[test]
    fn the_refusal_names_the_host_and_the_key() {
        let port = server("127.0.0.1", Vec::new());
        let error = load(&Arc::default(), Path::new("/"), &format!("http://127.0.0.1:{port}/hat.png")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("127.0.0.1") && text.contains("loopback") && text.contains("uri.hosts"), "{text}");
    }
}
