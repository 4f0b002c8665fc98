//! Where a repository lies.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use std::io;
use std::ops::Range;
use uuid::Uuid;

/// Media, piece by piece.
pub(super) type Chunks = BoxStream<'static, io::Result<Bytes>>;

/// A place that keeps, for each item, a head (small, written at once or not at all) and media (large, written from its
/// beginning to its end).
pub(super) trait Store: Send + Sync {
    fn read_head(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<Bytes>>>;
    fn write_head(&self, id: Uuid, head: Bytes) -> BoxFuture<'_, io::Result<()>>;
    /// Bytes of the media there is; `None` without any.
    fn len(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<u64>>>;
    fn read(&self, id: Uuid, range: Range<u64>) -> BoxFuture<'_, io::Result<Chunks>>;
    fn writer(&self, id: Uuid) -> BoxFuture<'_, io::Result<Box<dyn Writer>>>;
    /// Removes head and media.
    fn remove(&self, id: Uuid) -> BoxFuture<'_, io::Result<()>>;
    /// The items that have a head.
    fn list(&self) -> BoxStream<'_, io::Result<Uuid>>;
    /// Where programs on this machine find the media.
    fn file_url(&self, id: Uuid) -> Option<String>;
}

/// Media that is being written.
pub(super) trait Writer: Send {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, io::Result<()>>;
    /// No more comes; what came is there from now on.
    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>>;
}
