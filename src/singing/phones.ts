/** Properties of phones: vowels, glides, stops, voicing, and durations of consonants. */

const vowels = new Set("aa ae ah ao aw ax ay eh er ey ih iy ow oy uh uw".split(" "));
const glidingVowels = new Set("aw ay ey ow oy".split(" "));
const stops = new Set("p t k b d g ch jh".split(" "));

/** Full duration of each consonant, in seconds. */
const consonants: Readonly<Record<string, number>> = {
  ...{ p: 0.09, t: 0.09, k: 0.095, b: 0.075, d: 0.07, g: 0.075, ch: 0.12, jh: 0.1 },
  ...{ f: 0.1, th: 0.09, s: 0.11, sh: 0.11, hh: 0.07, v: 0.07, dh: 0.06, z: 0.09, zh: 0.09 },
  ...{ m: 0.08, n: 0.075, ng: 0.085, l: 0.075, r: 0.075, w: 0.08, y: 0.07 },
};
const voiceless = new Set("p t k ch f th s sh hh".split(" "));

export const silence = "pau";

/** All phones, silence first. */
export const allPhones: readonly string[] = [silence, ...vowels, ...Object.keys(consonants)];

export const isVowel = (phone: string): boolean => vowels.has(phone);

/** Whether a vowel is a diphthong. */
export const glides = (phone: string): boolean => glidingVowels.has(phone);

/** Whether a consonant is a stop. */
export const isStop = (phone: string): boolean => stops.has(phone);

export const isVoiced = (phone: string): boolean => phone !== silence && !voiceless.has(phone);

export function consonantSeconds(phone: string): number {
  const seconds = consonants[phone];
  if (seconds === undefined) throw new Error(`unknown consonant "${phone}"`);
  return seconds;
}
