"""The Thrift API as a Python program meets it: python suite.py. The Rust test of the same folder's server starts it."""

import json
import os
import unittest
import urllib.request

from client import (
    AUDIO,
    PATIENCE,
    VIDEO,
    Failure,
    Handler,
    code,
    connect,
    filters,
    packed,
    params,
    plain,
    services,
    structs,
    text,
    types,
    unpacked,
    until,
    uri,
)

FILM = os.path.join(os.environ.get("TRELLIS_MEDIA", ""), "synth/out/qr_two.mp4")
with_media = unittest.skipUnless(os.path.exists(FILM), "no media")


class Objects(unittest.TestCase):
    def setUp(self):
        self.media = connect()
        self.addCleanup(self.media.close)
        self.pipeline = self.media.createMediaPipeline()
        self.addCleanup(lambda: code(self.media.release, self.pipeline))

    def element(self, kind, *given):
        return self.media.createMediaElementWithParams(self.pipeline, kind, params(*given))

    def test_references_say_what_they_are_and_who_has_them_not_has_nothing(self):
        self.assertEqual(self.media.getVersion(), types.VERSION)
        endpoint = self.media.createMediaElement(self.pipeline, "WebRtcEndPoint")
        self.assertIsNotNone(self.pipeline.objectType.pipeline)
        self.assertEqual(endpoint.objectType.element.elementType, "WebRtcEndPoint")
        self.assertEqual(self.media.getParent(endpoint).id, self.pipeline.id)
        self.assertEqual(self.media.getMediaPipeline(endpoint), self.pipeline)
        self.assertEqual(self.media.getMediaPipeline(self.pipeline), self.pipeline)
        self.assertEqual(code(self.media.getParent, self.pipeline), 40103)
        forged = types.KmsMediaObjectRef(endpoint.id, self.pipeline.token, endpoint.objectType)
        for stranger in (forged, types.KmsMediaObjectRef(1 << 50, endpoint.token), types.KmsMediaObjectRef()):
            self.assertEqual(code(self.media.keepAlive, stranger), 40101)
        self.media.release(self.pipeline)
        self.assertEqual(code(self.media.keepAlive, endpoint), 40101)

    def test_a_connection_that_ends_takes_nothing_with_it(self):
        other = connect()
        endpoint = other.createMediaElement(self.pipeline, "WebRtcEndPoint")
        other.close()
        self.media.keepAlive(endpoint)

    def test_members_are_invoked_by_old_and_new_names_with_tagged_values(self):
        player = self.element("PlayerEndPoint", uri("clip.webm"))
        invoke = self.media.invoke
        self.assertEqual(plain(invoke(player, "getUri", {})), "clip.webm")
        self.assertEqual(invoke(player, "pause", {}).dataType, "V")
        self.assertIsNone(invoke(player, "setName", {"name": text("the player")}).data)
        self.assertEqual(plain(invoke(player, "getName", {})), "the player")
        self.assertEqual(plain(invoke(player, "getSendTagsInEvents", {})), False)
        # A whole number of 32 bits, one of 64, and what 3.0 had no struct for.
        self.assertEqual(invoke(player, "getCreationTime", {}).dataType, "I32")
        self.assertEqual(invoke(player, "getPosition", {}).dataType, "I64")
        self.assertEqual(plain(invoke(player, "getVideoInfo", {}))["isSeekable"], False)
        pipeline = unpacked(invoke(player, "getMediaPipeline", {}), types.KmsMediaObjectRef)
        self.assertEqual(pipeline, self.pipeline)

    def test_structs_bring_the_parameters_of_today(self):
        recorder = self.element(
            "RecorderEndPoint",
            uri("out.mp4"),
            structs.KmsMediaRecoderEndPointConstructorParams(structs.KmsMediaProfile(structs.KmsMediaMuxer.MP4), True),
        )
        self.assertEqual(plain(self.media.invoke(recorder, "getUri", {})), "out.mp4")
        overlay = self.media.createMediaElement(self.pipeline, "FaceOverlayFilter")
        image = packed(structs.KmsMediaFaceOverlayImage("no-such.png", -0.5, -1.0, 2.0, 1.5))
        # It came as far as the image.
        self.assertEqual(code(self.media.invoke, overlay, "setImageOverlay", {"image": image}), 40600)
        image = types.KmsMediaParam("KmsMediaFaceOverlayImage", b"\0")
        self.assertEqual(code(self.media.invoke, overlay, "setImageOverlay", {"image": image}), 40002)
        self.media.invoke(overlay, "unsetImageOverlay", {})

    def test_each_mistake_has_its_number(self):
        media, pipeline = self.media, self.pipeline
        player = self.element("PlayerEndPoint", uri("clip.webm"))
        create = media.createMediaElementWithParams
        self.assertEqual(code(media.createMediaElement, pipeline, "JackVaderFilter"), 40100)
        self.assertEqual(code(media.createMediaElement, pipeline, "UriEndPoint"), 40100)
        self.assertEqual(code(media.createMediaElement, pipeline, "Composite"), 40100)
        self.assertEqual(code(media.createMediaMixer, pipeline, "PlayerEndPoint"), 40100)
        self.assertEqual(code(media.createMediaElement, player, "PlayerEndPoint"), 40102)
        self.assertEqual(code(media.createMediaElement, pipeline, "MixerEndPoint"), 40104)
        self.assertEqual(code(media.createMediaElement, pipeline, "PlayerEndPoint"), 40001)
        # Known: it is made with its struct, or, where it is not made, refused before that is looked at.
        area = filters.KmsMediaChromaColorCalibrationArea(0, 0, 10, 10)
        chroma = params(filters.KmsMediaChromaConstructorParams(area))
        self.assertIn(code(create, pipeline, "ChromaFilter", chroma), (None, 40108))
        self.assertEqual(code(media.invoke, player, "dance", {}), 40105)
        torn = types.KmsMediaParam("S", b"\x7f\xff\xff\xffabc")
        self.assertEqual(code(media.invoke, player, "setName", {"name": torn}), 40002)
        self.assertEqual(code(media.invoke, player, "setName", {"name": types.KmsMediaParam("Nobody", b"")}), 40002)
        self.assertEqual(code(media.invoke, player, "setName", {}), 40001)
        self.assertEqual(code(media.subscribeEvent, player, "CodeFound", "127.0.0.1", 9), 40106)
        self.assertEqual(code(media.subscribeEvent, player, "EOS", "127.0.0.1", 0), 40107)
        self.assertEqual(code(media.subscribeEvent, player, "EOS", "169.254.169.254", 80), 40107)
        self.assertEqual(code(media.unsubscribeEvent, player, "no-such-token"), 40101)
        endpoint = media.createMediaElement(pipeline, "WebRtcEndPoint")
        self.assertEqual(code(media.invoke, endpoint, "getLocalSdp", {}), 40202)
        self.assertEqual(code(media.invoke, endpoint, "processSdpOffer", {"offer": text("no description")}), 40201)
        # A null in the place of a reference, which thriftpy2 leaves out.
        self.assertEqual(code(media.release, None), 40001)

    def test_descriptions_carry_their_candidates(self):
        offerer, answerer = (self.media.createMediaElement(self.pipeline, "WebRtcEndPoint") for _ in range(2))
        handler = Handler()
        started = self.media.subscribeEvent(answerer, "MediaSessionStart", "127.0.0.1", handler.port)
        offer = plain(self.media.invoke(offerer, "generateSdpOffer", {}))
        self.assertIn("a=candidate:", offer)
        answer = plain(self.media.invoke(answerer, "processSdpOffer", {"offer": text(offer)}))
        self.assertIn("a=candidate:", answer)
        self.assertEqual(plain(self.media.invoke(answerer, "getRemoteSdp", {})), offer)
        self.media.invoke(offerer, "processSdpAnswer", {"answer": text(answer)})
        event = handler.next_of(started)
        self.assertEqual((event.type, event.source, event.eventData), ("MediaSessionStart", answerer, None))

    def test_pads_are_objects(self):
        media = self.media
        player = self.element("PlayerEndPoint", uri("clip.webm"))
        endpoint = media.createMediaElement(self.pipeline, "WebRtcEndPoint")
        self.assertEqual((len(media.getMediaSrcs(player)), media.getMediaSinks(player)), (3, []))
        self.assertEqual((len(media.getMediaSrcs(endpoint)), len(media.getMediaSinks(endpoint))), (3, 3))
        [source] = media.getMediaSrcsByMediaType(player, VIDEO)
        [sink] = media.getMediaSinksByFullDescription(endpoint, VIDEO, "default")
        self.assertEqual(media.getMediaSinksByFullDescription(endpoint, VIDEO, "other"), [])
        self.assertEqual((sink.objectType.pad.direction, sink.objectType.pad.mediaType), (0, VIDEO))
        self.assertEqual(media.getMediaElement(sink), endpoint)
        self.assertEqual(media.getParent(source), player)
        self.assertEqual(media.getMediaPipeline(source), self.pipeline)
        media.keepAlive(source)
        self.assertEqual(code(media.getConnectedSrc, sink), 40101)
        media.connect(source, sink)
        self.assertEqual((media.getConnectedSinks(source), media.getConnectedSrc(sink)), ([sink], source))
        media.disconnect(source, sink)
        self.assertEqual(media.getConnectedSinks(source), [])
        media.connectElements(player, endpoint)
        self.assertEqual([len(media.getConnectedSinks(pad)) for pad in media.getMediaSrcs(player)], [1, 1, 1])
        [sound] = media.getMediaSinksByMediaType(endpoint, AUDIO)
        self.assertEqual(code(media.connect, source, sound), 40004)
        self.assertEqual(code(media.connect, sink, source), 40102)
        self.assertEqual(code(media.connectElementsByFullDescription, player, endpoint, VIDEO, "other"), 40004)
        self.assertEqual(code(media.connectElementsByMediaType, player, endpoint, 7), 40001)
        self.assertEqual(code(media.release, source), 40006)
        self.assertEqual(code(media.invoke, source, "getName", {}), 40105)
        media.release(endpoint)
        self.assertEqual(code(media.getMediaElement, sink), 40101)

    def test_mixers_have_ports(self):
        media = self.media
        for kind in ("Composite", "Dispatcher"):
            mixer = media.createMediaMixerWithParams(self.pipeline, kind, {})
            self.assertEqual(mixer.objectType.mixer.mixerType, kind)
            one, other = media.createMixerEndPoint(mixer), media.createMixerEndPointWithParams(mixer, {})
            self.assertEqual(media.getParent(one), mixer)
            self.assertEqual(one.objectType.element.elementType, "MixerEndPoint")
            media.connectElements(self.media.createMediaElement(self.pipeline, "WebRtcEndPoint"), one)
            self.assertEqual(code(media.createMixerEndPoint, one), 40102)
        ports = {"source": packed(one), "sink": packed(other)}
        media.invoke(mixer, "connect", ports)
        media.release(mixer)
        self.assertEqual(code(media.keepAlive, one), 40101)


