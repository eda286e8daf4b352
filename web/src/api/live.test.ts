import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LiveFeed } from "./live";
import type { CallSummary } from "./types";

class FakeSource extends EventTarget {
  static last: FakeSource;
  static readonly CLOSED = 2;
  readyState = 1;
  onopen: () => void = () => {};
  onerror: () => void = () => {};
  constructor(readonly url: string) {
    super();
    FakeSource.last = this;
  }
  close() {
    this.readyState = 2;
  }
  say(name: string, data: unknown) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

const call = (id: string, completedAt: string | null = null) =>
  ({ callId: id, campaignId: "c", completedAt }) as CallSummary;
const turn = (callId: string, number: number, text: string) => ({
  callId,
  number,
  role: "agent",
  text,
  original: null,
  at: "",
});
const listeners = { onCallEnded: vi.fn(), onCampaign: vi.fn(), onCaughtUp: vi.fn() };
let feed: LiveFeed;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout, clearTimeout }));
  vi.stubGlobal("EventSource", FakeSource);
  vi.clearAllMocks();
  feed = new LiveFeed(listeners);
  feed.open();
  FakeSource.last.onopen();
});
afterEach(() => vi.useRealTimers());

it("shows a snapshot's calls and forgets those that have gone meanwhile", () => {
  FakeSource.last.say("snapshot", { campaigns: [], calls: [call("a"), call("b")] });
  FakeSource.last.say("turn", turn("a", 0, "Hello"));
  FakeSource.last.say("snapshot", { campaigns: [], calls: [call("b")] });
  vi.advanceTimersByTime(200);
  expect([...feed.snapshot().calls.keys()]).toEqual(["b"]);
  expect(feed.snapshot().turns.size).toBe(0);
  expect(listeners.onCaughtUp).toHaveBeenCalledTimes(2);
});

it("replaces a corrected turn and keeps them in order", () => {
  for (const [number, text] of [
    [1, "two"],
    [0, "one"],
    [1, "two, corrected"],
  ] as const)
    FakeSource.last.say("turn", turn("a", number, text));
  vi.advanceTimersByTime(200);
  expect(
    feed
      .snapshot()
      .turns.get("a")
      ?.map((t) => t.text),
  ).toEqual(["one", "two, corrected"]);
});

it("tells once that a call has ended, and lets it go after a while", () => {
  FakeSource.last.say("call", call("a"));
  FakeSource.last.say("call", call("a", "2026-11-25T00:00:00Z"));
  FakeSource.last.say("call", call("a", "2026-11-25T00:00:00Z"));
  vi.advanceTimersByTime(200);
  expect(listeners.onCallEnded).toHaveBeenCalledTimes(1);
  expect(feed.snapshot().calls.has("a")).toBe(true);
  vi.advanceTimersByTime(61_000);
  expect(feed.snapshot().calls.has("a")).toBe(false);
});

it("says that the connection is lost, and opens another when the server has closed it", () => {
  const first = FakeSource.last;
  first.readyState = FakeSource.CLOSED;
  first.onerror();
  vi.advanceTimersByTime(200);
  expect(feed.snapshot().connection).toBe("lost");
  vi.advanceTimersByTime(3_000);
  expect(FakeSource.last).not.toBe(first);
});

it("draws once for many events", () => {
  const drawn = vi.fn();
  feed.subscribe(drawn);
  for (let i = 0; i < 50; ++i) FakeSource.last.say("call", call(`k${i}`));
  vi.advanceTimersByTime(200);
  expect(drawn).toHaveBeenCalledTimes(1);
});

it("takes silence for a lost connection, and begins anew", () => {
  const first = FakeSource.last;
  vi.advanceTimersByTime(30_000);
  first.say("alive", 1);
  vi.advanceTimersByTime(30_000);
  expect(FakeSource.last).toBe(first);
  vi.advanceTimersByTime(11_000);
  expect(FakeSource.last).not.toBe(first);
  expect(feed.snapshot().connection).toBe("lost");
  FakeSource.last.onopen();
  vi.advanceTimersByTime(200);
  expect(feed.snapshot().connection).toBe("open");
});
