//! A repository in a folder: `ID.json` and `ID.media` for each item.

use super::store::{Chunks, Store, Writer};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use uuid::Uuid;

/// Bytes of a head at most; what is larger was not written here.
const MAX_HEAD: u64 = 64 * 1024;
/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn open(path: &Path) -> io::Result<Folder> {
        std::fs::create_dir_all(path)?;
        Ok(Folder { path: path.canonicalize()? })
    }

    fn head(&self, id: Uuid) -> PathBuf {
        self.path.join(format!("{id}.json"))
    }

    fn media(&self, id: Uuid) -> PathBuf {
        self.path.join(format!("{id}.media"))
    }
}

/// `None` for what is not there.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Store for Folder {
    fn read_head(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<Bytes>>> {
        async move {
            let Some(file) = found(File::open(self.head(id)).await)? else { return Ok(None) };
            let mut bytes = Vec::new();
            file.take(MAX_HEAD).read_to_end(&mut bytes).await?;
            Ok(Some(bytes.into()))
        }
        .boxed()
    }

    fn write_head(&self, id: Uuid, head: Bytes) -> BoxFuture<'_, io::Result<()>> {
        async move {
            let new = self.path.join(format!("{id}.json.new"));
            let mut file = File::create(&new).await?;
            file.write_all(&head).await?;
            file.sync_all().await?;
            fs::rename(new, self.head(id)).await
        }
        .boxed()
    }

    fn len(&self, id: Uuid) -> BoxFuture<'_, io::Result<Option<u64>>> {
        async move { Ok(found(fs::metadata(self.media(id)).await)?.map(|file| file.len())) }.boxed()
    }

    fn read(&self, id: Uuid, range: Range<u64>) -> BoxFuture<'_, io::Result<Chunks>> {
        async move {
            let mut file = File::open(self.media(id)).await?;
            file.seek(io::SeekFrom::Start(range.start)).await?;
            let left = file.take(range.end.saturating_sub(range.start));
            let chunks = try_unfold(left, |mut left| async move {
                let mut piece = BytesMut::with_capacity(PIECE);
                let read = left.read_buf(&mut piece).await?;
                Ok((read > 0).then(|| (piece.freeze(), left)))
            });
            Ok(chunks.boxed())
        }
        .boxed()
    }

    fn writer(&self, id: Uuid) -> BoxFuture<'_, io::Result<Box<dyn Writer>>> {
        async move {
            let file = File::create(self.media(id)).await?;
            Ok(Box::new(MediaFile { file }) as Box<dyn Writer>)
        }
        .boxed()
    }

    fn remove(&self, id: Uuid) -> BoxFuture<'_, io::Result<()>> {
        async move {
            found(fs::remove_file(self.head(id)).await)?;
            found(fs::remove_file(self.media(id)).await)?;
            Ok(())
        }
        .boxed()
    }

    fn list(&self) -> BoxStream<'_, io::Result<Uuid>> {
        let open = async move { fs::read_dir(&self.path).await };
        let names = open.map(|opened| match opened {
            Err(error) => futures_util::stream::iter([Err(error)]).boxed(),
            Ok(entries) => try_unfold(entries, |mut entries| async move {
                Ok(entries.next_entry().await?.map(|entry| (entry.file_name(), entries)))
            })
            .boxed(),
        });
        let id = |name: std::ffi::OsString| Uuid::try_parse(name.to_str()?.strip_suffix(".json")?).ok();
        let ids = names.flatten_stream().filter_map(move |name| {
            std::future::ready(match name {
                Ok(name) => id(name).map(Ok),
                Err(error) => Some(Err(error)),
            })
        });
        ids.boxed()
    }

    fn file_url(&self, id: Uuid) -> Option<String> {
        let path = self.media(id);
        Some(format!("file://{}", escaped(path.to_str()?)))
    }
}

/// A path as part of a URL (RFC 3986 §2.1).
fn escaped(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
        text
    })
}

struct MediaFile {
    file: File,
}

impl Writer for MediaFile {
    fn write(&mut self, chunk: Bytes) -> BoxFuture<'_, io::Result<()>> {
        async move { self.file.write_all(&chunk).await }.boxed()
    }

    fn finish(&mut self) -> BoxFuture<'_, io::Result<()>> {
        async move {
            self.file.flush().await?;
            self.file.sync_all().await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_escaped() {
        assert_eq!(escaped("/a b/ä?#%.media"), "/a%20b/%C3%A4%3F%23%25.media");
    }
}
