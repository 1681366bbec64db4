/** Summary of the licence of the released weights, printed once and stored beside them. */

export const LICENCE_FILE = "LICENCE-OF-THE-WEIGHTS.txt";

export const LICENCE = `The Jukebox weights were released by OpenAI for noncommercial use only. In our own words, which do not replace the licence:
neither the weights, nor what they are made into, nor any content created with them may be used commercially. That holds
for every sound made with them, and for the lists of artists and genres that came with them. The licence itself is the
file LICENSE of OpenAI's jukebox repository: read it before you use the weights.
Models that were trained without these weights, such as the one that comes with this program, are not concerned.
`;
