/** The voice half of the self-tests' small bot: the real @discordjs/voice playing a known tone. */
import { once } from "node:events";
import { Readable } from "node:stream";
import {
  type AudioPlayer,
  AudioPlayerStatus,
  type AudioResource,
  createAudioPlayer,
  createAudioResource,
  joinVoiceChannel,
  StreamType,
  type VoiceConnection,
  VoiceConnectionStatus,
} from "@discordjs/voice";
import type { Client } from "discord.js";
import { OpusEncoder } from "mediaplex";
import { tone } from "./tone.ts";

interface Identified {
  readonly id: string;
}

const frameSamples = 2 * 960;

/** A tone as Opus packets of 20 ms. */
export function opusTone(hz: number, seconds: number): Buffer[] {
  const encoder = new OpusEncoder(48_000, 2);
  const pcm = tone(hz, seconds);
  const frames: Buffer[] = [];
  for (let at = 0; at + frameSamples <= pcm.length; at += frameSamples) {
    const frame = pcm.slice(at, at + frameSamples);
    frames.push(encoder.encode(Buffer.from(frame.buffer)));
  }
  return frames;
}

/** Asks for a voice channel; the connection may never become ready. */
export function join(
  client: Client<true>,
  guild: Identified,
  channel: Identified,
  options: { readonly daveEncryption?: boolean } = {},
): VoiceConnection {
  const adapterCreator = client.guilds.cache.get(guild.id)?.voiceAdapterCreator;
  if (!adapterCreator) throw new Error("The client does not know the guild.");
  const connection = joinVoiceChannel({ guildId: guild.id, channelId: channel.id, adapterCreator, ...options });
  connection.on("error", () => undefined); // an emitter without a listener would end the process
  return connection;
}

/** Waits until sound can flow; errors on the way are the library's to mend, so they do not end the wait. */
export async function isReady(connection: VoiceConnection, milliseconds = 5000): Promise<VoiceConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    if (connection.state.status === VoiceConnectionStatus.Ready) resolve();
  };
  const late = setTimeout(() => reject(new Error(`The voice connection is ${connection.state.status}.`)), milliseconds);
  connection.on("stateChange", look);
  look();
  await promise.finally(() => {
    clearTimeout(late);
    connection.off("stateChange", look);
  });
  return connection;
}

/** Ready Opus packets as something to play. */
export const songOf = (frames: readonly Buffer[]): AudioResource =>
  createAudioResource(Readable.from(frames, { objectMode: true }), { inputType: StreamType.Opus });

/** Starts to play; the player says when it is idle again. */
export function play(connection: VoiceConnection, frames: readonly Buffer[]): AudioPlayer {
  const player = createAudioPlayer();
  player.on("error", () => undefined);
  connection.subscribe(player);
  player.play(songOf(frames));
  return player;
}

export async function ended(player: AudioPlayer): Promise<void> {
  if (player.state.status !== AudioPlayerStatus.Idle) await once(player, AudioPlayerStatus.Idle);
}
