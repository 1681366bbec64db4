/** From a plan to a score: which genre's composer, which key, how many bars. The same plan is always the same score. */
import type { Form as LiveForm } from "../../labels/metre.ts";
import { bandNamed, type Genre as FirstGenre, repertoireOf } from "./bands.ts";
import { blues, bluesForm } from "./blues.ts";
import { classical, classicalForm } from "./classical.ts";
import { house, houseForm } from "./house.ts";
import { jazz, jazzForm } from "./jazz.ts";
import { type Brief, endOn, type Form, type Piece } from "./piece.ts";
import { createRandom } from "./random.ts";
import { rock, rockForm } from "./rock.ts";
import { grain, type Mood, type Score, sampleRate, ticksPerBar } from "./score.ts";
import type { Genre } from "./second/bands.ts";
import { compose as composeSecond, type SongPlan as SecondPlan, formOf as secondFormOf } from "./second/compose.ts";
import { type Key, keyName, type Mode } from "./theory.ts";

/** A song of the first edition. */
export interface FirstPlan {
  readonly artist: string;
  readonly genre: FirstGenre;
  /** Wanted length; the song takes the nearest multiple of four bars. */
  readonly seconds: number;
  readonly seed: number;
}

/** A song of either edition. */
export type SongPlan = FirstPlan | SecondPlan;

const composers: Readonly<Record<FirstGenre, (brief: Brief) => Piece>> = { jazz, blues, house, classical, rock };
const forms: Readonly<Record<FirstGenre, Form>> = {
  jazz: jazzForm,
  blues: bluesForm,
  house: houseForm,
  classical: classicalForm,
  rock: rockForm,
};
const modes: Readonly<Record<FirstGenre, Mode>> = {
  jazz: "major",
  blues: "blues",
  house: "minor",
  classical: "major",
  rock: "minor",
};

/** How songs like this one go, for as long as they last; those of the first edition have no mood. */
export function formOf({ genre, mood }: { readonly genre: Genre; readonly mood?: Mood }): LiveForm {
  const first: Readonly<Partial<Record<Genre, Form>>> = forms;
  const form = mood === undefined ? first[genre] : undefined;
  return form ? { form } : secondFormOf(genre);
}

export function compose(plan: SongPlan): Score {
  return "mood" in plan ? composeSecond(plan) : composeFirst(plan);
}

function composeFirst(plan: FirstPlan): Score {
  const band = bandNamed(plan.artist);
  const repertoire = repertoireOf(band, plan.genre);
  const random = createRandom(plan.seed);
  const key: Key = { tonic: random.pick(band.tonics), mode: modes[plan.genre] };
  const { grainsPerTick } = repertoire;
  const bars = barsIn(plan.seconds, grainsPerTick);
  const piece = composers[plan.genre]({ random, key, bars, band, repertoire });
  return { key: keyName(key), grainsPerTick, bars, ...endOn(piece, { key, bars }) };
}

function barsIn(seconds: number, grainsPerTick: number): number {
  const barSeconds = (ticksPerBar * grainsPerTick * grain) / sampleRate;
  return Math.max(4, 4 * Math.round(seconds / barSeconds / 4));
}
