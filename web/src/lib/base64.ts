/** Bytes as base64, a part at a time: a call takes only so many arguments. */
export function base64Of(bytes: Uint8Array): string {
  const part = 0x8000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += part) binary += String.fromCharCode(...bytes.subarray(at, at + part));
  return btoa(binary);
}
