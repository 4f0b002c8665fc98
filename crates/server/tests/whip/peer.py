"""A publisher by WHIP or a viewer by WHEP, made of aiortc.

peer.py publish URL TOKEN CODEC   publishes a picture of one colour and silence until its standard input ends
peer.py play URL TOKEN CODEC      watches, and prints what it decoded once it has seen enough

Each prints one line of JSON when it has what it is there for, and takes its resource away at the end.
"""

import asyncio
import json
import sys
import urllib.parse
import urllib.request

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame

FRAMES = 30
PATIENCE = 40
# Of the published picture: its size, and its colour in Y, U and V.
SIZE = (320, 240)
COLOUR = (90, 200, 60)


class Plain(VideoStreamTrack):
    """Pictures of one colour."""

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(*SIZE, "yuv420p")
        for plane, value in zip(frame.planes, COLOUR):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Door:
    """The HTTP side: one resource."""

    def __init__(self, url, token):
        self.url, self.token, self.resource = url, token, None

    def ask(self, method, url, kind=None, body=None, headers=()):
        request = urllib.request.Request(url, method=method, data=body and body.encode())
        request.add_header("Authorization", f"Bearer {self.token}")
        if kind:
            request.add_header("Content-Type", kind)
        for name, value in headers:
            request.add_header(name, value)
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.headers, response.read().decode()

    def offer(self, sdp):
        status, headers, answer = self.ask("POST", self.url, "application/sdp", sdp)
        assert status == 201, status
        self.resource = urllib.parse.urljoin(self.url, headers["Location"])
        self.tag = headers["ETag"]
        return answer

    def end(self):
        status, _, _ = self.ask("DELETE", self.resource)
        assert status == 200, status


def prefer(transceiver, kind, codec):
    known = (RTCRtpSender if kind == "send" else RTCRtpReceiver).getCapabilities("video").codecs
    transceiver.setCodecPreferences([it for it in known if it.mimeType.lower() == f"video/{codec}".lower()])


async def negotiate(peer, door):
    await peer.setLocalDescription(await peer.createOffer())
    answer = await asyncio.to_thread(door.offer, peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def publish(door, codec):
    peer = RTCPeerConnection()
    peer.addTrack(AudioStreamTrack())
    prefer(peer.addTransceiver(Plain(), direction="sendonly"), "send", codec)
    for transceiver in peer.getTransceivers():
        transceiver.direction = "sendonly"
    connected = asyncio.Event()
    peer.on("connectionstatechange", lambda: peer.connectionState == "connected" and connected.set())
    await negotiate(peer, door)
    await asyncio.wait_for(connected.wait(), PATIENCE)
    print(json.dumps({"resource": door.resource}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.to_thread(door.end)
    await peer.close()


async def play(door, codec):
    peer = RTCPeerConnection()
    tracks = {}
    peer.on("track", lambda track: tracks.update({track.kind: track}))
    prefer(peer.addTransceiver("video", direction="recvonly"), "receive", codec)
    peer.addTransceiver("audio", direction="recvonly")
    await negotiate(peer, door)
    for _ in range(FRAMES):
        frame = await tracks["video"].recv()
    sound = await tracks["audio"].recv()
    middle = frame.reformat(format="yuv420p").planes
    at = lambda plane: bytes(plane)[plane.line_size * (plane.height // 2) + plane.width // 2]
    chosen = next(line for line in peer.remoteDescription.sdp.splitlines() if codec.lower() in line.lower())
    print(json.dumps({
        "frames": FRAMES, "size": [frame.width, frame.height], "colour": [at(plane) for plane in middle],
        "rate": sound.sample_rate, "codec": chosen,
    }), flush=True)
    await asyncio.to_thread(door.end)
    await peer.close()


async def main():
    what, url, token, codec = sys.argv[1:]
    work = {"publish": publish, "play": play}[what]
    await work(Door(url, token), codec)


asyncio.run(main())
