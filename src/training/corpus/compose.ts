/** From a plan to a score: which genre's composer, which key, how many bars. The same plan is always the same score. */
import { bandNamed, type Genre, repertoireOf } from "./bands.ts";
import { blues, bluesForm } from "./blues.ts";
import { classical, classicalForm } from "./classical.ts";
import { house, houseForm } from "./house.ts";
import { jazz, jazzForm } from "./jazz.ts";
import { type Brief, endOn, type Form, type Piece } from "./piece.ts";
import { createRandom } from "./random.ts";
import { rock, rockForm } from "./rock.ts";
import { grain, type Score, sampleRate, ticksPerBar } from "./score.ts";
import { type Key, keyName, type Mode } from "./theory.ts";

export interface SongPlan {
  readonly artist: string;
  readonly genre: Genre;
  /** Wanted length; the song takes the nearest multiple of four bars. */
  readonly seconds: number;
  readonly seed: number;
}

const composers: Readonly<Record<Genre, (brief: Brief) => Piece>> = { jazz, blues, house, classical, rock };
/** How a song of each genre goes, for as long as it lasts. */
export const forms: Readonly<Record<Genre, Form>> = {
  jazz: jazzForm,
  blues: bluesForm,
  house: houseForm,
  classical: classicalForm,
  rock: rockForm,
};
const modes: Readonly<Record<Genre, Mode>> = {
  jazz: "major",
  blues: "blues",
  house: "minor",
  classical: "major",
  rock: "minor",
};

export function compose(plan: SongPlan): Score {
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
