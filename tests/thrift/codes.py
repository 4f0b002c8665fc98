"""Reads the codes of a film over the Thrift API: python codes.py INTERFACE HOST PORT FILM"""

import queue
import socket
import sys
import threading

import thriftpy2
from thriftpy2.protocol import TBinaryProtocol, TBinaryProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.server import TThreadedServer
from thriftpy2.thrift import TProcessor
from thriftpy2.transport import TFramedTransportFactory, TMemoryBuffer, TServerSocket

interface, host, port, film = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
services = thriftpy2.load(f"{interface}/services.thrift", module_name="services_thrift")
types = thriftpy2.load(f"{interface}/types.thrift", module_name="types_thrift")
structs = thriftpy2.load(f"{interface}/parameters.thrift", module_name="parameters_thrift")


def packed(value):
    """A struct as a tagged value: its name, and itself in the binary protocol."""
    memory = TMemoryBuffer()
    TBinaryProtocol(memory).write_struct(value)
    return types.KmsMediaParam(type(value).__name__, memory.getvalue())


def unpacked(data, kind):
    """The struct of that kind that a tagged value holds."""
    value = kind()
    TBinaryProtocol(TMemoryBuffer(data)).read_struct(value)
    return value


class Handler:
    """The service that the media server tells events to."""

    def __init__(self):
        self.events = queue.Queue()

    def onEvent(self, token, event):
        self.events.put(event)

    def onError(self, token, error):
        self.events.put(error)

    def eventJsonRpc(self, request):
        pass


# A service of our own, on a free port.
handler = Handler()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    own_port = free.getsockname()[1]
listening = TServerSocket("127.0.0.1", own_port, client_timeout=120_000)
processor = TProcessor(services.KmsMediaHandlerService, handler)
framed, binary = TFramedTransportFactory(), TBinaryProtocolFactory()
server = TThreadedServer(processor, listening, iprot_factory=binary, itrans_factory=framed, daemon=True)
threading.Thread(target=server.serve, daemon=True).start()

# The media server. With tokens configured, media.authenticate("the token") comes first.
media = make_client(
    services.KmsMediaServerService, host, port, proto_factory=binary, trans_factory=framed, timeout=30_000
)
pipeline = media.createMediaPipeline()
uri = packed(structs.KmsMediaUriEndPointConstructorParams(film))
player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", {uri.dataType: uri})
reader = media.createMediaElement(pipeline, "ZBarFilter")
media.connectElementsByMediaType(player, reader, types.KmsMediaType.VIDEO)
media.subscribeEvent(reader, "CodeFound", "127.0.0.1", own_port)
media.subscribeEvent(player, "EOS", "127.0.0.1", own_port)
media.subscribeError(player, "127.0.0.1", own_port)
media.invoke(player, "start", {})

while True:
    event = handler.events.get(timeout=30)
    if event.type == "CodeFound":
        code = unpacked(event.eventData.data, structs.KmsMediaEventCodeFoundData)
        print(code.type, code.value, flush=True)
    else:
        print(event.type, flush=True)
        break
# Who works for longer than two minutes calls media.keepAlive(pipeline) now and then.
media.release(pipeline)
media.close()
