/** The loudest sample of each of `columns` equal parts, 0 to 1. */
export function peaks(samples: Float32Array, columns: number): Float32Array {
  const result = new Float32Array(columns);
  for (let column = 0; column < columns; ++column) {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    let loudest = 0;
    for (let i = from; i < to && i < samples.length; ++i) loudest = Math.max(loudest, Math.abs(samples[i] ?? 0));
    result[column] = Math.min(1, loudest);
  }
  return result;
}
