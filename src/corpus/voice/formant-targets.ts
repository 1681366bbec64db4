/** Targets of the formant synthesizer for each phone: formants, and amplitudes of voicing, aspiration and frication. */

export interface FormantTarget {
  /** The three lowest formants of a male voice, in Hz. */
  readonly formants: readonly [number, number, number];
  /** Amplitudes of voicing, aspiration and frication, 0 … 1. */
  readonly voicing: number;
  readonly aspiration: number;
  readonly frication: number;
  /** Centre frequency and bandwidth of the frication, in Hz. */
  readonly fricationBand: readonly [number, number];
  /** Nasals have wider formant bandwidths. */
  readonly nasal: boolean;
}

/** A target and its share of the phone's duration. */
export interface TargetSpan {
  readonly target: FormantTarget;
  readonly share: number;
}

type Formants = FormantTarget["formants"];
type Band = FormantTarget["fricationBand"];

const target = (formants: Formants, rest: Partial<FormantTarget> = {}): FormantTarget => ({
  formants,
  voicing: 1,
  aspiration: 0,
  frication: 0,
  fricationBand: [4000, 2000],
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

const diphthongs: Readonly<Record<string, readonly [Formants, Formants]>> = {
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

const steady: Readonly<Record<string, FormantTarget>> = {
  w: target([300, 650, 2200], { voicing: 0.6 }),
  y: target([270, 2250, 3000], { voicing: 0.6 }),
  r: target([340, 1150, 1500], { voicing: 0.6 }),
  l: target([360, 1050, 2750], { voicing: 0.6 }),
  m: target([270, 1000, 2300], { voicing: 0.5, nasal: true }),
  n: target([270, 1600, 2550], { voicing: 0.5, nasal: true }),
  ng: target([270, 2050, 2600], { voicing: 0.5, nasal: true }),
  f: target(labial, { voicing: 0, frication: 0.16, fricationBand: [5500, 6000] }),
  v: target(labial, { voicing: 0.4, frication: 0.06, fricationBand: [5500, 6000] }),
  th: target(dental, { voicing: 0, frication: 0.14, fricationBand: [6500, 5000] }),
  dh: target(dental, { voicing: 0.4, frication: 0.05, fricationBand: [6500, 5000] }),
  s: target(alveolar, { voicing: 0, frication: 0.55, fricationBand: [6800, 2400] }),
  z: target(alveolar, { voicing: 0.35, frication: 0.28, fricationBand: [6800, 2400] }),
  sh: target(palatal, { voicing: 0, frication: 0.6, fricationBand: [3200, 1600] }),
  zh: target(palatal, { voicing: 0.35, frication: 0.3, fricationBand: [3200, 1600] }),
};

interface Stop {
  readonly formants: Formants;
  readonly fricationBand: Band;
  readonly burstAmplitude: number;
  readonly voiced: boolean;
}

const stops: Readonly<Record<string, Stop>> = {
  p: { formants: labial, fricationBand: [1200, 2500], burstAmplitude: 0.35, voiced: false },
  b: { formants: labial, fricationBand: [1000, 2000], burstAmplitude: 0.2, voiced: true },
  t: { formants: alveolar, fricationBand: [5000, 2500], burstAmplitude: 0.6, voiced: false },
  d: { formants: alveolar, fricationBand: [4200, 2500], burstAmplitude: 0.35, voiced: true },
  k: { formants: velar, fricationBand: [2200, 900], burstAmplitude: 0.6, voiced: false },
  g: { formants: velar, fricationBand: [2200, 900], burstAmplitude: 0.35, voiced: true },
};

/** A phone's targets in order; aspiration has the formants of the next phone. Unknown phones are silent. */
export function targetsOf(phone: string, next: string | undefined): readonly TargetSpan[] {
  const vowel = vowels[phone];
  if (vowel) return [{ target: target(vowel), share: 1 }];
  const pair = diphthongs[phone];
  if (pair) return pair.map((formants, index) => ({ target: target(formants), share: index === 0 ? 0.65 : 0.35 }));
  const known = steady[phone];
  if (known) return [{ target: known, share: 1 }];
  if (phone === "hh") return [{ target: target(shapeOf(next), { voicing: 0, aspiration: 0.35 }), share: 1 }];
  if (phone === "ch" || phone === "jh") return affricate(phone === "jh");
  const stop = stops[phone];
  return stop ? stopTargets(stop, next) : [{ target: target(vowels.ax!, { voicing: 0 }), share: 1 }];
}

function stopTargets(
  { formants, fricationBand, burstAmplitude, voiced }: Stop,
  next: string | undefined,
): TargetSpan[] {
  const closed = target(formants, { voicing: voiced ? 0.12 : 0 });
  const burst = target(formants, { voicing: voiced ? 0.3 : 0, frication: burstAmplitude, fricationBand });
  if (voiced) return [part(closed, 0.75), part(burst, 0.25)];
  return [part(closed, 0.55), part(burst, 0.18), part(target(shapeOf(next), { voicing: 0, aspiration: 0.25 }), 0.27)];
}

function affricate(voiced: boolean): TargetSpan[] {
  const frication = target(palatal, {
    voicing: voiced ? 0.3 : 0,
    frication: voiced ? 0.35 : 0.6,
    fricationBand: [3300, 1700],
  });
  return [part(target(palatal, { voicing: voiced ? 0.1 : 0 }), 0.45), part(frication, 0.55)];
}

const part = (what: FormantTarget, share: number): TargetSpan => ({ target: what, share });

const shapeOf = (phone: string | undefined): Formants =>
  vowels[phone ?? ""] ?? diphthongs[phone ?? ""]?.[0] ?? steady[phone ?? ""]?.formants ?? vowels.ax!;
