/** Imports a checkpoint, and tells how much memory that took at most; in a process of its own, for its memory. */
import { importFile } from "../../src/import/model.ts";
import { streamedPart } from "./streamed-part.ts";

const [file, folder] = process.argv.slice(2) as [string, string];
const { files, numbers } = await importFile(file, { folder, name: "large", network: streamedPart, bits: 16 });
console.log(JSON.stringify({ files, numbers, megabytes: process.resourceUsage().maxRSS / 1024 }));
