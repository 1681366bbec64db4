/** Writing, editing and deleting messages, their files included; what happens is told to the gateway. */
import type { APIEmbed, APIMessageTopLevelComponent } from "discord.js";
import { ApiError } from "./api-error.ts";
import type { UploadedFile } from "./body.ts";
import type { Core } from "./core.ts";
import { type Fields, fields, list, number, text } from "./json.ts";
import {
  type Attachment,
  type Change,
  change,
  isEphemeral,
  type Message,
  messageFlag,
  wireMessage,
} from "./message.ts";
import { checkMessage, checkNotEmpty, lacksMentions } from "./message-rules.ts";
import type { Channel, User } from "./world.ts";

export interface Draft {
  readonly channel: Channel;
  readonly author: User;
  readonly body: Fields;
  readonly files?: readonly UploadedFile[];
  readonly interactionId?: string;
  /** Set for a deferred answer: it says "thinking" and may be empty. */
  readonly thinking?: boolean;
  /** By the guild's tier unless an interaction told another. */
  readonly uploadLimit?: number;
}

const noDescription = { description: undefined, durationSecs: undefined, waveform: undefined };
const guildMessages = 1 << 9;
const directMessages = 1 << 12;

export class Mailbox {
  readonly #core: Core;
  /** Where files are fetched, up to the path. */
  #origin = "";
  readonly #files = new Map<string, Attachment>();

  constructor(core: Core) {
    this.#core = core;
  }

  serveFilesAt(origin: string): void {
    this.#origin = origin;
  }

  file(path: string): Attachment | undefined {
    return this.#files.get(path);
  }

  /** Serves a file that a user hands over with a command. */
  keepGiven(file: Omit<UploadedFile, "slot">, id: string): Fields {
    const kept = this.#serve("given", id, file);
    return {
      filename: kept.filename,
      size: kept.size,
      content_type: kept.contentType,
      url: kept.url,
      proxy_url: kept.url,
    };
  }

