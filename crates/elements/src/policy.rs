//! What the URIs of applications may name: players, recorders and overlay images open nothing else. Servers that they name
//! by address, STUN's and TURN's, are among the hosts that URIs may lead to, or not asked.

use crate::files::{self, UriError};
use crate::reach::{Hosts, Scope};
use std::net::IpAddr;
use std::path::{Component, Path, PathBuf};

/// What URIs may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriPolicy {
    /// Schemes that are opened, of `file`, `http`, `https` and `data`.
    pub schemes: Vec<String>,
    /// Folders that files may lie in; `None` is all that the process can open.
    pub folders: Option<Vec<PathBuf>>,
    /// Hosts that may be reached, by the addresses that their names resolve to.
    pub hosts: Vec<Hosts>,
}

impl Default for UriPolicy {
    /// All schemes and folders; public and private hosts.
    fn default() -> Self {
        UriPolicy {
            schemes: ["file", "http", "https", "data"].map(str::to_owned).to_vec(),
            folders: None,
            hosts: vec![Hosts::Scope(Scope::Public), Hosts::Scope(Scope::Private)],
        }
    }
}

/// Why a URI is refused. The text names the key of the configuration that would allow it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It names nothing that is ever opened.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// Its scheme is not allowed.
    #[error("'{0}' URIs are not allowed here (`uri.schemes` of the configuration allows them)")]
    Scheme(String),
    /// The file lies nowhere where it may.
    #[error("{0} is outside the folders that URIs may name (`uri.folders` of the configuration lists them)")]
    Folder(PathBuf),
    /// A link or folder on the way cannot be followed.
    #[error("{0}: {1}")]
    Path(PathBuf, std::io::Error),
    /// The host is not allowed.
    #[error("{host} is {address}, a {scope} address, and such are not allowed{remedy}")]
    Host {
        /// The host as the URI names it.
        host: String,
        /// What it resolves to.
        address: IpAddr,
        /// What the address is for.
        scope: Scope,
        /// What to do about it.
        remedy: &'static str,
    },
}

impl UriPolicy {
    /// The path of a `file:` URI or of a path, relative ones in `base`: links resolved when folders are named, so that
    /// what is opened is what was looked at. The file need not exist.
    ///
    /// # Errors
    /// [`Refused`], but never [`Refused::Host`].
    pub fn path(&self, base: &Path, uri: &str) -> Result<PathBuf, Refused> {
        self.scheme("file")?;
        let path = files::path_in(base, uri)?;
        let Some(folders) = &self.folders else { return Ok(path) };
        let real = real(&path).map_err(|error| Refused::Path(path.clone(), error))?;
        let within =
            folders.iter().filter_map(|folder| folder.canonicalize().ok()).any(|folder| real.starts_with(folder));
        if within { Ok(real) } else { Err(Refused::Folder(path)) }
    }

    /// Whether a scheme may be opened.
    ///
    /// # Errors
    /// [`Refused::Scheme`].
    pub fn scheme(&self, scheme: &str) -> Result<(), Refused> {
        let known = self.schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme));
        if known { Ok(()) } else { Err(Refused::Scheme(scheme.to_owned())) }
    }

    /// Whether an address that a host's name resolved to may be reached.
    ///
    /// # Errors
    /// [`Refused::Host`].
    pub fn address(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        let scope = Scope::of(address);
        if scope != Scope::Reserved && self.hosts.iter().any(|hosts| hosts.contain(address)) {
            return Ok(());
        }
        let remedy = match scope {
            Scope::Reserved => "",
            Scope::Public => " (\"public\" in `uri.hosts` of the configuration allows them)",
            Scope::Private => " (\"private\" in `uri.hosts` of the configuration allows them)",
            Scope::LinkLocal => " (\"link-local\" in `uri.hosts` of the configuration allows them)",
            Scope::Loopback => " (\"loopback\" in `uri.hosts` of the configuration allows them)",
        };
        Err(Refused::Host { host: host.to_owned(), address, scope, remedy })
    }
}

/// A path without links and `..`; of one that does not exist yet, what exists of it is resolved, and the rest may not
/// lead back up.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    let mut missing = Vec::new();
    let mut there = path;
    loop {
        match there.canonicalize() {
            Ok(real) => return Ok(missing.iter().rev().fold(real, |path, part| path.join(part))),
            // A link to what does not exist would be followed when the file is made.
            Err(error) if error.kind() != std::io::ErrorKind::NotFound || there.is_symlink() => return Err(error),
            Err(error) => match (there.parent(), there.components().next_back()) {
                (Some(parent), Some(Component::Normal(part))) => {
                    missing.push(part.to_owned());
                    there = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
                }
                _ => return Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_outside_the_folders_are_refused_by_every_way_that_leads_there() {
        let root = tempfile::tempdir().unwrap();
        let (inside, outside) = (root.path().join("in"), root.path().join("out"));
        for folder in [&inside, &outside, &inside.join("sub")] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(outside.join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(&outside, inside.join("link")).unwrap();
        std::os::unix::fs::symlink(outside.join("new"), inside.join("dangling")).unwrap();
        let policy = UriPolicy { folders: Some(vec![inside.clone()]), ..UriPolicy::default() };
        for (uri, allowed) in [
            ("a.webm", true),
            ("sub/a.webm", true),
            ("new/folder/a.webm", true),
            ("sub/../a.webm", true),
            ("../out/secret", false),
            ("sub/../../out/secret", false),
            ("new/../../out/secret", false),
            ("link/secret", false),
            ("link/new.webm", false),
            ("dangling", false),
            ("%2e%2e/out/secret", true), // a path is not unescaped: this is a folder called so
            ("file:%2e%2e/out/secret", false),
            ("/etc/passwd", false),
            ("file:///etc/passwd", false),
            ("FILE://localhost/etc/passwd", false),
            ("/proc/self/environ", false),
        ] {
            let path = policy.path(&inside, uri);
            assert_eq!(path.is_ok(), allowed, "{uri}: {path:?}");
        }
        let refused = policy.path(&inside, "/etc/passwd").unwrap_err().to_string();
        assert!(refused.contains("uri.folders") && refused.contains("/etc/passwd"), "{refused}");
        let no_files = UriPolicy { schemes: vec!["https".into()], ..policy };
        assert!(no_files.path(&inside, "a.webm").unwrap_err().to_string().contains("uri.schemes"));
    }

    #[test]
    fn every_scheme_that_opens_more_than_files_is_refused() {
        for uri in
            ["gopher://h/x", "ftp://h/x", "data:video/webm,x", "concat:a|b", "pipe:0", "jar:file:/x", "tcp://h:1"]
        {
            assert!(matches!(UriPolicy::default().path(Path::new("/"), uri), Err(Refused::Uri(_))), "{uri}");
        }
    }

    #[test]
    fn an_address_that_is_refused_says_what_allows_it() {
        let policy = UriPolicy::default();
        for (address, remedy) in [("127.0.0.1", "\"loopback\""), ("169.254.169.254", "\"link-local\"")] {
            let refused = policy.address("a.example", address.parse().unwrap()).unwrap_err().to_string();
            assert!(
                refused.contains("a.example") && refused.contains(address) && refused.contains(remedy),
                "{refused}"
            );
        }
        assert!(policy.address("b.example", "10.0.0.1".parse().unwrap()).is_ok());
        let some = UriPolicy { hosts: vec!["127.0.0.2/32".parse().unwrap()], ..policy };
        assert!(
            some.address("c", "127.0.0.2".parse().unwrap()).is_ok()
                && some.address("c", "8.8.8.8".parse().unwrap()).is_err()
        );
    }
}
