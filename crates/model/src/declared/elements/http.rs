//! Media over HTTP.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// An endpoint with a URL of its own at the server.
        abstract HttpEndpoint: SessionEndpoint {
            methods {
                /// Gives the URL.
                getUrl() -> {
                    /// The URL. Whoever has it may use it, for as long as the endpoint lives.
                    String
                },
            }
        }

        /// Streams what it is fed to whoever gets its URL, to many at once: each begins with a keyframe. Who reads too slowly
        /// loses media up to the next keyframe.
        ///
        /// The session begins with the first client. It ends a while after the last has gone, and then the URL is no longer
        /// served. Of an older line of Kurento: 7.x has no such class.
        class HttpGetEndpoint: HttpEndpoint {
            /// Makes one and its URL. Error 40300 where nothing serves HTTP.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// Whether the session ends when the media does; else the stream waits for more.
                terminateOnEOS?: boolean = false,
                /// The container, and the kinds of media in it. Codecs that the container does not hold are converted.
                mediaProfile?: MediaProfileSpecType = "WEBM",
                /// How long the session waits for a client when none is there, in seconds.
                disconnectionTimeout?: int = 2,
            }
        }

        /// Plays what a client uploads by POST, as it is or as a part of a form. The session begins with the first request.
        class HttpPostEndpoint: HttpEndpoint {
            /// Makes one and its URL.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// How long the session waits for a client that is gone, in seconds.
                disconnectionTimeout?: int = 2,
                /// Taken for compatibility: media is decoded only if a sink does not take it as it came.
                useEncodedMedia?: boolean = false,
            }
            events { EndOfStream }
        }
    }
}