  create(draft: Draft): Message {
    const { channel, author, body, files = [], thinking = false } = draft;
    this.#check(draft, files);
    if (!thinking) checkNotEmpty(body, files);
    const { ids, world } = this.#core;
    const message: Message = {
      id: ids.now(),
      channelId: channel.id,
      guildId: channel.guildId,
      author,
      content: text(body.content),
      embeds: list(body.embeds) as readonly APIEmbed[],
      components: list(body.components) as readonly APIMessageTopLevelComponent[],
      flags: number(body.flags) | (thinking ? messageFlag.loading : 0),
      attachments: files.map((file) => this.#keep(channel, file, this.#described(body, file))),
      reference: this.#referenced(channel, fields(body.message_reference)),
      forwards: undefined,
      mentions: this.#mentions(body),
      allowedMentions: body.allowed_mentions === undefined ? undefined : fields(body.allowed_mentions),
      nonce: body.nonce === undefined ? undefined : String(body.nonce),
      edits: 0,
      editedAt: undefined,
      deleted: false,
      interactionId: draft.interactionId,
    };
    channel.messages.push(message);
    this.#tell("MESSAGE_CREATE", message, channel, world.bot);
    return message;
  }

  /** A user forwards a message: theirs has no words of its own. */
  forward(author: User, original: Message, channel: Channel): Message {
    const message = this.create({ channel, author, body: { content: "(forwarded)" } });
    return change(message, { content: "", forwards: original });
  }

  /** Changes what the body names, keeps the rest. */
  edit(message: Message, draft: Draft): Message {
    const { channel, body, files = [] } = draft;
    this.#check({ ...draft, body: { ...body, flags: number(body.flags) | message.flags } }, files);
    if (message.flags & messageFlag.voice) throw new ApiError(50162);
    const kept = Array.isArray(body.attachments)
      ? message.attachments.filter(({ id }) => list(body.attachments).some((each) => fields(each).id === id))
      : message.attachments;
    const added = files.map((file) => this.#keep(channel, file, this.#described(body, file)));
    const changes: Change = {
      ...(body.content === undefined ? {} : { content: text(body.content), mentions: this.#mentions(body) }),
      ...(body.embeds === undefined ? {} : { embeds: list(body.embeds) as readonly APIEmbed[] }),
      ...(body.components === undefined
        ? {}
        : { components: list(body.components) as readonly APIMessageTopLevelComponent[] }),
      ...(body.allowed_mentions === undefined ? {} : { allowedMentions: fields(body.allowed_mentions) }),
      attachments: [...kept, ...added],
      flags: (message.flags | (number(body.flags) & messageFlag.componentsV2)) & ~messageFlag.loading,
      edits: message.edits + 1,
      editedAt: Date.now(),
    };
    change(message, changes);
    this.#tell("MESSAGE_UPDATE", message, channel, this.#core.world.bot);
    return message;
  }

  delete(message: Message): void {
    change(message, { deleted: true });
    const guild = message.guildId === undefined ? {} : { guild_id: message.guildId };
    this.#core.dispatch(
      "MESSAGE_DELETE",
      { id: message.id, channel_id: message.channelId, ...guild },
      intentFor(message),
    );
    this.#core.bell.ring();
  }

  #check({ author, body, channel, uploadLimit }: Draft, files: readonly UploadedFile[]): void {
    const { findings, settings, world } = this.#core;
    const isBot = author.id === world.bot.id;
    if (isBot && lacksMentions(body)) {
      findings.add("missing-allowed-mentions", `in #${channel.name}: ${JSON.stringify(body).slice(0, 120)}`);
    }
    const limit = uploadLimit ?? settings.attachmentSizeLimit ?? world.uploadLimit(world.guildOf(channel));
    try {
      checkMessage(body, files, limit);
    } catch (error) {
      if (isBot && error instanceof ApiError && error.code !== 40005) findings.add("invalid-body", error.message);
      throw error;
    }
  }

  #described(body: Fields, file: UploadedFile): Fields {
    return (
      list(body.attachments)
        .map(fields)
        .find(({ id }) => String(id) === file.slot) ?? {}
    );
  }

  #keep(channel: Channel, file: UploadedFile, described: Fields): Attachment {
    const filename = text(described.filename) || file.filename;
    const isAudio = file.contentType.startsWith("audio/"); // only then are length and waveform honoured
    return this.#serve(
      channel.id,
      this.#core.ids.now(),
      { ...file, filename },
      {
        description: text(described.description) || undefined,
        durationSecs: isAudio && typeof described.duration_secs === "number" ? described.duration_secs : undefined,
        waveform: isAudio ? text(described.waveform) || undefined : undefined,
      },
    );
  }

  #serve(
    folder: string,
    id: string,
    { filename, contentType, bytes }: Omit<UploadedFile, "slot">,
    about: Pick<Attachment, "description" | "durationSecs" | "waveform"> = noDescription,
  ): Attachment {
    const until = Math.ceil((Date.now() + this.#core.settings.fileLifeMs) / 1000).toString(16);
    const url = `${this.#origin}/api/files/${folder}/${id}/${encodeURIComponent(filename)}?ex=${until}&is=0&hm=0`;
    const attachment: Attachment = { id, filename, size: bytes.length, contentType, bytes, url, ...about };
    this.#files.set(`/api/files/${folder}/${id}/${filename}`, attachment);
    return attachment;
  }

  #referenced(channel: Channel, reference: Fields): string | undefined {
    const id = text(reference.message_id);
    if (id === "" || this.#core.world.message(channel, id)) return id || undefined;
    if (reference.fail_if_not_exists !== false) throw new ApiError(50035, "message_reference: Unknown message");
    return undefined;
  }

  /** Who is pinged: named in the content, and allowed to be. */
  #mentions(body: Fields): readonly User[] {
    const named = [...text(body.content).matchAll(/<@!?(\d+)>/g)].map(([, id]) => id ?? "");
    const allowed = body.allowed_mentions === undefined ? undefined : fields(body.allowed_mentions);
    const isAllowed = (id: string) =>
      !allowed || list(allowed.parse).includes("users") || list(allowed.users).includes(id);
    return [...new Set(named)].filter(isAllowed).flatMap((id) => this.#core.world.users.get(id) ?? []);
  }

  #tell(event: string, message: Message, channel: Channel, bot: User): void {
    this.#core.bell.ring();
    if (isEphemeral(message)) return;
    const own = message.author.id === bot.id || message.mentions.includes(bot) || channel.kind === "dm";
    const hidden = !own && !this.#core.readsContent();
    const guild = this.#core.world.guildOf(channel);
    const { user, ...member } = guild?.members.get(message.author.id) ?? { user: undefined };
    const data = {
      ...wireMessage(message, channel, { hidden }),
      ...(user ? { member: { ...member, deaf: false, mute: false } } : {}),
    };
    this.#core.dispatch(event, data, intentFor(message));
  }
}

const intentFor = (message: Message): number => (message.guildId === undefined ? directMessages : guildMessages);
