//! FFmpeg's bitstream filters, which its safe wrapper does not have.
#![allow(unsafe_code)]

use ffmpeg_next as ff;
use ffmpeg_next::codec::Parameters;
use ffmpeg_next::codec::packet::{Mut, Packet};
use ffmpeg_next::ffi;
use std::ffi::CStr;
use std::ptr::NonNull;

/// An open filter: packets in, packets out.
pub(crate) struct Filter {
    context: NonNull<ffi::AVBSFContext>,
}

// SAFETY: a filter has no thread affinity, and is used through `&mut` only.
unsafe impl Send for Filter {}

impl Filter {
    /// Opens a filter for a track. With [`ff::Error::BsfNotFound`] this FFmpeg lacks it.
    pub fn open(name: &CStr, parameters: &Parameters, time_base: ff::Rational) -> Result<Filter, ff::Error> {
        // SAFETY: the name is NUL-terminated; the context is freed by Drop from the moment it exists; the parameters
        // are copied.
        unsafe {
            let kind = ffi::av_bsf_get_by_name(name.as_ptr());
            if kind.is_null() {
                return Err(ff::Error::BsfNotFound);
            }
            let mut context = std::ptr::null_mut();
            check(ffi::av_bsf_alloc(kind, &mut context))?;
            let filter = Filter { context: NonNull::new(context).ok_or(ff::Error::Unknown)? };
            check(ffi::avcodec_parameters_copy((*context).par_in, parameters.as_ptr()))?;
            (*context).time_base_in = time_base.into();
            check(ffi::av_bsf_init(context))?;
            Ok(filter)
        }
    }

    /// Filters a packet; what comes out is appended to `out`.
    pub fn push(&mut self, mut packet: Packet, out: &mut Vec<Packet>) -> Result<(), ff::Error> {
        // SAFETY: both pointers are valid; the filter takes over the packet's reference.
        unsafe { check(ffi::av_bsf_send_packet(self.context.as_ptr(), packet.as_mut_ptr()))? };
        loop {
            let mut filtered = Packet::empty();
            // SAFETY: as above; the packet is blank.
            match unsafe { check(ffi::av_bsf_receive_packet(self.context.as_ptr(), filtered.as_mut_ptr())) } {
                Ok(()) => out.push(filtered),
                Err(ff::Error::Other { errno: ff::util::error::EAGAIN } | ff::Error::Eof) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Forgets what was buffered: after a seek.
    pub fn flush(&mut self) {
        // SAFETY: the context is open.
        unsafe { ffi::av_bsf_flush(self.context.as_ptr()) }
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        let mut context = self.context.as_ptr();
        // SAFETY: the context is ours and is not used again.
        unsafe { ffi::av_bsf_free(&mut context) }
    }
}

fn check(code: i32) -> Result<(), ff::Error> {
    if code < 0 { Err(ff::Error::from(code)) } else { Ok(()) }
}
