import { expect, it } from "vitest";
import { pastedAsCsv } from "./pasted";

it("turns tabs into commas and quotes what has them", () => {
  expect(pastedAsCsv('Name\tPhone\r\n"Ada, B."\t+1 415\n')).toBe('Name,Phone\n"""Ada, B.""",+1 415\n');
});
it("leaves CSV alone", () => expect(pastedAsCsv("Name,Phone\nA\tB,1\n")).toBe("Name,Phone\nA\tB,1\n"));
