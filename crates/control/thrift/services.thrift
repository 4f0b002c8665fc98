/**
 * The two services. Methods of 3.0.5 and of 4.x have different names, so one port serves clients of both.
 */
include "types.thrift"

namespace java com.kurento.kms.thrift.api
namespace cpp kurento
namespace * Kurento

/** The service of the media server. */
service KmsMediaServerService {
  // Any object.

  i32 getVersion(),

  /** A sign of life of the object, of those that it was created in, and of those that were created in it. */
  void keepAlive(1: types.KmsMediaObjectRef mediaObject) throws (1: types.KmsMediaServerException mse),

  /** Ends the object and those that were created in it. */
  void release(1: types.KmsMediaObjectRef mediaObject) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaInvocationReturn invoke(
    1: types.KmsMediaObjectRef mediaObject,
    2: string method,
    3: map<string, types.KmsMediaParam> params
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef getParent(
    1: types.KmsMediaObjectRef mediaObject
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef getMediaPipeline(
    1: types.KmsMediaObjectRef mediaObject
  ) throws (1: types.KmsMediaServerException mse),

  // Events and errors of objects, told to the application's service.

  /** Gives the token that the handler is called with. */
  string subscribeEvent(
    1: types.KmsMediaObjectRef mediaObject,
    2: string type,
    3: string handlerAddress,
    4: i32 handlerPort
  ) throws (1: types.KmsMediaServerException mse),

  void unsubscribeEvent(
    1: types.KmsMediaObjectRef mediaObject,
    2: string callbackToken
  ) throws (1: types.KmsMediaServerException mse),

  string subscribeError(
    1: types.KmsMediaObjectRef mediaObject,
    2: string handlerAddress,
    3: i32 handlerPort
  ) throws (1: types.KmsMediaServerException mse),

  void unsubscribeError(
    1: types.KmsMediaObjectRef mediaObject,
    2: string callbackToken
  ) throws (1: types.KmsMediaServerException mse),

  // How objects are made. The parameters of a constructor lie under the names of their structs.

  types.KmsMediaObjectRef createMediaPipeline() throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMediaPipelineWithParams(
    1: map<string, types.KmsMediaParam> params
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMediaElement(
    1: types.KmsMediaObjectRef mediaPipeline,
    2: string elementType
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMediaElementWithParams(
    1: types.KmsMediaObjectRef mediaPipeline,
    2: string elementType,
    3: map<string, types.KmsMediaParam> params
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMediaMixer(
    1: types.KmsMediaObjectRef mediaPipeline,
    2: string mixerType
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMediaMixerWithParams(
    1: types.KmsMediaObjectRef mediaPipeline,
    2: string mixerType,
    3: map<string, types.KmsMediaParam> params
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMixerEndPoint(
    1: types.KmsMediaObjectRef mixer
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef createMixerEndPointWithParams(
    1: types.KmsMediaObjectRef mixer,
    2: map<string, types.KmsMediaParam> params
  ) throws (1: types.KmsMediaServerException mse),

  // Pads, and who is connected to whom.

  list<types.KmsMediaObjectRef> getMediaSrcs(
    1: types.KmsMediaObjectRef mediaElement
  ) throws (1: types.KmsMediaServerException mse),

  list<types.KmsMediaObjectRef> getMediaSinks(
    1: types.KmsMediaObjectRef mediaElement
  ) throws (1: types.KmsMediaServerException mse),

  list<types.KmsMediaObjectRef> getMediaSrcsByMediaType(
    1: types.KmsMediaObjectRef mediaElement,
    2: types.KmsMediaType mediaType
  ) throws (1: types.KmsMediaServerException mse),

  list<types.KmsMediaObjectRef> getMediaSinksByMediaType(
    1: types.KmsMediaObjectRef mediaElement,
    2: types.KmsMediaType mediaType
  ) throws (1: types.KmsMediaServerException mse),

  list<types.KmsMediaObjectRef> getMediaSrcsByFullDescription(
    1: types.KmsMediaObjectRef mediaElement,
    2: types.KmsMediaType mediaType,
    3: string description
  ) throws (1: types.KmsMediaServerException mse),

  list<types.KmsMediaObjectRef> getMediaSinksByFullDescription(
    1: types.KmsMediaObjectRef mediaElement,
    2: types.KmsMediaType mediaType,
    3: string description
  ) throws (1: types.KmsMediaServerException mse),

  /** The sinks that a source feeds. */
  list<types.KmsMediaObjectRef> getConnectedSinks(
    1: types.KmsMediaObjectRef mediaSrc
  ) throws (1: types.KmsMediaServerException mse),

  /** The source that feeds a sink. */
  types.KmsMediaObjectRef getConnectedSrc(
    1: types.KmsMediaObjectRef mediaSink
  ) throws (1: types.KmsMediaServerException mse),

  types.KmsMediaObjectRef getMediaElement(
    1: types.KmsMediaObjectRef mediaPad
  ) throws (1: types.KmsMediaServerException mse),

  // Connecting.

  /** Every kind of media. */
  void connectElements(
    1: types.KmsMediaObjectRef source,
    2: types.KmsMediaObjectRef sink
  ) throws (1: types.KmsMediaServerException mse),

  void connectElementsByMediaType(
    1: types.KmsMediaObjectRef source,
    2: types.KmsMediaObjectRef sink,
    3: types.KmsMediaType mediaType
  ) throws (1: types.KmsMediaServerException mse),

  void connectElementsByFullDescription(
    1: types.KmsMediaObjectRef source,
    2: types.KmsMediaObjectRef sink,
    3: types.KmsMediaType mediaType,
    4: string mediaDescription
  ) throws (1: types.KmsMediaServerException mse),

  /** A source pad and a sink pad. */
  void connect(
    1: types.KmsMediaObjectRef source,
    2: types.KmsMediaObjectRef sink
  ) throws (1: types.KmsMediaServerException mse),

  void disconnect(
    1: types.KmsMediaObjectRef source,
    2: types.KmsMediaObjectRef sink
  ) throws (1: types.KmsMediaServerException mse),

  /** 4.x: a request of JSON-RPC 2.0, and its answer. */
  string invokeJsonRpc(1: string request),

  /** Ours: the token of the application, for this connection; before every other call where the server asks for tokens. */
  void authenticate(1: string token) throws (1: types.KmsMediaServerException mse)
}

/** The service of the application, which the media server calls. */
service KmsMediaHandlerService {
  void onEvent(1: string callbackToken, 2: types.KmsMediaEvent event),

  void onError(1: string callbackToken, 2: types.KmsMediaError error),

  /** 4.x: a notification of JSON-RPC 2.0. */
  void eventJsonRpc(1: string request)
}