class Media(unittest.TestCase):
    @with_media
    def test_a_film_is_recorded_and_its_end_is_told(self):
        media, handler = connect(), Handler()
        pipeline = media.createMediaPipeline()
        path = os.path.join(os.environ["TRELLIS_FOLDER"], "recorded.mp4")
        player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", params(uri(FILM)))
        profile = structs.KmsMediaProfile(structs.KmsMediaMuxer.MP4)
        muxed = structs.KmsMediaRecoderEndPointConstructorParams(profile)
        recorder = media.createMediaElementWithParams(pipeline, "RecorderEndPoint", params(uri(path), muxed))
        media.connectElementsByMediaType(player, recorder, VIDEO)
        end = media.subscribeEvent(player, "EOS", "127.0.0.1", handler.port)
        # An event that 3.0 did not have, by its name of today.
        state = media.subscribeEvent(recorder, "UriEndpointStateChanged", "127.0.0.1", handler.port)
        media.invoke(recorder, "start", {})
        media.invoke(player, "start", {})
        told = {}
        while end not in told:
            told.update([handler.next()])
        self.assertEqual((told[end].type, told[end].source, told[end].eventData), ("EOS", player, None))
        self.assertIn(plain(told[state].eventData)["state"], ("START", "PAUSE"))
        media.invoke(recorder, "stopAndWait", {})
        self.assertGreater(os.path.getsize(path), 10_000)
        media.release(pipeline)

    @with_media
    def test_codes_are_told_until_the_subscription_ends(self):
        media, handler = connect(), Handler()
        pipeline = media.createMediaPipeline()
        player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", params(uri(FILM)))
        reader = media.createMediaElement(pipeline, "ZBarFilter")
        [source], [sink] = media.getMediaSrcsByMediaType(player, VIDEO), media.getMediaSinksByMediaType(reader, VIDEO)
        media.connect(source, sink)
        codes = media.subscribeEvent(reader, "CodeFound", "127.0.0.1", handler.port)
        end = media.subscribeEvent(player, "EOS", "127.0.0.1", handler.port)
        media.invoke(player, "start", {})
        event = handler.next_of(codes)
        found = unpacked(event.eventData, structs.KmsMediaEventCodeFoundData)
        self.assertEqual(event.eventData.dataType, "EventCodeFoundData")
        self.assertEqual((found.type, found.value), ("QR-Code", "KURENTO-1"))
        media.unsubscribeEvent(reader, codes)
        until("nothing is on its way", handler.heard.empty)
        handler.next_of(end)
        media.release(pipeline)

    @with_media
    def test_a_film_is_streamed_over_http(self):
        media, handler = connect(), Handler()
        pipeline = media.createMediaPipeline()
        player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", params(uri(FILM)))
        endpoint = media.createMediaElementWithParams(
            pipeline,
            "HttpGetEndPoint",
            params(
                structs.KmsMediaHttpEndPointConstructorParams(5),
                structs.KmsMediaHttpGetEndPointConstructorParams(
                    terminateOnEOS=True, profileType=structs.KmsMediaProfile(structs.KmsMediaMuxer.MP4)
                ),
            ),
        )
        media.connectElementsByMediaType(player, endpoint, VIDEO)
        begun = media.subscribeEvent(endpoint, "MediaSessionStart", "127.0.0.1", handler.port)
        over = media.subscribeEvent(endpoint, "MediaSessionComplete", "127.0.0.1", handler.port)
        with urllib.request.urlopen(plain(media.invoke(endpoint, "getUrl", {})), timeout=PATIENCE) as stream:
            handler.next_of(begun)
            media.invoke(player, "start", {})
            self.assertEqual(stream.read(8)[4:], b"ftyp")
            self.assertGreater(len(stream.read()), 10_000)
        handler.next_of(over)
        media.release(pipeline)

    def test_errors_are_told(self):
        media, handler = connect(), Handler()
        pipeline = media.createMediaPipeline()
        player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", params(uri("/no/such/film.webm")))
        token = media.subscribeError(player, "localhost", handler.port)
        media.invoke(player, "start", {})
        error = handler.next_of(token)
        self.assertEqual(error.source, player)
        self.assertTrue(error.type and error.description)
        media.unsubscribeError(player, token)
        self.assertEqual(code(media.unsubscribeError, player, token), 40101)
        media.release(pipeline)

    def test_subscriptions_of_a_dead_handler_go(self):
        media = connect()
        pipeline = media.createMediaPipeline()
        player = media.createMediaElementWithParams(pipeline, "PlayerEndPoint", params(uri("/no/such/film.webm")))
        # Nobody listens at port 9 of the loopback.
        tokens = [media.subscribeError(player, "127.0.0.1", 9) for _ in range(200)]
        media.invoke(player, "start", {})
        # To ask for one is to end it; the first that is not there any more went with its handler.
        until("they go", lambda: code(media.unsubscribeError, player, tokens.pop()) == 40101)
        self.assertEqual(code(media.unsubscribeError, player, tokens[0]), 40101)
        media.release(pipeline)


