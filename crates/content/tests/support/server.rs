//! A media server within the test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use trellis_client::MediaServer;
use trellis_control::{Control, ControlSettings, Quotas};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

/// A control plane over real elements; relative URIs are files of `folder`.
pub fn control(folder: &Path, quotas: Quotas) -> Control {
    let settings = MediaSettings { threads: 2, default_path: folder.to_owned(), ..MediaSettings::default() };
    let media = Media::start(settings).expect("the media plane");
    Control::new(Arc::new(ElementFactory::new(media)), ControlSettings { quotas, ..ControlSettings::default() })
}

/// A media server of its own.
pub fn media_server(folder: &Path) -> MediaServer {
    MediaServer::embedded(&control(folder, Quotas::default())).unwrap()
}

/// A file of the media folder (`TRELLIS_MEDIA`, default `../shared/media`); `None` in a clone without it.
pub fn clip(name: &str) -> Option<String> {
    let folder = std::env::var_os("TRELLIS_MEDIA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/media"));
    let path = folder.join(name).canonicalize().ok();
    if path.is_none() {
        println!("skipped: no media ({name})");
    }
    path.map(|path| format!("file://{}", path.display()))
}
