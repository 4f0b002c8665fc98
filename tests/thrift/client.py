"""What the tests share: a client made from the interface, values, and a service that events come to."""

import json
import os
import queue
import socket
import struct
import threading
import time

import thriftpy2
from thriftpy2.protocol import TBinaryProtocol, TBinaryProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.server import TThreadedServer
from thriftpy2.thrift import TProcessor
from thriftpy2.transport import TFramedTransportFactory, TMemoryBuffer, TServerSocket

INTERFACE = os.environ["TRELLIS_INTERFACE"]
services = thriftpy2.load(f"{INTERFACE}/services.thrift", module_name="services_thrift")
types = thriftpy2.load(f"{INTERFACE}/types.thrift", module_name="types_thrift")
structs = thriftpy2.load(f"{INTERFACE}/parameters.thrift", module_name="parameters_thrift")
filters = thriftpy2.load(f"{INTERFACE}/filters.thrift", module_name="filters_thrift")
Failure = types.KmsMediaServerException
AUDIO, VIDEO = types.KmsMediaType.AUDIO, types.KmsMediaType.VIDEO

# Longer than anything that is waited for takes, on a busy machine too.
PATIENCE = 60


def framed():
    return {"proto_factory": TBinaryProtocolFactory(), "trans_factory": TFramedTransportFactory()}


def connect(variable="TRELLIS_OPEN"):
    host, port = os.environ[variable].rsplit(":", 1)
    return make_client(services.KmsMediaServerService, host, int(port), timeout=PATIENCE * 1000, **framed())


def packed(value):
    """A struct as a tagged value."""
    memory = TMemoryBuffer()
    TBinaryProtocol(memory).write_struct(value)
    return types.KmsMediaParam(type(value).__name__, memory.getvalue())


def params(*values):
    """Constructor parameters: structs under their names."""
    return {type(value).__name__: packed(value) for value in values}


def text(value):
    data = value.encode()
    return types.KmsMediaParam("S", struct.pack(">i", len(data)) + data)


def plain(given):
    """A tagged value that came in, if it is a plain one."""
    tag, data = given.dataType, given.data
    if tag == "V":
        return None
    if tag in ("S", "JSON"):
        length = struct.unpack(">i", data[:4])[0]
        assert len(data) == 4 + length
        return data[4:].decode() if tag == "S" else json.loads(data[4:])
    formats = {"Z": ">?", "B": ">b", "I16": ">h", "I32": ">i", "I64": ">q", "D": ">d"}
    return struct.unpack(formats[tag], data)[0]


def unpacked(given, kind):
    value = kind()
    TBinaryProtocol(TMemoryBuffer(given.data)).read_struct(value)
    return value


def uri(path):
    return structs.KmsMediaUriEndPointConstructorParams(path)


class Handler:
    """A service that events come to."""

    def __init__(self):
        self.heard = queue.Queue()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        processor = TProcessor(services.KmsMediaHandlerService, self)
        listening = TServerSocket("127.0.0.1", self.port, client_timeout=PATIENCE * 1000)
        server = TThreadedServer(
            processor,
            listening,
            iprot_factory=TBinaryProtocolFactory(),
            itrans_factory=TFramedTransportFactory(),
            daemon=True,
        )
        threading.Thread(target=server.serve, daemon=True).start()
        until("the handler listens", self.listens)

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def onEvent(self, token, event):
        self.heard.put((token, event))

    def onError(self, token, error):
        self.heard.put((token, error))

    def eventJsonRpc(self, request):
        self.heard.put(json.loads(request))

    def next(self):
        return self.heard.get(timeout=PATIENCE)

    def next_of(self, token):
        """The next that a subscription is told."""
        while True:
            of, told = self.next()
            if of == token:
                return told


def until(what, done):
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def code(call, *arguments):
    """The number of the error that a call gives; None when it gives none."""
    try:
        call(*arguments)
    except Failure as failure:
        return failure.errorCode
    return None
