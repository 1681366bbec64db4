/** Where songs and their drafts are, in the folder of finished songs. */
import { join } from "node:path";

/** The file of a song. */
export const songPath = (id: string, folder: string): string => join(folder, `${id}.ogg`);

/** The folder with the candidates of a job. */
export const candidatesFolder = (id: string, folder: string): string => join(folder, id);

/** A candidate's file in that folder, from 1 on. */
export const candidatePath = (folder: string, number: number): string => join(folder, `${number}.ogg`);
