//! Small resources named by URIs: overlay images from files or from HTTP servers.

use crate::files::{self, UriError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No image is larger.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// A server that takes longer is given up.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Why a resource could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// Not a URI that names anything here.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// A file that cannot be read.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A server that did not give it.
    #[error("{0}: {1}")]
    Http(String, Box<ureq::Error>),
    /// Larger than anything sensible.
    #[error("{0} is larger than {MAX_BYTES} bytes")]
    TooLarge(String),
}

/// Reads the whole of a `file:` or `http(s):` URI, or of a path relative to a folder. May block for seconds.
pub fn load(folder: &Path, uri: &str) -> Result<Vec<u8>, ResourceError> {
    let mut bytes = Vec::new();
    let http = uri.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
    if http {
        let failed = |error: ureq::Error| ResourceError::Http(uri.to_owned(), Box::new(error));
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).build().into();
        let response = agent.get(uri).call().map_err(failed)?;
        let mut body = response.into_body().into_reader().take(MAX_BYTES + 1);
        body.read_to_end(&mut bytes).map_err(|error| failed(error.into()))?;
    } else {
        let path = files::path_in(folder, uri)?;
        let failed = |error| ResourceError::File(path.clone(), error);
        let file = std::fs::File::open(&path).map_err(failed)?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ResourceError::TooLarge(uri.to_owned()));
    }
    Ok(bytes)
}