class Life(unittest.TestCase):
    @staticmethod
    def brief():
        return params(structs.KmsMediaObjectConstructorParams(garbageCollectorPeriod=1))

    def test_what_nobody_keeps_alive_is_collected(self):
        media = connect()
        kept, left = (media.createMediaPipelineWithParams(self.brief()) for _ in range(2))
        element = media.createMediaElementWithParams(kept, "WebRtcEndPoint", self.brief())
        pinned = params(structs.KmsMediaObjectConstructorParams(collectOnUnreferenced=False))
        for_ever = media.createMediaPipelineWithParams(pinned)
        gone = []

        def look():
            media.keepAlive(kept)
            # To look at it is no sign of life.
            if code(media.getMediaPipeline, left) == 40101:
                gone.append(left)
            return gone

        until("the pipeline is collected", look)
        # Children live with their parent.
        self.assertEqual(media.getMediaPipeline(element), kept)
        media.getMediaPipeline(for_ever)
        until("the other one too", lambda: code(media.getMediaPipeline, element) == 40101)
        media.release(for_ever)

    def test_a_child_keeps_its_parent(self):
        media = connect()
        kept, left = (media.createMediaPipelineWithParams(self.brief()) for _ in range(2))
        child = media.createMediaElement(kept, "WebRtcEndPoint")

        def look():
            media.keepAlive(child)
            return code(media.getMediaPipeline, left) == 40101

        until("the other pipeline is collected", look)
        self.assertEqual(media.getMediaPipeline(child), kept)
        media.release(kept)


