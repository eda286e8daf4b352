import { describe, expect, it } from "vitest";
import { peaks } from "./peaks";
import { decodeUlaw } from "./ulaw";

describe("decodeUlaw", () => {
  // G.711, table 2a: the ends of the scale and both zeros, as parts of 32768.
  it.each([
    [0x00, -32124],
    [0x80, 32124],
    [0x7f, 0],
    [0xff, 0],
    [0x0f, -16764],
    [0x8f, 16764],
    [0xfe, 8],
  ])("decodes 0x%i", (byte, sample) => expect(decodeUlaw(Uint8Array.of(byte))[0]! * 32768).toBeCloseTo(sample, 3));
  it("is odd: the sign bit alone changes the sign", () => {
    for (let byte = 0; byte < 128; ++byte) {
      const [low, high] = decodeUlaw(Uint8Array.of(byte, byte | 0x80));
      expect(high! + low!).toBeCloseTo(0, 9);
    }
  });
});

describe("peaks", () => {
  it("finds the loudest of each part, whatever its sign", () => {
    expect([...peaks(Float32Array.of(0, -0.5, 0.25, 0.125), 2)]).toEqual([0.5, 0.25]);
  });
  it("repeats samples when there are fewer than columns", () => {
    expect([...peaks(Float32Array.of(0.5, 0.25), 4)]).toEqual([0.5, 0.5, 0.25, 0.25]);
  });
  it("is silent without samples", () => expect([...peaks(new Float32Array(), 2)]).toEqual([0, 0]));
  it("never leaves the scale", () => expect([...peaks(Float32Array.of(-3), 1)]).toEqual([1]));
});
