// What is going on at this moment: one stream of server-sent events for the whole page. The browser takes it up again
// by itself after a cut, with the last event's id; the server then sends what was missed, or the whole picture anew.
import { useSyncExternalStore } from "react";
import type { CallSummary, CampaignSummary, LiveTurn } from "./types";

export type Connection = "connecting" | "open" | "lost";

export interface Live {
  connection: Connection;
  calls: ReadonlyMap<string, CallSummary>; // under way, and for a while those that have just ended
  turns: ReadonlyMap<string, readonly LiveTurn[]>; // by call, oldest first
  campaigns: ReadonlyMap<string, CampaignSummary>; // that have changed since the page was opened
}

interface Listeners {
  onCallEnded: (call: CallSummary) => void;
  onCampaign: (campaign: CampaignSummary) => void;
  onCaughtUp: () => void; // a new picture has come: what was read before may be old
}

const keepEndedMs = 60_000;
const publishEveryMs = 150;
const reconnectMs = 3_000;
const silenceMs = 40_000; // the server says at least every 15 s that it is there

export function isOver(call: CallSummary): boolean {
  return call.completedAt !== null;
}

export class LiveFeed {
  private state: Live = { connection: "connecting", calls: new Map(), turns: new Map(), campaigns: new Map() };
  private readonly calls = new Map<string, CallSummary>();
  private readonly turns = new Map<string, LiveTurn[]>();
  private readonly campaigns = new Map<string, CampaignSummary>();
  private readonly subscribers = new Set<() => void>();
  private connection: Connection = "connecting";
  private source: EventSource | null = null;
  private publishing = 0;
  private reconnecting = 0;
  private watching = 0;

  constructor(private readonly listeners: Listeners) {
    // A stream that waits does not notice by itself that the network has gone.
    window.addEventListener("offline", () => this.setConnection("lost"));
    window.addEventListener("online", () => {
      if (this.source) this.open();
    });
  }

  open(): void {
    this.close();
    const source = new EventSource("/api/events");
    this.source = source;
    source.onopen = () => {
      this.setConnection("open");
      this.heard();
    };
    source.onerror = () => {
      this.setConnection("lost");
      // Closed: the server refused, the browser will not try again by itself.
      if (source.readyState === EventSource.CLOSED)
        this.reconnecting = window.setTimeout(() => this.open(), reconnectMs);
    };
    const on = <T>(name: string, take: (data: T) => void) =>
      source.addEventListener(name, (event) => {
        this.heard();
        take(JSON.parse((event as MessageEvent<string>).data) as T);
        this.publishSoon();
      });
    on<{ campaigns: CampaignSummary[]; calls: CallSummary[] }>("snapshot", (picture) => this.takeSnapshot(picture));
    on<CampaignSummary>("campaign", (campaign) => {
      this.campaigns.set(campaign.campaignId, campaign);
      this.listeners.onCampaign(campaign);
    });
    on<CallSummary>("call", (call) => this.takeCall(call));
    on<LiveTurn>("turn", (turn) => this.takeTurn(turn));
    source.addEventListener("alive", () => this.heard());
  }

  /** A network that is gone without a word leaves the stream open for ever: silence tells. */
  private heard(): void {
    window.clearTimeout(this.watching);
    this.watching = window.setTimeout(() => {
      this.setConnection("lost");
      this.open();
    }, silenceMs);
  }

  close(): void {
    window.clearTimeout(this.reconnecting);
    window.clearTimeout(this.watching);
    this.source?.close();
    this.source = null;
  }

  readonly subscribe = (subscriber: () => void): (() => void) => {
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  };
  readonly snapshot = (): Live => this.state;

  private takeSnapshot(picture: { campaigns: CampaignSummary[]; calls: CallSummary[] }): void {
    this.calls.clear();
    for (const call of picture.calls) this.calls.set(call.callId, call);
    for (const id of this.turns.keys()) if (!this.calls.has(id)) this.turns.delete(id);
    for (const campaign of picture.campaigns) this.campaigns.set(campaign.campaignId, campaign);
    this.listeners.onCaughtUp();
  }

  private takeCall(call: CallSummary): void {
    const before = this.calls.get(call.callId);
    this.calls.set(call.callId, call);
    if (!isOver(call) || (before && isOver(before))) return;
    this.listeners.onCallEnded(call);
    window.setTimeout(() => {
      this.calls.delete(call.callId);
      this.turns.delete(call.callId);
      this.publishSoon();
    }, keepEndedMs);
  }

  private takeTurn(turn: LiveTurn): void {
    const known = this.turns.get(turn.callId) ?? [];
    const next = known.filter((other) => other.number !== turn.number);
    next.push(turn); // a turn comes again when it was corrected
    next.sort((a, b) => a.number - b.number);
    this.turns.set(turn.callId, next);
  }

  private setConnection(connection: Connection): void {
    this.connection = connection;
    this.publishSoon();
  }

  /** Many events come at once: the page is drawn once for all of them. */
  private publishSoon(): void {
    if (this.publishing) return;
    this.publishing = window.setTimeout(() => {
      this.publishing = 0;
      this.state = {
        connection: this.connection,
        calls: new Map(this.calls),
        turns: new Map(this.turns),
        campaigns: new Map(this.campaigns),
      };
      for (const subscriber of this.subscribers) subscriber();
    }, publishEveryMs);
  }
}

let feed: LiveFeed | null = null;
export function setFeed(next: LiveFeed): void {
  feed = next;
}
const nothing: Live = { connection: "connecting", calls: new Map(), turns: new Map(), campaigns: new Map() };
const neverChanges = () => () => {};

export function useLive(): Live {
  return useSyncExternalStore(feed?.subscribe ?? neverChanges, feed?.snapshot ?? (() => nothing));
}
