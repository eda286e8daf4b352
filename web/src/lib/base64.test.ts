import { expect, it } from "vitest";
import { base64Of } from "./base64";

it("keeps every byte, also of more than one part", () => {
  const bytes = Uint8Array.from({ length: 0x8000 * 2 + 5 }, (_, i) => i & 0xff);
  expect(Uint8Array.from(atob(base64Of(bytes)), (c) => c.charCodeAt(0))).toEqual(bytes);
});
