import { describe, expect, it } from "vitest";
import { duration, none, percent, phone, words } from "./format";

describe("duration", () => {
  it.each([
    [0, "0:00"],
    [9.9, "0:09"],
    [75, "1:15"],
    [3675, "1:01:15"],
    [-1, "0:00"],
  ])("writes %s s as %s", (seconds, text) => expect(duration(seconds)).toBe(text));
  it("says when there is none", () => expect(duration(null)).toBe(none));
});

describe("phone", () => {
  it("groups North American numbers", () => expect(phone("+14155550101")).toBe("(415) 555-0101"));
  it.each(["+442071838750", "555", "+1415555010", "anonymous"])("leaves %s as it is", (text) =>
    expect(phone(text)).toBe(text),
  );
});

it("writes names as words", () => {
  expect(words("NO_ANSWER")).toBe("No answer");
  expect(words(null)).toBe(none);
});

it("gives no share of nothing", () => {
  expect(percent(0, 0)).toBe(none);
  expect(percent(1, 3)).toBe("33 %");
});
