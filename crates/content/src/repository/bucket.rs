//! A repository in an object store: `PREFIX/ID.json` and `PREFIX/ID.media` for each item.

use super::store::{Chunks, Store, Writer};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use futures_util::{FutureExt, TryFutureExt};
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, WriteMultipart};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// Parts of one recording that are on their way at once.
const PARTS: usize = 4;

pub(super) struct Bucket {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Bucket {
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Bucket {
        Bucket { store, prefix: Path::from(prefix) }
    }

    fn head(&self, id: Uuid) -> Path {
        self.prefix.clone().join(format!("{id}.json"))
    }

    fn media(&self, id: Uuid) -> Path {
        self.prefix.clone().join(format!("{id}.media"))
    }
}

/// `None` for what is not there.
fn found<T>(result: Result<T, Error>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Store for Bucket {
    fn read_head(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<Bytes>>> {
        async move {
            let Some(object) = found(self.store.get(&self.head(id)).await)? else { return Ok(None) };
            Ok(Some(object.bytes().await?))
        }
        .boxed()
    }

    fn write_head(&self, id: Uuid, head: Bytes) -> BoxFuture<'_, io::Result<()>> {
        async move { Ok(self.store.put(&self.head(id), head.into()).await.map(|_| ())?) }.boxed()
    }

    fn len(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<u64>>> {
        async move { Ok(found(self.store.head(&self.media(id)).await)?.map(|object| object.size)) }.boxed()
    }

    fn read(&self, id: Uuid, range: Range<u64>) -> BoxFuture<'_, io::Result<Chunks>> {
        async move {
            let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
            let object = self.store.get_opts(&self.media(id), options).await?;
            Ok(object.into_stream().map_err(io::Error::from).boxed())
        }
        .boxed()
    }

    fn writer(&self, id: Uuid) -> BoxFuture<'_, io::Result<Box<dyn Writer>>> {
        async move {
            let upload = self.store.put_multipart(&self.media(id)).await?;
            Ok(Box::new(Upload { parts: Some(WriteMultipart::new(upload)) }) as Box<dyn Writer>)
        }
        .boxed()
    }

    fn remove(&self, id: Uuid) -> BoxFuture<'_, io::Result<()>> {
        async move {
            found(self.store.delete(&self.head(id)).await)?;
            found(self.store.delete(&self.media(id)).await)?;
            Ok(())
        }
        .boxed()
    }

    fn list(&self) -> BoxStream<'_, io::Result<Uuid>> {
        let id = |name: &str| Uuid::try_parse(name.strip_suffix(".json")?).ok();
        let objects = self.store.list(Some(&self.prefix)).map_err(io::Error::from);
        objects.try_filter_map(move |object| std::future::ready(Ok(object.location.filename().and_then(id)))).boxed()
    }

    fn file_url(&self, _: Uuid) -> Option<String> {
        None
    }
}

/// Media on its way to the store.
struct Upload {
    parts: Option<WriteMultipart>,
}

impl Writer for Upload {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, io::Result<()>> {
        async move {
            let Some(parts) = &mut self.parts else { return Ok(()) };
            parts.wait_for_capacity(PARTS).await?;
            parts.put(chunk);
            Ok(())
        }
        .boxed()
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        match self.parts.take() {
            Some(parts) => parts.finish().map_ok(|_| ()).err_into().boxed(),
            None => std::future::ready(Ok(())).boxed(),
        }
    }
}
