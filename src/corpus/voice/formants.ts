/** What a mouth does for each phone, as targets of a formant synthesizer: resonances, voice, breath and hiss. */

export interface Target {
  /** Three lowest resonances of a man's mouth, in Hz. */
  readonly formants: readonly [number, number, number];
  /** Voice, breath through the mouth, and hiss at a narrow place: amplitudes, 0 … 1. */
  readonly voice: number;
  readonly breath: number;
  readonly hiss: number;
  /** Middle and width of the hiss, in Hz. */
  readonly place: readonly [number, number];
  /** Through the nose, which dulls the rest. */
  readonly nasal: boolean;
}

/** A target that lasts: a share of the phone's time. */
export interface Stage {
  readonly target: Target;
  readonly share: number;
}

type Formants = Target["formants"];
type Place = Target["place"];

const target = (formants: Formants, rest: Partial<Target> = {}): Target => ({
  formants,
  voice: 1,
  breath: 0,
  hiss: 0,
  place: [4000, 2000],
  nasal: false,
  ...rest,
});

const vowels: Readonly<Record<string, Formants>> = {
  iy: [290, 2250, 2950],
  ih: [400, 1950, 2550],
  eh: [550, 1800, 2500],
  ae: [690, 1700, 2450],
  aa: [740, 1090, 2440],
  ao: [590, 880, 2450],
  ah: [630, 1220, 2500],
  uh: [450, 1050, 2300],
  uw: [320, 900, 2250],
  er: [480, 1340, 1690],
  ax: [520, 1400, 2450],
};

const gliding: Readonly<Record<string, readonly [Formants, Formants]>> = {
  ey: [
    [480, 1950, 2580],
    [330, 2250, 2850],
  ],
  ow: [
    [540, 1000, 2350],
    [370, 850, 2300],
  ],
  ay: [
    [740, 1200, 2500],
    [370, 2050, 2600],
  ],
  aw: [
    [740, 1250, 2500],
    [420, 900, 2350],
  ],
  oy: [
    [560, 850, 2400],
    [370, 2000, 2550],
  ],
};

const labial: Formants = [250, 850, 2200];
const alveolar: Formants = [280, 1700, 2600];
const velar: Formants = [280, 2050, 2400];
const palatal: Formants = [280, 1900, 2550];
const dental: Formants = [280, 1350, 2500];

const steady: Readonly<Record<string, Target>> = {
  w: target([300, 650, 2200], { voice: 0.6 }),
  y: target([270, 2250, 3000], { voice: 0.6 }),
  r: target([340, 1150, 1500], { voice: 0.6 }),
  l: target([360, 1050, 2750], { voice: 0.6 }),
  m: target([270, 1000, 2300], { voice: 0.5, nasal: true }),
  n: target([270, 1600, 2550], { voice: 0.5, nasal: true }),
  ng: target([270, 2050, 2600], { voice: 0.5, nasal: true }),
  f: target(labial, { voice: 0, hiss: 0.16, place: [5500, 6000] }),
  v: target(labial, { voice: 0.4, hiss: 0.06, place: [5500, 6000] }),
  th: target(dental, { voice: 0, hiss: 0.14, place: [6500, 5000] }),
  dh: target(dental, { voice: 0.4, hiss: 0.05, place: [6500, 5000] }),
  s: target(alveolar, { voice: 0, hiss: 0.55, place: [6800, 2400] }),
  z: target(alveolar, { voice: 0.35, hiss: 0.28, place: [6800, 2400] }),
  sh: target(palatal, { voice: 0, hiss: 0.6, place: [3200, 1600] }),
  zh: target(palatal, { voice: 0.35, hiss: 0.3, place: [3200, 1600] }),
};

interface Stop {
  readonly formants: Formants;
  readonly place: Place;
  readonly loud: number;
  readonly voiced: boolean;
}

const stops: Readonly<Record<string, Stop>> = {
  p: { formants: labial, place: [1200, 2500], loud: 0.35, voiced: false },
  b: { formants: labial, place: [1000, 2000], loud: 0.2, voiced: true },
  t: { formants: alveolar, place: [5000, 2500], loud: 0.6, voiced: false },
  d: { formants: alveolar, place: [4200, 2500], loud: 0.35, voiced: true },
  k: { formants: velar, place: [2200, 900], loud: 0.6, voiced: false },
  g: { formants: velar, place: [2200, 900], loud: 0.35, voiced: true },
};

/** A phone's targets in turn; breath takes the mouth's shape of what comes next. */
export function stagesOf(phone: string, next: string | undefined): readonly Stage[] {
  const vowel = vowels[phone];
  if (vowel) return [{ target: target(vowel), share: 1 }];
  const pair = gliding[phone];
  if (pair) return pair.map((formants, index) => ({ target: target(formants), share: index === 0 ? 0.65 : 0.35 }));
  const known = steady[phone];
  if (known) return [{ target: known, share: 1 }];
  if (phone === "hh") return [{ target: target(shapeOf(next), { voice: 0, breath: 0.35 }), share: 1 }];
  if (phone === "ch" || phone === "jh") return affricate(phone === "jh");
  const stop = stops[phone];
  return stop ? stopStages(stop, next) : [{ target: target(vowels.ax!, { voice: 0 }), share: 1 }];
}

function stopStages({ formants, place, loud, voiced }: Stop, next: string | undefined): Stage[] {
  const closed = target(formants, { voice: voiced ? 0.12 : 0 });
  const burst = target(formants, { voice: voiced ? 0.3 : 0, hiss: loud, place });
  if (voiced) return [part(closed, 0.75), part(burst, 0.25)];
  return [part(closed, 0.55), part(burst, 0.18), part(target(shapeOf(next), { voice: 0, breath: 0.25 }), 0.27)];
}

function affricate(voiced: boolean): Stage[] {
  const hiss = target(palatal, { voice: voiced ? 0.3 : 0, hiss: voiced ? 0.35 : 0.6, place: [3300, 1700] });
  return [part(target(palatal, { voice: voiced ? 0.1 : 0 }), 0.45), part(hiss, 0.55)];
}

const part = (what: Target, share: number): Stage => ({ target: what, share });

const shapeOf = (phone: string | undefined): Formants =>
  vowels[phone ?? ""] ?? gliding[phone ?? ""]?.[0] ?? steady[phone ?? ""]?.formants ?? vowels.ax!;
