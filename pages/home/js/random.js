// Random numbers from a seed: the same link, the same numbers.

// mulberry32, by Tommy Ettinger (public domain): uniform in [0, 1)
export function generator(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

// Box and Muller: N(0, 1) from two uniform numbers
export const normal = (uniform) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

// N(0, 1) for one sample of a stream, whichever samples were asked for before
export const noiseAt = (seed, sample) => normal(generator(Math.imul(seed, 1000003) ^ Math.imul(sample, 0x85ebca6b)));
