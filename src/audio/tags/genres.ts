/** ID3 genre numbers: 0 to 79 of ID3v1, 80 to 125 of Winamp. */

const genres =
  `Blues|Classic Rock|Country|Dance|Disco|Funk|Grunge|Hip-Hop|Jazz|Metal|New Age|Oldies|Other|Pop|R&B|Rap|Reggae
Rock|Techno|Industrial|Alternative|Ska|Death Metal|Pranks|Soundtrack|Euro-Techno|Ambient|Trip-Hop|Vocal|Jazz+Funk
Fusion|Trance|Classical|Instrumental|Acid|House|Game|Sound Clip|Gospel|Noise|Alternative Rock|Bass|Soul|Punk|Space
Meditative|Instrumental Pop|Instrumental Rock|Ethnic|Gothic|Darkwave|Techno-Industrial|Electronic|Pop-Folk|Eurodance
Dream|Southern Rock|Comedy|Cult|Gangsta|Top 40|Christian Rap|Pop/Funk|Jungle|Native American|Cabaret|New Wave
Psychedelic|Rave|Showtunes|Trailer|Lo-Fi|Tribal|Acid Punk|Acid Jazz|Polka|Retro|Musical|Rock & Roll|Hard Rock
Folk|Folk-Rock|National Folk|Swing|Fast Fusion|Bebop|Latin|Revival|Celtic|Bluegrass|Avantgarde|Gothic Rock
Progressive Rock|Psychedelic Rock|Symphonic Rock|Slow Rock|Big Band|Chorus|Easy Listening|Acoustic|Humour|Speech
Chanson|Opera|Chamber Music|Sonata|Symphony|Booty Bass|Primus|Porn Groove|Satire|Slow Jam|Club|Tango|Samba|Folklore
Ballad|Power Ballad|Rhythmic Soul|Freestyle|Duet|Punk Rock|Drum Solo|A Cappella|Euro-House|Dance Hall`.split(/[|\n]/);

export const numberedGenre = (number: number): string | undefined => genres[number];

/** Parses an ID3v2 genre: a name, a number, or numbers in brackets with a refinement, which comes first in the result. */
export function genresIn(text: string): string[] {
  const numbers: string[] = [];
  let rest = text.trim();
  if (/^\d{1,3}$/.test(rest)) return [genres[Number(rest)] ?? []].flat();
  for (;;) {
    const found = /^\((\d{1,3}|RX|CR)\)/.exec(rest);
    if (!found) break;
    numbers.push(found[1]!);
    rest = rest.slice(found[0].length);
  }
  const refinement = rest.replace(/^\(\(/, "(").trim();
  return [...(refinement === "" ? [] : [refinement]), ...numbers.flatMap((number) => genres[Number(number)] ?? [])];
}
