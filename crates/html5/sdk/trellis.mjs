// Trellis in the browser. Made from the modules beside it by `cargo xtask sdk`.
class ServerError extends Error {
  constructor(code, message, data) {
    super(message);
    this.name = 'ServerError';
    this.code = code;
    this.data = data;
  }
}
class ConnectionLost extends Error {
  constructor(message) {
    super(message);
    this.name = 'ConnectionLost';
  }
}
class SessionLost extends ConnectionLost {
  constructor() {
    super('the server does not know the session any more');
    this.name = 'SessionLost';
  }
}
class TimedOut extends Error {
  constructor(method) {
    super(`the server did not answer "${method}" in time`);
    this.name = 'TimedOut';
  }
}
function resultOf(answer) {
  if (answer.error) throw new ServerError(answer.error.code, answer.error.message, answer.error.data);
  return answer.result;
}
class Emitter {
  #listeners = new Map();
  on(name, listener) {
    const heard = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, heard.add(listener));
    return this;
  }
  once(name, listener) {
    const first = (/** @type {Events[Name]} */ data) => {
      this.off(name, first);
      listener(data);
    };
    return this.on(name, first);
  }
  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
    return this;
  }
  emit(name, data) {
    const heard = [...this.#listeners.get(name) ?? []];
    for (const listener of heard) {
      try {
        listener(data);
      } catch (error) {
        uncaught(error);
      }
    }
    if (name === 'error' && heard.length === 0) uncaught(data);
  }
}
function uncaught(error) {
  queueMicrotask(() => { throw error; });
}
const CALL_MILLISECONDS = 20_000;
const PING_MILLISECONDS = 20_000;
const PONG_MILLISECONDS = 5_000;
const OPEN_MILLISECONDS = 10_000;
const FIRST_WAIT_MILLISECONDS = 100;
const LONGEST_WAIT_MILLISECONDS = 5_000;
const PATIENCE_MILLISECONDS = 60_000;
const MOST_CALLS = 1_000;
class Connection {
  #socket = null;
  #ready = false;
  #calls = new Map();
  #pings;
  #wake = () => {};
  #closed = false;
  #lastId = 0;
  #url;
  #options;
  #handlers;
  constructor(url, options, handlers) {
    this.#url = url;
    this.#options = options;
    this.#handlers = handlers;
  }
  static async open(url, options, handlers) {
    const connection = new Connection(url, options, handlers);
    try {
      await connection.#dial();
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }
  call(method, params) {
    return this.#ask(method, params);
  }
  close() {
    this.#end(new ConnectionLost('the connection to the server was closed'));
  }
  #ask(method, params, { socket, patience = CALL_MILLISECONDS } = {}) {
    if (this.#closed) return Promise.reject(new ConnectionLost('the connection to the server is closed'));
    if (this.#calls.size >= MOST_CALLS) return Promise.reject(new Error(`${MOST_CALLS} calls wait for their answers`));
    const id = this.#lastId++;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#calls.delete(id);
        reject(new TimedOut(method));
      }, patience);
      const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
      this.#calls.set(id, { text, resolve, reject, deadline, socket });
      if (this.#ready || socket) this.#socket?.send(text);
    });
  }
  async #dial() {
    const socket = await this.#opened();
    this.#socket = socket;
    socket.onmessage = event => this.#receive(String(event.data));
    socket.onclose = event => this.#broken(socket, event.reason);
    this.#pings = setInterval(() => this.#ping(socket), this.#options.keepalive ?? PING_MILLISECONDS);
    try {
      await this.#handlers.greet((method, params) => this.#ask(method, params, { socket }));
    } catch (error) {
      socket.close();
      this.#broken(socket, 'the greeting was not answered');
      throw error;
    }
    this.#ready = true;
    for (const call of this.#calls.values()) if (!call.socket) socket.send(call.text);
  }
  #ping(socket) {
    const patience = this.#calls.size > 0 ? CALL_MILLISECONDS : PONG_MILLISECONDS;
    this.#ask('ping', {}, { socket, patience }).catch(() => {
      socket.close();
      this.#broken(socket, 'the server does not answer');
    });
  }
  async #opened() {
    const { token, WebSocket: Socket = globalThis.WebSocket } = this.#options;
    const address = new URL(this.#url);
    const given = typeof token === 'function' ? await token() : token;
    if (given) address.searchParams.set('access_token', given);
    if (this.#closed) throw new ConnectionLost('the connection to the server was closed');
    const socket = new Socket(address);
    try {
      await new Promise((resolve, reject) => {
        const late = setTimeout(reject, OPEN_MILLISECONDS);
        socket.onopen = () => { clearTimeout(late); resolve(undefined); };
        socket.onerror = socket.onclose = () => { clearTimeout(late); reject(); };
        this.#wake = () => { clearTimeout(late); reject(); };
      });
      socket.onerror = null;
      return socket;
    } catch {
      socket.onclose = null;
      socket.close();
      throw new ConnectionLost(`no server answers at ${this.#url}, or it does not let this page in`);
    }
  }
  #broken(socket, reason) {
    if (socket !== this.#socket) return;
    const worked = this.#ready;
    this.#socket = null;
    this.#ready = false;
    clearInterval(this.#pings);
    for (const [id, call] of this.#calls) {
      if (call.socket === socket) this.#settle(id)?.reject(new ConnectionLost(reason || 'the socket was closed'));
    }
    if (worked && !this.#closed) void this.#retry();
  }
  async #retry() {
    this.#handlers.reconnecting();
    const end = Date.now() + (this.#options.patience ?? PATIENCE_MILLISECONDS);
    for (let wait = FIRST_WAIT_MILLISECONDS; !this.#closed && Date.now() < end; wait *= 2) {
      const spread = Math.min(wait, LONGEST_WAIT_MILLISECONDS) * (0.5 + Math.random() / 2);
      await this.#pause(Math.min(spread, end - Date.now()));
      try {
        await this.#dial();
        this.#handlers.reconnected();
        return;
      } catch (error) {
        if (error instanceof ServerError) return this.#lose(error);
      }
    }
    this.#lose(new ConnectionLost('the connection to the server was lost'));
  }
  #pause(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => { clearTimeout(timer); resolve(undefined); };
    });
  }
  #receive(text) {
    const message = JSON.parse(text);
    if (message.method !== undefined) {
      this.#handlers.notification(message.method, message.params);
      return;
    }
    const call = this.#settle(message.id);
    try {
      call?.resolve(resultOf(message));
    } catch (error) {
      call?.reject(/** @type {Error} */ (error));
    }
  }
  #settle(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    clearTimeout(call?.deadline);
    return call;
  }
  #lose(reason) {
    if (this.#closed) return;
    this.#end(reason);
    this.#handlers.lost(reason);
  }
  #end(reason) {
    this.#closed = true;
    this.#ready = false;
    this.#wake();
    clearInterval(this.#pings);
    if (this.#socket) this.#socket.onclose = null;
    this.#socket?.close();
    this.#socket = null;
    for (const id of [...this.#calls.keys()]) this.#settle(id)?.reject(reason);
  }
}
const INVALID_SESSION = 40007;
const FAREWELL_MILLISECONDS = 1_000;
class Subscription {
  listeners = new Set();
  name = Promise.resolve('');
}
class Session extends Emitter {
  #connection = /** @type {any} */ (undefined);
  #subscriptions = new Map();
  #id;
  #used = false;
  #leave = () => { void this.close(); };
  static async open(url = '/kurento', options = {}) {
    const session = new Session();
    session.#connection = await Connection.open(controlAddress(url), options, {
      greet: ask => session.#enter(ask),
      notification: (method, params) => { if (method === 'onEvent') session.#deliver(params.value); },
      reconnecting: () => session.emit('reconnecting', undefined),
      reconnected: () => session.emit('reconnected', undefined),
      lost: reason => session.#lost(reason),
    });
    globalThis.addEventListener?.('pagehide', session.#leave);
    return session;
  }
  get id() {
    return this.#id;
  }
  async call(method, params) {
    this.#used = true;
    try {
      const result = await this.#connection.call(method, { ...params, sessionId: this.#id });
      return result?.value;
    } catch (error) {
      throw asLost(error);
    }
  }
  async create(type, constructorParams = {}) {
    return new RemoteObject(this, await this.call('create', { type, constructorParams, properties: {} }));
  }
  object(id) {
    return new RemoteObject(this, id);
  }
  async subscribe(object, type, listener) {
    const key = `${object} ${type}`;
    const known = this.#subscriptions.get(key);
    const subscription = known ?? new Subscription();
    subscription.listeners.add(listener);
    if (!known) {
      this.#subscriptions.set(key, subscription);
      subscription.name = this.call('subscribe', { object, type });
    }
    try {
      await subscription.name;
    } catch (error) {
      if (this.#subscriptions.get(key) === subscription) this.#subscriptions.delete(key);
      throw error;
    }
    return async () => {
      subscription.listeners.delete(listener);
      if (subscription.listeners.size > 0 || this.#subscriptions.get(key) !== subscription) return;
      this.#subscriptions.delete(key);
      await this.call('unsubscribe', { object, subscription: await subscription.name });
    };
  }
  forget(object) {
    for (const key of this.#subscriptions.keys()) {
      if (key.startsWith(`${object} `) || key.startsWith(`${object}/`)) this.#subscriptions.delete(key);
    }
  }
  async close() {
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#subscriptions.clear();
    let late;
    const deadline = new Promise(resolve => { late = setTimeout(resolve, FAREWELL_MILLISECONDS); });
    const farewell = this.#connection.call('closeSession', { sessionId: this.#id });
    await Promise.race([farewell.catch(() => {}), deadline]);
    clearTimeout(late);
    this.#connection.close();
  }
  async #enter(ask) {
    const again = this.#used ? { sessionId: this.#id } : {};
    this.#id = (await ask('connect', again)).sessionId;
  }
  #deliver({ object, type, data }) {
    for (const listener of [...this.#subscriptions.get(`${object} ${type}`)?.listeners ?? []]) listener(data);
  }
  #lost(reason) {
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#subscriptions.clear();
    this.emit('lost', asLost(reason));
  }
}
function asLost(error) {
  return error instanceof ServerError && error.code === INVALID_SESSION ? new SessionLost() : error;
}
function controlAddress(url) {
  const address = new URL(url, globalThis.location?.href);
  if (!/^(ws|http)s?:$/.test(address.protocol)) throw new ConnectionLost(`${address} is no address of a server`);
  address.protocol = address.protocol.replace('http', 'ws');
  return address;
}
class RemoteObject {
  constructor(session, id) {
    this.session = session;
    this.id = id;
  }
  invoke(operation, operationParams = {}) {
    return this.session.call('invoke', { object: this.id, operation, operationParams });
  }
  connect(sink, mediaType) {
    return this.invoke('connect', { sink: sink.id, ...mediaType && { mediaType } });
  }
  on(type, listener) {
    return this.session.subscribe(this.id, type, listener);
  }
  async release() {
    this.session.forget(this.id);
    await this.session.call('release', { object: this.id });
  }
}
const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
function source() {
  if (!globalThis.navigator?.mediaDevices) {
    throw new DOMException('a browser opens the camera only on https or on this machine', 'SecurityError');
  }
  return navigator.mediaDevices;
}
async function devices() {
  const all = await source().enumerateDevices();
  const of = (/** @type {MediaDeviceKind} */ kind) => all.filter(device => device.kind === kind);
  return { cameras: of('videoinput'), microphones: of('audioinput'), speakers: of('audiooutput') };
}
function watchDevices(listener) {
  const tell = () => { void devices().then(listener); };
  source().addEventListener('devicechange', tell);
  return () => source().removeEventListener('devicechange', tell);
}
async function camera({ video = true, audio = true } = {}) {
  const picture = video === true ? PICTURE : typeof video === 'object' ? { ...PICTURE, ...video } : false;
  try {
    return await source().getUserMedia({ video: picture, audio });
  } catch (error) {
    if (/** @type {DOMException} */ (error).name !== 'NotFoundError' || !picture || audio !== true) throw error;
    return source().getUserMedia({ video: picture });
  }
}
function screen(wanted = { video: true }) {
  return source().getDisplayMedia(wanted);
}
const KINDS = /** @type {const} */ (['audio', 'video']);
function sends(direction) {
  return direction.startsWith('send');
}
function addSection(connection, kind, { direction, track, stream }) {
  if (direction === 'inactive') return;
  connection.addTransceiver(track ?? kind, { direction, streams: stream ? [stream] : [] });
}
function gathered(connection, milliseconds) {
  return new Promise(resolve => {
    const late = setTimeout(resolve, milliseconds);
    const look = () => {
      if (connection.iceGatheringState !== 'complete') return;
      clearTimeout(late);
      resolve();
    };
    connection.addEventListener('icegatheringstatechange', look);
    look();
  });
}
function connected(connection) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (connection.connectionState === 'connected') resolve();
      if (connection.connectionState === 'failed') reject(new Error('no way for the media between browser and server'));
      if (connection.connectionState === 'closed') reject(new Error('the connection was closed'));
    };
    connection.addEventListener('connectionstatechange', look);
    look();
  });
}
const DISCONNECTED_MILLISECONDS = 4_000;
class WebRtcPeer extends Emitter {
  remote = new MediaStream();
  connection;
  #sent = new Map();
  #muted = new Set();
  #own = new Set();
  #beforeScreen;
  #restarting = null;
  #impatience;
  #heard;
  #abort = () => {};
  #closed = false;
  #options;
  constructor(endpoint, options) {
    super();
    this.endpoint = endpoint;
    this.#options = options;
    for (const kind of KINDS) this.#sent.set(kind, options.stream?.getTracks().find(track => track.kind === kind) ?? null);
    this.connection = this.#begin();
  }
  static async connect(endpoint, options = {}, prepare = () => {}) {
    const peer = new WebRtcPeer(endpoint, options);
    prepare(peer);
    try {
      await peer.#join();
    } catch (error) {
      peer.connection.close();
      throw error;
    }
    peer.#watch();
    return peer;
  }
  sent(kind) {
    return this.#sent.get(kind) ?? null;
  }
  async send(track) {
    await this.#put(/** @type {'audio' | 'video'} */ (track.kind), track);
  }
  async switchCamera(deviceId, wanted = {}) {
    await this.#switch('video', () => camera({ video: { ...wanted, deviceId: { exact: deviceId } }, audio: false }));
  }
  async switchMicrophone(deviceId, wanted = {}) {
    await this.#switch('audio', () => camera({ video: false, audio: { ...wanted, deviceId: { exact: deviceId } } }));
  }
  async shareScreen(wanted) {
    const [track] = (await screen(wanted)).getVideoTracks();
    if (!track) throw new Error('no picture of the screen');
    const before = this.sent('video');
    this.#own.add(track);
    await this.#put('video', track);
    if (this.#beforeScreen === undefined) this.#beforeScreen = before;
    else this.#finish(before);
    track.onended = () => { void this.stopScreen().then(() => this.emit('screenended', undefined)); };
  }
  async stopScreen() {
    const before = this.#beforeScreen;
    if (before === undefined) return;
    const shared = this.sent('video');
    this.#beforeScreen = undefined;
    await this.#put('video', before);
    this.#finish(shared);
  }
  mute(kind) {
    this.#muted.add(kind);
    this.#applyMute(kind, this.sent(kind));
  }
  unmute(kind) {
    this.#muted.delete(kind);
    this.#applyMute(kind, this.sent(kind));
  }
  isMuted(kind) {
    return this.#muted.has(kind);
  }
  openChannel(label, options) {
    return this.connection.createDataChannel(label, options);
  }
  async statistics() {
    const [browser, server] = await Promise.all([this.connection.getStats(), this.#serverStatistics()]);
    return { browser: Object.fromEntries(/** @type {any} */ (browser)), server };
  }
  restart() {
    this.#restarting ??= this.#restart().finally(() => { this.#restarting = null; });
    return this.#restarting;
  }
  async close() {
    this.#closed = true;
    clearTimeout(this.#impatience);
    this.#abort();
    this.connection.close();
    for (const track of this.#own) track.stop();
    await this.endpoint.release().catch(() => {});
  }
  #begin() {
    const { iceServers = [], stream = null, channels = [], ...directions } = this.#options;
    const connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    for (const kind of KINDS) {
      const track = this.sent(kind);
      addSection(connection, kind, { direction: directions[kind] ?? (track ? 'sendrecv' : 'recvonly'), track, stream });
    }
    connection.ontrack = event => { this.remote.addTrack(event.track); this.emit('track', event); };
    connection.ondatachannel = event => this.emit('channel', event.channel);
    connection.onconnectionstatechange = () => this.emit('state', connection.connectionState);
    for (const channel of channels) {
      const { label, options } = typeof channel === 'string' ? { label: channel } : channel;
      const opened = connection.createDataChannel(label, options);
      opened.addEventListener('open', () => this.emit('channel', opened));
    }
    return connection;
  }
  #join() {
    const joined = this.#negotiate().then(() => connected(this.connection));
    const closed = new Promise((_, reject) => { this.#abort = () => reject(new Error('the peer was closed')); });
    if (this.#closed) this.#abort();
    return Promise.race([joined, closed]);
  }
  async #negotiate() {
    const { connection, endpoint } = this;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) void endpoint.invoke('addIceCandidate', { candidate: asRecord(candidate) }).catch(() => {});
    };
    let early = [];
    const add = (/** @type {RTCIceCandidateInit} */ candidate) => { void connection.addIceCandidate(candidate).catch(() => {}); };
    const heard = endpoint.on('IceCandidateFound', ({ candidate: { candidate, sdpMid, sdpMLineIndex } }) => {
      const found = { candidate, sdpMid, sdpMLineIndex };
      if (early) early.push(found); else add(found);
    });
    void this.#heard?.then(end => end()).catch(() => {});
    this.#heard = heard;
    heard.catch(() => {});
    await connection.setLocalDescription();
    const answered = endpoint.invoke('processOffer', { offer: connection.localDescription?.sdp });
    const gathering = endpoint.invoke('gatherCandidates');
    gathering.catch(() => {});
    await connection.setRemoteDescription({ type: 'answer', sdp: await answered });
    early.forEach(add);
    early = null;
    await Promise.all([heard, gathering]);
  }
  #watch() {
    const { connection } = this;
    const broken = () => {
      if (connection !== this.connection || this.#closed || this.#restarting) return;
      void this.restart().catch(error => {
        connection.onconnectionstatechange = null;
        this.emit('failed', error);
      });
    };
    connection.onconnectionstatechange = () => {
      clearTimeout(this.#impatience);
      this.emit('state', connection.connectionState);
      if (connection.connectionState === 'failed') broken();
      if (connection.connectionState === 'disconnected') this.#impatience = setTimeout(broken, DISCONNECTED_MILLISECONDS);
    };
    const transport = connection.sctp?.transport ?? connection.getReceivers()[0]?.transport;
    if (transport) transport.onstatechange = () => { if (transport.state === 'closed') broken(); };
  }
  async #restart() {
    if (this.#closed) throw new Error('the peer was closed');
    clearTimeout(this.#impatience);
    this.emit('reconnecting', undefined);
    const { renew } = this.#options;
    try {
      this.connection.restartIce();
      await this.#join();
    } catch (error) {
      if (!renew || !(error instanceof ServerError)) throw error;
      await this.#renew(renew);
    }
    this.#watch();
    this.emit('reconnected', undefined);
  }
  async #renew(renew) {
    const [connection, endpoint] = [this.connection, this.endpoint];
    this.endpoint = await renew();
    connection.close();
    void endpoint.release().catch(() => {});
    for (const track of this.remote.getTracks()) this.remote.removeTrack(track);
    this.connection = this.#begin();
    await this.#join();
  }
  async #switch(kind, open) {
    const behind = kind === 'video' && this.#beforeScreen !== undefined;
    const before = (behind ? this.#beforeScreen : this.sent(kind)) ?? null;
    const opened = await open().catch(error => {
      if (error.name !== 'NotReadableError') throw error;
      before?.stop();
      return open();
    });
    const track = /** @type {MediaStreamTrack} */ (opened.getTracks()[0]);
    this.#own.add(track);
    if (behind) this.#beforeScreen = track;
    else await this.#put(kind, track);
    this.#finish(before);
  }
  async #put(kind, track) {
    const place = this.connection.getTransceivers().find(({ receiver, direction }) =>
      receiver.track.kind === kind && sends(direction));
    if (!place) throw new Error(`no ${kind} was negotiated that this page sends`);
    this.#applyMute(kind, track);
    await place.sender.replaceTrack(track);
    this.#sent.set(kind, track);
  }
  #applyMute(kind, track) {
    if (track) track.enabled = !this.#muted.has(kind);
  }
  #finish(track) {
    if (track && this.#own.delete(track)) track.stop();
  }
  async #serverStatistics() {
    try {
      return JSON.parse(await this.endpoint.invoke('getRtcStats'));
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      return this.endpoint.invoke('getStats');
    }
  }
}
function asRecord({ candidate, sdpMid, sdpMLineIndex }) {
  return { __module__: 'kurento', __type__: 'IceCandidate', candidate, sdpMid, sdpMLineIndex };
}
class HttpDoor {
  #lastId = 0;
  constructor(url, { timeout, token }) {
    this.url = url;
    this.timeout = timeout;
    this.token = token;
  }
  async call(method, params, stop = new AbortController()) {
    const late = new TimedOut(method);
    const deadline = setTimeout(() => stop.abort(late), this.timeout);
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...this.token && { Authorization: `Bearer ${this.token}` } },
        body: JSON.stringify({ jsonrpc: '2.0', method, params, id: this.#lastId++ }),
        signal: stop.signal,
        keepalive: method === 'terminate',
      });
      return resultOf(await answerOf(response));
    } catch (error) {
      if (stop.signal.aborted) throw stop.signal.reason;
      throw error instanceof TypeError ? new ConnectionLost(`no server answers at ${this.url}`) : error;
    } finally {
      clearTimeout(deadline);
    }
  }
}
async function answerOf(response) {
  try {
    const answer = JSON.parse(await response.text());
    if (answer.error || 'result' in answer) return answer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new ConnectionLost(`status ${response.status} instead of an answer from ${response.url}`);
}
const INVALID_PARAMS = -32602;
const MOST_RETRIES = 10;
const FIRST_RETRY_MILLISECONDS = 1_000;
const POLL_DISTANCE_MILLISECONDS = 100;
const REQUEST_MILLISECONDS = 30_000;
const USER_ENDED = { code: 1, message: 'User ended session' };
const SERVER_ENDED = { code: 2, message: 'Server ended session' };
class Content extends Emitter {
  #state = 'idle';
  #session;
  #first = null;
  #polls = new AbortController();
  #polling = false;
  #door;
  #retryMilliseconds;
  #leave = () => { void this.terminate(); };
  constructor(url, options) {
    super();
    this.url = new URL(url, globalThis.location?.href);
    this.options = options;
    const { request_timeout = REQUEST_MILLISECONDS, retry_delay = FIRST_RETRY_MILLISECONDS, token } = options;
    this.#door = new HttpDoor(this.url, { timeout: request_timeout, token });
    this.#retryMilliseconds = retry_delay;
    if (options.audio === 'inactive' && options.video === 'inactive') throw new RangeError('audio and video are both inactive');
    if (options.autostart ?? true) queueMicrotask(() => { if (this.#state === 'idle') void this.start(); });
  }
  get sessionId() {
    return this.#session;
  }
  async start() {
    if (this.#state !== 'idle') throw new Error(`the content session is ${this.#state}`);
    this.#state = 'starting';
    try {
      const wanted = await this.prepare();
      if (this.#over()) return;
      const result = await this.#ask('start', wanted);
      if (this.#over()) return;
      if (result.rejected) throw new ServerError(result.rejected.code, result.rejected.message);
      await this.accept(result);
      if (this.#over()) return;
      this.#state = 'active';
      this.emit('start', result);
      this.#poll();
    } catch (error) {
      this.#end(SERVER_ENDED, () => this.emit('error', /** @type {Error} */ (error)));
    } finally {
      if (this.#over()) this.cease();
    }
  }
  async execute(type, data, callback) {
    try {
      if (this.#state === 'ended') throw new Error('the content session is ended');
      const result = await this.#ask('execute', { command: { type, data } });
      this.emit('execute', result);
      if (!this.#over()) this.#poll();
      callback?.(null, result.commandResult);
      return result.commandResult;
    } catch (error) {
      if (!callback) throw error;
      callback(/** @type {Error} */ (error));
      return undefined;
    }
  }
  async terminate(reason = USER_ENDED) {
    if (this.#state === 'ended') return;
    const session = this.#session;
    this.#end(reason);
    if (session !== undefined) await this.#farewell(reason);
  }
  async prepare() {
    return {};
  }
  async accept(_result) {}
  cease() {}
  constraints(direction) {
    const { audio = direction, video = direction } = this.options;
    return { audio, video };
  }
  show(tag, { stream, url }) {
    const player = elementOf(tag);
    if (player && stream) player.srcObject = stream;
    else if (player && url) player.src = url;
  }
  async #ask(method, params) {
    while (this.#first && this.#session === undefined) await this.#first.catch(() => {});
    if (this.#session !== undefined) return this.#door.call(method, { sessionId: this.#session, ...params });
    const first = this.#door.call(method, params);
    this.#first = first;
    try {
      const result = await first;
      this.#session = result.sessionId;
      globalThis.addEventListener?.('pagehide', this.#leave);
      if (this.#over() && this.#session !== undefined) void this.#farewell(USER_ENDED);
      return result;
    } finally {
      this.#first = null;
    }
  }
  async #farewell(reason) {
    await this.#door.call('terminate', { sessionId: this.#session, reason }).catch(() => {});
  }
  #poll() {
    if (this.#polling) return;
    this.#polling = true;
    const go = async () => {
      for (let failures = 0; !this.#over();) {
        const begun = Date.now();
        try {
          const result = await this.#next();
          failures = 0;
          if (this.#take(result)) continue;
        } catch (error) {
          if (this.#over()) return;
          const final = error instanceof ServerError && error.code === INVALID_PARAMS;
          if (final || failures >= MOST_RETRIES) throw error;
          await this.#pause(this.#retryMilliseconds * 2 ** failures);
          failures += 1;
          continue;
        }
        if (Date.now() - begun < POLL_DISTANCE_MILLISECONDS) await this.#pause(POLL_DISTANCE_MILLISECONDS);
      }
    };
    go().catch(error => this.#end(SERVER_ENDED, () => this.emit('error', error)));
  }
  #next() {
    const one = new AbortController();
    const stop = () => one.abort();
    this.#polls.signal.addEventListener('abort', stop);
    return this.#door.call('poll', { sessionId: this.#session }, one)
      .finally(() => this.#polls.signal.removeEventListener('abort', stop));
  }
  #take({ contentEvents = [], controlEvents = [] }) {
    for (const { type, data } of contentEvents) this.emit('mediaevent', { type, data });
    for (const { type, data } of controlEvents) {
      const told = type === 'sessionError' ? () => this.emit('error', new ServerError(data.code, data.message)) : undefined;
      if (type === 'sessionError' || type === 'sessionTerminated') this.#end({ ...SERVER_ENDED, server: data }, told);
    }
    return contentEvents.length + controlEvents.length > 0;
  }
  #end(reason, before) {
    if (this.#over()) return;
    this.#state = 'ended';
    globalThis.removeEventListener?.('pagehide', this.#leave);
    this.#polls.abort();
    this.cease();
    before?.();
    this.emit('terminate', reason);
  }
  #over() {
    return this.#state === 'ended';
  }
  #pause(milliseconds) {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        this.#polls.signal.removeEventListener('abort', done);
        resolve(undefined);
      };
      const timer = setTimeout(done, milliseconds);
      this.#polls.signal.addEventListener('abort', done);
    });
  }
}
function elementOf(tag) {
  if (typeof tag !== 'string') return tag;
  const element = document.getElementById(tag);
  if (!element) throw new Error(`the page has no element ${tag}`);
  return /** @type {T} */ (element);
}
class ContentPlayer extends Content {
  #address = '';
  constructor(url, options = {}) {
    super(url, options);
  }
  async terminate(reason) {
    const player = elementOf(this.options.remoteVideoTag);
    if (player && this.#address && player.src === this.#address) {
      player.removeAttribute('src');
      player.load();
    }
    await super.terminate(reason);
  }
  async prepare() {
    return { constraints: this.constraints('recvonly') };
  }
  async accept(result) {
    const url = new URL(result.url, this.url).href;
    this.#address = url;
    this.show(this.options.remoteVideoTag, { url });
    this.emit('remotestream', { url });
  }
}
class ContentUploader extends Content {
  #target;
  #elements = new AbortController();
  #open = () => {};
  #useFormData;
  constructor(url, options = {}) {
    const [input, place] = [elementOf(options.inputTag), elementOf(options.dragdropTag)];
    super(url, options);
    this.#useFormData = options.useFormData ?? false;
    this.#target = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.once('terminate', () => reject(new ConnectionLost('the content session is over')));
    });
    this.#target.catch(() => {});
    this.#listen(input, place);
  }
  static initDragDrop(tag) {
    const element = /** @type {HTMLElement} */ (elementOf(tag));
    for (const name of ['dragenter', 'dragover', 'drop']) element.addEventListener(name, event => event.preventDefault());
    return element;
  }
  async send(file) {
    const target = await this.#target;
    this.emit('localfile', file);
    const body = this.#useFormData ? new FormData() : file;
    if (body instanceof FormData) body.append('file', file);
    const response = await fetch(target, { method: 'POST', body }).catch(() => {
      throw new ConnectionLost(`the server at ${target} stopped taking the file`);
    });
    if (!response.ok) throw new ConnectionLost(`status ${response.status} from ${target}`);
  }
  async prepare() {
    return { constraints: this.constraints('sendonly') };
  }
  async accept(result) {
    this.#open(new URL(result.url, this.url).href);
  }
  cease() {
    this.#elements.abort();
  }
  #listen(input, place) {
    const { signal } = this.#elements;
    const sendAll = async (/** @type {FileList | null | undefined} */ files) => {
      for (const file of [...files ?? []]) await this.send(file);
    };
    const send = (/** @type {FileList | null | undefined} */ files) => {
      sendAll(files).catch(error => this.emit('error', error));
    };
    input?.addEventListener('change', () => send(input.files), { signal });
    if (place) {
      ContentUploader.initDragDrop(place);
      place.addEventListener('drop', event => send(event.dataTransfer?.files), { signal });
    }
  }
}
const GATHER_MILLISECONDS = 2_000;
const FRAME_RATE = 15;
class WebRtcContent extends Content {
  connection;
  #opened;
  #given;
  constructor(url, options = {}) {
    super(url, options);
    this.#given = options;
  }
  async prepare() {
    const constraints = this.constraints('sendrecv');
    const stream = await this.#local(constraints);
    const connection = new RTCPeerConnection({ iceServers: this.#given.iceServers ?? [], bundlePolicy: 'max-bundle' });
    this.connection = connection;
    const remote = new MediaStream();
    connection.ontrack = ({ track }) => {
      remote.addTrack(track);
      if (remote.getTracks().length > 1) return;
      this.show(this.options.remoteVideoTag, { stream: remote });
      this.emit('remotestream', { stream: remote });
    };
    for (const kind of KINDS) {
      const track = stream?.getTracks().find(track => track.kind === kind);
      addSection(connection, kind, { direction: constraints[kind], track, stream });
    }
    await connection.setLocalDescription();
    await gathered(connection, GATHER_MILLISECONDS);
    return { constraints, sdp: connection.localDescription?.sdp };
  }
  async accept(result) {
    const connection = /** @type {RTCPeerConnection} */ (this.connection);
    await connection.setRemoteDescription({ type: 'answer', sdp: result.sdp });
    connected(connection).catch(error => {
      if (connection.connectionState === 'failed') this.emit('error', error);
    });
  }
  cease() {
    this.connection?.close();
    this.#opened?.getTracks().forEach(track => track.stop());
  }
  async #local({ audio, video }) {
    if (!sends(audio) && !sends(video)) return null;
    const { stream: given, maxFrameRate = FRAME_RATE } = this.#given;
    const stream = given ?? await camera({
      video: sends(video) && { frameRate: { ideal: maxFrameRate, max: maxFrameRate } },
      audio: sends(audio),
    });
    if (!given) this.#opened = stream;
    this.show(this.options.localVideoTag, { stream });
    this.emit('localstream', { stream });
    return stream;
  }
}
export { ConnectionLost, ServerError, SessionLost, TimedOut, Emitter, RemoteObject, Session, camera, devices, screen, watchDevices, WebRtcPeer, Content, ContentPlayer, ContentPlayer as KwsContentPlayer, ContentUploader, ContentUploader as KwsContentUploader, WebRtcContent, WebRtcContent as KwsWebRtcContent };
