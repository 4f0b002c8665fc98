//! Elements, how they are connected, and hubs.

crate::declarations! {
    pub(super) static PART in "core";

    classes {
        /// A part of a pipeline that takes media, gives media, or both, for sound, pictures and data apart.
        ///
        /// A source feeds any number of sinks; a sink is fed by one source for each kind of media. Whatever a sink does
        /// not take as it is, is converted on the way.
        abstract MediaElement: MediaObject {
            properties {
                /// What encoders behind its output aim at, in bits a second, until a receiver says what it can take. 0
                /// leaves it to the encoder.
                property encoderBitrate: int,
                /// What encoders behind its output never go below, in bits a second.
                property minEncoderBitrate: int,
                /// What encoders behind its output never exceed, in bits a second; 0 is no limit.
                property maxEncoderBitrate: int,
            }
            methods {
                /// Tells who feeds this element.
                getSourceConnections(
                    /// The kind of media; all kinds when left out.
                    mediaType?: MediaType,
                    /// Which pads; those called `default` when left out.
                    description?: String,
                ) -> {
                    /// One record a connection.
                    [ElementConnectionData]
                },
                /// Tells whom this element feeds.
                getSinkConnections(
                    /// The kind of media; all kinds when left out.
                    mediaType?: MediaType,
                    /// Which pads; those called `default` when left out.
                    description?: String,
                ) -> {
                    /// One record a connection.
                    [ElementConnectionData]
                },
                /// Feeds another element of the same pipeline from this one. What fed it before feeds it no more. Both may
                /// be connected before they have media. Error 40004 for elements of different pipelines, and for pads
                /// that there are not.
                connect(
                    /// The element to feed.
                    sink: MediaElement,
                    /// The kind of media; sound, pictures and data when left out.
                    mediaType?: MediaType,
                    /// The source pad; `default` when left out.
                    sourceMediaDescription?: String,
                    /// The sink pad; `default` when left out.
                    sinkMediaDescription?: String,
                ),
                /// Feeds another element no more. What is not connected stays as it is.
                disconnect(
                    /// The element that was fed.
                    sink: MediaElement,
                    /// The kind of media; sound, pictures and data when left out.
                    mediaType?: MediaType,
                    /// The source pad; `default` when left out.
                    sourceMediaDescription?: String,
                    /// The sink pad; `default` when left out.
                    sinkMediaDescription?: String,
                ),
                /// Says what sound this element is to be given.
                setAudioFormat(
                    /// The format.
                    caps: AudioCaps,
                ),
                /// Says what pictures this element is to be given.
                setVideoFormat(
                    /// The format.
                    caps: VideoCaps,
                ),
                /// Writes the drawing that `getGstreamerDot` gives into the folder that the server's environment variable
                /// GST_DEBUG_DUMP_DOT_DIR names; without the variable, nothing is written.
                dumpGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ),
                /// Draws the graph around this element as it runs.
                getGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ) -> {
                    /// A graph in the DOT language.
                    String
                },
                /// Counts what has passed so far.
                getStats(
                    /// The kind of media; all kinds when left out.
                    mediaType?: MediaType,
                ) -> {
                    /// Records by their ids; a record keeps its id as long as what it is about lives.
                    {Stats}
                },
                /// Whether media has come in within the last two seconds. Error 40107 for DATA.
                isMediaFlowingIn(
                    /// The kind of media.
                    mediaType: MediaType,
                    /// The sink pad. One that there is not is `false`.
                    sinkMediaDescription?: String = "default",
                ) -> {
                    /// Whether it flows.
                    boolean
                },
                /// Whether media has gone out within the last two seconds. Error 40107 for DATA.
                isMediaFlowingOut(
                    /// The kind of media.
                    mediaType: MediaType,
                    /// The source pad. One that there is not is `false`.
                    sourceMediaDescription?: String = "default",
                ) -> {
                    /// Whether it flows.
                    boolean
                },
                /// Whether what this element gives is decoded and encoded anew for any of its sinks. Error 40107 for DATA.
                isMediaTranscoding(
                    /// The kind of media.
                    mediaType: MediaType,
                    /// The source pad. One that there is not is `false`.
                    binName?: String = "default",
                ) -> {
                    /// Whether it is.
                    boolean
                },
            }
            events {
                ElementConnected, ElementDisconnected, MediaFlowOutStateChanged, MediaFlowInStateChanged,
                MediaTranscodingStateChanged,
            }
        }

        /// An element that changes, watches or measures what passes through it.
        abstract Filter: MediaElement {}

        /// An element at the edge of its pipeline: a network, a file, HTTP.
        abstract Endpoint: MediaElement {}

        /// Gives what it gets, unchanged.
        class PassThrough: MediaElement {
            /// Makes one in a pipeline.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
            }
        }

        /// Mixes or switches the streams of many parties. Each party connects to a port of the hub.
        abstract Hub: MediaObject {
            methods {
                /// Draws the graph around this hub as it runs.
                getGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ) -> {
                    /// A graph in the DOT language.
                    String
                },
                /// Writes that drawing into the folder that the server's environment variable GST_DEBUG_DUMP_DOT_DIR
                /// names; without the variable, nothing is written.
                dumpGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ),
            }
        }

        /// One party's connection to a hub: what it is fed goes into the hub, and it gives what the hub has for that party.
        class HubPort: MediaElement {
            /// Opens a port of a hub.
            new {
                /// The hub; it is the parent of the port.
                hub: Hub,
            }
        }
    }

    registers {
        /// A number as a fraction.
        Fraction {
            /// What stands above the line.
            numerator: int,
            /// What stands below the line; not 0.
            denominator: int,
        }
        /// A format of sound.
        AudioCaps {
            /// The codec.
            codec: AudioCodec,
            /// Bits a second.
            bitrate: int,
        }
        /// A format of pictures.
        VideoCaps {
            /// The codec.
            codec: VideoCodec,
            /// Pictures a second.
            framerate: Fraction,
        }
        /// A connection of one kind of media.
        ElementConnectionData {
            /// The element that gives.
            source: MediaElement,
            /// The element that is fed.
            sink: MediaElement,
            /// The kind of media.
            type: MediaType,
            /// The source pad.
            sourceDescription: String,
            /// The sink pad.
            sinkDescription: String,
        }
    }

    enums {
        /// A kind of media.
        MediaType { AUDIO, DATA, VIDEO }
        /// What kind of media a filter is for; `AUTODETECT` leaves that to the filter.
        FilterType { AUDIO, AUTODETECT, VIDEO }
        /// A codec of pictures; `RAW` is none.
        VideoCodec { H265, AV1, VP9, VP8, H264, RAW }
        /// A codec of sound; `RAW` is none.
        AudioCodec { OPUS, PCMU, PCMA, RAW }
        /// Whether media flows through a pad: it does until two seconds pass without any.
        MediaFlowState { FLOWING, NOT_FLOWING }
        /// Whether media is decoded and encoded anew on its way to a sink.
        MediaTranscodingState { TRANSCODING, NOT_TRANSCODING }
    }

    events {
        /// Media begins or ceases to leave an element.
        MediaFlowOutStateChanged: Media {
            /// Whether it flows now.
            state: MediaFlowState,
            /// The source pad.
            padName: String,
            /// The kind of media.
            mediaType: MediaType,
        }
        /// Media begins or ceases to come into an element.
        MediaFlowInStateChanged: Media {
            /// Whether it flows now.
            state: MediaFlowState,
            /// The sink pad.
            padName: String,
            /// The kind of media.
            mediaType: MediaType,
        }
        /// What an element gives begins or ceases to be decoded and encoded anew for any of its sinks. It is raised once
        /// when media begins, whichever it is, and then at each change.
        MediaTranscodingStateChanged: Media {
            /// Whether it is done now.
            state: MediaTranscodingState,
            /// The source pad.
            binName: String,
            /// The kind of media.
            mediaType: MediaType,
        }
        /// An element feeds another from now on; one event for each kind of media.
        ElementConnected: Media {
            /// The element that is fed.
            sink: MediaElement,
            /// The kind of media.
            mediaType: MediaType,
            /// The source pad.
            sourceMediaDescription: String,
            /// The sink pad.
            sinkMediaDescription: String,
        }
        /// An element feeds another no more; one event for each kind of media.
        ElementDisconnected: Media {
            /// The element that was fed.
            sink: MediaElement,
            /// The kind of media.
            mediaType: MediaType,
            /// The source pad.
            sourceMediaDescription: String,
            /// The sink pad.
            sinkMediaDescription: String,
        }
    }
}
