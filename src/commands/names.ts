/** Options for the names that a model knows, and what is offered while one is typed. */
import type { ChatInputCommandInteraction, SlashCommandStringOption } from "discord.js";
import type { SongOptions } from "../song/song.ts";
import { type OfferedKind, offers } from "../song/vocabulary.ts";
import type { SlashCommand } from "./command.ts";
import { hints } from "./texts.ts";

export const nameOption =
  (kind: OfferedKind) =>
  (option: SlashCommandStringOption): SlashCommandStringOption =>
    option.setName(kind).setDescription(hints[kind]).setAutocomplete(true).setMaxLength(100);

export const chordsOption = (option: SlashCommandStringOption): SlashCommandStringOption =>
  option.setName("chords").setDescription(hints.chords).setMaxLength(200);

/** What the music is asked to be. */
export type MusicOptions = Pick<SongOptions, OfferedKind | "chords">;

/** The names that were told, and chords. */
export const musicOptionsIn = (options: ChatInputCommandInteraction["options"]): MusicOptions => ({
  genre: options.getString("genre") ?? undefined,
  artist: options.getString("artist") ?? undefined,
  mood: options.getString("mood") ?? undefined,
  dynamics: options.getString("dynamics") ?? undefined,
  chords: options.getString("chords") ?? undefined,
});

/** The model's own names, closest first. */
export const completeName: NonNullable<SlashCommand["complete"]> = async (interaction, { model }) => {
  const { name, value } = interaction.options.getFocused(true);
  return isOffered(name) ? offers(name, value, model) : [];
};

const kinds: readonly string[] = ["genre", "artist", "mood", "dynamics"] satisfies OfferedKind[];
const isOffered = (name: string): name is OfferedKind => kinds.includes(name);
