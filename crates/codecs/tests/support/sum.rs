//! Sums of pictures, by FFmpeg's hashes: they are linked in anyway.
#![allow(unsafe_code)]

use ffmpeg_next::ffi;
use std::ffi::CStr;
use trellis_media::Picture;

/// One hash that is being fed.
struct Hash(*mut ffi::AVHashContext);

impl Hash {
    fn new(name: &CStr) -> Hash {
        let mut context = std::ptr::null_mut();
        // SAFETY: the name ends in zero; the context is ours from here on, and freed once, on drop.
        unsafe {
            assert_eq!(ffi::av_hash_alloc(&mut context, name.as_ptr()), 0, "{name:?}");
            ffi::av_hash_init(context);
        }
        Hash(context)
    }

    fn add(&mut self, bytes: &[u8]) {
        // SAFETY: the context is initialised; as many bytes are read as the slice has.
        unsafe { ffi::av_hash_update(self.0, bytes.as_ptr(), bytes.len()) }
    }

    fn end(self) -> String {
        let mut text = [0u8; 2 * ffi::AV_HASH_MAX_SIZE as usize + 1];
        // SAFETY: the buffer holds the longest hash in hexadecimal digits and the zero that ends it.
        unsafe { ffi::av_hash_final_hex(self.0, text.as_mut_ptr(), text.len() as i32) };
        CStr::from_bytes_until_nul(&text).unwrap().to_str().unwrap().to_owned()
    }
}

impl Drop for Hash {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`, freed here only.
        unsafe { ffi::av_hash_freep(&mut self.0) }
    }
}

/// The sum over the rows of the planes of all pictures, without what lies between a row's end and the next.
pub fn of(name: &CStr, pictures: &[Picture]) -> String {
    let mut hash = Hash::new(name);
    for picture in pictures {
        for (index, plane) in picture.planes().into_iter().enumerate() {
            let (bytes, stride) = picture.plane(index);
            for row in bytes.chunks(stride).take(plane.height) {
                hash.add(&row[..plane.width]);
            }
        }
    }
    hash.end()
}
