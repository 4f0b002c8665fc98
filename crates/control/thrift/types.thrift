/**
 * What every call and event speaks of: references to objects, tagged values, events and errors.
 *
 * Names, types and numbers of fields are those of Kurento 3.0.5, so that clients made from its interface are understood.
 */
namespace java com.kurento.kms.thrift.api
namespace cpp kurento
namespace * Kurento

/** The version of the interface; getVersion gives it. */
const i32 VERSION = 11
/** Seconds for which an object lives without a sign of life, where its creator says nothing else. */
const i32 DEFAULT_GARBAGE_COLLECTOR_PERIOD = 120

/** The tags of values that are no structs. A struct's tag is its name. */
const string VOID_DATA_TYPE = "V"
const string BOOL_DATA_TYPE = "Z"
const string BYTE_DATA_TYPE = "B"
const string I16_DATA_TYPE = "I16"
const string I32_DATA_TYPE = "I32"
const string I64_DATA_TYPE = "I64"
const string DOUBLE_DATA_TYPE = "D"
const string STRING_DATA_TYPE = "S"
/** Ours: the value is a string that holds JSON. For lists, registers and everything else that 3.0.5 has no struct for. */
const string JSON_DATA_TYPE = "JSON"

/** Numbers of errors. Others between 40000 and 49999 are those of today's protocol. */
const i32 MEDIA_ERROR = 40000
const i32 MARSHALL_ERROR = 40001
const i32 UNMARSHALL_ERROR = 40002
const i32 UNEXPECTED_ERROR = 40003
const i32 CONNECT_ERROR = 40004
const i32 UNSUPPORTED_MEDIA_TYPE = 40005
const i32 NOT_IMPLEMENTED = 40006
const i32 MEDIA_OBJECT_TYPE_NOT_FOUND = 40100
const i32 MEDIA_OBJECT_NOT_FOUND = 40101
const i32 MEDIA_OBJECT_CAST_ERROR = 40102
const i32 MEDIA_OBJECT_HAS_NOT_PARENT = 40103
const i32 MEDIA_OBJECT_CONSTRUCTOR_NOT_FOUND = 40104
const i32 MEDIA_OBJECT_METHOD_NOT_FOUND = 40105
const i32 MEDIA_OBJECT_EVENT_NOT_SUPPORTED = 40106
const i32 MEDIA_OBJECT_ILLEGAL_PARAM = 40107
const i32 MEDIA_OBJECT_NOT_AVAILABLE = 40108

/** Why a call was not done. */
exception KmsMediaServerException {
  1: string description,
  2: i32 errorCode
}

enum KmsMediaPadDirection { SINK = 0, SRC = 1 }

enum KmsMediaType { AUDIO = 0, VIDEO = 1, DATA = 2 }

struct KmsMediaPipeline {}

struct KmsMediaElement {
  1: string elementType
}

struct KmsMediaPad {
  1: KmsMediaPadDirection direction,
  2: KmsMediaType mediaType,
  3: string mediaDescription
}

struct KmsMediaMixer {
  1: string mixerType
}

union KmsMediaObjectType {
  1: KmsMediaPipeline pipeline,
  2: KmsMediaElement element,
  3: KmsMediaPad pad,
  4: KmsMediaMixer mixer
}

/** An object, and the token without which its number opens nothing. */
struct KmsMediaObjectRef {
  1: i64 id,
  2: string token,
  3: KmsMediaObjectType objectType
}

/** A value behind its tag: the value, or the struct of that name, in the binary protocol. */
struct KmsMediaParam {
  1: string dataType,
  2: optional binary data
}

struct KmsMediaInvocationReturn {
  1: string dataType,
  2: optional binary data
}

struct KmsMediaEventData {
  1: string dataType,
  2: optional binary data
}

struct KmsMediaEvent {
  1: string type,
  2: KmsMediaObjectRef source,
  3: optional KmsMediaEventData eventData
}

struct KmsMediaError {
  1: string type,
  2: string description,
  3: i32 errorCode,
  4: KmsMediaObjectRef source
}
