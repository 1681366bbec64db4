/** Discord's rules for the body of a message: what breaks one is refused as Discord refuses it. */
import { ApiError } from "./api-error.ts";
import type { UploadedFile } from "./body.ts";
import { type Fields, fields, list, number, text } from "./json.ts";
import { messageFlag } from "./message.ts";

function need(fits: boolean, detail: string): void {
  if (!fits) throw new ApiError(50035, detail);
}

/** Throws the error that Discord would answer to this body. */
export function checkMessage(body: Fields, files: readonly UploadedFile[], uploadLimit: number): void {
  need(text(body.content).length <= 2000, "content is longer than 2000 characters");
  checkEmbeds(list(body.embeds).map(fields));
  checkMentions(fields(body.allowed_mentions));
  const flags = number(body.flags);
  const components = list(body.components).map(fields);
  if (flags & messageFlag.componentsV2) checkNewComponents(body, components);
  else checkRows(components);
  checkCustomIds(components);
  need(files.length <= 10, "more than 10 files");
  for (const { bytes } of files) if (bytes.length > uploadLimit) throw new ApiError(40005);
  if (flags & messageFlag.voice) checkVoiceMessage(body, files);
}

/** A new message has to have something in it. */
export function checkNotEmpty(body: Fields, files: readonly UploadedFile[]): void {
  const something = text(body.content) !== "" || list(body.embeds).length > 0 || list(body.components).length > 0;
  if (!something && files.length === 0) throw new ApiError(50006);
}

/** Whether people could be pinged by this text without a word on who may be. */
export const lacksMentions = (body: Fields): boolean =>
  body.allowed_mentions === undefined &&
  (text(body.content) !== "" || list(body.embeds).length > 0 || list(body.components).length > 0);

function checkEmbeds(embeds: readonly Fields[]): void {
  need(embeds.length <= 10, "more than 10 embeds");
  let characters = 0;
  const within = (value: unknown, most: number, what: string) => {
    characters += text(value).length;
    need(text(value).length <= most, `an embed's ${what} is longer than ${most} characters`);
  };
  for (const embed of embeds) {
    within(embed.title, 256, "title");
    within(embed.description, 4096, "description");
    within(fields(embed.footer).text, 2048, "footer");
    within(fields(embed.author).name, 256, "author");
    const rows = list(embed.fields).map(fields);
    need(rows.length <= 25, "an embed has more than 25 fields");
    for (const row of rows) {
      need(text(row.name) !== "" && text(row.value) !== "", "an embed's field is empty");
      within(row.name, 256, "field name");
      within(row.value, 1024, "field value");
    }
  }
  need(characters <= 6000, "embeds have more than 6000 characters in all");
}

function checkMentions(mentions: Fields): void {
  const parse = list(mentions.parse);
  for (const kind of ["users", "roles"]) {
    need(!(parse.includes(kind) && list(mentions[kind]).length > 0), `allowed_mentions both parses and lists ${kind}`);
    need(list(mentions[kind]).length <= 100, `allowed_mentions lists more than 100 ${kind}`);
  }
}

function checkRows(rows: readonly Fields[]): void {
  need(rows.length <= 5, "more than 5 rows of components");
  for (const row of rows) {
    need(row.type === 1, `a component of type ${row.type} outside a row`);
    const inside = list(row.components).map(fields);
    const buttons = inside.filter(({ type }) => type === 2).length;
    need(inside.length > 0 && inside.length <= (buttons > 0 ? 5 : 1), "a row holds 1 to 5 buttons or one select");
    need(buttons === 0 || buttons === inside.length, "a row mixes buttons with others");
    inside.forEach(checkComponent);
  }
}

function checkNewComponents(body: Fields, components: readonly Fields[]): void {
  need(text(body.content) === "" && list(body.embeds).length === 0, "content or embeds beside components V2");
  const all = [...walk(components)];
  need(all.length <= 40, "more than 40 components");
  all.forEach(checkComponent);
}

function* walk(components: readonly Fields[]): Generator<Fields> {
  for (const component of components) {
    yield component;
    yield* walk(list(component.components).map(fields));
    if (component.accessory !== undefined) yield* walk([fields(component.accessory)]);
  }
}

function checkComponent(component: Fields): void {
  const isLink = component.style === 5;
  if (component.type === 2) {
    need(text(component.label).length <= 80, "a button's label is longer than 80 characters");
    need(text(component.label) !== "" || component.emoji !== undefined, "a button with neither label nor emoji");
    need(isLink === (component.url !== undefined), "a link button needs an address, others have none");
  }
  if (component.type === 3) {
    const options = list(component.options).map(fields);
    need(options.length >= 1 && options.length <= 25, "a select has 1 to 25 options");
    const values = options.map(({ value }) => value);
    need(new Set(values).size === values.length, "two options of a select have the same value");
    for (const { label } of options)
      need(text(label).length >= 1 && text(label).length <= 100, "a select option's label");
  }
  const named = (component.type === 2 && !isLink) || component.type === 3;
  const id = text(component.custom_id);
  if (named) need(id.length >= 1 && id.length <= 100, "a custom_id has 1 to 100 characters");
}

function checkCustomIds(components: readonly Fields[]): void {
  const ids = [...walk(components)].map(({ custom_id }) => text(custom_id)).filter((id) => id !== "");
  need(new Set(ids).size === ids.length, "two components have the same custom_id");
}

function checkVoiceMessage(body: Fields, files: readonly UploadedFile[]): void {
  if (text(body.content) !== "" || list(body.embeds).length > 0 || list(body.components).length > 0)
    throw new ApiError(50159);
  const [file, ...others] = files;
  if (!file || others.length > 0 || !file.contentType.startsWith("audio/")) throw new ApiError(50160);
  const [described] = list(body.attachments).map(fields);
  const waveform = text(described?.waveform);
  if (typeof described?.duration_secs !== "number" || waveform === "") throw new ApiError(50161);
  if (Buffer.from(waveform, "base64").length > 256) throw new ApiError(50161, "the waveform has more than 256 points");
}

/** A modal: title, components and their sizes. */
export function checkModal(body: Fields): void {
  const title = text(body.title);
  need(title.length >= 1 && title.length <= 45, "a modal's title has 1 to 45 characters");
  need(text(body.custom_id).length >= 1 && text(body.custom_id).length <= 100, "a modal's custom_id");
  const components = list(body.components).map(fields);
  need(components.length >= 1 && components.length <= 5, "a modal has 1 to 5 components");
  for (const component of components) {
    need(text(component.label).length <= 45, "a label of a modal is longer than 45 characters");
    for (const input of [...list(component.components), component.component].map(fields)) {
      need(text(input.label).length <= 45, "a label of a modal is longer than 45 characters");
      need(text(input.placeholder).length <= 100, "a placeholder is longer than 100 characters");
    }
  }
}

/** The choices of an autocomplete: at most 25, short names, values of one type. */
export function checkChoices(choices: readonly Fields[]): void {
  need(choices.length <= 25, "more than 25 choices");
  for (const { name, value } of choices) {
    need(text(name).length >= 1 && text(name).length <= 100, "a choice's name has 1 to 100 characters");
    need(typeof value === "number" || text(value).length <= 100, "a choice's value is longer than 100 characters");
  }
}
