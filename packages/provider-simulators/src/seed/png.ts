import { crc32, deflateSync } from 'node:zlib';

const made = new Map<string, Buffer>();

/** A plain square PNG of one colour; each channel is rounded to one of four steps, so that few images are made. */
export function plainPng(size: number, red: number, green: number, blue: number): Buffer {
  const steps = [red, green, blue].map((channel) => Math.round(channel / 85) * 85);
  const key = `${size} ${steps.join(' ')}`;
  let png = made.get(key);
  if (!png) made.set(key, (png = drawPng(size, steps)));
  return png;
}

function drawPng(size: number, colour: number[]): Buffer {
  const row = Buffer.concat([Buffer.from([0]), Buffer.from(new Array<number[]>(size).fill(colour).flat())]);
  const pixels = deflateSync(Buffer.concat(new Array<Buffer>(size).fill(row)));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
