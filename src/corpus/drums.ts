/** Drums: beats by loudness, a shaker for bright moods, fills before sections change, crashes after. */
import { beat, drum, type Pattern } from "./groove.ts";
import { cellsOf } from "./melody.ts";
import { louder } from "./moods.ts";
import { type Note, type Part, type Section, ticksPerBar } from "./score.ts";
import { type Beats, eachBar, manner, type Setting } from "./style.ts";

export function drumming(setting: Setting, drums: Beats): Part {
  const { sections, spirit, mood } = setting;
  const beats = manner(drums.beats, setting);
  const fill = manner(drums.fills, setting);
  const notes = eachBar(setting, (bar, section, index) => {
    const bars = beats[louder(section.dynamics, spirit.drums)];
    const next = sections.find((other) => other.bar === section.bar + section.bars);
    const filled = next !== undefined && index === section.bars - 1;
    const pattern = bars[index % bars.length]!;
    return [
      ...beat(filled ? over(pattern, fill) : pattern, bar),
      ...(mood === "bright" ? shaken(drums.shaker, bar) : []),
      ...(index === 0 && crashes(section)
        ? [{ tick: bar * ticksPerBar, ticks: 3, pitch: drum.crash, velocity: 96 }]
        : []),
    ];
  });
  return { role: "drums", program: drums.kit, level: drums.level, notes };
}

const crashes = ({ bar, dynamics }: Section): boolean => bar > 0 && dynamics === "loud";

/** The first half of the bar as ever, the second half the fill's. */
function over(pattern: Pattern, fill: Pattern): Pattern {
  const first = Object.entries(pattern).map(([name, steps]) => [
    name,
    steps.slice(0, steps.length / 2).padEnd(steps.length, "."),
  ]);
  const kept: Record<string, string> = Object.fromEntries(first);
  for (const [name, steps] of Object.entries(fill)) {
    const own = kept[name] ?? ".".repeat(steps.length);
    kept[name] = own.slice(0, own.length / 2) + steps.slice(steps.length / 2);
  }
  return kept;
}

const shaken = (rhythm: string, bar: number): Note[] =>
  cellsOf(rhythm).map(({ at }) => ({
    tick: bar * ticksPerBar + at,
    ticks: 3,
    pitch: drum.tambourine,
    velocity: at % 24 === 12 ? 100 : 78,
  }));
