/** What the commands say, all in one place: values and pure functions to text. Errors are shown as they are, so they have no markup. */
import { timeText } from "./text.ts";

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** What the options are called while a command is typed; Discord takes 100 characters. */
export const hints = {
  jukebox: "Generate a song, play it in your voice channel meanwhile, and post it here",
  sing: "Generate a song with your lyrics: opens a form for them",
  continue: "Continue a clip or a sound file from where it ends",
  queue: "Show what is being generated and what is waiting, and get songs that couldn't be posted",
  cancel: "Cancel your newest song, or the one that you choose",
  stop: "Stop the song that is playing in this server, and leave the voice channel",
  genre: "Genre, such as jazz",
  artist: "Artist style",
  mood: "Mood, if the model knows moods",
  dynamics: "Soft or loud, if the model knows dynamics",
  chords: "Such as “Am F C G”, one bar each, if the model knows chords; “|” separates bars",
  lyrics: "Lyrics; “ / ” starts a new line",
  seconds: "Length in seconds",
  of: "Length of the full song that this clip opens, in seconds",
  seed: "The same seed and options make the same song",
  temperature: "Randomness: 1 is normal, less is more predictable",
  topP: "Nucleus sampling: draw only from the most likely codes that together reach this probability",
  topK: "Draw only from this many of the most likely codes",
  candidates: "Generate this many drafts first and pick one",
  clip: "Link or id of the clip's message, or the clip's id; the newest clip here if left out",
  more: "How many seconds to add",
  file: "Continue this sound file instead: WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus",
  prompt: "How many seconds of the file to start with; all of it if left out",
  cancelId: "Which song; yours are listed while you type",
} as const;

// Clips and messages that are meant.

export const unknownReference =
  "I don't understand which clip you mean. Give me a link to its message (right-click the message, or press and hold it on a phone, then “Copy Message Link”), the message's id, or the clip's own id, which is shown beside its title, such as 3f2a91c0.";
export const linkToChannel =
  "That link leads to a channel. Right-click the clip's message (on a phone: press and hold it) and choose “Copy Message Link”.";
export const otherServer =
  "That message is in another server. I can only continue a clip in the server where it was made.";
export const directMessage =
  "That link leads to a direct message. Continue the clip by its id: it is shown beside the title.";
export const notAClip =
  "That message isn't one of my clips. To continue a sound file in it, right-click the message (on a phone: press and hold it), then “Apps”, “Continue this clip”. Or upload the file with /continue file:.";
export const noSoundHere =
  "That message is neither one of my clips nor does it have a sound file that I can read. I read WAV, FLAC, MP3, Ogg Vorbis and Ogg Opus.";
export const unknownClip = (id: string): string =>
  `There is no clip ${id} in this server. The id of a clip is shown beside its title.`;
export const noLongerKnown = "I don't have this song any more, so I can't go on with it. Make a new one with /jukebox.";
export const clipExpired =
  "That clip has expired: I keep songs for a limited time only. Its file can still be continued: upload it with /continue file:.";
export const clipDeleted = "That message has been deleted, so I deleted its clip as well.";
export const noClipHere = "There is no clip in this channel yet. Make one with /jukebox.";
export const otherModel =
  "That clip was made with another model, so I can't go on from its codes. You can upload its file with /continue file: instead.";
export const candidatesNotPicked = "Those are drafts. Pick one of them first: the buttons are below them.";
export const noSuchCandidate = "There is no such draft.";
export const othersCandidates = "Those are someone else's drafts. Only they or a moderator can pick one.";

// Lengths and files.

export const clipIsLongest = (seconds: number, most: number): string =>
  `That clip is ${timeText(seconds)} long, and ${timeText(most)} is the limit. It can't be continued.`;
export const tooMuchMore = (seconds: number, limit: number, most: number): string =>
  `That clip is ${timeText(seconds)} long, and a song can have ${timeText(limit)}. seconds: can be ${most} at most.`;
export const tooMuchOfFile = (most: number, limit: number): string =>
  `prompt: can be ${most} at most: a song can have ${timeText(limit)}, and some of it must be new.`;
export const clipOrFile = "Choose either clip: or file:, not both.";
export const promptNeedsFile = "prompt: only works together with file:. A clip is always continued from its end.";
export const tooLongToUpload = (seconds: number): string =>
  `A file of ${timeText(seconds)} would be larger than what may be uploaded here. Ask for a shorter song.`;
export const beginsWith = (name: string, seconds: number, whole: number | undefined): string => {
  if (whole === seconds) return `Starts with ${name}.`;
  const of = whole === undefined ? "" : ` (of ${timeText(whole)})`;
  return `Starts with the first ${timeText(seconds)}${of} of ${name}.`;
};
export const unsungLines = (count: number): string =>
  `The song is too short for the last ${plural(count, "line", "lines")} of the lyrics.`;

// Forms, menus and permissions.

export const secondsAreWhole = (text: string): string => `“Seconds” must be a whole number, not "${text}".`;
export const noWordsInMessage = "There is no text to sing in that message.";
export const onlyInChannels = "I can only answer in a channel.";
export const missingPermissions = (names: readonly string[], otherwise: string): string =>
  `I am missing permissions in this channel: ${names.join(", ")}. If the song takes longer than 15 minutes, I'll ${otherwise}.`;
export const sendDirectly = "send it to you as a direct message";
export const keepForQueue = "keep it, and /queue gives it to you";

// Queue, cancelling, stopping.

export const nothingWaits = "No song is being generated here.";
export const moreSongs = (count: number): string => `… and ${plural(count, "more song", "more songs")}.`;
export const keptForYou = (count: number): string =>
  count === 1 ? "This song of yours couldn't be posted:" : "These songs of yours couldn't be posted:";
export const noOwnSong = "You have no song in the queue.";
export const noSuchSong = (id: string): string =>
  `There is no song ${id} in the queue. Choose one from the list that appears while you type, or see /queue.`;
export const othersSong = "That is someone else's song. Only they or a moderator can cancel it.";
export const cancelled = (title: string): string => `Cancelled ${title}.`;
export const nothingPlays = "Nothing is playing in this server.";
export const mayNotStop = "Only someone who is listening, who asked for the song, or a moderator can stop it.";
export const stopped = "Stopped.";
export const waitingText = (ahead: number): string =>
  ahead === 0 ? "next" : `${plural(ahead, "song", "songs")} ahead`;
