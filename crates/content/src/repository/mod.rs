//! A repository of recorded items: media with attributes, found again by id or by attribute after a restart.
//!
//! What always holds: an item is recorded once; it has its media from its first byte on; a recording that stopped before
//! its end, or was stopped by the end of the process, is kept and marked as incomplete.

#[cfg(feature = "object-store")]
mod bucket;
mod folder;
mod head;
pub(crate) mod serve;
mod store;

pub use head::{Attributes, ItemState};

use crate::error::{Code, ContentError};
use bytes::Bytes;
use folder::Folder;
use futures_util::{Stream, StreamExt};
use head::{Head, Kept};
use parking_lot::Mutex;
use std::collections::HashSet;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use store::{Chunks, Store};
use uuid::Uuid;

/// Items that one search gives.
const MAX_FOUND: usize = 1_000;

/// A repository. Clones are handles of the same one. One process at a time may use the place where it lies.
#[derive(Clone)]
pub struct Repository {
    inner: Arc<Inner>,
}

struct Inner {
    store: Box<dyn Store>,
    /// Items that are being recorded by this process.
    recording: Mutex<HashSet<Uuid>>,
}

impl Repository {
    /// A repository in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// A folder that cannot be made or found.
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Repository> {
        Ok(Repository::of(Folder::open(path.as_ref())?))
    }

    /// A repository in an object store, such as a bucket of S3, behind a prefix of names. Media is sent to it in parts of
    /// five MiB while it is recorded, and is there when the recording has stopped; the end of the process loses it.
    #[cfg(feature = "object-store")]
    pub fn object_store(store: Arc<dyn object_store::ObjectStore>, prefix: &str) -> Repository {
        Repository::of(bucket::Bucket::new(store, prefix))
    }

    fn of(store: impl Store + 'static) -> Repository {
        Repository { inner: Arc::new(Inner { store: Box::new(store), recording: Mutex::default() }) }
    }

    /// A new item, without media.
    ///
    /// # Errors
    /// 10014 for more than 64 attributes or 16 KiB of them; 20039.
    pub async fn create(&self, attributes: Attributes) -> Result<Item, ContentError> {
        head::check(&attributes)?;
        let id = Uuid::new_v4();
        let head = Head { attributes, content_type: None, kept: Kept::Empty };
        self.inner.store.write_head(id, head.to_bytes()).await.map_err(failed)?;
        Ok(Item { id, inner: Arc::clone(&self.inner) })
    }

    /// The item with an id.
    ///
    /// # Errors
    /// 20034 when there is none, 20039, 20040.
    pub async fn find(&self, id: &str) -> Result<Item, ContentError> {
        let id = Uuid::try_parse(id).map_err(|_| Code(20034))?;
        let item = Item { id, inner: Arc::clone(&self.inner) };
        item.head().await?;
        Ok(item)
    }

    /// The items that have an attribute with a value, in no order, 1,000 at the most. Looks at every item there is.
    ///
    /// # Errors
    /// 20039. Items that are damaged are passed over.
    pub async fn with_attribute(&self, name: &str, value: &str) -> Result<Vec<Item>, ContentError> {
        let mut found = Vec::new();
        let mut all = self.inner.store.list();
        while let Some(id) = all.next().await {
            let item = Item { id: id.map_err(failed)?, inner: Arc::clone(&self.inner) };
            let has = |head: Head| head.attributes.get(name).is_some_and(|known| known == value);
            if item.head().await.is_ok_and(has) {
                found.push(item);
            }
            if found.len() == MAX_FOUND {
                break;
            }
        }
        Ok(found)
    }
}

/// One recorded item.
#[derive(Clone)]
pub struct Item {
    id: Uuid,
    inner: Arc<Inner>,
}

impl fmt::Debug for Item {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "item {}", self.id)
    }
}

impl Item {
    /// The id by which it is found again.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// What is known of it.
    ///
    /// # Errors
    /// 20034, 20039, 20040.
    pub async fn attributes(&self) -> Result<Attributes, ContentError> {
        Ok(self.head().await?.attributes)
    }

    /// Sets what is known of it. Not while it is being recorded.
    ///
    /// # Errors
    /// 10014, 20034, 20035, 20039, 20040.
    pub async fn set_attributes(&self, attributes: Attributes) -> Result<(), ContentError> {
        head::check(&attributes)?;
        let _recording = self.reserve()?;
        let head = self.head().await?;
        self.write(Head { attributes, ..head }).await
    }

    /// Whether it has its media.
    ///
    /// # Errors
    /// 20034, 20039, 20040.
    pub async fn state(&self) -> Result<ItemState, ContentError> {
        Ok(match self.head().await?.kept {
            Kept::Recording if self.inner.recording.lock().contains(&self.id) => ItemState::Recording,
            Kept::Empty => ItemState::Empty,
            Kept::Complete => ItemState::Complete { bytes: self.len().await? },
            // Whoever recorded it is gone.
            Kept::Incomplete | Kept::Recording => ItemState::Incomplete { bytes: self.len().await? },
        })
    }