class Tunnel(unittest.TestCase):
    def setUp(self):
        self.media = connect()
        self.addCleanup(self.media.close)
        self.next = 0

    def ask(self, method, **given):
        self.next += 1
        request = {"jsonrpc": "2.0", "id": self.next, "method": method, "params": given}
        answer = json.loads(self.media.invokeJsonRpc(json.dumps(request)))
        self.assertEqual(answer["id"], self.next)
        return answer

    def value(self, method, **given):
        answer = self.ask(method, **given)
        self.assertNotIn("error", answer)
        self.assertNotIn("sessionId", answer["result"])
        return answer["result"].get("value")

    @with_media
    def test_a_film_is_played_and_told_of(self):
        handler = Handler()
        pipeline = self.value("create", type="MediaPipeline", constructorParams={})
        given = {"mediaPipeline": pipeline, "uri": FILM}
        player = self.value("create", type="PlayerEndpoint", constructorParams=given)
        reader = self.value("create", type="ZBarFilter", creationParams={"mediaPipeline": pipeline})
        self.value("invoke", object=player, operation="connect", operationParams={"sink": reader})
        codes = self.value("subscribe", object=reader, type="CodeFound", ip="127.0.0.1", port=handler.port)
        end = self.value("subscribe", object=player, type="EndOfStream", ip="127.0.0.1", port=str(handler.port))
        self.value("invoke", object=player, operation="play")
        told = handler.next()
        self.assertEqual(told["method"], "onEvent")
        params = told["params"]
        self.assertEqual((params["object"], params["type"], params["subscription"]), (reader, "CodeFound", codes))
        self.assertEqual(params["data"]["value"], "KURENTO-1")
        self.value("unsubscribe", object=reader, subscription=codes)
        while told["params"]["subscription"] != end:
            told = handler.next()
        self.assertEqual((told["params"]["object"], told["params"]["type"]), (player, "EndOfStream"))
        self.value("keepAlive", object=player)
        self.value("release", object=pipeline)
        self.assertEqual(self.ask("keepAlive", object=player)["error"]["code"], 40101)

    def test_descriptions_carry_their_candidates(self):
        pipeline = self.value("create", type="MediaPipeline")
        given = {"mediaPipeline": pipeline}
        endpoint = self.value("create", type="WebRtcEndpoint", constructorParams=given)
        offer = self.value("invoke", object=endpoint, operation="generateOffer", operationParams={})
        self.assertIn("a=candidate:", offer)
        self.value("release", object=pipeline)

    def test_mistakes_are_answered_as_json_rpc(self):
        codes = {
            "no such method": ("dance", {}, -32601),
            "no such class": ("create", {"type": "Nothing"}, 40108),
            "no such object": ("invoke", {"object": "x", "operation": "play"}, 40101),
            "nothing said": ("release", {}, -32000),
        }
        for what, (method, given, expected) in codes.items():
            with self.subTest(what):
                self.assertEqual(self.ask(method, **given)["error"]["code"], expected)
        self.assertEqual(json.loads(self.media.invokeJsonRpc("{"))["error"]["code"], -32700)
        self.assertEqual(json.loads(self.media.invokeJsonRpc("[" * 1000))["error"]["code"], -32600)


