/** The drum part: patterns by dynamics, fills, crashes, and a tambourine in bright songs. */
import { drum, type Pattern, patternNotes } from "./drum-patterns.ts";
import { shiftDynamics } from "./moods.ts";
import { type Note, type Part, type Section, ticksPerBar } from "./score.ts";
import { type ComposeContext, type DrumStyle, eachBar, variantFor } from "./style.ts";
import { parseRhythm } from "./tune.ts";

export function drumPart(context: ComposeContext, drums: DrumStyle): Part {
  const { sections, profile, mood } = context;
  const beats = variantFor(drums.beats, context);
  const fill = variantFor(drums.fills, context);
  const notes = eachBar(context, (bar, section, index) => {
    const bars = beats[shiftDynamics(section.dynamics, profile.drums)];
    const next = sections.find((other) => other.bar === section.bar + section.bars);
    const filled = next !== undefined && index === section.bars - 1;
    const pattern = bars[index % bars.length]!;
    return [
      ...patternNotes(filled ? withFill(pattern, fill) : pattern, bar),
      ...(mood === "bright" ? shakerNotes(drums.shaker, bar) : []),
      ...(index === 0 && startsWithCrash(section)
        ? [{ tick: bar * ticksPerBar, ticks: 3, pitch: drum.crash, velocity: 96 }]
        : []),
    ];
  });
  return { role: "drums", program: drums.kit, level: drums.level, notes };
}

const startsWithCrash = ({ bar, dynamics }: Section): boolean => bar > 0 && dynamics === "loud";

/** The first half of the bar from the pattern, the second half from the fill. */
function withFill(pattern: Pattern, fill: Pattern): Pattern {
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

const shakerNotes = (rhythm: string, bar: number): Note[] =>
  parseRhythm(rhythm).map(({ at }) => ({
    tick: bar * ticksPerBar + at,
    ticks: 3,
    pitch: drum.tambourine,
    velocity: at % 24 === 12 ? 100 : 78,
  }));
