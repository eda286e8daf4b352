// Listening in to a live call: µ-law frames of both sides over a WebSocket, played a little behind.
import { decodeUlaw } from "../lib/ulaw";

const sampleRate = 8000;
const leadSeconds = 0.15; // so that frames that come late leave no gap
const maxLeadSeconds = 1; // what has piled up beyond is left out: it is to be live

export type Listening = "connecting" | "playing" | "ended" | "refused";

export class Listener {
  private readonly context = new AudioContext();
  private readonly socket: WebSocket;
  private readonly next = [0, 0]; // when each side's next piece begins: callee, agent
  private told = false;

  constructor(callId: string, tell: (state: Listening) => void) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(`${scheme}//${location.host}/api/calls/${encodeURIComponent(callId)}/listen`);
    this.socket.binaryType = "arraybuffer";
    let opened = false;
    this.socket.onopen = () => {
      opened = true;
    };
    this.socket.onmessage = (message) => {
      if (typeof message.data === "string") return tell("ended");
      this.play(new Uint8Array(message.data as ArrayBuffer));
      if (!this.told) tell("playing");
      this.told = true;
    };
    this.socket.onclose = () => tell(opened ? "ended" : "refused");
    tell("connecting");
  }

  stop(): void {
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
    void this.context.close();
  }

  private play(frame: Uint8Array): void {
    const side = frame[0] === 1 ? 1 : 0;
    const samples = decodeUlaw(frame.subarray(1));
    if (samples.length === 0) return;
    const now = this.context.currentTime;
    let at = this.next[side] ?? 0;
    if (at < now) at = now + leadSeconds;
    if (at > now + maxLeadSeconds) return;
    const buffer = this.context.createBuffer(1, samples.length, sampleRate);
    buffer.getChannelData(0).set(samples);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.start(at);
    this.next[side] = at + buffer.duration;
  }
}
