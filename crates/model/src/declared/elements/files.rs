//! Files and URLs that are played and recorded.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// Plays a file, or what an HTTP server has, into its pipeline, at the pace at which it was recorded.
        class PlayerEndpoint: UriEndpoint {
            /// Makes a player. What it plays is opened by `play`; what cannot be opened is an `Error` event.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// What it plays: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it lies below the
                /// folder that the server is configured with.
                uri: String,
                /// Taken for compatibility: media is decoded only if a sink does not take it as it comes.
                useEncodedMedia?: boolean = false,
                /// How much of what comes over a network is there before it plays, and again when it has run out, in
                /// milliseconds of media; 60,000 at the most.
                networkCache?: int = 2000,
            }
            properties {
                /// How long the media is and where it can be sought in. All 0 and `false` until it is opened.
                readonly videoInfo: VideoInfo,
                /// A drawing of the pipeline's graph in the DOT language.
                readonly elementGstreamerDot: String,
                /// Where it plays, in milliseconds from the beginning. Setting it seeks; what cannot be sought in is an
                /// `Error` event of type PLAYER_SEEK_FAIL.
                property position: int64,
            }
            methods {
                /// Plays on from where it is; after the end, from the beginning. The answer does not wait for media.
                play(),
            }
            events { EndOfStream }
        }

        /// Records what it is fed into a file, or sends it to an HTTP server while it is made, by one PUT.
        ///
        /// Nothing is written before every kind of media that it is connected to has come. It records once; a second
        /// recording needs a second recorder.
        class RecorderEndpoint: UriEndpoint {
            /// Makes a recorder. Nothing is written until `record`.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Where it goes: a file, as a path or a `file:` URI, or an `http:` or `https:` URI. Without a scheme it lies below the
                /// folder that the server is configured with.
                uri: String,
                /// The container, and the kinds of media in it. Codecs that the container does not hold are converted.
                mediaProfile?: MediaProfileSpecType = "WEBM",
                /// Whether it stops by itself when all that it records has come to its end. Without, it waits for more until it
                /// is told to stop.
                stopOnEndOfStream?: boolean = false,
            }
            methods {
                /// Records from now on; after `pause`, without a gap in the file. Error 40003 once it was stopped.
                record(),
                /// Stops, and answers when the file is closed, or the server has answered. Error 40003 if that takes too long.
                stopAndWait(),
            }
            events { Recording, Paused, Stopped }
        }
    }

    registers {
        /// What is known of media that is played.
        VideoInfo {
            /// Whether `position` can be set.
            isSeekable: boolean,
            /// The first position that can be sought, in milliseconds.
            seekableInit: int64,
            /// The last position that can be sought, in milliseconds.
            seekableEnd: int64,
            /// How long it is, in milliseconds; 0 when that is not known.
            duration: int64,
        }
    }

    enums {
        /// The container of a recording, and whether it has sound, pictures, or both. WebM holds VP8 and Opus; MP4, MKV and
        /// FLV hold H.264 and AAC; JPEG_VIDEO_ONLY holds pictures by themselves; KURENTO_SPLIT_RECORDER holds whatever
        /// comes. A recorder of a profile that is not made here is refused.
        MediaProfileSpecType {
            WEBM, MKV, MP4, WEBM_VIDEO_ONLY, WEBM_AUDIO_ONLY, MKV_VIDEO_ONLY, MKV_AUDIO_ONLY, MP4_VIDEO_ONLY,
            MP4_AUDIO_ONLY, JPEG_VIDEO_ONLY, KURENTO_SPLIT_RECORDER, FLV,
        }
        /// What becomes of gaps in media that is recorded: they stay, timestamps are made anew, or they are filled while
        /// transcoding.
        GapsFixMethod { NONE, GENPTS, FILL_IF_TRANSCODING }
    }

    events {
        /// The media has come to its end.
        EndOfStream: Media {}
        /// The first media of a recording is written, or the first after a pause.
        Recording: Media {}
        /// A recording stands still.
        Paused: Media {}
        /// A recording is whole and its file closed.
        Stopped: Media {}
    }
}
