//! VP8 and VP9 encoding by libvpx: the one place that calls it.
//!
//! `vpx-encode` cannot request keyframes or change the bitrate; this wrapper can.
#![allow(unsafe_code)]

use crate::encode::{EncoderSettings, Output, VideoEncoder};
use bytes::Bytes;
use std::mem::MaybeUninit;
use std::ptr;
use trellis_graph::NodeError;
use trellis_media::{Codec, Picture};
use vpx_sys as ffi;

/// A libvpx encoder of one size.
pub(crate) struct VpxEncoder {
    context: Box<ffi::vpx_codec_ctx_t>,
    config: ffi::vpx_codec_enc_cfg_t,
    image: ffi::vpx_image_t,
}

// SAFETY: a libvpx context has no thread affinity; it is used by one thread at a time through `&mut self`.
unsafe impl Send for VpxEncoder {}

fn check(result: ffi::vpx_codec_err_t, what: &str) -> Result<(), NodeError> {
    match result {
        ffi::vpx_codec_err_t::VPX_CODEC_OK => Ok(()),
        error => Err(NodeError::new(format_args!("libvpx: {what}: {error:?}"))),
    }
}

impl VpxEncoder {
    pub fn open(codec: Codec, picture: &Picture, settings: &EncoderSettings) -> Result<VpxEncoder, NodeError> {
        let (width, height) = (picture.width(), picture.height());
        // SAFETY: the interface pointers are static; the configuration is written by config_default before it is
        // read (all-zero bytes are never read as an enum); the context is zeroed as enc_init asks.
        unsafe {
            let interface = if codec == Codec::Vp9 { ffi::vpx_codec_vp9_cx() } else { ffi::vpx_codec_vp8_cx() };
            let mut config = MaybeUninit::<ffi::vpx_codec_enc_cfg_t>::zeroed();
            check(ffi::vpx_codec_enc_config_default(interface, config.as_mut_ptr(), 0), "defaults")?;
            let mut config = config.assume_init();
            config.g_w = width;
            config.g_h = height;
            config.g_threads = settings.threads.max(1);
            config.g_timebase = ffi::vpx_rational { num: 1, den: 1_000_000 };
            config.g_lag_in_frames = 0;
            config.g_error_resilient = 0;
            config.rc_end_usage = ffi::vpx_rc_mode::VPX_CBR;
            config.rc_target_bitrate = kilobits(settings.bitrate);
            config.rc_dropframe_thresh = 0;
            config.rc_resize_allowed = 0;
            config.rc_min_quantizer = 4;
            config.rc_max_quantizer = 56;
            config.rc_undershoot_pct = 100;
            config.rc_overshoot_pct = 15;
            config.rc_buf_sz = 1_000;
            config.rc_buf_initial_sz = 500;
            config.rc_buf_optimal_sz = 600;
            config.kf_mode = ffi::vpx_kf_mode::VPX_KF_AUTO;
            config.kf_max_dist = settings.keyframe_interval;
            let mut context: Box<ffi::vpx_codec_ctx_t> = Box::new(MaybeUninit::zeroed().assume_init());
            let version = ffi::VPX_ENCODER_ABI_VERSION as i32;
            check(ffi::vpx_codec_enc_init_ver(&mut *context, interface, &config, 0, version), "opening the encoder")?;
            let mut image = MaybeUninit::<ffi::vpx_image_t>::zeroed();
            // A non-null pointer makes vpx_img_wrap describe instead of allocate; the planes are set at each picture.
            let planes = ptr::dangling_mut::<u8>();
            let format = ffi::vpx_img_fmt::VPX_IMG_FMT_I420;
            let wrapped = ffi::vpx_img_wrap(image.as_mut_ptr(), format, width, height, 1, planes);
            if wrapped.is_null() {
                ffi::vpx_codec_destroy(&mut *context);
                return Err(NodeError::new("libvpx: cannot describe a picture"));
            }
            let mut encoder = VpxEncoder { context, config, image: image.assume_init() };
            encoder.control(ffi::vp8e_enc_control_id::VP8E_SET_CPUUSED as i32, settings.cpu_used)?;
            if codec == Codec::Vp9 {
                encoder.control(ffi::vp8e_enc_control_id::VP9E_SET_ROW_MT as i32, 1)?;
                encoder.control(ffi::vp8e_enc_control_id::VP9E_SET_AQ_MODE as i32, 3)?;
            } else {
                encoder.control(ffi::vp8e_enc_control_id::VP8E_SET_STATIC_THRESHOLD as i32, 1)?;
                encoder.control(ffi::vp8e_enc_control_id::VP8E_SET_MAX_INTRA_BITRATE_PCT as i32, 900)?;
            }
            Ok(encoder)
        }
    }

    fn control(&mut self, id: i32, value: i32) -> Result<(), NodeError> {
        // SAFETY: the context is open, and each of the controls used takes one int.
        check(unsafe { ffi::vpx_codec_control_(&mut *self.context, id, value) }, "a control")
    }
}

fn kilobits(bits: u64) -> u32 {
    u32::try_from(bits / 1_000).unwrap_or(u32::MAX).max(1)
}

impl VideoEncoder for VpxEncoder {
    fn encode(
        &mut self,
        picture: &Picture,
        micros: i64,
        duration: u32,
        keyframe: bool,
        out: &mut Output,
    ) -> Result<(), NodeError> {
        let flags = if keyframe { i64::from(ffi::VPX_EFLAG_FORCE_KF) } else { 0 };
        for (index, plane) in picture.planes().iter().enumerate() {
            let (bytes, stride) = picture.plane(index);
            debug_assert!(bytes.len() >= plane.stride * plane.height);
            self.image.planes[index] = bytes.as_ptr().cast_mut();
            self.image.stride[index] = stride as i32;
        }
        // SAFETY: the image's planes lie in `picture`, which outlives the call, and libvpx only reads them; packets
        // stay valid until the next call with this context and are copied before it.
        unsafe {
            let deadline = u64::from(ffi::VPX_DL_REALTIME);
            let result = ffi::vpx_codec_encode(
                &mut *self.context,
                &self.image,
                micros,
                u64::from(duration.max(1)),
                flags,
                deadline,
            );
            check(result, "encoding")?;
            let mut iterator: ffi::vpx_codec_iter_t = ptr::null();
            loop {
                let packet = ffi::vpx_codec_get_cx_data(&mut *self.context, &mut iterator);
                let Some(packet) = packet.as_ref() else { return Ok(()) };
                if packet.kind == ffi::vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                    let frame = packet.data.frame;
                    let bytes = std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz as usize);
                    out.push((Bytes::copy_from_slice(bytes), frame.flags & ffi::VPX_FRAME_IS_KEY != 0));
                }
            }
        }
    }

    fn set_bitrate(&mut self, bits_per_second: u64) -> Result<(), NodeError> {
        self.config.rc_target_bitrate = kilobits(bits_per_second);
        // SAFETY: the context is open and the configuration is one that it was opened with, but for the bitrate.
        check(unsafe { ffi::vpx_codec_enc_config_set(&mut *self.context, &self.config) }, "a new bitrate")
    }
}

impl Drop for VpxEncoder {
    fn drop(&mut self) {
        // SAFETY: the context is open and not used afterwards.
        unsafe {
            ffi::vpx_codec_destroy(&mut *self.context);
        }
    }
}
