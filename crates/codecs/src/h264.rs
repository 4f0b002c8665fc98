//! H.264 encoding by openh264: constrained baseline, Annex B, parameter sets before every IDR picture.
#![allow(unsafe_code)]

use crate::encode::{EncoderSettings, Output, VideoEncoder};
use bytes::Bytes;
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile, RateControlMode,
    UsageType,
};
use openh264::formats::YUVSource;
use openh264_sys2::{ENCODER_OPTION_BITRATE, SBitrateInfo, SPATIAL_LAYER_ALL};
use trellis_graph::NodeError;
use trellis_media::Picture;

/// An openh264 encoder of one size.
pub(crate) struct H264Encoder {
    encoder: Encoder,
}

/// A picture as openh264 wants to see it.
struct Source<'a>(&'a Picture);

impl YUVSource for Source<'_> {
    fn dimensions(&self) -> (usize, usize) {
        // 4:2:0 within openh264 is even-sized: an odd last row or column is cut.
        ((self.0.width() & !1) as usize, (self.0.height() & !1) as usize)
    }
    fn strides(&self) -> (usize, usize, usize) {
        let [y, u, v] = self.0.planes();
        (y.stride, u.stride, v.stride)
    }
    fn y(&self) -> &[u8] {
        self.0.plane(0).0
    }
    fn u(&self) -> &[u8] {
        self.0.plane(1).0
    }
    fn v(&self) -> &[u8] {
        self.0.plane(2).0
    }
}

impl H264Encoder {
    pub fn open(_picture: &Picture, settings: &EncoderSettings) -> Result<H264Encoder, NodeError> {
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(u32::try_from(settings.bitrate).unwrap_or(u32::MAX)))
            .max_frame_rate(FrameRate::from_hz(30.0))
            .rate_control_mode(RateControlMode::Bitrate)
            .usage_type(UsageType::CameraVideoRealTime)
            .complexity(Complexity::Low)
            .profile(Profile::Baseline)
            .intra_frame_period(IntraFramePeriod::from_num_frames(settings.keyframe_interval))
            .skip_frames(false);
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(NodeError::new)?;
        Ok(H264Encoder { encoder })
    }
}

impl VideoEncoder for H264Encoder {
    fn encode(
        &mut self,
        picture: &Picture,
        _micros: i64,
        _duration: u32,
        keyframe: bool,
        out: &mut Output,
    ) -> Result<(), NodeError> {
        if keyframe {
            self.encoder.force_intra_frame();
        }
        let stream = self.encoder.encode(&Source(picture)).map_err(NodeError::new)?;
        let keyframe = matches!(stream.frame_type(), FrameType::IDR | FrameType::I);
        let bytes = stream.to_vec();
        if !bytes.is_empty() {
            out.push((Bytes::from(bytes), keyframe));
        }
        Ok(())
    }

    fn set_bitrate(&mut self, bits_per_second: u64) -> Result<(), NodeError> {
        let bits = i32::try_from(bits_per_second).unwrap_or(i32::MAX);
        let mut info = SBitrateInfo { iLayer: SPATIAL_LAYER_ALL, iBitrate: bits };
        // SAFETY: this option reads one SBitrateInfo from the pointer, during the call.
        let result = unsafe { self.encoder.raw_api().set_option(ENCODER_OPTION_BITRATE, (&raw mut info).cast()) };
        // Before the first picture there is no encoder yet to take it.
        if result == 0 || result == 4 {
            Ok(())
        } else {
            Err(NodeError::new(format_args!("openh264: a new bitrate: {result}")))
        }
    }
}
