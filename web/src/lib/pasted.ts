/** Rows copied from a spreadsheet come with tabs; the server takes CSV. Text with commas or semicolons stays as it is. */
export function pastedAsCsv(text: string): string {
  const firstLine = text.split("\n", 1)[0] ?? "";
  if (!firstLine.includes("\t")) return text;
  const cell = (value: string) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.split("\t").map(cell).join(","))
    .join("\n");
}
