//! Raw pictures, planar YUV 4:2:0, in buffers that a pool reuses.

use std::sync::{Arc, Mutex, Weak};

/// Largest width or height of a picture, in pixels: limits what a hostile stream can make us allocate.
const MAX_SIDE: u32 = 16_384;
/// Buffers that a pool keeps for reuse.
const POOL_DEPTH: usize = 16;

/// Why a picture could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// A side is zero or larger than any real picture.
    #[error("{0}x{1} is no size for a picture (each side 1 to {MAX_SIDE})")]
    Size(u32, u32),
}

/// Where a plane lies in a picture's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plane {
    /// First byte.
    pub offset: usize,
    /// Bytes from a row to the next.
    pub stride: usize,
    /// Visible samples in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// A raw I420 picture: planes Y, U, V in one shared buffer.
///
/// Clones share the buffer; [`Picture::make_mut`] copies only when somebody else still holds it.
#[derive(Clone, Debug)]
pub struct Picture {
    width: u32,
    height: u32,
    buffer: Arc<Buffer>,
}

#[derive(Debug)]
struct Buffer {
    bytes: Vec<u8>,
    home: Weak<Mutex<Vec<Vec<u8>>>>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let Ok(mut free) = home.lock() else { return };
        if free.len() < POOL_DEPTH {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

/// Bytes from a row of luma to the next: rows start on 32 byte boundaries, which vector code likes.
fn stride(width: usize) -> usize {
    width.next_multiple_of(32)
}

fn layout(width: u32, height: u32) -> [Plane; 3] {
    let (width, height) = (width as usize, height as usize);
    let (chroma_width, chroma_height) = (width.div_ceil(2), height.div_ceil(2));
    let (luma_stride, chroma_stride) = (stride(width), stride(chroma_width));
    let u = luma_stride * height;
    let v = u + chroma_stride * chroma_height;
    [
        Plane { offset: 0, stride: luma_stride, width, height },
        Plane { offset: u, stride: chroma_stride, width: chroma_width, height: chroma_height },
        Plane { offset: v, stride: chroma_stride, width: chroma_width, height: chroma_height },
    ]
}

fn byte_len(width: u32, height: u32) -> Result<usize, PictureError> {
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(PictureError::Size(width, height));
    }
    let [_, _, v] = layout(width, height);
    Ok(v.offset + v.stride * v.height)
}

impl Picture {
    /// A black picture outside any pool.
    pub fn black(width: u32, height: u32) -> Result<Picture, PictureError> {
        let mut bytes = vec![128; byte_len(width, height)?];
        let [_, u, _] = layout(width, height);
        bytes[..u.offset].fill(16);
        Ok(Picture { width, height, buffer: Arc::new(Buffer { bytes, home: Weak::new() }) })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Where the three planes (Y, U, V) lie in [`Picture::bytes`].
    pub fn planes(&self) -> [Plane; 3] {
        layout(self.width, self.height)
    }

    /// The whole buffer.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer.bytes
    }

    /// Bytes of the buffer.
    pub fn byte_len(&self) -> usize {
        self.buffer.bytes.len()
    }

    /// One plane's rows, `stride` bytes each, and the stride.
    pub fn plane(&self, index: usize) -> (&[u8], usize) {
        let plane = self.planes()[index];
        (&self.buffer.bytes[plane.offset..plane.offset + plane.stride * plane.height], plane.stride)
    }

    /// Whether nobody else holds the buffer: then writing copies nothing.
    pub fn is_unique(&mut self) -> bool {
        Arc::get_mut(&mut self.buffer).is_some()
    }

    /// The buffer for writing: in place when this is the only owner, else a copy made first.
    pub fn make_mut(&mut self) -> &mut [u8] {
        if Arc::get_mut(&mut self.buffer).is_none() {
            let free = self.buffer.home.upgrade().and_then(|home| home.lock().ok()?.pop());
            let mut bytes = free.unwrap_or_default();
            bytes.clear();
            bytes.extend_from_slice(&self.buffer.bytes);
            self.buffer = Arc::new(Buffer { bytes, home: self.buffer.home.clone() });
        }
        match Arc::get_mut(&mut self.buffer) {
            Some(buffer) => &mut buffer.bytes,
            None => &mut [],
        }
    }

    /// The three planes for writing, each with its stride.
    pub fn planes_mut(&mut self) -> [(&mut [u8], usize); 3] {
        let [y, u, v] = self.planes();
        let bytes = self.make_mut();
        let (luma, chroma) = bytes.split_at_mut(u.offset);
        let (blue, red) = chroma.split_at_mut(v.offset - u.offset);
        [(luma, y.stride), (blue, u.stride), (red, v.stride)]
    }
}

/// Buffers of pictures for reuse: nothing is allocated for a picture once the pool is warm.
#[derive(Clone, Debug, Default)]
pub struct PicturePool {
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl PicturePool {
    /// An empty pool.
    pub fn new() -> Self {
        Self::default()
    }

    /// A picture with undefined content: the caller writes every visible sample.
    pub fn picture(&self, width: u32, height: u32) -> Result<Picture, PictureError> {
        let len = byte_len(width, height)?;
        let mut bytes = self.free.lock().ok().and_then(|mut free| free.pop()).unwrap_or_default();
        bytes.resize(len, 0);
        Ok(Picture { width, height, buffer: Arc::new(Buffer { bytes, home: Arc::downgrade(&self.free) }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sole_owner_writes_in_place_and_a_shared_one_copies() {
        let pool = PicturePool::new();
        let mut picture = pool.picture(64, 48).unwrap();
        let address = picture.bytes().as_ptr();
        picture.make_mut()[0] = 1;
        assert_eq!(picture.bytes().as_ptr(), address);
        assert!(picture.is_unique());
        let kept = picture.clone();
        assert!(!picture.is_unique());
        picture.make_mut()[0] = 2;
        assert_eq!((kept.bytes()[0], picture.bytes()[0]), (1, 2));
    }

    #[test]
    fn a_dropped_buffer_is_used_again() {
        let pool = PicturePool::new();
        let first = pool.picture(640, 480).unwrap().bytes().as_ptr();
        assert_eq!(pool.picture(640, 480).unwrap().bytes().as_ptr(), first);
    }

    #[test]
    fn planes_of_odd_sizes_do_not_overlap() {
        let mut picture = Picture::black(179, 121).unwrap();
        let [y, u, v] = picture.planes();
        assert_eq!((u.width, u.height), (90, 61));
        assert!(y.offset + y.stride * y.height <= u.offset && u.offset + u.stride * u.height <= v.offset);
        assert_eq!(picture.planes_mut()[2].0.len(), v.stride * v.height);
    }

    #[test]
    fn a_hostile_size_is_refused() {
        assert_eq!(Picture::black(0, 4).unwrap_err(), PictureError::Size(0, 4));
        assert!(PicturePool::new().picture(100_000, 100_000).is_err());
    }
}
