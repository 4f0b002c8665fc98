//! Giving everything to the operating system in the midst of a file.
#![allow(unsafe_code)]

use ffmpeg_next as ff;
use ffmpeg_next::ffi;
use ffmpeg_next::format::context::Output;

/// Writes the packets that wait for other tracks, closes the cluster or fragment, and empties the buffer.
pub(crate) fn flush(output: &mut Output) -> Result<(), ff::Error> {
    // SAFETY: the context is valid and its header is written; no packet means to flush, in both functions. The pointer
    // to the stream is FFmpeg's own, and is not null for a file that is written.
    unsafe {
        let context = output.as_mut_ptr();
        let queued = ffi::av_interleaved_write_frame(context, std::ptr::null_mut());
        let part = ffi::av_write_frame(context, std::ptr::null_mut());
        if let Some(error) = [queued, part].into_iter().find(|answer| *answer < 0) {
            return Err(ff::Error::from(error));
        }
        ffi::avio_flush((*context).pb);
        match (*(*context).pb).error {
            0 => Ok(()),
            error => Err(ff::Error::from(error)),
        }
    }
}
