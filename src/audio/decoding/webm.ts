/** Decodes Opus in WebM and Matroska files, also unfinished ones as browsers record them. */
import { refuse } from "../broken.ts";
import { frameRate } from "../frames.ts";
import { readOpusHead } from "../ogg.ts";
import { packetSamples } from "../opus.ts";
import { asBuffer } from "../pages.ts";
import { blockOf, type Element, elementsOf, ids, uintOf } from "./ebml.ts";
import { OpusSound } from "./opus.ts";
import type { Piece, Source } from "./source.ts";

interface Track {
  number: number;
  codec: string;
  audio: boolean;
  encoded: boolean;
  head?: Buffer;
}

const audioType = 2;

export async function openWebm(bytes: Uint8Array): Promise<Source> {
  const file = asBuffer(bytes);
  const all = tracksOf(file);
  const track = all.find(({ codec, encoded }) => codec === "A_OPUS" && !encoded);
  if (!track) return refuse(whyNot(all));
  const head = readOpusHead(track.head ?? new Uint8Array());
  return { sampleRate: frameRate, pieces: () => piecesOf(file, track.number, new OpusSound(head)) };
}

const maxTracks = 64;

function tracksOf(file: Buffer): Track[] {
  const tracks: Track[] = [];
  for (const element of elementsOf(file)) {
    if (element === "damage" || element.id === ids.cluster || tracks.length > maxTracks) break;
    if (element.id === ids.trackEntry) tracks.push({ number: 0, codec: "", audio: false, encoded: false });
    const track = tracks.at(-1);
    if (track) describe(track, element);
  }
  return tracks;
}

function describe(track: Track, { id, data }: Element): void {
  if (id === ids.trackNumber) track.number = uintOf(data);
  if (id === ids.trackType) track.audio = uintOf(data) === audioType;
  if (id === ids.codec) track.codec = data.toString("latin1").replace(/\0+$/, "");
  if (id === ids.codecPrivate) track.head = data;
  if (id === ids.contentEncodings) track.encoded = true;
}

function whyNot(tracks: readonly Track[]): string {
  const sounds = tracks
    .filter(({ audio }) => audio)
    .map(({ codec }) => codec.replace(/^A_|[^\w/.-]/g, "").slice(0, 30));
  if (tracks.length === 0) return "is a WebM or Matroska file whose beginning is damaged";
  if (sounds.length === 0) return "is a WebM or Matroska file without sound";
  return `is a WebM or Matroska file with ${sounds.join(" and ")}; I read Opus in WebM. Convert it, for example with "ffmpeg -i song.webm song.flac"`;
}

const ordinaryScale = 1_000_000;
/** Block times are imprecise: smaller gaps are ignored. */
const minGap = 0.1;

/** Packets in order; after damage the block times tell how much is missing. */
function* piecesOf(file: Buffer, track: number, sound: OpusSound): Generator<Piece> {
  let [scale, cluster, seconds, damaged] = [ordinaryScale, 0, 0, false];
  let waiting: Piece[] = []; // the last packet, whose end may be cut
  for (const element of elementsOf(file)) {
    if (element === "damage") damaged = true;
    else if (element.id === ids.timestampScale) scale = uintOf(element.data) || ordinaryScale;
    else if (element.id === ids.timestamp) cluster = uintOf(element.data);
    else if (element.id === ids.discardPadding) waiting = waiting.map((piece) => shortened(piece, element.data));
    else if (element.id === ids.simpleBlock || element.id === ids.block) {
      const block = blockOf(element.data);
      if (block?.track !== track) continue;
      yield* waiting;
      const missing = damaged ? ((cluster + block.time) * scale) / 1e9 - seconds : 0;
      if (damaged) yield { lost: missing > minGap ? missing : 0 };
      if (missing > minGap) seconds += missing;
      waiting = block.laced ? [{ lost: 0 }] : sound.decode(block.body);
      seconds += packetSamples(block.body) / frameRate;
      damaged = false;
    }
  }
  yield* waiting;
  if (damaged) yield { lost: 0 };
}

/** Removes `data` nanoseconds at the end (DiscardPadding). */
function shortened(piece: Piece, data: Buffer): Piece {
  if ("lost" in piece || data.length === 0 || data.length > 6) return piece;
  const samples = Math.round((Math.max(0, data.readIntBE(0, data.length)) * frameRate) / 1e9);
  return { ...piece, channels: piece.channels.map((side) => side.subarray(0, Math.max(0, side.length - samples))) };
}
