/** WAV files of 32-bit floats, byte by byte. */

/** Channels of one length as the bytes of a file. */
export function wavBytes(sampleRate: number, channels: readonly Float32Array[]): Buffer {
  const samples = channels[0]?.length ?? 0;
  const width = channels.length * 4;
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + samples * width, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(3, 20);
  head.writeUInt16LE(channels.length, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * width, 28);
  head.writeUInt16LE(width, 32);
  head.writeUInt16LE(32, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(samples * width, 40);
  const values = Float32Array.from(
    { length: samples * channels.length },
    (_, at) => channels[at % channels.length]![Math.floor(at / channels.length)]!,
  );
  return Buffer.concat([head, Buffer.from(values.buffer)]);
}
