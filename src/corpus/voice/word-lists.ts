/** Words for generated lyrics by word class; all of them, and their inflections, are in the pronouncing dictionary. */

const list = (words: string): readonly string[] => words.trim().split(/\s+/);

/** All have a plural in -s. */
export const countNouns = list(`
  river mountain ocean valley island harbor meadow forest garden desert shadow window mirror candle lantern fire
  flame ember spark star planet comet cloud storm thunder shower rainbow breeze wave tide shore beach stone pebble
  diamond jewel crown castle tower tunnel bridge road street highway corner station train wagon wheel engine boat
  ship sailor captain anchor lighthouse bell drum guitar fiddle piano trumpet song melody rhythm dancer
  singer poet painter stranger lover dreamer hunter farmer soldier preacher teacher doctor driver pilot rider
  robber gambler mother father sister brother daughter baby child girl boy lady queen king angel devil ghost
  giant dragon tiger lion monkey rabbit sparrow eagle raven robin spider butterfly pony dolphin kitten puppy
  bird feather wing nest tree branch flower rose lily apple cherry lemon orange melon pumpkin berry seed root leaf
  blossom field hill trail path door floor wall roof room kitchen table pillow blanket ribbon button pocket jacket
  dress letter picture story secret promise question answer riddle number word name heart hand finger shoulder
  eye tear kiss smile whisper voice dream memory moment minute hour morning evening summer winter season year
  birthday party parade circus carnival market city village country border ticket dollar penny bottle glass
  cup spoon needle hammer ladder rocket satellite radio telephone camera computer signal circle arrow
  line curtain carpet basket barrel bucket kettle fountain statue temple palace cabin cottage chimney hallway
`);

export const massNouns = list(`
  water rain snow ice sunlight moonlight starlight daylight midnight darkness silence music laughter thunder
  lightning freedom mercy glory wisdom sorrow pleasure trouble danger heaven time love luck gold silver iron
  honey sugar coffee butter cotton velvet silk smoke dust sand mud grass wheat sunshine twilight winter summer
  autumn springtime happiness kindness courage wonder magic paper powder perfume gasoline electricity
`);

export const intransitiveVerbs = list(`
  run walk dance sing fly fall rise swim dream sleep wake wait cry laugh smile shine burn glow grow bloom
  wander travel wonder shiver whisper thunder tumble stumble linger hurry listen remember surrender
  believe begin return arrive disappear gather rest play work turn spin roll rock ride drive sail float sink drift
  climb crawl jump leap fade vanish pray shout call speak stay leave move go come stand hide bleed breathe
  gamble hesitate celebrate
`);

export const transitiveVerbs = list(`
  find lose hold keep take give bring carry follow borrow steal break build paint sing write read hear see
  watch know love need want leave chase catch throw kiss touch feel taste smell light burn cover open close
  discover remember forget forgive promise answer question imagine invent deliver gather collect
  protect defend believe trust hide seek show sell buy trade count measure wash clean cut pull push lift drop
  cross pass reach climb ride drive turn move wake call praise bless honor welcome
`);

export const adjectives = list(`
  red blue green yellow purple golden silver crimson white black gray bright dark pale deep high low long short
  wide narrow tall small little tiny giant heavy light hollow gentle tender bitter sweet sour salty cold warm hot
  frozen burning broken hidden stolen forgotten forbidden lonely lovely holy hungry thirsty sleepy happy
  merry sad angry jealous careful careless fearless restless endless hopeful faithful foolish selfish wicked
  wild free proud humble simple double single silent quiet noisy loud secret sacred ancient modern early late
  young old new famous perfect electric mechanical magnetic beautiful wonderful terrible invisible magical
  distant southern northern eastern western wooden velvet crystal marble open empty crooked naked honest
  brave clever crazy lazy dizzy dusty rusty misty stormy sunny windy rainy shiny cloudy muddy sandy
`);

export const adverbs = list(`
  slowly softly gently sweetly quickly quietly silently suddenly forever together tonight tomorrow again away
  alone below above around always never only still once sometimes somewhere anywhere everywhere home today
  yesterday easily happily carefully
`);

export const prepositions = list(`
  under over beside behind beyond above below around across along against inside into through near by with from
  without between toward beneath upon before after until
`);
