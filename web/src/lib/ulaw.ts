/** G.711 µ-law bytes as samples from -1 to 1. */
export function decodeUlaw(bytes: Uint8Array): Float32Array {
  const samples = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; ++i) {
    const inverted = ~(bytes[i] ?? 0) & 0xff;
    const magnitude = (((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4);
    samples[i] = (inverted & 0x80 ? 0x84 - magnitude : magnitude - 0x84) / 32768;
  }
  return samples;
}
