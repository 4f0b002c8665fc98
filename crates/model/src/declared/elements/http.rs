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

        /// Plays what a client uploads to its URL by POST or PUT, as it is or as the first file of a form, as it comes: in any
        /// container that a player reads. (An MP4 whose index is at its end is kept until it is whole.) The client is
        /// answered 415 when it is no media, 409 while another one is served, 410 when the session is over.
        ///
        /// The session begins with the request. It ends when all is played, but not before the client has gone for a while. An
        /// upload that breaks off is played as far as it came; an `Error` event says so.
        class HttpPostEndpoint: HttpEndpoint {
            /// Makes one and its URL. Error 40300 where nothing serves HTTP.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// How long the session lasts at the least when the client has gone, in seconds.
                disconnectionTimeout?: int = 2,
                /// Taken for compatibility: media is decoded only if a sink does not take it as it came.
                useEncodedMedia?: boolean = false,
            }
            events { EndOfStream }
        }
    }
}
