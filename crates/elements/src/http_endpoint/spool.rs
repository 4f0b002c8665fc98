//! Uploads that cannot be played as they come: an MP4 whose index is behind its media, as cameras write it.

use crate::pipe::PipeReader;
use crate::player::{Failure, Reading};
use std::io::{self, Cursor, Read, Seek};
use trellis_containers::{ContainerError, Demuxer};

/// Bytes at the beginning that are looked at: what stands before media or index is short.
const HEAD: u64 = 4_096;
/// Bytes of an upload that is kept until it is whole.
const MOST_KEPT: u64 = 4 << 30;

/// Opens what a client uploads: as it comes, or, where it must be, once it is whole, from a file without a name.
pub(crate) fn open(mut upload: PipeReader) -> Result<Reading, Failure> {
    let mut head = Vec::new();
    // What breaks off in its head is judged by what has come.
    let mut broken = upload.by_ref().take(8).read_to_end(&mut head).is_err();
    // Nothing else waits for more than that: a live upload may be slow.
    if head
        .get(4..8)
        .is_some_and(|kind| [b"ftyp", b"free", b"skip", b"wide", b"mdat"].iter().any(|known| kind == *known))
    {
        broken |= upload.by_ref().take(HEAD).read_to_end(&mut head).is_err();
    }
    let (demuxer, tracks) = match !broken && index_is_last(&head) {
        true => Demuxer::read(keep(Cursor::new(head).chain(upload)).map_err(unreadable)?),
        false => Demuxer::stream(Cursor::new(head).chain(upload)),
    }
    .map_err(Failure::Unreadable)?;
    Ok(Reading { demuxer, tracks, seekable: false })
}

fn unreadable(error: io::Error) -> Failure {
    Failure::Unreadable(ContainerError::NotMedia(error.to_string()))
}

/// All of it, in a file. One that has broken off has no index: it is refused then.
fn keep(upload: impl Read) -> io::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut upload.take(MOST_KEPT), &mut file)? == MOST_KEPT {
        return Err(io::Error::other("its index is at its end, and it is too long to be kept until then"));
    }
    file.rewind()?;
    Ok(file)
}

/// Whether the media of an MP4 comes before its index (ISO/IEC 14496-12, section 4.2: boxes of a size and a type).
fn index_is_last(head: &[u8]) -> bool {
    let mut rest = head;
    while let Some((size, kind)) =
        rest.split_first_chunk::<4>().and_then(|(size, rest)| Some((size, rest.first_chunk::<4>()?)))
    {
        match kind {
            b"mdat" => return true,
            b"ftyp" | b"free" | b"skip" | b"wide" | b"uuid" => {}
            _ => return false,
        }
        let size = usize::try_from(u32::from_be_bytes(*size)).unwrap_or(usize::MAX).max(8);
        rest = rest.get(size..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(boxes: &[(u32, &[u8])]) -> Vec<u8> {
        let of = |(size, kind): &(u32, &[u8])| {
            let mut bytes = size.to_be_bytes().to_vec();
            bytes.extend_from_slice(kind);
            bytes.resize(usize::try_from(*size).unwrap().max(8), 0);
            bytes
        };
        boxes.iter().flat_map(of).collect()
    }

    #[test]
    fn media_before_the_index_is_found() {
        assert!(index_is_last(&file(&[(24, b"ftyp"), (8, b"wide"), (100, b"mdat")])));
        assert!(!index_is_last(&file(&[(24, b"ftyp"), (100, b"moov"), (100, b"mdat")])));
        assert!(!index_is_last(&file(&[(24, b"ftyp")])));
        assert!(!index_is_last(b"\x1a\x45\xdf\xa3 Matroska"));
        assert!(!index_is_last(&file(&[(0, b"free")])[..7]), "cut off");
        assert!(!index_is_last(&file(&[(0, b"free"), (0, b"free")])), "a size of nothing ends");
    }
}