class Tokens(unittest.TestCase):
    def test_tenants_come_in_by_tokens_and_see_nothing_of_each_other(self):
        red, blue = connect("TRELLIS_TOKENS"), connect("TRELLIS_TOKENS")
        self.assertEqual(red.getVersion(), types.VERSION)
        with self.assertRaises(Failure) as refused:
            red.createMediaPipeline()
        self.assertIn("authenticate", refused.exception.description)
        request = {"jsonrpc": "2.0", "id": 7, "method": "create", "params": {"type": "MediaPipeline"}}
        answer = json.loads(red.invokeJsonRpc(json.dumps(request)))
        self.assertEqual((answer["id"], answer["error"]["code"]), (7, 40000))
        self.assertEqual(code(red.authenticate, "no token"), 40000)
        red.authenticate("red-token")
        blue.authenticate("blue-token")
        pipeline = red.createMediaPipeline()
        self.assertEqual(code(blue.keepAlive, pipeline), 40101)
        again = connect("TRELLIS_TOKENS")
        again.authenticate("red-token")
        again.keepAlive(pipeline)
        # Where tenants are told apart, private hosts are not reached, but where a client comes from is.
        self.assertEqual(code(red.subscribeError, pipeline, "10.0.0.1", 9191), 40107)
        red.subscribeError(pipeline, "127.0.0.1", 9191)
        # A quota of one pipeline.
        self.assertEqual(code(red.createMediaPipeline), 40009)
        red.release(pipeline)

    def test_every_method_of_the_interface_asks_for_the_token(self):
        guest = connect("TRELLIS_TOKENS")
        reference = types.KmsMediaObjectRef(1, "", types.KmsMediaObjectType(pipeline=types.KmsMediaPipeline()))
        samples = {8: 1, 11: "x", 12: reference, 13: {}}
        for method in services.KmsMediaServerService.thrift_services:
            if method in ("getVersion", "authenticate", "invokeJsonRpc"):
                continue
            specification = getattr(services.KmsMediaServerService, f"{method}_args").thrift_spec
            given = [samples[specification[number][0]] for number in sorted(specification)]
            with self.subTest(method):
                self.assertEqual(code(getattr(guest, method), *given), 40000)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