    /// Where a media server that sees the same files reads its media.
    ///
    /// # Errors
    /// 20036 when it has none yet; 20021 for a repository that is no folder; 20034, 20039, 20040.
    pub async fn url_for_playing(&self) -> Result<String, ContentError> {
        match self.state().await? {
            ItemState::Complete { .. } | ItemState::Incomplete { .. } => {}
            ItemState::Empty | ItemState::Recording => return Err(Code(20036).into()),
        }
        let url = self.inner.store.file_url(self.id);
        url.ok_or_else(|| ContentError::about(20021, "the repository is no folder"))
    }

    /// Has its media recorded by somebody else, at the URL of [`Recording::url`].
    ///
    /// # Errors
    /// 20035 when it has media or is being recorded; 20022 for a repository that is no folder; 20034, 20039, 20040.
    pub async fn record(&self) -> Result<Recording, ContentError> {
        let url = self.inner.store.file_url(self.id);
        let url = url.ok_or_else(|| ContentError::about(20022, "the repository is no folder"))?;
        let place = self.begin(None).await?;
        Ok(Recording { url, place: Some(place) })
    }

    /// Removes it with its media.
    ///
    /// # Errors
    /// 20035 while it is being recorded; 20039.
    pub async fn remove(self) -> Result<(), ContentError> {
        let _recording = self.reserve()?;
        self.inner.store.remove(self.id).await.map_err(failed)
    }

    /// Stores media as it comes. What came before an error is kept.
    ///
    /// # Errors
    /// 20026 when the stream fails; 20034, 20035, 20039, 20040.
    pub async fn receive(
        &self,
        content_type: Option<&str>,
        mut media: impl Stream<Item = io::Result<Bytes>> + Unpin + Send,
    ) -> Result<u64, ContentError> {
        let place = self.begin(content_type).await?;
        let mut writer = self.inner.store.writer(self.id).await.map_err(failed)?;
        let mut bytes = 0;
        let broken = loop {
            match media.next().await {
                Some(Ok(chunk)) => {
                    bytes += chunk.len() as u64;
                    if let Err(error) = writer.write(chunk).await {
                        break Some(failed(error));
                    }
                }
                Some(Err(error)) => break Some(ContentError::about(20026, error)),
                None => break None,
            }
        };
        let finished = writer.finish().await.map_err(failed);
        let error = broken.or(finished.err());
        place.end(if error.is_none() { Kept::Complete } else { Kept::Incomplete }).await?;
        error.map_or(Ok(bytes), Err)
    }

    /// Its media from one byte up to another, and of what type it is.
    pub(crate) async fn read(&self, from: u64, to: u64) -> Result<Chunks, ContentError> {
        self.inner.store.read(self.id, from..to).await.map_err(failed)
    }

    pub(crate) async fn content_type(&self) -> Result<Option<String>, ContentError> {
        Ok(self.head().await?.content_type)
    }

    async fn len(&self) -> Result<u64, ContentError> {
        Ok(self.inner.store.len(self.id).await.map_err(failed)?.unwrap_or(0))
    }

    async fn head(&self) -> Result<Head, ContentError> {
        let bytes = self.inner.store.read_head(self.id).await.map_err(failed)?;
        Head::read(&bytes.ok_or(Code(20034))?).ok_or_else(|| Code(20040).into())
    }

    async fn write(&self, head: Head) -> Result<(), ContentError> {
        self.inner.store.write_head(self.id, head.to_bytes()).await.map_err(failed)
    }

    fn reserve(&self) -> Result<Reserved, ContentError> {
        if !self.inner.recording.lock().insert(self.id) {
            return Err(Code(20035).into());
        }
        Ok(Reserved(self.clone()))
    }

    /// Marks it as being recorded, if it is empty.
    async fn begin(&self, content_type: Option<&str>) -> Result<Place, ContentError> {
        let reserved = self.reserve()?;
        let head = self.head().await?;
        if head.kept != Kept::Empty {
            return Err(Code(20035).into());
        }
        let head = Head { content_type: content_type.map(str::to_owned), kept: Kept::Recording, ..head };
        self.write(head.clone()).await?;
        Ok(Place { reserved, head })
    }
}

/// An item that nobody else changes.
struct Reserved(Item);

impl Drop for Reserved {
    fn drop(&mut self) {
        self.0.inner.recording.lock().remove(&self.0.id);
    }
}

/// An item that is being recorded. Dropped, it is incomplete.
struct Place {
    reserved: Reserved,
    head: Head,
}

impl Place {
    async fn end(self, kept: Kept) -> Result<(), ContentError> {
        self.reserved.0.write(Head { kept, ..self.head }).await
    }
}

/// An item whose media somebody else writes. Dropped without [`end`](Recording::end), the item is incomplete.
pub struct Recording {
    url: String,
    place: Option<Place>,
}

impl Recording {
    /// Where the media is to be written.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The media is whole.
    ///
    /// # Errors
    /// 20039.
    pub async fn end(mut self) -> Result<(), ContentError> {
        match self.place.take() {
            Some(place) => place.end(Kept::Complete).await,
            None => Ok(()),
        }
    }
}

fn failed(error: io::Error) -> ContentError {
    tracing::warn!(%error, "the repository");
    Code(20039).into()
}
